import AdjointCore
import AdjointRuntime

/// What an operation does with a singular matrix.
enum SingularPolicy: String, CaseIterable, Sendable {
    /// It fails, naming the element of U that is 0.
    case fail
    /// Its result for that matrix is NaN, for functions that report it besides.
    case notANumber
    /// Its result is the limit, cofactors over 0: for logarithms of determinants.
    case limit
}

/// X with op(A) X = B for A [..., n, n] and B [..., n, k], where op is the conjugate transpose if `adjoint`, by LU with
/// partial pivoting. B̄ = op(A)⁻ᴴ X̄, Ā = −B̄ Xᴴ, or −X B̄ᴴ if `adjoint` (Giles 2008).
package struct MatrixSolve: BinaryPrimitive {
    package static let name = "solve"
    package static let triesWorkspace = true
    let adjoint: Bool
    let policy: SingularPolicy

    package func resultType(_ a: TensorType, _ b: TensorType) throws(TensorError) -> TensorType { b }

    package func execute(_ a: TensorValue, _ b: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try LUSolution(name: Self.name, a: a, b: b, adjoint: adjoint, policy: policy)(type.dtype)
    }

    package func reads(for needs: InputSet) -> Reads {
        Reads(inputs: .first, output: needs.contains(.first))
    }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        let right = bind(MatrixSolve(adjoint: !adjoint, policy: policy), saved.input(0), g)
        if saved.needs(0) {
            let x = saved.output
            send.add(-(adjoint ? x.matmul(right.adjointed) : right.matmul(x.adjointed)), to: 0, of: saved)
        }
        if saved.needs(1) { send.add(right, to: 1, of: saved) }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        var right = tangents[1]
        if let change = tangents[0] {
            let product = (adjoint ? change.adjointed : change).matmul(result)
            right = right.map { $0 - product } ?? -product
        }
        return right.map { bind(self, inputs[0], $0) }
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        batchedInFront(inputs, mapped, size)
    }
}

/// Y = A⁻¹; Ā = −Yᴴ Ȳ Yᴴ (Giles 2008).
package struct Inverse: UnaryPrimitive {
    package static let name = "inverse"
    package static let triesWorkspace = true
    let policy: SingularPolicy

    package func resultType(_ a: TensorType) throws(TensorError) -> TensorType { a }

    package func execute(_ a: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        if policy == .limit {
            let regular = Tensor(a).inverse(.notANumber)
            let vanishes = Tensor(a).luFactor().info .!= 0
            guard vanishes.any().bools[0] else { return regular.value }
            // 0/0 is 0 here, as the limit along any path of regular matrices may be.
            let cofactors = Tensor(a).determinantCofactors.adjointed
            let limit = which(cofactors .== 0, Tensor.zeros(like: cofactors), cofactors / 0)
            return which(vanishes.expandedAxis(-1).expandedAxis(-1), limit, regular).value
        }
        let identity = Tensor.eye(type.shape.rows, dtype: type.dtype).broadcastUnchecked(type.shape)
        return try LUSolution(name: Self.name, a: a, b: identity.value, adjoint: false, policy: policy)(type.dtype)
    }

    package func reads(for needs: InputSet) -> Reads { .output }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let adjoint = saved.output.adjointed
        return -adjoint.matmul(g).matmul(adjoint)
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? { -y.matmul(t).matmul(y) }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

/// LU factors of each matrix, applied to right sides.
private struct LUSolution: ByElement {
    let name: String
    let a: TensorValue
    let b: TensorValue
    let adjoint: Bool
    let policy: SingularPolicy

    func run<Element: LAPACKElement>(_: Element.Type) throws(TensorError) -> TensorValue {
        let (n, k) = (b.shape.rows, b.shape.columns)
        let (factors, x) = (try a.columnMajorCopy(), try b.columnMajorCopy())
        let failure = forEachMatrix(b.shape.matrixCount, work: n * n * (n + k)) { index in
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(n, 1)) { pivots in
                let pivots = pivots.baseAddress!
                let (lu, columns) = (factors.matrix(index, of: Element.self), x.matrix(index, of: Element.self))
                let info = Element.getrf(n, n, lu, pivots)
                if info == 0 {
                    Element.getrs(adjoint ? .adjoint : .none, n, k, lu, pivots, columns)
                } else if policy == .notANumber {
                    for place in 0..<n * k { columns[place] = .notANumber }
                    return 0
                }
                return info
            }
        }
        if let failure {
            throw TensorError(
                .singular, name,
                "\(failure.place(in: a.shape)) is singular: diagonal element \(failure.info - 1) of its factor U is 0",
                "use pseudoInverse or leastSquares if the matrix may be singular")
        }
        return x.matrixTransposed()
    }
}

