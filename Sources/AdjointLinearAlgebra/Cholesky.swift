import AdjointCore
import AdjointRuntime

/// A Hermitian matrix of which one triangle is read, the other one being its mirror image.
///
/// The derivative is that along Hermitian matrices, so cotangents are Hermitian: Ā = (H̄ + H̄ᴴ)/2, and tangents are taken
/// by their Hermitian part.
package struct HermitianFromTriangle: UnaryPrimitive {
    package static let name = "hermitian"
    package static let triesWorkspace = true
    let upper: Bool

    package func resultType(_ a: TensorType) throws(TensorError) -> TensorType { a }

    package func execute(_ a: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let a = Tensor(a)
        let strict = upper ? a.triu(1) : a.tril(-1)
        let whole = (upper ? a.triu() : a.tril()) + strict.adjointed
        if let failure = whole.failure { throw failure }
        return whole.value
    }

    package func reads(for needs: InputSet) -> Reads { .nothing }
    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? { g.hermitianPart }
    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? { t.hermitianPart }
    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

/// L, lower triangular with a positive diagonal, with A = L Lᴴ for Hermitian positive definite A.
/// Ā = L⁻ᴴ Φ(Lᴴ L̄) L⁻¹, made Hermitian, where Φ takes the lower triangle with half the diagonal (Murray 2016).
package struct Cholesky: UnaryPrimitive {
    package static let name = "cholesky"
    /// Whether a matrix that is not positive definite fails; else the rows from its bad minor on are NaN.
    let checks: Bool

    package func resultType(_ a: TensorType) throws(TensorError) -> TensorType { a }

    package func execute(_ a: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try Execution(checks: checks, a: a)(type.dtype)
    }

    private struct Execution: ByElement {
        let checks: Bool
        let a: TensorValue

        func run<Element: LAPACKElement>(_: Element.Type) throws(TensorError) -> TensorValue {
            let n = a.shape.rows
            let result = try TensorValue(uninitialized: a.type)
            Kernels.copy(a, to: result.elements, strides: Strides(contiguous: a.shape))
            let failure = forEachMatrix(a.shape.matrixCount, work: n * n * n) { index in
                // Row-major memory is the transpose for LAPACK, so its U is our L.
                let matrix = result.matrix(index, of: Element.self)
                let info = Element.potrf(upper: true, n, matrix)
                for row in 0..<n {
                    for column in row + 1..<max(n, row + 1) { matrix[row * n + column] = .zero }
                }
                guard info > 0, !checks else { return info }
                for place in (info - 1) * n..<n * n { matrix[place] = .notANumber }
                return 0
            }
            if let failure {
                throw TensorError(
                    .singular, Cholesky.name,
                    "\(failure.place(in: a.shape)) is not positive definite: its leading minor of order \(failure.info) is not",
                    "add a small multiple of the identity, or use eigh or lu for matrices that are not positive definite"
                )
            }
            return result
        }
    }

    package func reads(for needs: InputSet) -> Reads { .output }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let l = saved.output
        let inner = halved(l.adjointed.matmul(g))
        let left = l.lowerSolve(inner, adjoint: true)
        return l.lowerSolve(left.adjointed, adjoint: true).adjointed.hermitianPart
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        let left = y.lowerSolve(t)
        return y.matmul(halved(y.lowerSolve(left.adjointed).adjointed))
    }

    /// The lower triangle with half the diagonal.
    private func halved(_ x: Tensor) -> Tensor { (x.tril() + x.tril(-1)) * 0.5 }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

extension Tensor {
    /// This stack of square matrices as Hermitian ones, of which one triangle is read.
    func asHermitian(_ operation: String, upper: Bool) throws(TensorError) -> Tensor {
        bind(HermitianFromTriangle(upper: upper), try asMatrices(operation, square: true))
    }

    /// The Cholesky factor of each Hermitian positive definite matrix: lower triangular L with A = L Lᴴ, or the upper
    /// triangular Lᴴ.
    ///
    /// One triangle of A is read, the one that the result has. The derivative is that along Hermitian matrices:
    /// Ā = L⁻ᴴ Φ(Lᴴ L̄) L⁻¹, made Hermitian, where Φ takes the lower triangle with half the diagonal (Murray 2016).
    /// - Fails: if the matrices are not square, or one is not positive definite, naming its leading minor.
    public func cholesky(upper: Bool = false) -> Tensor { cholesky(upper: upper, checks: true) }

    /// The Cholesky factor, NaN from its bad minor on where a matrix is not positive definite, and for each matrix 0, or the
    /// order of that minor, as `int32`.
    public func choleskyReporting(upper: Bool = false) -> (factor: Tensor, info: Tensor) {
        let factor = cholesky(upper: upper, checks: false)
        guard factor.failure == nil else { return (factor, factor) }
        let n = factor.shape.columns
        let bad = factor.detach().diagonalElements.isNaN()
        guard n > 0 else { return (factor, Tensor.zeros(factor.stackExtents, dtype: .int32)) }
        return (factor, which(bad.any(axis: -1), bad.to(.int32).argmax(axis: -1) + 1, Tensor(0)).to(.int32))
    }

    private func cholesky(upper: Bool, checks: Bool) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let factor = bind(Cholesky(checks: checks), try asHermitian(Cholesky.name, upper: upper))
            return upper ? factor.adjointed : factor
        }
    }

    /// X with A X = B, where this is the Cholesky factor of A: L with A = L Lᴴ, or U with A = Uᴴ U. Leading axes broadcast.
    /// - Fails: if the shapes do not fit, or a diagonal element is 0.
    public func choleskySolve(_ b: Tensor, upper: Bool = false) -> Tensor {
        solveTriangular(solveTriangular(b, upper: upper, adjoint: upper), upper: upper, adjoint: !upper)
    }

    /// A⁻¹, where this is the Cholesky factor of A: L with A = L Lᴴ, or U with A = Uᴴ U.
    /// - Fails: if the matrices are not square, or a diagonal element is 0.
    public func choleskyInverse(upper: Bool = false) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let factor = try asMatrices("choleskyInverse", square: true)
            let identity = Tensor.eye(shape.rows, dtype: factor.dtype)
            let inverse = factor.solveTriangular(identity, upper: upper)
            return upper ? inverse.matmul(inverse.adjointed) : inverse.adjointed.matmul(inverse)
        }
    }
}
