import AdjointCore
import AdjointRuntime

/// Q of A = Q R with orthonormal columns, for A [..., m, n] with m ≥ n; R is Qᴴ A.
///
/// Ā = (Q̄ − Q S) R⁻ᴴ, where S is Hermitian with the lower triangle of Q̄ᴴ Q (Walter & Lehmann 2010).
package struct OrthonormalFactor: UnaryPrimitive {
    package static let name = "qr"
    package static let triesWorkspace = true

    package func resultType(_ a: TensorType) throws(TensorError) -> TensorType { a }

    package func execute(_ a: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try Reflections(a: a, columns: type.shape.columns)(type.dtype)
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first, output: true) }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let q = saved.output
        let product = g.adjointed.matmul(q).tril()
        let mirrored = product + product.tril(-1).adjointed
        // R has a real diagonal, so the diagonal of S is real.
        let s = g.dtype.isComplex ? mirrored.hermitianPart : mirrored
        return triangle(q, saved.input(0)).upperSolve((g - q.matmul(s)).adjointed).adjointed
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        let change = triangle(y, x).upperSolve(t.adjointed, adjoint: true).adjointed
        let inner = y.adjointed.matmul(change)
        let below = inner.tril(-1)
        var turn = below - below.adjointed
        if x.dtype.isComplex {
            let phases = inner.diagonalElements.imaginary
            turn = turn + complex(Tensor.zeros(like: phases), phases).onDiagonal
        }
        return change - y.matmul(inner - turn)
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }

    /// R, checked to have an inverse.
    private func triangle(_ q: Tensor, _ a: Tensor) -> Tensor { bind(FullRank(), q.adjointed.matmul(a).triu()) }
}

/// R as it is, if its diagonal shows that A has full column rank.
struct FullRank: LinearPrimitive {
    static let name = "qr"
    static let triesWorkspace = true

    func resultType(_ r: TensorType) throws(TensorError) -> TensorType { r }

    func execute(_ r: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let diagonal = Tensor(r).diagonalElements.abs()
        guard diagonal.count > 0 else { return r }
        // R comes from a product, so what should be 0 is some roundings away from it, how many depends on the processor's BLAS.
        let precision = 8 * type.dtype.precision * Double(type.shape.rows)
        let largest = diagonal.max(axis: -1, keepDims: true)
        let small = (diagonal .<= largest * precision).bools
        if let place = small.firstIndex(of: true) {
            let n = type.shape.columns
            let failure = LAPACKFailure(matrix: place / n, info: place % n)
            throw TensorError(
                .singular, Self.name,
                "\(failure.place(in: type.shape)) has not full column rank: diagonal element \(failure.info) of R is 0, and Q has no derivative",
                "use svd or pseudoInverse for matrices that are rank-deficient")
        }
        return r
    }

    func transpose(_ g: Tensor, to x: TensorType) -> Tensor { g }
    func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? { t }
    func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

/// Orthonormal vectors Q⊥ [..., m, m − k] that complete the columns of Q [..., m, k] to a basis.
///
/// Only the space that they span is determined: the tangent is the one without rotation in it, −Q Q̇ᴴ Q⊥, and a cotangent
/// that depends on rotations, one whose Q⊥ᴴ ḡ is not Hermitian, fails. Q̄ = −Q⊥ ḡᴴ Q.
package struct OrthonormalComplement: UnaryPrimitive {
    package static let name = "orthonormalComplement"
    package static let triesWorkspace = true

    package func resultType(_ q: TensorType) throws(TensorError) -> TensorType {
        TensorType(q.shape.replacing(q.shape.rank - 1, with: q.shape.rows - q.shape.columns), q.dtype)
    }

    package func execute(_ q: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let (m, k) = (q.shape.rows, q.shape.columns)
        let basis = Tensor(try Reflections(a: q, columns: m)(type.dtype))
        return basis[.ellipsis, k..<m].value
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first, output: true) }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let (q, rest) = (saved.input(0), saved.output)
        return -rest.matmul(bind(RotationFree(), g, rest).adjointed.matmul(q))
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? { -x.matmul(t.adjointed.matmul(y)) }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

/// A cotangent of vectors that complete a basis as it is, if it does not depend on rotations among them.
struct RotationFree: BinaryPrimitive {
    static let name = "orthonormalComplement"
    static let triesWorkspace = true

