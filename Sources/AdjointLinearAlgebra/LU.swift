import AdjointCore
import AdjointRuntime

/// P A = L U with row exchanges, for A [..., m, n]: L below and U on and above the diagonal of the first m rows, and in one row
/// more the k = min(m, n) rows, from 1, that were exchanged with at each step: [..., m + 1, n].
///
/// With F = L₁⁻¹ (P Ȧ)₁ U₁⁻¹ for the leading square blocks, L̇₁ = L₁ · strictly lower F and U̇₁ = upper F · U₁; the blocks
/// beside and below follow by triangular solves (Murray 2016, section 3, for the method).
package struct LUFactorization: UnaryPrimitive {
    package static let name = "lu"
    package static let triesWorkspace = true

    package func resultType(_ a: TensorType) throws(TensorError) -> TensorType {
        TensorType(a.shape.replacing(a.shape.rank - 2, with: a.shape.rows + 1), a.dtype)
    }

    package func execute(_ a: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try Execution(a: a)(type.dtype)
    }

    private struct Execution: ByElement {
        let a: TensorValue

        func run<Element: LAPACKElement>(_: Element.Type) throws(TensorError) -> TensorValue {
            let (m, n) = (a.shape.rows, a.shape.columns)
            let k = min(m, n)
            let factors = try a.columnMajorCopy()
            let result = try TensorValue(
                uninitialized: TensorType(a.shape.replacingLast(2, with: [m + 1, n]), a.dtype))
            forEachMatrix(n == 0 ? 0 : a.shape.matrixCount, work: m * n * k) { index in
                withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(k, 1)) { pivots in
                    let matrix = factors.matrix(index, of: Element.self)
                    _ = Element.getrf(m, n, matrix, pivots.baseAddress!)
                    let target = result.matrix(index, of: Element.self)
                    for i in 0..<m {
                        for j in 0..<n { target[i * n + j] = matrix[j * m + i] }
                    }
                    for j in 0..<n { target[m * n + j] = j < k ? Element(real: Element.Real(pivots[j])) : .zero }
                    return 0
                }
            }
            return result
        }
    }

    package func reads(for needs: InputSet) -> Reads { .output }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let type = saved.inputType(0)
        let y = LUParts(packed: saved.output, type.shape)
        let (m, n) = (type.shape.rows, type.shape.columns)
        let k = min(m, n)
        var (l, u) = (g[.ellipsis, 0..<k, 0..<k].tril(-1), g[.ellipsis, 0..<k, 0..<k].triu())
        var rest: Tensor?
        if n > k {
            let right = y.l1.lowerSolve(g[.ellipsis, 0..<k, k..<n], unitDiagonal: true, adjoint: true)
            l = l - right.matmul(y.u2.adjointed)
            rest = right
        } else if m > k {
            let below = y.u1.upperSolve(g[.ellipsis, k..<m, 0..<k].adjointed).adjointed
            u = u - y.l2.adjointed.matmul(below)
            rest = below
        }
        let inner = y.l1.adjointed.matmul(l).tril(-1) + u.matmul(y.u1.adjointed).triu()
        let left = y.l1.lowerSolve(inner, unitDiagonal: true, adjoint: true)
        var change = y.u1.upperSolve(left.adjointed).adjointed
        if let rest { change = concatenate([change, rest], axis: n > k ? -1 : -2) }
        return y.permutation.matmul(change)
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        let parts = LUParts(packed: y, x.shape)
        let (m, n) = (x.shape.rows, x.shape.columns)
        let k = min(m, n)
        let b = parts.permutation.matrixTransposed().matmul(t)
        let left = parts.l1.lowerSolve(b[.ellipsis, 0..<k, 0..<k], unitDiagonal: true)
        let f = parts.u1.upperSolve(left.adjointed, adjoint: true).adjointed
        let (l, u) = (parts.l1.matmul(f.tril(-1)), f.triu().matmul(parts.u1))
        var change = l + u
        if n > k {
            let right = parts.l1.lowerSolve(b[.ellipsis, 0..<k, k..<n] - l.matmul(parts.u2), unitDiagonal: true)
            change = concatenate([change, right], axis: -1)
        } else if m > k {
            let rows = b[.ellipsis, k..<m, 0..<k] - parts.l2.matmul(u)
            change = concatenate([change, parts.u1.upperSolve(rows.adjointed, adjoint: true).adjointed], axis: -2)
        }
        let pivots = Tensor.repeating(0, TensorType(y.shape.replacing(y.rank - 2, with: 1), y.dtype))
        return concatenate([change, pivots], axis: -2)
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

