import AdjointCore
import AdjointRuntime

/// A V = V diag(λ) for Hermitian A, λ rising. The result packs vⱼ and λⱼ into row j: [..., n, n + 1].
///
/// Ā = V (Q + diag λ̄) Vᴴ, where Q is (Vᴴ V̄)ᵢⱼ/(λⱼ − λᵢ) off the diagonal, made Hermitian (Giles 2008).
package struct HermitianEigen: UnaryPrimitive {
    package static let name = "eigh"
    package static let triesWorkspace = true
    /// ε of 1/d → d/(d² + ε) in derivatives of vectors.
    let broadening: Double

    package func resultType(_ a: TensorType) throws(TensorError) -> TensorType {
        TensorType(a.shape.replacing(a.shape.rank - 1, with: a.shape.columns + 1), a.dtype)
    }

    package func execute(_ a: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try HermitianDecomposition(a: a, vectors: true)(type.dtype)
    }

    package func reads(for needs: InputSet) -> Reads { .output }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let (y, g) = (Eigenpairs(packed: saved.output), Eigenpairs(packed: g))
        let rotation = y.vectors.adjointed.matmul(g.vectors).quotient(
            overDifferences: y.values, size: g.vectors.magnitude, broadening: broadening, Self.name, .eigenvalues)
        let core = rotation.hermitianPart + g.values.withoutImaginaryPart.onDiagonal
        return y.vectors.matmul(core).matmul(y.vectors.adjointed)
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        let pairs = Eigenpairs(packed: y)
        let change = pairs.vectors.adjointed.matmul(t).matmul(pairs.vectors)
        let rotation = change.quotient(
            overDifferences: pairs.values, size: t.magnitude, broadening: broadening, Self.name, .eigenvalues)
        return Eigenpairs(
            values: change.diagonalElements.withoutImaginaryPart, vectors: pairs.vectors.matmul(rotation)
        ).packed
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

/// The eigenvalues alone, which have a derivative even where some are equal: Ā = V diag(λ̄) Vᴴ.
package struct HermitianEigenvalues: UnaryPrimitive {
    package static let name = "eigvalsh"
    package static let triesWorkspace = true

    package func resultType(_ a: TensorType) throws(TensorError) -> TensorType {
        TensorType(a.shape.removing(a.shape.rank - 1), a.dtype)
    }

    package func execute(_ a: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try HermitianDecomposition(a: a, vectors: false)(type.dtype)
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first) }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let vectors = Eigenpairs(packed: bind(HermitianEigen(broadening: 0), saved.input(0))).vectors
        return vectors.scalingColumns(g).matmul(vectors.adjointed)
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        let vectors = Eigenpairs(packed: bind(HermitianEigen(broadening: 0), x)).vectors
        return (vectors.conj() * t.matmul(vectors)).sum(axis: -2).withoutImaginaryPart
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

private struct HermitianDecomposition: ByElement {
    let a: TensorValue
    let vectors: Bool

    func run<Element: LAPACKElement>(_: Element.Type) throws(TensorError) -> TensorValue {
        let n = a.shape.rows
        let copy = try a.columnMajorCopy()
        let extents = vectors ? [n, n + 1] : [n]
        let result = try TensorValue(uninitialized: TensorType(a.shape.replacingLast(2, with: extents), a.dtype))
        let failure = forEachMatrix(a.shape.matrixCount, work: 8 * n * n * n) { index in
            withUnsafeTemporaryAllocation(of: Element.Real.self, capacity: max(n, 1)) { values in
                let matrix = copy.matrix(index, of: Element.self)
                for place in 0..<n * n where !matrix[place].modulus.isFinite { return n + 1 }
                let info = Element.syevd(vectors: vectors, n, matrix, values.baseAddress!)
                let target = result.elements.assumingMemoryBound(to: Element.self) + index * extents.reduce(1, *)
                for j in 0..<n {
                    guard vectors else {
                        target[j] = Element(real: values[j])
                        continue
                    }
                    (target + j * (n + 1)).update(from: matrix + j * n, count: n)
                    target[j * (n + 1) + n] = Element(real: values[j])
                }
                return info
            }
        }
        if let failure { throw TensorError.noConvergence(HermitianEigen.name, failure, a.shape, limit: n) }
        return result
    }
}

extension TensorError {
    /// An iteration that did not end, or a matrix on which it cannot begin (`info` above `limit`).
    static func noConvergence(_ name: String, _ failure: LAPACKFailure, _ shape: Shape, limit: Int) -> TensorError {
        let place = failure.place(in: shape)
        return failure.info > limit
            ? TensorError(
                .singular, name, "\(place) has elements that are not finite", "look for the operation that made them")
            : TensorError(.singular, name, "the iteration for \(place) did not converge", "scale or perturb the matrix")
    }
}

/// Eigenvalues and eigenvectors: A V = V diag(λ).
public struct Eigendecomposition: Sendable {
    /// [..., n].
    public let values: Tensor
    /// [..., n, n]: column j belongs to value j.
    public let vectors: Tensor
}

extension Tensor {
    /// Eigenvalues, rising, and orthonormal eigenvectors of each Hermitian matrix, of which one triangle is read.
    ///
    /// The derivative is that along Hermitian matrices: Ā = V (Q + diag λ̄) Vᴴ, where Q is (Vᴴ V̄)ᵢⱼ/(λⱼ − λᵢ) off the
    /// diagonal, made Hermitian (Giles 2008). Vectors of equal eigenvalues are a choice: a derivative through them fails,
    /// naming them, even of a function that does not depend on the choice, since 0/0 does not tell its value.
    /// - Parameters:
    ///   - upper: whether the upper triangle is read; the lower one else.
    ///   - broadening: ε > 0 replaces 1/d of differences d of eigenvalues by d/(d² + ε), an approximation that never fails.
    /// - Fails: if the matrices are not square or not finite.
    public func eigh(upper: Bool = false, broadening: Double = 0) -> Eigendecomposition {
        let packed = attempt { () throws(TensorError) in
            if failure != nil { return self }
            return bind(HermitianEigen(broadening: broadening), try asHermitian(HermitianEigen.name, upper: upper))
        }
        guard packed.failure == nil else { return Eigendecomposition(values: packed, vectors: packed) }
        let pairs = Eigenpairs(packed: packed)
        return Eigendecomposition(values: pairs.values.real, vectors: pairs.vectors)
    }

    /// The eigenvalues, rising, of each Hermitian matrix, of which one triangle is read. Ā = V diag(λ̄) Vᴴ, also where
    /// eigenvalues are equal.
    /// - Fails: if the matrices are not square or not finite.
    public func eigvalsh(upper: Bool = false) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            return bind(HermitianEigenvalues(), try asHermitian(HermitianEigenvalues.name, upper: upper)).real
        }
    }
}
