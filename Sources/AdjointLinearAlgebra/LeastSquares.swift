import AdjointCore
import AdjointRuntime

/// The solution of a least-squares problem, and what is known about it.
public struct LeastSquares: Sendable {
    /// The X of least norm among those that minimize ‖A X − B‖: [..., n, k], or [..., n] for vectors.
    public let solution: Tensor
    /// ‖A X − B‖² of each column: [..., k]; empty unless m > n and all matrices have rank n (which a transform that knows no
    /// numbers takes for granted).
    public let residuals: Tensor
    /// The ranks [...] as `int64`.
    public let rank: Tensor
    /// The singular values of A: [..., min(m, n)].
    public let singularValues: Tensor
}

extension Tensor {
    /// The X of least norm among those that minimize ‖A X − B‖ for each matrix, X = A⁺ B. Leading axes broadcast.
    ///
    /// B may be a stack of vectors, as in `solve`. The derivative is that of `pseudoInverse`.
    /// - Parameters:
    ///   - b: [..., m, k], [..., m] or [m].
    ///   - relativeTolerance: singular values up to this times the largest count as 0; by default max(m, n) times the type's
    ///     precision.
    /// - Fails: if the shapes do not fit.
    public func leastSquares(_ b: Tensor, relativeTolerance: Double? = nil) -> LeastSquares {
        let rtol = relativeTolerance.map { Tensor($0, dtype: .float64) }
        let isVector = failure == nil && b.failure == nil && rank >= 2 && isRightSideVector(b)
        let columns = isVector ? b.expandedAxis(-1) : b
        let solution = attempt { () throws(TensorError) in
            if let failed = [self, b].first(where: { $0.failure != nil }) { return failed }
            let name = "leastSquares"
            let (a, right) = try alike(try asMatrices(name), try columns.asMatrices(name), name)
            guard a.shape.rows == right.shape.rows else {
                throw TensorError(
                    .shape, name, "matrices of \(shape) do not fit a right side of \(b.shape)",
                    "A X ≈ B needs as many rows in B as in A")
            }
            return a.pseudoInverse(relativeTolerance: rtol).matmul(right)
        }
        guard solution.failure == nil else {
            return LeastSquares(solution: solution, residuals: solution, rank: solution, singularValues: solution)
        }
        let values = detach().svdvals()
        let rank = detach().matrixRank(relativeTolerance: rtol)
        let (m, n) = (shape.rows, shape.columns)
        var residuals = Tensor.zeros([0], dtype: solution.dtype.realType)
        if m > n, !rank.value.isStored || (rank .== n).all().bools[0] {
            let error = matmul(solution) - columns
            residuals = (error * error.conj()).real.sum(axis: -2)
        }
        return LeastSquares(
            solution: isVector ? solution.squeezed(-1) : solution, residuals: residuals, rank: rank,
            singularValues: values)
    }

    /// The number of singular values above max(atol, rtol · s₁) of each matrix, as `int64`. No derivative.
    ///
    /// Tolerances as in `pseudoInverse`. With `hermitian`, absolute eigenvalues take the place of singular values.
    /// - Fails: for fewer than two axes, or if the tolerances do not fit the stack.
    public func matrixRank(
        relativeTolerance: Tensor? = nil, absoluteTolerance: Tensor? = nil, hermitian: Bool = false
    ) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let a = try detach().asMatrices("matrixRank", square: hermitian)
            let limits = try a.tolerances(relativeTolerance, absoluteTolerance, "matrixRank")
            let values = hermitian ? a.eigvalsh().abs() : a.svdvals()
            guard values.shape[values.rank - 1] > 0 else {
                return Tensor.zeros(Array(limits.shape.extents.dropLast()), dtype: .int64)
            }
            let cutoff = maximum(
                limits[.ellipsis, 0..<1], limits[.ellipsis, 1..<2] * values.max(axis: -1, keepDims: true))
            return (values .> cutoff).sum(axis: -1)
        }
    }
}