/// The blocks of a packed factorization of matrices of a shape.
private struct LUParts {
    let l1: Tensor
    let l2: Tensor
    let u1: Tensor
    let u2: Tensor
    /// The rows' exchanges as a matrix P with A = P L U.
    let permutation: Tensor

    init(packed: Tensor, _ shape: Shape) {
        let (m, n) = (shape.rows, shape.columns)
        let k = min(m, n)
        let block = packed[.ellipsis, 0..<k, 0..<k]
        (l1, u1) = (block.tril(-1) + Tensor.eye(k, dtype: packed.dtype), block.triu())
        (l2, u2) = (packed[.ellipsis, k..<m, 0..<k], packed[.ellipsis, 0..<k, k..<n])
        permutation = packed[.ellipsis, m, 0..<k].to(.int32).permutationMatrix(m, packed.dtype)
    }
}

/// The matrix P [..., m, m] of row exchanges [..., k]: at step i, row i was exchanged with row pᵢ, counted from 1.
struct PermutationMatrix: UnaryPrimitive, NonDifferentiable {
    static let name = "permutationMatrix"
    static let triesWorkspace = true
    static let reason = "a permutation is piecewise constant"
    let rows: Int
    let dtype: DType

    func resultType(_ pivots: TensorType) throws(TensorError) -> TensorType {
        TensorType(pivots.shape.replacingLast(1, with: [rows, rows]), dtype)
    }

    func execute(_ pivots: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let all = Tensor(pivots).ints
        let (k, count) = (pivots.shape[pivots.shape.rank - 1], type.shape.matrixCount)
        var places: [Int] = []
        places.reserveCapacity(count * rows)
        for matrix in 0..<count {
            var order = Array(0..<rows)
            for step in 0..<k {
                let other = all[matrix * k + step] - 1
                guard step < rows, (0..<rows).contains(other) else {
                    throw TensorError(
                        .index, "lu", "pivot \(other + 1) at step \(step) is not a row of \(rows)",
                        "pivots are row numbers from 1, as luFactor gives them")
                }
                order.swapAt(step, other)
            }
            places += order
        }
        // Row order[i] of A stands in row i of L U, so P has its one of column i in row order[i].
        let order = Tensor(places, shape: Array(type.shape.extents.dropLast(1)))
        let matrix = (order.expandedAxis(-2) .== Tensor.arange(rows).expandedAxis(-1)).to(dtype)
        if let failure = matrix.failure { throw failure }
        return matrix.value
    }

    func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

extension Tensor {
    /// P with A = P L U from these pivots.
    fileprivate func permutationMatrix(_ rows: Int, _ dtype: DType) -> Tensor {
        bind(PermutationMatrix(rows: rows, dtype: dtype), self)
    }
}

/// A = P L U in compact form: L below, U on and above the diagonal, and the pivots.
public struct LUFactors: Sendable {
    /// [..., m, n].
    public let packed: Tensor
    /// Row i was exchanged with row `pivots[i]`, counted from 1: [..., k] `int32`.
    public let pivots: Tensor

    /// Factors computed elsewhere.
    public init(packed: Tensor, pivots: Tensor) {
        self.packed = packed
        self.pivots = pivots
    }

