import AdjointCore
import AdjointRuntime

/// What a loss makes of the losses of its samples.
public enum LossReduction: Sendable {
    /// The sum over all losses divided by their number, or by the sum of their weights where classes have weights.
    case mean
    case sum
    /// The sum divided by the extent of the first axis.
    case batchMean
    case none

    /// The losses reduced.
    func apply(_ losses: Tensor) -> Tensor {
        switch self {
        case .mean: losses.mean()
        case .sum: losses.sum()
        case .batchMean: losses.sum() / Double(losses.rank > 0 ? losses.shape[0] : 1)
        case .none: losses
        }
    }
}

/// Tensors broadcast against each other and converted to one type with fractions.
func together(_ name: String, _ tensors: [Tensor]) throws(TensorError) -> [Tensor] {
    if let failure = tensors.lazy.compactMap(\.failure).first { throw failure }
    var shape = Shape()
    for tensor in tensors {
        guard let common = Shape.broadcast(shape, tensor.shape) else {
            throw TensorError(
                .shape, name, "shapes \(tensors.map { "\($0.shape)" }.joined(separator: ", ")) do not fit together",
                "aligned at the last axis, extents must be equal or 1")
        }
        shape = common
    }
    let common = tensors.dropFirst().reduce(tensors[0].dtype) { DType.promoted($0, $1.dtype) }
    let dtype = common.isDifferentiable ? common : .float32
    return tensors.map { $0.to(dtype).broadcast(to: shape.extents) }
}

extension Tensor {
    /// The numbers of a tensor that are known; nil where a transform has only symbols for them.
    var knownNumbers: [Double]? { value.isStored ? doubles : nil }
}
