import AdjointRuntime

extension Tensor {
    /// eˣ / Σ eˣ along an axis. x̄ = y (ȳ − Σ ȳ y).
    public func softmax(axis: Int = -1) -> Tensor { alongLast("softmax", axis) { bind(Softmax(log: false), $0) } }
    /// x − ln Σ eˣ along an axis. x̄ = ȳ − eʸ Σ ȳ.
    public func logSoftmax(axis: Int = -1) -> Tensor { alongLast("logSoftmax", axis) { bind(Softmax(log: true), $0) } }

    private func alongLast(_ name: String, _ axis: Int, _ body: (Tensor) -> Tensor) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let place = try self.axis(axis, name)
            if place == rank - 1 { return body(floating) }
            return body(floating.swappedAxes(place, -1)).swappedAxes(place, -1)
        }
    }
}

/// What a loss makes of the losses of its samples.
public enum LossReduction: Sendable {
    case mean, sum, none
}

/// Cross-entropy of logits [n, classes] against class indices [n]: −ln softmax(logits)[target], over the samples.
/// The gradient of the mean with respect to the logits is (softmax(logits) − onehot(target))/n.
/// - Fails: if a target is no class, or shapes do not fit.
public func crossEntropy(_ logits: Tensor, _ targets: Tensor, reduction: LossReduction = .mean) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [logits, targets].first(where: { $0.failure != nil }) { return failed }
        guard logits.rank == 2, targets.rank == 1, targets.shape[0] == logits.shape[0] else {
            throw TensorError(
                .shape, "crossEntropy", "logits \(logits.shape) and targets \(targets.shape) do not fit",
                "logits are [samples, classes], targets [samples]")
        }
        guard targets.dtype.isInteger else {
            throw TensorError(
                .dtype, "crossEntropy", "the targets are \(targets.dtype), not class indices",
                "convert them with to(.int64)")
        }
        guard logits.count > 0 else {
            throw TensorError(
                .empty, "crossEntropy", "logits of shape \(logits.shape) hold no samples",
                "check that the batch is not empty")
        }
        let classes = logits.shape[1]
        let indices = targets.ints
        if let bad = indices.firstIndex(where: { !(0..<classes).contains($0) }) {
            throw TensorError(
                .index, "crossEntropy", "target \(indices[bad]) of sample \(bad) is not one of the \(classes) classes",
                "classes are numbered from 0 to \(classes - 1)")
        }
        let flat = Tensor(indices.enumerated().map { $0 * classes + $1 })
        let losses = -logits.logSoftmax().flattened().take(flat, axis: 0)
        return switch reduction {
        case .mean: losses.mean()
        case .sum: losses.sum()
        case .none: losses
        }
    }
}
