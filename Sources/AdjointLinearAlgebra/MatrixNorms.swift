import AdjointCore
import AdjointRuntime

/// A norm of matrices.
public enum MatrixNorm: Sendable, Hashable {
    /// √Σ|aᵢⱼ|².
    case frobenius
    /// The sum of singular values. Its derivative takes the subgradient of least norm at values that vanish.
    case nuclear
    /// The largest singular value, or the smallest one.
    case spectral(smallest: Bool = false)
    /// The largest sum of absolute values in a column, or the smallest one.
    case columnSum(smallest: Bool = false)
    /// The largest sum of absolute values in a row, or the smallest one.
    case rowSum(smallest: Bool = false)
}

extension Tensor {
    /// The p-norm over axes, or over all elements: (Σ|x|ᵖ)^(1/p); the largest |x| for infinity, the smallest for minus infinity,
    /// the number of nonzero elements for 0. Where the derivative is not defined it is the subgradient of least norm, so 0
    /// where the norm is 0.
    /// - Parameters:
    ///   - p: any number.
    ///   - axes: the axes that are reduced; nil for all.
    ///   - keepDims: whether they stay with extent 1.
    /// - Fails: over no elements for infinite p; for an axis that there is not or that is named twice.
    public func vectorNorm(_ p: Double = 2, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let x = floating
            let moved = try x.joinedLast(axes, "vectorNorm")
            let norm = moved.tensor.normOfLastAxis(p)
            return keepDims ? norm.reshaped(moved.kept) : norm
        }
    }

    private func normOfLastAxis(_ p: Double) -> Tensor {
        if p == 2 || p == 1 || p == 0 || p.isInfinite { return norm(p, axis: -1) }
        // Powers of elements that are 0 stay out: their derivative is 0, not 0 · ∞.
        let x = abs()
        let vanishes = x .== 0
        let one = Tensor(1, dtype: dtype)
        let powers = which(vanishes, Tensor(p > 0 ? 0 : Double.infinity, dtype: dtype), which(vanishes, one, x).pow(p))
        let sum = powers.sum(axis: -1)
        let trivial = p > 0 ? sum .== 0 : sum .== Double.infinity
        return which(trivial, Tensor(0, dtype: dtype), which(trivial, one, sum).pow(1 / p))
    }

    /// A norm of each matrix.
    /// - Parameters:
    ///   - kind: which norm.
    ///   - axes: the axes of rows and of columns; the last two by default.
    ///   - keepDims: whether they stay with extent 1.
    /// - Fails: for fewer than two axes, or if the axes are one and the same.
    public func matrixNorm(
        _ kind: MatrixNorm = .frobenius, axes: (Int, Int) = (-2, -1), keepDims: Bool = false
    ) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let name = "matrixNorm"
            guard rank >= 2 else { _ = try asMatrices(name); return self }
            let (row, column) = (try axis(axes.0, name), try axis(axes.1, name))
            guard row != column else {
                throw TensorError(
                    .axis, name, "rows and columns are both axis \(row)", "name two different axes")
            }
            let others = (0..<rank).filter { $0 != row && $0 != column }
            let norm = floating.transposedAll(others + [row, column]).normOfMatrices(kind)
            guard keepDims else { return norm }
            var extents = shape.extents
            (extents[row], extents[column]) = (1, 1)
            return norm.reshaped(extents)
        }
    }

    private func normOfMatrices(_ kind: MatrixNorm) -> Tensor {
        switch kind {
        case .frobenius: return norm(2, axis: -2, -1)
        case .columnSum(let smallest):
            let sums = abs().sum(axis: -2)
            return smallest ? sums.min(axis: -1) : sums.max(axis: -1)
        case .rowSum(let smallest):
            let sums = abs().sum(axis: -1)
            return smallest ? sums.min(axis: -1) : sums.max(axis: -1)
        case .spectral(let smallest):
            let values = svdvals().withoutVanishing(shape)
            return smallest ? values.min(axis: -1) : values.max(axis: -1)
        case .nuclear: return svdvals().withoutVanishing(shape).sum(axis: -1)
        }
    }

    /// Singular values of matrices of a shape, constant where they vanish: 0 is the subgradient of least norm there.
    private func withoutVanishing(_ shape: Shape) -> Tensor {
        guard self.shape[rank - 1] > 0 else { return self }
        let limit =
            detach().max(axis: -1, keepDims: true) * (dtype.precision * Double(Swift.max(shape.rows, shape.columns)))
        return which(self .> limit, self, detach())
    }

    /// The condition number of each matrix: ‖A‖ ‖A⁻¹‖ in a norm, or the largest singular value over the smallest (or its
    /// reciprocal), infinite for a singular matrix.
    /// - Fails: if the matrices are not square, but for the spectral norm.
    public func conditionNumber(_ kind: MatrixNorm = .spectral()) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let name = "conditionNumber"
            if case .spectral(let smallest) = kind {
                let values = try asMatrices(name).svdvals()
                let (first, last) = (values[.ellipsis, 0], values[.ellipsis, -1])
                return smallest ? last / first : first / last
            }
            let a = try asMatrices(name, square: true)
            let (inverse, info) = a.inverseReporting()
            let product = a.matrixNorm(kind) * inverse.matrixNorm(kind)
            return which(info .== 0, product, Tensor(Double.infinity, dtype: product.dtype))
        }
    }

    /// The axes named joined as the last one, and the shape in which they are kept with extent 1.
    private func joinedLast(_ axes: [Int]?, _ operation: String) throws(TensorError) -> (tensor: Tensor, kept: [Int]) {
        var reduced: [Int] = axes == nil || axes!.isEmpty ? Array(0..<rank) : []
        for axis in axes ?? [] {
            let place = try self.axis(axis, operation)
            guard !reduced.contains(place) else {
                throw TensorError(.axis, operation, "axis \(axis) is named twice in \(axes!)", "name each axis once")
            }
            reduced.append(place)
        }
        reduced.sort()
        let others = (0..<rank).filter { !reduced.contains($0) }
        let length = reduced.reduce(1) { $0 * shape[$1] }
        let moved = transposedAll(others + reduced).reshaped(others.map { shape[$0] } + [length])
        return (moved, (0..<rank).map { reduced.contains($0) ? 1 : shape[$0] })
    }

    /// The axes in another order, given as an array.
    func transposedAll(_ order: [Int]) -> Tensor {
        order == Array(0..<rank) ? self : bind(Permute(order: order), self)
    }
}
