import AdjointCore
import AdjointRuntime

/// C, the conjugate cofactors of A, ∂ det A/∂Aᵢⱼ: det(A) A⁻ᴴ where A is regular.
///
/// By singular values A = U diag(s) Vᴴ they are det(U Vᴴ) U diag(Πₗ≠ᵢ sₗ) Vᴴ, without a division, so they are right for
/// singular matrices; so is their derivative, `CofactorChange`.
package struct Cofactors: UnaryPrimitive {
    package static let name = "cofactors"
    package static let triesWorkspace = true

    package func resultType(_ a: TensorType) throws(TensorError) -> TensorType { a }

    package func execute(_ a: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let basis = SingularBasis(Tensor(a))
        return try basis.result(basis.leavingOneOut().onDiagonal)
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first) }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let a = saved.input(0)
        return bind(CofactorChange(), a, g)
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? { bind(CofactorChange(), x, t) }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

/// The change of the cofactors of A along E, a symmetric bilinear form's: for regular A,
/// det(A) (tr(A⁻¹ E) A⁻ᴴ − A⁻ᴴ Eᴴ A⁻ᴴ).
///
/// In the singular basis, with Mᵢⱼ = Πₗ≠ᵢ,ⱼ sₗ off the diagonal, E ↦ diag(M diag E*) − M ∘ Eᴴ: self-adjoint, without a
/// division. Its own derivative along A is written with the inverse, so third derivatives need a regular matrix.
package struct CofactorChange: BinaryPrimitive {
    package static let name = "cofactors"
    package static let triesWorkspace = true

    package func resultType(_ a: TensorType, _ e: TensorType) throws(TensorError) -> TensorType { a }

    package func execute(_ a: TensorValue, _ e: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let basis = SingularBasis(Tensor(a))
        let inner = basis.u.adjointed.matmul(Tensor(e)).matmul(basis.vh.adjointed)
        let products = basis.leavingTwoOut()
        let diagonal = products.matmul(inner.diagonalElements.conj().expandedAxis(-1)).squeezed(-1)
        return try basis.result(diagonal.onDiagonal - products * inner.adjointed)
    }

    package func reads(for needs: InputSet) -> Reads {
        Reads(inputs: needs.contains(.first) ? [.first, .second] : .first)
    }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        let a = saved.input(0)
        if saved.needs(0) { send.add(change(a, saved.input(1), g), to: 0, of: saved) }
        if saved.needs(1) { send.add(bind(self, a, g), to: 1, of: saved) }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        let along = tangents[1].map { bind(self, inputs[0], $0) }
        guard let t = tangents[0] else { return along }
        let change = change(inputs[0], inputs[1], t)
        return along.map { $0 + change } ?? change
    }

    /// The derivative of the trilinear form d³ det along E and G, with X = A⁻¹, e = tr(X E), g = tr(X G), P = X E X, Q = X G X:
    /// the conjugate of det(A) ((e g − tr(X E X G)) X − g P − e Q + X E Q + X G P)ᵀ.
    private func change(_ a: Tensor, _ e: Tensor, _ g: Tensor) -> Tensor {
        let x = bind(Inverse(policy: .fail), a)
        let (xe, xg) = (x.matmul(e), x.matmul(g))
        let (p, q) = (xe.matmul(x), xg.matmul(x))
        let (traceE, traceG) = (xe.diagonalElements.sum(axis: -1), xg.diagonalElements.sum(axis: -1))
        let both = traceE * traceG - (xe * xg.matrixTransposed()).sumOfMatrices
        let inner =
            x.scalingMatrices(both) - p.scalingMatrices(traceG) - q.scalingMatrices(traceE) + xe.matmul(q)
            + xg.matmul(p)
        return inner.scalingMatrices(bind(Determinant(), a)).adjointed
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        batchedInFront(inputs, mapped, size)
    }
}

/// Singular values and vectors, and products of values with some left out.
private struct SingularBasis {
    let u: Tensor
    let vh: Tensor
    private let s: Tensor
    /// The conjugate of det(U Vᴴ), which is ±1 for real matrices.
    private let orientation: Tensor

    init(_ a: Tensor) {
        let parts = a.svd()
        (u, s, vh) = (parts.u, parts.s, parts.vh)
        orientation = (u.slogdet().sign * vh.slogdet().sign).conj()
    }

    /// det(U Vᴴ) U inner Vᴴ.
    func result(_ inner: Tensor) throws(TensorError) -> TensorValue {
        let product = u.matmul(inner).matmul(vh).scalingMatrices(orientation)
        if let failure = product.failure { throw failure }
        return product.value
    }

    /// Πₗ≠ᵢ sₗ: [..., n].
    func leavingOneOut() -> Tensor {
        products(s.shape) { values, target in
            let n = values.count
            var product = 1.0
            for i in 0..<n {
                target.append(product)
                product *= values[i]
            }
            product = 1
            for i in stride(from: n - 1, through: 0, by: -1) {
                target[target.count - n + i] *= product
                product *= values[i]
            }
        }
    }

    /// Πₗ≠ᵢ,ⱼ sₗ off the diagonal, 0 on it: [..., n, n].
    func leavingTwoOut() -> Tensor {
        products(Shape(s.shape.extents + [s.shape[s.rank - 1]])) { values, target in
            let n = values.count
            let start = target.count
            target += [Double](repeating: 0, count: n * n)
            var suffix = [Double](repeating: 1, count: n + 1)
            for i in stride(from: n - 1, through: 0, by: -1) { suffix[i] = suffix[i + 1] * values[i] }
            var prefix = 1.0
            for i in 0..<n {
                var between = 1.0
                for j in i + 1..<max(n, i + 1) {
                    let product = prefix * between * suffix[j + 1]
                    target[start + i * n + j] = product
                    target[start + j * n + i] = product
                    between *= values[j]
                }
                prefix *= values[i]
            }
        }
    }

    private func products(_ shape: Shape, _ body: (ArraySlice<Double>, inout [Double]) -> Void) -> Tensor {
        let (all, n) = (s.doubles, s.shape[s.rank - 1])
        var target: [Double] = []
        if n > 0 {
            for start in stride(from: 0, to: all.count, by: n) {
                body(ArraySlice(Array(all[start..<start + n])), &target)
            }
        }
        return Tensor(target, shape: shape.extents).to(u.dtype)
    }
}

extension Tensor {
    /// The conjugate cofactors of each matrix.
    var determinantCofactors: Tensor { bind(Cofactors(), self) }
}
