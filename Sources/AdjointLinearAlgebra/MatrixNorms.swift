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
        case .frobenius: return norm(2, axes: [-2, -1])
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
        guard self.shape[rank - 1] > 0, SubgradientConvention.current == .minimumNorm else { return self }
        let limit =
            detach().max(axis: -1, keepDims: true) * (dtype.precision * Double(Swift.max(shape.rows, shape.columns)))
        return which(self .> limit, self, detach())
    }

    /// The condition number of each matrix: ‖A‖ ‖A⁻¹‖ in a norm, or the largest singular value over the smallest (or its
    /// reciprocal), infinite for a singular matrix, 0 for one without elements.
    /// - Fails: if the matrices are not square, but for the spectral norm.
    public func conditionNumber(_ kind: MatrixNorm = .spectral()) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let name = "conditionNumber"
            if count == 0, rank >= 2 { return Tensor.zeros(stackExtents, dtype: floating.dtype.realType) }
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

    /// The axes in another order, given as an array.
    func transposedAll(_ order: [Int]) -> Tensor {
        order == Array(0..<rank) ? self : bind(Permute(order: order), self)
    }
}
