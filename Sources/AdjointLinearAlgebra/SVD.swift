import AdjointCore
import AdjointRuntime

/// A = U diag(s) Vᴴ for A [..., m, n], cut to k = min(m, n). The result packs uⱼ, sⱼ and row j of Vᴴ into row j:
/// [..., k, m + 1 + n].
///
/// With the projections a = Uᴴ Ū and b = Vᴴ V̄, p = skew(a + b), q = skew(a − b):
/// Ā = U (pᵢⱼ/(sⱼ − sᵢ) + qᵢⱼ/(sⱼ + sᵢ) + diag s̄) Vᴴ + (1 − U Uᴴ) Ū diag(s)⁻¹ Vᴴ + U diag(s)⁻¹ V̄ᴴ (1 − V Vᴴ).
/// It is the formula of Townsend 2016 with 1/(sⱼ² − sᵢ²) in partial fractions, which keeps digits where values are close.
package struct SVD: UnaryPrimitive {
    package static let name = "svd"
    package static let triesWorkspace = true
    /// ε of 1/d → d/(d² + ε) for differences of singular values in derivatives of vectors.
    let broadening: Double

    package func resultType(_ a: TensorType) throws(TensorError) -> TensorType {
        let (m, n) = (a.shape.rows, a.shape.columns)
        return TensorType(a.shape.replacingLast(2, with: [min(m, n), m + 1 + n]), a.dtype)
    }

    package func execute(_ a: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try SingularDecomposition(a: a, vectors: true)(type.dtype)
    }

    package func reads(for needs: InputSet) -> Reads { .output }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let type = saved.inputType(0)
        let (y, g) = (SingularParts(packed: saved.output, type.shape), SingularParts(packed: g, type.shape))
        let (a, b) = (y.u.adjointed.matmul(g.u), y.vh.matmul(g.vh.adjointed))
        let size = maximum(g.u.magnitude, g.vh.magnitude)
        let core =
            y.overDifferences(a + b, size, broadening).hermitianPart + y.overSums((a - b).skewPart, size)
            + g.s.withoutImaginaryPart.onDiagonal
        var inner = y.u.matmul(core)
        if type.shape.rows > type.shape.columns {
            inner = inner + y.overValues(g.u - y.u.matmul(a), size)
        }
        let result = inner.matmul(y.vh)
        guard type.shape.columns > type.shape.rows else { return result }
        let outer = y.overValues(g.vh.adjointed - y.vh.adjointed.matmul(b), size)
        return result + y.u.matmul(outer.adjointed)
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        let parts = SingularParts(packed: y, x.shape)
        let v = parts.vh.adjointed
        let core = parts.u.adjointed.matmul(t).matmul(v)
        let size = t.magnitude
        let rotation = parts.overDifferences(core.hermitianPart, size, broadening)
        let turn = parts.overSums(core.skewPart, size)
        var (u, w) = (parts.u.matmul(rotation + turn), v.matmul(rotation - turn))
        if x.shape.rows > x.shape.columns {
            u = u + parts.overValues(t.matmul(v) - parts.u.matmul(core), size)
        } else if x.shape.columns > x.shape.rows {
            w = w + parts.overValues(t.adjointed.matmul(parts.u) - v.matmul(core.adjointed), size)
        }
        return SingularParts(u: u, s: core.diagonalElements.withoutImaginaryPart, vh: w.adjointed).packed
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

/// The singular values alone, which have a derivative even where some are equal: Ā = U diag(s̄) Vᴴ.
package struct SingularValues: UnaryPrimitive {
    package static let name = "svdvals"
    package static let triesWorkspace = true

    package func resultType(_ a: TensorType) throws(TensorError) -> TensorType {
        TensorType(a.shape.replacingLast(2, with: [min(a.shape.rows, a.shape.columns)]), a.dtype)
    }

    package func execute(_ a: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try SingularDecomposition(a: a, vectors: false)(type.dtype)
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first) }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let a = saved.input(0)
        let parts = SingularParts(packed: bind(SVD(broadening: 0), a), a.shape)
        return parts.u.scalingColumns(g).matmul(parts.vh)
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        let parts = SingularParts(packed: bind(SVD(broadening: 0), x), x.shape)
        return (parts.u.conj() * t.matmul(parts.vh.adjointed)).sum(axis: -2).withoutImaginaryPart
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

/// The three parts of a packed result.
private struct SingularParts {
    var u: Tensor
    var s: Tensor
    var vh: Tensor

    init(u: Tensor, s: Tensor, vh: Tensor) {
        self.u = u
        self.s = s
        self.vh = vh
    }

    /// The parts for matrices of a shape.
    init(packed: Tensor, _ shape: Shape) {
        guard packed.failure == nil else {
            (u, s, vh) = (packed, packed, packed)
            return
        }
        let (m, n) = (shape.rows, shape.columns)
        u = packed[.ellipsis, 0..<m].matrixTransposed()
        s = packed[.ellipsis, m]
        vh = packed[.ellipsis, m + 1..<m + 1 + n]
    }

    var packed: Tensor { concatenate([u.matrixTransposed(), s.expandedAxis(-1), vh], axis: -1) }

    func overDifferences(_ x: Tensor, _ size: Tensor, _ broadening: Double) -> Tensor {
        x.quotient(overDifferences: s, size: size, broadening: broadening, SVD.name, .singularValues)
    }

    func overSums(_ x: Tensor, _ size: Tensor) -> Tensor {
        x.quotient(overDifferences: -s, s, size: size, SVD.name, .vanishingSingularValues)
    }

    func overValues(_ x: Tensor, _ size: Tensor) -> Tensor {
        let zero = Tensor.repeating(0, TensorType(x.shape.removing(x.rank - 1), x.dtype))
        return x.quotient(overDifferences: zero, s, size: size, SVD.name, .vanishingSingularValues)
    }
}

private struct SingularDecomposition: ByElement {
    let a: TensorValue
    let vectors: Bool

    func run<Element: LAPACKElement>(_: Element.Type) throws(TensorError) -> TensorValue {
        let (m, n) = (a.shape.rows, a.shape.columns)
        let k = min(m, n)
        let copy = try a.columnMajorCopy()
        let width = m + 1 + n
        let extents = vectors ? [k, width] : [k]
        let result = try TensorValue(uninitialized: TensorType(a.shape.replacingLast(2, with: extents), a.dtype))
        let failure = forEachMatrix(k == 0 ? 0 : a.shape.matrixCount, work: 16 * m * n * k) { index in
            let matrix = copy.matrix(index, of: Element.self)
            for place in 0..<m * n where !matrix[place].modulus.isFinite { return 4 * k + 1 }
            return withUnsafeTemporaryAllocation(of: Element.Real.self, capacity: k) { s in
                let s = s.baseAddress!
                let target = result.elements.assumingMemoryBound(to: Element.self) + index * extents.reduce(1, *)
                guard vectors else {
                    let info = Element.gesdd(m, n, matrix, s, nil, nil)
                    for j in 0..<k { target[j] = Element(real: s[j]) }
                    return info
                }
                return withUnsafeTemporaryAllocation(of: Element.self, capacity: k * (m + n)) { work in
                    let (u, vt) = (work.baseAddress!, work.baseAddress! + k * m)
                    let info = Element.gesdd(m, n, matrix, s, u, vt)
                    for j in 0..<k {
                        let row = target + j * width
                        row.update(from: u + j * m, count: m)
                        row[m] = Element(real: s[j])
                        for i in 0..<n { row[m + 1 + i] = vt[i * k + j] }
                    }
                    return info
                }
            }
        }
        if let failure { throw TensorError.noConvergence(SVD.name, failure, a.shape, limit: 4 * k) }
        return result
    }
}

/// The singular value decomposition A = U diag(s) Vᴴ.
public struct SingularValueDecomposition: Sendable {
    /// Left singular vectors: [..., m, k], or [..., m, m].
    public let u: Tensor
    /// Singular values, falling: [..., k].
    public let s: Tensor
    /// Right singular vectors as rows: [..., k, n], or [..., n, n].
    public let vh: Tensor
}

extension Tensor {
    /// The singular value decomposition of each matrix, A = U diag(s) Vᴴ, cut to k = min(m, n).
    ///
    /// With `full`, U and Vᴴ are made square by orthonormal vectors, of which only the space that they span is determined.
    /// Ā as in Townsend 2016, in partial fractions. Vectors of equal singular values are a choice: a derivative through them
    /// fails, naming them. The values alone always have one, and U Vᴴ has one as `polar().u`.
    /// - Parameters:
    ///   - full: whether U and Vᴴ are completed.
    ///   - broadening: ε > 0 replaces 1/d of differences d of singular values by d/(d² + ε), an approximation that never fails.
    /// - Fails: for fewer than two axes, or if the elements are not finite.
    public func svd(full: Bool = false, broadening: Double = 0) -> SingularValueDecomposition {
        let packed = attempt { () throws(TensorError) in
            failure != nil ? self : bind(SVD(broadening: broadening), try asMatrices(SVD.name))
        }
        guard packed.failure == nil else { return SingularValueDecomposition(u: packed, s: packed, vh: packed) }
        let parts = SingularParts(packed: packed, shape)
        return SingularValueDecomposition(
            u: full ? parts.u.completedBasis() : parts.u, s: parts.s.real,
            vh: full ? parts.vh.adjointed.completedBasis().adjointed : parts.vh)
    }

    /// The singular values of each matrix, falling. Ā = U diag(s̄) Vᴴ, also where some are equal.
    /// - Fails: for fewer than two axes, or if the elements are not finite.
    public func svdvals() -> Tensor {
        attempt { () throws(TensorError) in
            failure != nil ? self : bind(SingularValues(), try asMatrices(SingularValues.name)).real
        }
    }
}
