import AdjointCore
import AdjointRuntime

/// Scores of classes and the classes that are right, with the axis of the classes last.
struct ClassTargets {
    /// [samples…, classes].
    let scores: Tensor
    /// Where the score of each sample's class stands among all scores, [samples…]; −1 where it is ignored.
    private let positions: Tensor
    /// The weight of each sample [samples…]: that of its class, 0 where it is ignored. nil if all count 1.
    let weights: Tensor?
    private let axis: Int

    init(
        _ name: String, _ scores: Tensor, _ targets: Tensor, weight: Tensor?, ignoreIndex: Int?
    ) throws(TensorError) {
        axis = scores.rank > 1 ? 1 : 0
        guard scores.rank > 0, targets.rank == scores.rank - 1,
            scores.shape.removing(axis) == targets.shape
        else {
            throw TensorError(
                .shape, name, "logits \(scores.shape) and targets \(targets.shape) do not fit",
                "logits are [samples, classes, …], targets [samples, …]")
        }
        guard targets.dtype.isInteger else {
            throw TensorError(
                .dtype, name, "the targets are \(targets.dtype), not class indices", "convert them with to(.int64)")
        }
        let count = scores.shape[axis]
        try Self.check(weight, count, name)
        self.scores = axis == scores.rank - 1 ? scores : scores.movedAxis(axis, to: scores.rank - 1)
        positions = bind(
            ClassPositions(classes: count, ignored: ignoreIndex, operation: name), targets.to(.int64))
        if let failure = positions.failure { throw failure }
        if weight == nil, Self.areAllCounted(positions) {
            weights = nil
            return
        }
        let isIgnored = positions .< 0
        if let weight, count > 0 {
            let classes = which(isIgnored, Tensor.zeros(like: positions), positions.remainder(count))
            let each = weight.to(scores.dtype).take(classes, axis: 0)
            weights = which(isIgnored, Tensor.zeros(like: each), each)
        } else {
            weights = (.!isIgnored).to(scores.dtype)
        }
    }

    /// Whether it is known that no sample is ignored.
    private static func areAllCounted(_ positions: Tensor) -> Bool {
        let value = positions.value
        guard value.isStored, value.isContiguous else { return false }
        let places = value.elements.assumingMemoryBound(to: Int64.self)
        return withExtendedLifetime(value) { (0..<value.shape.count).allSatisfy { places[$0] >= 0 } }
    }

    /// Which samples are ignored.
    var isIgnored: Tensor { positions .< 0 }

    /// Which class is that of each sample, [samples…, classes].
    var isRight: Tensor {
        let count = scores.shape[scores.rank - 1]
        return (positions.remainder(Swift.max(count, 1)).expandedAxis(-1) .== Tensor.arange(count))
            .& (.!isIgnored.expandedAxis(-1))
    }

    static func check(_ weight: Tensor?, _ count: Int, _ name: String) throws(TensorError) {
        if let weight, weight.shape != Shape([count]) {
            throw TensorError(
                .shape, name, "weights of shape \(weight.shape) for \(count) classes", "give one weight a class")
        }
    }

    /// Each sample's score of its class; any score where it is ignored.
    var chosen: Tensor {
        guard scores.count > 0 else { return Tensor.zeros(positions.shape.extents, dtype: scores.dtype) }
        let safe = weights == nil ? positions : which(isIgnored, Tensor.zeros(like: positions), positions)
        return scores.flattened().take(safe, axis: 0)
    }

    /// ln Σ eˢ − s[class] of each sample's scores s; 0 where it is ignored.
    var crossEntropy: Tensor {
        guard scores.count > 0 else { return Tensor.zeros(positions.shape.extents, dtype: scores.dtype) }
        return scores.withKernelType("crossEntropy") { scores, _ throws(TensorError) in
            bind(ClassLoss(), scores, positions)
        }
    }

    /// Losses times the samples' weights. An ignored sample contributes nothing, even if its loss is infinite.
    func weighted(_ losses: Tensor) -> Tensor {
        weights.map { which($0 .== 0, Tensor.zeros(like: losses), losses * $0) } ?? losses
    }

    /// Weighted losses reduced: the mean is over the weights, 0 where there are none.
    func reduced(
        _ weighted: Tensor, _ reduction: LossReduction, _ name: String
    ) throws(TensorError) -> Tensor {
        guard reduction == .mean else { return reduction.apply(weighted) }
        guard weighted.count > 0 else {
            throw TensorError(
                .empty, name, "targets of shape \(weighted.shape) hold no samples", "check that the batch is not empty")
        }
        guard let weights else { return weighted.mean() }
        let total = weights.sum()
        if SubgradientConvention.current == .pytorch { return weighted.sum() / total }
        if total.knownNumbers == [0] {
            Warnings.tell(
                name, "every sample is ignored or has weight 0, and the mean of no losses counts as 0",
                "check the targets and the weights")
        }
        return weighted.sum() / which(total .== 0, Tensor.ones(like: total), total)
    }
}
