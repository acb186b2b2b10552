import AdjointCore
import AdjointRuntime

/// Class indices that are one of `classes`, −1 for the index that is ignored; any other fails.
package struct ClassIndices: UnaryPrimitive, NonDifferentiable {
    package static let name = "class_indices"
    package static let reason = "a class is a whole number"
    let classes: Int
    let ignored: Int?
    /// The loss that was given the classes.
    let operation: String

    package func resultType(_ indices: TensorType) throws(TensorError) -> TensorType { indices }

    package func execute(_ indices: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let source = try indices.contiguous()
        let result = try TensorValue(uninitialized: type)
        let found = source.elements.assumingMemoryBound(to: Int64.self)
        let checked = result.elements.assumingMemoryBound(to: Int64.self)
        for place in 0..<type.shape.count {
            let index = Int(found[place])
            if index == ignored {
                checked[place] = -1
            } else if (0..<classes).contains(index) {
                checked[place] = Int64(index)
            } else {
                throw TensorError(
                    .index, operation, "target \(index) of sample \(place) is not one of the \(classes) classes",
                    "classes are numbered from 0 to \(classes - 1)")
            }
        }
        return withExtendedLifetime(source) { result }
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

/// Scores of classes and the classes that are right, with the axis of the classes last.
struct ClassTargets {
    /// [samples…, classes].
    let scores: Tensor
    /// [samples…], −1 where it is ignored.
    let classes: Tensor
    /// The weight of each sample [samples…]: that of its class, 0 where it is ignored.
    let weights: Tensor
    /// Whether all samples count 1: no weights, none ignored as far as is known.
    let axis: Int

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
        classes = bind(
            ClassIndices(classes: count, ignored: ignoreIndex, operation: name), targets.to(.int64))
        if let failure = classes.failure { throw failure }
        let isIgnored = classes .< 0
        if let weight, count > 0 {
            let each = weight.to(scores.dtype).take(which(isIgnored, Tensor.zeros(like: classes), classes), axis: 0)
            weights = which(isIgnored, Tensor.zeros(like: each), each)
        } else {
            weights = (.!isIgnored).to(scores.dtype)
        }
    }

    static func check(_ weight: Tensor?, _ count: Int, _ name: String) throws(TensorError) {
        if let weight, weight.shape != Shape([count]) {
            throw TensorError(
                .shape, name, "weights of shape \(weight.shape) for \(count) classes", "give one weight a class")
        }
    }

    /// Each sample's score of its class; of class 0 where it is ignored.
    var chosen: Tensor {
        let count = scores.shape[scores.rank - 1]
        let samples = classes.count
        guard scores.count > 0 else { return Tensor.zeros(classes.shape.extents, dtype: scores.dtype) }
        let safe = which(classes .< 0, Tensor.zeros(like: classes), classes).flattened()
        let index = Tensor.arange(samples) * count + safe
        return scores.flattened().take(index, axis: 0).reshaped(classes.shape.extents)
    }

    /// Weighted losses reduced: the mean is over the weights, 0 where there are none.
    func reduced(_ losses: Tensor, _ reduction: LossReduction, _ name: String) throws(TensorError) -> Tensor {
        // An ignored sample contributes nothing, even if its loss is infinite.
        let weighted = which(weights .== 0, Tensor.zeros(like: losses), losses * weights)
        return try Self.reduced(weighted, total: weights.sum(), reduction, name)
    }

    static func reduced(
        _ weighted: Tensor, total: Tensor, _ reduction: LossReduction, _ name: String
    ) throws(TensorError) -> Tensor {
        guard reduction == .mean else { return reduction.apply(weighted) }
        guard weighted.count > 0 else {
            throw TensorError(
                .empty, name, "targets of shape \(weighted.shape) hold no samples", "check that the batch is not empty")
        }
        if total.knownNumbers == [0] {
            Warnings.tell(
                name, "every sample is ignored or has weight 0, and the mean of no losses counts as 0",
                "check the targets and the weights")
        }
        return weighted.sum() / which(total .== 0, Tensor.ones(like: total), total)
    }
}
