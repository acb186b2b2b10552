import AdjointCore
import AdjointRuntime

// Distances are p-norms of differences: their derivative is 0 where two points are equal.

/// The distances ‖xᵢ − yⱼ‖ₚ of points in the rows of x [..., m, d] and of y [..., n, d]: [..., m, n]. Leading axes broadcast.
/// - Fails: if the dimensions d differ, or the leading axes do not fit.
public func pairwiseDistances(_ x: Tensor, _ y: Tensor, p: Double = 2) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [x, y].first(where: { $0.failure != nil }) { return failed }
        let name = "pairwiseDistances"
        let (a, b) = try alike(try x.asMatrices(name), try y.asMatrices(name), name)
        guard a.shape.columns == b.shape.columns, p >= 0 else {
            throw TensorError(
                a.shape.columns == b.shape.columns ? .argument : .shape, name,
                "points in the rows of \(x.shape) and \(y.shape), p = \(p)",
                "both need the same dimension, and p is not negative")
        }
        guard a.shape.columns > 0 else {
            return Tensor.zeros(a.stackExtents + [a.shape.rows, b.shape.rows], dtype: a.dtype)
        }
        return (a.expandedAxis(-2) - b.expandedAxis(-3)).distance(p)
    }
}

extension Tensor {
    /// The distances ‖xᵢ − xⱼ‖ₚ of the points in the rows of a matrix [n, d], for i < j in the order of rows: [n (n − 1)/2].
    /// - Fails: if the tensor is not a matrix, or p is negative.
    public func pairwiseDistances(p: Double = 2) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            guard rank == 2, p >= 0 else {
                throw TensorError(
                    rank == 2 ? .argument : .shape, "pairwiseDistances", "\(shape), p = \(p)",
                    "give points in the rows of a matrix, and p from 0 on")
            }
            let n = shape[0]
            let first = (0..<n).flatMap { i in Array(repeating: i, count: n - 1 - i) }
            let second = (0..<n).flatMap { i in Array(i + 1..<Swift.max(n, i + 1)) }
            guard !first.isEmpty, shape[1] > 0 else { return Tensor.zeros([first.count], dtype: floating.dtype) }
            let x = floating
            let difference = x.take(Tensor(first), axis: 0) - x.take(Tensor(second), axis: 0)
            return difference.distance(p)
        }
    }

    /// The p-norm of differences along the last axis.
    fileprivate func distance(_ p: Double) -> Tensor {
        guard p == .infinity, SubgradientConvention.current == .pytorch else { return norm(p, axes: [-1]) }
        // PyTorch's distances send the whole cotangent to each of the largest differences, its norms share it among them.
        let sizes = abs()
        let largest = sizes.detach().max(axis: -1, keepDims: true)
        let excess = which(sizes.detach() .== largest, sizes - sizes.detach(), Tensor(0, dtype: sizes.dtype))
        return largest.squeezed(-1) + excess.sum(axis: -1)
    }
}
