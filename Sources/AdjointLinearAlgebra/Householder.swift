import AdjointCore
import AdjointRuntime

// Products of reflections Hᵢ = 1 − τᵢ vᵢ vᵢᴴ, vᵢ below the diagonal of column i with a 1 on it, as QR leaves them.
//
// H₁ ⋯ Hₖ = 1 − V T Vᴴ, and T solves (1 + diag(τ) S) T = diag(τ) with S the part of Vᴴ V above the diagonal
// (Puglisi 1992), so everything is matrix products and one triangular solve, and differentiates by their rules.
extension Tensor {
    /// The first n columns of H₁ ⋯ Hₖ for reflections stored in this matrix [..., m, n] and τ [..., k]. Leading axes are equal.
    /// - Fails: if m < n or n < k, or the leading axes differ.
    public func householderProduct(_ tau: Tensor) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, tau].first(where: { $0.failure != nil }) { return failed }
            let reflections = try Reflectors(self, tau, "householderProduct")
            guard shape.rows >= shape.columns else {
                throw TensorError(
                    .shape, "householderProduct", "the matrices of \(shape) are wide",
                    "reflections stand in matrices with at least as many rows as columns")
            }
            let identity = Tensor.eye(shape.rows, shape.columns, dtype: reflections.v.dtype)
            return reflections.applied(to: identity.broadcastUnchecked(shape), adjoint: false)
        }
    }

    /// Q C or Qᴴ C, or with Q on the right of C, where Q [..., m, m] is the product of the reflections in this matrix and τ.
    /// - Fails: if the shapes do not fit.
    public func multiplyingHouseholder(
        _ tau: Tensor, _ other: Tensor, onRight: Bool = false, adjoint: Bool = false
    ) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, tau, other].first(where: { $0.failure != nil }) { return failed }
            let name = "multiplyingHouseholder"
            let reflections = try Reflectors(self, tau, name)
            let c = try other.asMatrices(name)
            guard (onRight ? c.shape.columns : c.shape.rows) == shape.rows else {
                throw TensorError(
                    .shape, name, "reflections of length \(shape.rows) do not fit a matrix of \(other.shape)",
                    "Q is square with the height of the reflections")
            }
            return onRight
                ? reflections.applied(to: c.adjointed, adjoint: !adjoint).adjointed
                : reflections.applied(to: c, adjoint: adjoint)
        }
    }
}

private struct Reflectors {
    /// The vectors as columns: [..., m, k].
    let v: Tensor
    private let tau: Tensor

    init(_ a: Tensor, _ tau: Tensor, _ operation: String) throws(TensorError) {
        let a = try a.asMatrices(operation)
        guard tau.rank == a.rank - 1, tau.shape.extents.dropLast() == a.shape.extents.dropLast(2),
            tau.shape[tau.rank - 1] <= min(a.shape.rows, a.shape.columns)
        else {
            throw TensorError(
                .shape, operation, "factors of \(tau.shape) do not fit reflections of \(a.shape)",
                "give one factor for each reflection, at most min(m, n)")
        }
        let k = tau.shape[tau.rank - 1]
        v = a[.ellipsis, 0..<k].tril(-1) + Tensor.eye(a.shape.rows, k, dtype: a.dtype)
        self.tau = tau.to(a.dtype)
    }

    /// (1 − V T Vᴴ) C, or the adjoint of it.
    func applied(to c: Tensor, adjoint: Bool) -> Tensor {
        guard v.shape.columns > 0 else { return c }
        let inner = v.adjointed.matmul(v).triu(1).scalingRows(tau)
        let projected = v.adjointed.matmul(c)
        if adjoint {
            // Tᴴ = diag(τ)ᴴ (1 + diag(τ) S)⁻ᴴ
            let solved = inner.solveTriangular(projected, upper: true, unitDiagonal: true, adjoint: true)
            return c - v.matmul(solved.scalingRows(tau.conj()))
        }
        let solved = inner.solveTriangular(projected.scalingRows(tau), upper: true, unitDiagonal: true)
        return c - v.matmul(solved)
    }
}
