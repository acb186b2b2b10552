import AdjointCore
import AdjointRuntime

/// A V = V diag(λ) for any square A; complex. The result packs vⱼ, of norm 1, and λⱼ into row j: [..., n, n + 1].
///
/// Ā = V⁻ᴴ (diag λ̄ + Qᵢⱼ) Vᴴ, where Qᵢⱼ is (Vᴴ V̄ − Vᴴ V Re diag(Vᴴ V̄))ᵢⱼ off the diagonal over the conjugate of λⱼ − λᵢ: the
/// second term holds the norm of the vectors (Boeddeker, Hanebrink, Drude, Heymann & Haeb-Umbach 2017).
package struct Eigen: UnaryPrimitive {
    package static let name = "eig"
    package static let triesWorkspace = true

    package func resultType(_ a: TensorType) throws(TensorError) -> TensorType {
        TensorType(a.shape.replacing(a.shape.rank - 1, with: a.shape.columns + 1), a.dtype.complexType)
    }

    package func execute(_ a: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try EigenDecomposition(a: a, vectors: true)(a.dtype)
    }

    package func reads(for needs: InputSet) -> Reads { .output }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let (y, g) = (Eigenpairs(packed: saved.output), Eigenpairs(packed: g))
        let (vectors, vh) = (y.independent, y.vectors.adjointed)
        let product = vh.matmul(g.vectors)
        let norms = vh.matmul(vectors).scalingColumns(product.diagonalElements.withoutImaginaryPart)
        let values = y.values.conj()
        let rotation = (product - norms).quotient(
            overDifferences: values, size: g.vectors.magnitude, Self.name, .eigenvalues)
        let result = vectors.adjointed.solve((rotation + g.values.onDiagonal).matmul(vh))
        return saved.inputType(0).dtype.isComplex ? result : result.real
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        let pairs = Eigenpairs(packed: y)
        let vectors = pairs.independent
        let change = vectors.solve(t.to(y.dtype).matmul(vectors))
        let rotation = change.quotient(
            overDifferences: pairs.values, size: t.magnitude, Self.name, .eigenvalues)
        let turned = vectors.matmul(rotation)
        let norms = (vectors.conj() * turned).sum(axis: -2).withoutImaginaryPart
        return Eigenpairs(
            values: change.diagonalElements, vectors: turned - vectors.scalingColumns(norms)
        ).packed
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

/// The eigenvalues alone, which have a derivative where the vectors are independent: Ā = V⁻ᴴ diag(λ̄) Vᴴ.
package struct Eigenvalues: UnaryPrimitive {
    package static let name = "eigvals"
    package static let triesWorkspace = true

    package func resultType(_ a: TensorType) throws(TensorError) -> TensorType {
        TensorType(a.shape.removing(a.shape.rank - 1), a.dtype.complexType)
    }

    package func execute(_ a: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try EigenDecomposition(a: a, vectors: false)(a.dtype)
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first) }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let vectors = Eigenpairs(packed: bind(Eigen(), saved.input(0))).independent
        let result = vectors.adjointed.solve(vectors.adjointed.scalingRows(g))
        return saved.inputType(0).dtype.isComplex ? result : result.real
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        let vectors = Eigenpairs(packed: bind(Eigen(), x)).independent
        return vectors.solve(t.to(y.dtype).matmul(vectors)).diagonalElements
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

extension Eigenpairs {
    /// The vectors, checked to span the space.
    fileprivate var independent: Tensor { bind(IndependentVectors(), vectors) }
}

/// Eigenvectors as they are, if they are independent: those of a defective matrix are not.
struct IndependentVectors: LinearPrimitive {
    static let name = "eig"
    static let triesWorkspace = true

    func resultType(_ v: TensorType) throws(TensorError) -> TensorType { v }

    func execute(_ v: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let n = type.shape.columns
        guard type.shape.count > 0 else { return v }
        let smallest = Tensor(v).svdvals()[.ellipsis, -1]
        if let place = (smallest .<= type.dtype.precision * Double(n)).bools.firstIndex(of: true) {
            throw TensorError(
                .singular, Self.name,
                "\(LAPACKFailure(matrix: place, info: 0).place(in: type.shape)) is defective: it has not \(n) independent eigenvectors, and its eigenvalues have no derivative",
                "perturb the matrix, or use a function of it that needs no eigenvalues")
        }
        return v
    }

    func transpose(_ g: Tensor, to x: TensorType) -> Tensor { g }
    func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? { t }
    func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

private struct EigenDecomposition: ByElement {
    let a: TensorValue
    let vectors: Bool

    func run<Element: LAPACKElement>(_: Element.Type) throws(TensorError) -> TensorValue {
        let n = a.shape.rows
        let copy = try a.columnMajorCopy()
        let extents = vectors ? [n, n + 1] : [n]
        let result = try TensorValue(
            uninitialized: TensorType(a.shape.replacingLast(2, with: extents), a.dtype.complexType))
        let failure = forEachMatrix(n == 0 ? 0 : a.shape.matrixCount, work: 25 * n * n * n) { index in
            let matrix = copy.matrix(index, of: Element.self)
            for place in 0..<n * n where !matrix[place].modulus.isFinite { return n + 1 }
            // Complex numbers as pairs of real ones.
            let size = 2 * extents.reduce(1, *)
            let target = result.elements.assumingMemoryBound(to: Element.Real.self) + index * size
            guard vectors else { return Element.geev(vectors: false, n, matrix, target, nil) }
            return withUnsafeTemporaryAllocation(of: Element.Real.self, capacity: 2 * n * (n + 1)) { work in
                let (values, columns) = (work.baseAddress!, work.baseAddress! + 2 * n)
                let info = Element.geev(vectors: true, n, matrix, values, columns)
                for j in 0..<n {
                    let row = target + 2 * j * (n + 1)
                    row.update(from: columns + 2 * j * n, count: 2 * n)
                    (row + 2 * n).update(from: values + 2 * j, count: 2)
                }
                return info
            }
        }
        if let failure { throw TensorError.noConvergence(Eigen.name, failure, a.shape, limit: n) }
        return result
    }
}

extension Tensor {
    /// Eigenvalues and eigenvectors of norm 1 of each square matrix; complex, in no order.
    ///
    /// Ā = V⁻ᴴ (diag λ̄ + Q) Vᴴ (Boeddeker et al. 2017). A vector is determined up to a phase: only functions that do not
    /// depend on it have a derivative. For Hermitian matrices `eigh` is better.
    /// - Fails: if the matrices are not square or not finite. The derivative fails for a defective matrix, and where it depends
    ///   on the choice among vectors of equal eigenvalues, naming them.
    public func eig() -> Eigendecomposition {
        let packed = attempt { () throws(TensorError) in
            failure != nil ? self : bind(Eigen(), try asMatrices(Eigen.name, square: true))
        }
        guard packed.failure == nil else { return Eigendecomposition(values: packed, vectors: packed) }
        let pairs = Eigenpairs(packed: packed)
        return Eigendecomposition(values: pairs.values, vectors: pairs.vectors)
    }

    /// The eigenvalues of each square matrix; complex, in no order. Ā = V⁻ᴴ diag(λ̄) Vᴴ.
    /// - Fails: if the matrices are not square or not finite. The derivative fails for a defective matrix.
    public func eigvals() -> Tensor {
        attempt { () throws(TensorError) in
            failure != nil ? self : bind(Eigenvalues(), try asMatrices(Eigenvalues.name, square: true))
        }
    }
}
