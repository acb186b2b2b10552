import AdjointCore
import AdjointRuntime

/// X with op(T) X = B for triangular T [..., n, n] and B [..., n, k], where op is the conjugate transpose if `adjoint`;
/// only the triangle of T is read. B̄ = op(T)⁻ᴴ X̄; T̄ is the triangle of −B̄ Xᴴ, or of −X B̄ᴴ if `adjoint` (Giles 2008).
package struct TriangularSolve: BinaryPrimitive {
    package static let name = "solveTriangular"
    package static let triesWorkspace = true
    let upper: Bool
    /// Whether the diagonal counts as ones, and is not read.
    let unitDiagonal: Bool
    let adjoint: Bool

    package func resultType(_ t: TensorType, _ b: TensorType) throws(TensorError) -> TensorType { b }

    package func execute(_ t: TensorValue, _ b: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try Execution(operation: self, t: t, b: b)(type.dtype)
    }

    private struct Execution: ByElement {
        let operation: TriangularSolve
        let t: TensorValue
        let b: TensorValue

        func run<Element: LAPACKElement>(_: Element.Type) throws(TensorError) -> TensorValue {
            let (n, k) = (b.shape.rows, b.shape.columns)
            let (matrix, x) = (try t.columnMajor(), try b.columnMajorCopy())
            let failure = forEachMatrix(b.shape.matrixCount, work: n * n * k) { index in
                Element.trtrs(
                    upper: operation.upper, operation.adjoint ? .adjoint : .none, unit: operation.unitDiagonal, n, k,
                    matrix.matrix(index, of: Element.self), x.matrix(index, of: Element.self))
            }
            if let failure {
                throw TensorError(
                    .singular, TriangularSolve.name,
                    "\(failure.place(in: t.shape)) is singular: diagonal element \(failure.info - 1) is 0",
                    "use pseudoInverse or leastSquares if the matrix may be singular")
            }
            return x.matrixTransposed()
        }
    }

    package func reads(for needs: InputSet) -> Reads {
        Reads(inputs: .first, output: needs.contains(.first))
    }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        let right = bind(transposed, saved.input(0), g)
        if saved.needs(0) {
            let x = saved.output
            let product = adjoint ? x.matmul(right.adjointed) : right.matmul(x.adjointed)
            send.add(-triangle(product), to: 0, of: saved)
        }
        if saved.needs(1) { send.add(right, to: 1, of: saved) }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        var right = tangents[1]
        if let change = tangents[0] {
            let part = triangle(change)
            let product = (adjoint ? part.adjointed : part).matmul(result)
            right = right.map { $0 - product } ?? -product
        }
        return right.map { bind(self, inputs[0], $0) }
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        batchedInFront(inputs, mapped, size)
    }

    private var transposed: Self { Self(upper: upper, unitDiagonal: unitDiagonal, adjoint: !adjoint) }

    private func triangle(_ x: Tensor) -> Tensor {
        upper ? x.triu(unitDiagonal ? 1 : 0) : x.tril(unitDiagonal ? -1 : 0)
    }
}

extension Tensor {
    /// T⁻¹ B for this lower triangular matrix, or T⁻ᴴ B.
    func lowerSolve(_ b: Tensor, unitDiagonal: Bool = false, adjoint: Bool = false) -> Tensor {
        bind(TriangularSolve(upper: false, unitDiagonal: unitDiagonal, adjoint: adjoint), self, b)
    }

    /// T⁻¹ B for this upper triangular matrix, or T⁻ᴴ B.
    func upperSolve(_ b: Tensor, unitDiagonal: Bool = false, adjoint: Bool = false) -> Tensor {
        bind(TriangularSolve(upper: true, unitDiagonal: unitDiagonal, adjoint: adjoint), self, b)
    }

    /// X with T X = B for this triangular matrix, or with X T = B if it stands on the right. Leading axes broadcast.
    ///
    /// Only the triangle is read; with `unitDiagonal`, its diagonal counts as ones.
    /// B̄ = T⁻ᴴ X̄, T̄ = the triangle of −B̄ Xᴴ (Giles 2008).
    /// - Parameters:
    ///   - b: [..., n, k]; [..., k, n] if the matrix stands on the right.
    ///   - upper: whether the upper triangle is read; the lower one else.
    ///   - onRight: whether the matrix stands to the right of X.
    ///   - unitDiagonal: whether the diagonal counts as ones.
    ///   - adjoint: whether Tᴴ takes the place of T.
    /// - Fails: if the shapes do not fit, or a diagonal element is 0.
    public func solveTriangular(
        _ b: Tensor, upper: Bool, onRight: Bool = false, unitDiagonal: Bool = false, adjoint: Bool = false
    ) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, b].first(where: { $0.failure != nil }) { return failed }
            let name = TriangularSolve.name
            let (t, right) = try alike(
                try asMatrices(name, square: true), try b.asMatrices(name), name)
            guard t.shape.columns == (onRight ? right.shape.columns : right.shape.rows) else {
                throw TensorError(
                    .shape, name, "a triangular matrix of \(shape) does not fit a right side of \(b.shape)",
                    onRight ? "X T = B needs as many columns in B as in T" : "T X = B needs as many rows in B as in T")
            }
            let solve = TriangularSolve(upper: upper, unitDiagonal: unitDiagonal, adjoint: adjoint != onRight)
            return onRight ? bind(solve, t, right.adjointed).adjointed : bind(solve, t, right)
        }
    }
}