    func resultType(_ g: TensorType, _ basis: TensorType) throws(TensorError) -> TensorType { g }

    func execute(_ g: TensorValue, _ basis: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let cotangent = Tensor(g)
        let rotation = Tensor(basis).adjointed.matmul(cotangent).skewPart.magnitude
        let limit = cotangent.magnitude * (64 * type.dtype.precision * Double(max(type.shape.rows, 1)))
        if let place = (rotation .> limit).bools.firstIndex(of: true) {
            throw TensorError(
                .singular, Self.name,
                "the derivative depends on the choice of the vectors that complete the basis of \(LAPACKFailure(matrix: place, info: 0).place(in: type.shape))",
                "use the reduced decomposition, or a function of the completed basis that depends on its space alone")
        }
        return g
    }

    func reads(for needs: InputSet) -> Reads { .nothing }

    func pullback(_ h: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        if saved.needs(0) { send.add(h, to: 0, of: saved) }
        if saved.needs(1) { send.add(Tensor.repeating(0, saved.inputType(1)), to: 1, of: saved) }
    }

    func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? { tangents[0] }

    func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        batchedInFront(inputs, mapped, size)
    }
}

/// The first columns of the unitary matrix by which Householder's reflections make A triangular.
private struct Reflections: ByElement {
    let a: TensorValue
    let columns: Int

    func run<Element: LAPACKElement>(_: Element.Type) throws(TensorError) -> TensorValue {
        let (m, n) = (a.shape.rows, a.shape.columns)
        let copy = try a.columnMajorCopy()
        let result = try TensorValue(uninitialized: TensorType(a.shape.replacingLast(2, with: [columns, m]), a.dtype))
        forEachMatrix(a.shape.matrixCount, work: 4 * m * m * columns) { index in
            withUnsafeTemporaryAllocation(of: Element.self, capacity: max(n, 1)) { tau in
                let (matrix, target) = (copy.matrix(index, of: Element.self), result.matrix(index, of: Element.self))
                Element.geqrf(m, n, matrix, tau.baseAddress!)
                target.update(from: matrix, count: m * min(n, columns))
                for place in m * min(n, columns)..<m * columns { target[place] = .zero }
                Element.orgqr(m, columns, n, target, tau.baseAddress!)
                return 0
            }
        }
        return result.matrixTransposed()
    }
}

/// A = Q R with orthonormal columns in Q and upper triangular R.
public struct QRDecomposition: Sendable {
    /// [..., m, k] with k = min(m, n), or [..., m, m] if complete.
    public let q: Tensor
    /// [..., k, n], or [..., m, n] if complete.
    public let r: Tensor
}

extension Tensor {
    /// The QR decomposition of each matrix, by Householder's reflections.
    ///
    /// Ā follows from Q̄ ↦ (Q̄ − Q S) R⁻ᴴ, where S is Hermitian with the lower triangle of Q̄ᴴ Q (Walter & Lehmann 2010), and
    /// R = Qᴴ A. A wide matrix has the Q of its first m columns.
    /// - Parameter complete: whether Q is made square by orthonormal columns, of which only the space is determined, and
    ///   R as high as A.
    /// - Fails: for fewer than two axes. The derivative fails where the first min(m, n) columns are not independent.
    public func qr(complete: Bool = false) -> QRDecomposition {
        let q = attempt { () throws(TensorError) in
            if failure != nil { return self }
            let a = try asMatrices(OrthonormalFactor.name)
            return bind(
                OrthonormalFactor(), a.shape.columns > a.shape.rows ? a[.ellipsis, 0..<a.shape.rows] : a)
        }
        guard q.failure == nil else { return QRDecomposition(q: q, r: q) }
        let r = q.adjointed.matmul(self).triu()
        let (m, n) = (shape.rows, shape.columns)
        guard complete, m > n else { return QRDecomposition(q: q, r: r) }
        let below = Tensor.zeros(stackExtents + [m - n, n], dtype: dtype)
        return QRDecomposition(q: q.completedBasis(), r: concatenate([r, below], axis: -2))
    }

    /// These orthonormal columns [..., m, k] and others that make the matrix square.
    func completedBasis() -> Tensor {
        shape.rows == shape.columns ? self : concatenate([self, bind(OrthonormalComplement(), self)], axis: -1)
    }
}