extension Tensor {
    /// X with A X = B for this square matrix A, or with X A = B if it stands on the right. Leading axes broadcast.
    ///
    /// B may be a stack of vectors: a vector, or a tensor of A's shape without the last extent. By LU with partial pivoting.
    /// B̄ = A⁻ᴴ X̄, Ā = −B̄ Xᴴ (Giles 2008).
    /// - Parameters:
    ///   - b: [..., n, k], [..., n] or [n]; [..., k, n] if the matrix stands on the right.
    ///   - onRight: whether the matrix stands to the right of X.
    /// - Fails: if the matrices are not square, the shapes do not fit, or a matrix is singular, naming the element of U.
    public func solve(_ b: Tensor, onRight: Bool = false) -> Tensor { solve(b, onRight: onRight, .fail) }

    /// The solution as `solve` gives it, NaN where a matrix is singular, and for each matrix 0, or the place from 1 of the
    /// first diagonal element of U that is 0, as `int32`.
    public func solveReporting(_ b: Tensor, onRight: Bool = false) -> (solution: Tensor, info: Tensor) {
        (solve(b, onRight: onRight, .notANumber), singularPivot("solve"))
    }

    private func solve(_ b: Tensor, onRight: Bool, _ policy: SingularPolicy) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, b].first(where: { $0.failure != nil }) { return failed }
            let name = MatrixSolve.name
            let a = try asMatrices(name, square: true)
            if isRightSideVector(b) {
                guard !onRight else {
                    throw TensorError(
                        .shape, name, "a vector of \(b.shape) has no columns for a matrix on the right",
                        "give a matrix [..., k, n], or transpose the equation")
                }
                return solve(b.expandedAxis(-1), onRight: false, policy).squeezed(-1)
            }
            let (left, right) = try alike(a, try b.asMatrices(name), name)
            guard shape.columns == (onRight ? right.shape.columns : right.shape.rows) else {
                throw TensorError(
                    .shape, name, "matrices of \(shape) do not fit a right side of \(b.shape)",
                    onRight ? "X A = B needs as many columns in B as in A" : "A X = B needs as many rows in B as in A")
            }
            let solve = MatrixSolve(adjoint: onRight, policy: policy)
            return onRight ? bind(solve, left, right.adjointed).adjointed : bind(solve, left, right)
        }
    }

    /// Whether b stands for vectors, one a matrix of this stack.
    func isRightSideVector(_ b: Tensor) -> Bool {
        b.rank == 1 || (b.rank == rank - 1 && b.shape == shape.removing(rank - 1))
    }

    /// The inverse of each square matrix, Y = A⁻¹. Ā = −Yᴴ Ȳ Yᴴ (Giles 2008). To solve equations, `solve` is better.
    /// - Fails: if the matrices are not square, or one is singular, naming the element of U.
    public func inverse() -> Tensor { inverse(.fail) }

    /// The inverse, NaN where a matrix is singular, and for each matrix 0, or the place from 1 of the first diagonal element
    /// of U that is 0, as `int32`.
    public func inverseReporting() -> (inverse: Tensor, info: Tensor) {
        (inverse(.notANumber), singularPivot("inverse"))
    }

    func inverse(_ policy: SingularPolicy) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            return bind(Inverse(policy: policy), try asMatrices(Inverse.name, square: true))
        }
    }
}
