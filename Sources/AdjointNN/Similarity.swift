import AdjointCore
import AdjointRuntime

/// The cosine of the angle between vectors along an axis, Σ x y/(‖x‖ ‖y‖); norms below `epsilon` count as that. The
/// derivative through the norm of a vector of zeros is 0.
/// - Fails: if shapes do not broadcast.
public func cosineSimilarity(_ x: Tensor, _ y: Tensor, axis: Int = 1, epsilon: Double = 1e-8) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [x, y].first(where: { $0.failure != nil }) { return failed }
        guard let shape = Shape.broadcast(x.shape, y.shape) else {
            throw TensorError(
                .shape, "cosineSimilarity", "shapes \(x.shape) and \(y.shape) do not fit together",
                "aligned at the last axis, extents must be equal or 1")
        }
        let (x, y) = (x.broadcast(to: shape.extents), y.broadcast(to: shape.extents))
        if shape.rank == 0 {
            return cosineSimilarity(x.reshaped(1), y.reshaped(1), axis: axis, epsilon: epsilon)
        }
        func unit(_ v: Tensor) -> Tensor {
            let norm = v.norm(axis: axis, keepDims: true)
            return v / which(norm .< epsilon, Tensor.full(like: norm, epsilon), norm)
        }
        return (unit(x) * unit(y)).sum(axis: axis)
    }
}

/// ‖x − y + ε‖ₚ along the last axis.
/// - Fails: if shapes do not broadcast.
public func pairedDistance(
    _ x: Tensor, _ y: Tensor, p: Double = 2, epsilon: Double = 1e-6, keepDims: Bool = false
) -> Tensor {
    let difference = x - y + epsilon
    if difference.failure != nil { return difference }
    if difference.rank == 0 { return difference.reshaped(1).norm(p, axis: 0, keepDims: keepDims) }
    return difference.norm(p, axis: -1, keepDims: keepDims)
}