    /// For each matrix 0, or the place from 1 of the first diagonal element of U that is 0: [...] `int32`.
    public var info: Tensor {
        guard packed.failure == nil else { return packed }
        let diagonal = packed.detach().diagonalElements
        guard diagonal.shape[diagonal.rank - 1] > 0 else { return Tensor.zeros(packed.stackExtents, dtype: .int32) }
        let vanishes = diagonal .== 0
        return which(vanishes.any(axis: -1), vanishes.to(.int32).argmax(axis: -1) + 1, Tensor(0)).to(.int32)
    }

    /// The permutation P [..., m, m], unit lower triangular L [..., m, k] and upper triangular U [..., k, n], A = P L U.
    /// - Fails: if a pivot is not a row.
    public func unpacked() -> (p: Tensor, l: Tensor, u: Tensor) {
        if let failed = [packed, pivots].first(where: { $0.failure != nil }) { return (failed, failed, failed) }
        let (m, n) = (packed.shape.rows, packed.shape.columns)
        let k = min(m, n)
        let unit = Tensor.eye(m, k, dtype: packed.dtype)
        return (
            pivots.permutationMatrix(m, packed.dtype), packed[.ellipsis, 0..<k].tril(-1) + unit,
            packed[.ellipsis, 0..<k, .all].triu()
        )
    }

    /// X with A X = B, or Aᴴ X = B if `adjoint`, or with A on the right of X. Leading axes broadcast.
    /// - Fails: if A is not square or singular, or the shapes do not fit.
    public func solve(_ b: Tensor, onRight: Bool = false, adjoint: Bool = false) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [packed, pivots, b].first(where: { $0.failure != nil }) { return failed }
            let (name, dtype) = ("luSolve", DType.promoted(packed.dtype, b.dtype))
            let lu = try packed.to(dtype).asMatrices(name, square: true)
            let right = try b.to(dtype).asMatrices(name)
            if onRight { return solve(right.adjointed, adjoint: !adjoint).adjointed }
            let p = pivots.permutationMatrix(packed.shape.rows, dtype)
            guard lu.shape.rows == right.shape.rows else {
                throw TensorError(
                    .shape, name, "matrices of \(packed.shape) do not fit a right side of \(b.shape)",
                    "B needs as many rows as A, or as many columns if A stands on the right")
            }
            if adjoint {
                let inner = lu.solveTriangular(right, upper: true, adjoint: true)
                return p.matmul(lu.solveTriangular(inner, upper: false, unitDiagonal: true, adjoint: true))
            }
            let inner = lu.solveTriangular(
                p.matrixTransposed().matmul(right), upper: false, unitDiagonal: true)
            return lu.solveTriangular(inner, upper: true)
        }
    }
}

extension Tensor {
    /// The LU factorization of each matrix with partial pivoting, in compact form. The derivative exists where the leading
    /// square block of U is invertible.
    /// - Fails: for fewer than two axes.
    public func luFactor() -> LUFactors {
        let all = attempt { () throws(TensorError) in
            failure != nil ? self : bind(LUFactorization(), try asMatrices(LUFactorization.name))
        }
        guard all.failure == nil else { return LUFactors(packed: all, pivots: all) }
        let (m, k) = (shape.rows, Swift.min(shape.rows, shape.columns))
        return LUFactors(
            packed: all[.ellipsis, 0..<m, .all], pivots: all.detach()[.ellipsis, m, 0..<k].to(.int32))
    }

    /// The LU decomposition of each matrix with partial pivoting, A = P L U.
    /// - Fails: for fewer than two axes.
    public func lu() -> (p: Tensor, l: Tensor, u: Tensor) { luFactor().unpacked() }

    /// For each matrix 0, or the place from 1 of the first diagonal element of U that is 0, as `int32`.
    func singularPivot(_ operation: String) -> Tensor {
        attempt { () throws(TensorError) in
            failure != nil ? self : try detach().asMatrices(operation, square: true).luFactor().info
        }
    }
}
