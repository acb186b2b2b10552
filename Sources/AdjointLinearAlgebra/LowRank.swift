import AdjointCore
import AdjointRuntime

extension Tensor {
    /// The q largest singular values and their vectors of each matrix, approximately, by products with a random matrix and
    /// `iterations` power iterations (Halko, Martinsson & Tropp 2011): exact for matrices of rank q and less.
    ///
    /// The random numbers are the same in each call. The derivative is that of the algorithm.
    /// - Parameters:
    ///   - q: how many, at most min(m, n).
    ///   - iterations: more of them sharpen values that fall slowly.
    ///   - subtracting: a matrix that is subtracted first, broadcast.
    /// - Fails: if q is out of range.
    public func svdLowRank(
        _ q: Int, iterations: Int = 2, subtracting: Tensor? = nil
    ) -> (u: Tensor, s: Tensor, v: Tensor) {
        if let failed = [self, subtracting ?? self].first(where: { $0.failure != nil }) {
            return (failed, failed, failed)
        }
        let checked = attempt { () throws(TensorError) in
            let a = try asMatrices("svdLowRank")
            guard q >= 0, q <= Swift.min(shape.rows, shape.columns), iterations >= 0 else {
                throw TensorError(
                    .argument, "svdLowRank", "\(q) singular values of matrices of \(shape), \(iterations) iterations",
                    "ask for 0 to \(Swift.min(shape.rows, shape.columns)) values and iterations from 0 on")
            }
            return subtracting.map { a - $0 } ?? a
        }
        guard checked.failure == nil else { return (checked, checked, checked) }
        // The range is looked for on the longer side, so that the small matrix is small.
        guard checked.shape.rows >= checked.shape.columns else {
            let (u, s, v) = checked.adjointed.svdLowRank(q, iterations: iterations)
            return (v, s, u)
        }
        let probe = Self.probe(checked.shape.columns, q, checked.dtype)
        var basis = checked.matmul(probe).qr().q
        for _ in 0..<iterations {
            let other = checked.adjointed.matmul(basis).qr().q
            basis = checked.matmul(other).qr().q
        }
        let parts = basis.adjointed.matmul(checked).svd()
        return (basis.matmul(parts.u), parts.s, parts.vh.adjointed)
    }

    /// A matrix of the same random numbers each time.
    private static func probe(_ rows: Int, _ columns: Int, _ dtype: DType) -> Tensor {
        func part(_ seed: UInt64) -> Tensor {
            Tensor.randn(rows, columns, dtype: dtype.realType, generator: Generator(seed: seed))
        }
        return dtype.isComplex ? complex(part(0), part(1)) : part(0)
    }

    /// The q principal components of each matrix [..., m, n] of m observations: `svdLowRank` of the matrix, less its mean
    /// row if `center`. By default q is min(6, m, n).
    /// - Fails: if q is out of range.
    public func pcaLowRank(
        _ q: Int? = nil, center: Bool = true, iterations: Int = 2
    ) -> (u: Tensor, s: Tensor, v: Tensor) {
        guard failure == nil, rank >= 2 else { return svdLowRank(q ?? 0) }
        let q = q ?? Swift.min(6, shape.rows, shape.columns)
        return svdLowRank(q, iterations: iterations, subtracting: center ? mean(axis: -2, keepDims: true) : nil)
    }
}
