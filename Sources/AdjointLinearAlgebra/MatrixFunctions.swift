import AdjointCore
import AdjointRuntime

/// eᴬ by scaling and squaring with the Padé approximant of degree 13 (Higham 2005).
///
/// The derivative along E stands in the corner of exp [[A, E], [0, A]]; the cotangent is that derivative at Aᴴ along the
/// result's (Mathias 1996; Al-Mohy & Higham 2009).
package struct MatrixExponential: UnaryPrimitive {
    package static let name = "matrixExponential"
    package static let triesWorkspace = true

    package func resultType(_ a: TensorType) throws(TensorError) -> TensorType { a }

    package func execute(_ a: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        guard type.shape.count > 0 else { return a }
        let a = Tensor(a).inDoublePrecision
        let norms = a.abs().sum(axis: -2).max(axis: -1)
        guard norms.isFinite().all().bools[0] else {
            throw TensorError(
                .singular, Self.name, "a matrix of \(type) has elements that are not finite",
                "look for the operation that made them")
        }
        // The approximant is accurate to double precision up to this norm.
        let halvings = (norms / 5.371920351148152).log2().ceil().clamp(min: 0)
        let scaled = a * (halvings * -1).exp2().expandedAxis(-1).expandedAxis(-1)
        var result = Self.approximant(scaled)
        let most = Int(halvings.max().item())
        for step in 0..<most {
            let active = (halvings .> Double(step)).expandedAxis(-1).expandedAxis(-1)
            result = which(active, result.matmul(result), result)
        }
        result = result.to(type.dtype)
        if let failure = result.failure { throw failure }
        return result.value
    }

    private static func approximant(_ a: Tensor) -> Tensor {
        let b: [Double] = [
            64_764_752_532_480_000, 32_382_376_266_240_000, 7_771_770_303_897_600, 1_187_353_796_428_800,
            129_060_195_264_000, 10_559_470_521_600, 670_442_572_800, 33_522_128_640, 1_323_241_920, 40_840_800,
            960_960, 16_380, 182, 1,
        ]
        let identity = Tensor.eye(a.shape.rows, dtype: a.dtype)
        let a2 = a.matmul(a)
        let a4 = a2.matmul(a2)
        let a6 = a4.matmul(a2)
        let odd = a6.matmul(a6 * b[13] + a4 * b[11] + a2 * b[9]) + a6 * b[7] + a4 * b[5] + a2 * b[3] + identity * b[1]
        let u = a.matmul(odd)
        let v =
            a6.matmul(a6 * b[12] + a4 * b[10] + a2 * b[8]) + a6 * b[6] + a4 * b[4] + a2 * b[2] + identity * b[0]
        return (v - u).solve(v + u)
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first) }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? { change(saved.input(0).adjointed, g) }
    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? { change(x, t) }

    /// The derivative at A along E.
    private func change(_ a: Tensor, _ e: Tensor) -> Tensor {
        let n = a.shape.rows
        let top = concatenate([a, e], axis: -1)
        let bottom = concatenate([Tensor.repeating(0, e.type), a], axis: -1)
        return bind(self, concatenate([top, bottom], axis: -2))[.ellipsis, 0..<n, n..<2 * n]
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

/// Y = A^(1/2), the positive semidefinite root of a Hermitian positive semidefinite matrix. Ā solves Y Ā + Ā Y = Ȳ.
package struct HermitianSquareRoot: UnaryPrimitive {
    package static let name = "hermitianSquareRoot"
    package static let triesWorkspace = true

    package func resultType(_ a: TensorType) throws(TensorError) -> TensorType { a }

    package func execute(_ a: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        guard type.shape.count > 0 else { return a }
        let pairs = Tensor(a).eigh()
        let limit = pairs.values.abs().max(axis: -1, keepDims: true) * (type.dtype.precision * Double(type.shape.rows))
        if let place = (pairs.values .< -limit).bools.firstIndex(of: true) {
            let n = type.shape.rows
            throw TensorError(
                .singular, Self.name,
                "\(LAPACKFailure(matrix: place / n, info: 0).place(in: type.shape)) has a negative eigenvalue (\(pairs.values.doubles[place]))",
                "use a positive semidefinite matrix")
        }
        let roots = pairs.values.clamp(min: 0).sqrt()
        let result = pairs.vectors.scalingColumns(roots).matmul(pairs.vectors.adjointed)
        if let failure = result.failure { throw failure }
        return result.value
    }

    package func reads(for needs: InputSet) -> Reads { .output }
    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? { bind(LyapunovSolve(), saved.output, g) }
    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? { bind(LyapunovSolve(), y, t) }
    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

/// X with H X + X H = G for Hermitian H. Ḡ = Z solves the same equation for X̄, and H̄ = −(Z Xᴴ + Xᴴ Z).
///
/// No derivative of eigenvectors is taken, so equal eigenvalues do no harm.
/// - Fails: where eigenvalues of H sum to 0 and G needs their quotient.
package struct LyapunovSolve: BinaryPrimitive {
    package static let name = "lyapunovSolve"
    package static let triesWorkspace = true

    package func resultType(_ h: TensorType, _ g: TensorType) throws(TensorError) -> TensorType { g }

    package func execute(_ h: TensorValue, _ g: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let (pairs, g) = (Tensor(h).eigh(), Tensor(g))
        let values = pairs.values.to(type.dtype)
        let inner = pairs.vectors.adjointed.matmul(g).matmul(pairs.vectors).quotient(
            overDifferences: -values, values, size: g.magnitude, Self.name, .vanishingSingularValues)
        let result = pairs.vectors.matmul(inner).matmul(pairs.vectors.adjointed)
        if let failure = result.failure { throw failure }
        return result.value
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first, output: needs.contains(.first)) }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        let z = bind(self, saved.input(0), g)
        if saved.needs(0) {
            let xh = saved.output.adjointed
            send.add(-(z.matmul(xh) + xh.matmul(z)), to: 0, of: saved)
        }
        if saved.needs(1) { send.add(z, to: 1, of: saved) }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ x: Tensor) -> Tensor? {
        var right = tangents[1]
        if let t = tangents[0] {
            let product = t.matmul(x) + x.matmul(t)
            right = right.map { $0 - product } ?? -product
        }
        return right.map { bind(self, inputs[0], $0) }
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        batchedInFront(inputs, mapped, size)
    }
}

/// U of the polar decomposition A = U H, for A [..., m, n] with m ≥ n.
///
/// U̇ = U Ω + (1 − U Uᴴ) Ȧ H⁻¹, where H Ω + Ω H = Uᴴ Ȧ − Ȧᴴ U; equal singular values do no harm.
package struct PolarFactor: UnaryPrimitive {
    package static let name = "polar"
    package static let triesWorkspace = true

    package func resultType(_ a: TensorType) throws(TensorError) -> TensorType { a }

    package func execute(_ a: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let parts = Tensor(a).svd()
        let result = parts.u.matmul(parts.vh)
        if let failure = result.failure { throw failure }
        return result.value
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first, output: true) }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let (a, u) = (saved.input(0), saved.output)
        let (h, inner) = (u.adjointed.matmul(a).hermitianPart, u.adjointed.matmul(g))
        let turn = u.matmul(bind(LyapunovSolve(), h, inner.skewPart)) * 2
        guard a.shape.rows > a.shape.columns else { return turn }
        return turn + h.solve(g - u.matmul(inner), onRight: true)
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        let (h, inner) = (y.adjointed.matmul(x).hermitianPart, y.adjointed.matmul(t))
        let turn = y.matmul(bind(LyapunovSolve(), h, inner.skewPart * 2))
        guard x.shape.rows > x.shape.columns else { return turn }
        return turn + h.solve(t - y.matmul(inner), onRight: true)
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

extension Tensor {
    /// eᴬ for each square matrix, by scaling and squaring (Higham 2005). The derivative along E stands in the corner of
    /// exp [[A, E], [0, A]] (Mathias 1996).
    /// - Fails: if the matrices are not square or not finite.
    public func matrixExponential() -> Tensor {
        attempt { () throws(TensorError) in
            failure != nil ? self : bind(MatrixExponential(), try asMatrices(MatrixExponential.name, square: true))
        }
    }

    /// The positive semidefinite square root Y of each Hermitian positive semidefinite matrix, of which one triangle is read.
    /// Ā solves Y Ā + Ā Y = Ȳ.
    /// - Fails: if the matrices are not square, or an eigenvalue is negative.
    public func hermitianSquareRoot(upper: Bool = false) -> Tensor {
        attempt { () throws(TensorError) in
            failure != nil
                ? self
                : bind(HermitianSquareRoot(), try asHermitian(HermitianSquareRoot.name, upper: upper))
        }
    }

    /// The polar decomposition A = U H of each matrix: U [..., m, n] with orthonormal columns and H [..., n, n] Hermitian
    /// positive semidefinite. U̇ = U Ω + (1 − U Uᴴ) Ȧ H⁻¹, where H Ω + Ω H = Uᴴ Ȧ − Ȧᴴ U.
    /// - Fails: for wide matrices. The derivative fails where A has not full column rank.
    public func polar() -> (u: Tensor, h: Tensor) {
        let u = attempt { () throws(TensorError) in
            if failure != nil { return self }
            let a = try asMatrices(PolarFactor.name)
            guard shape.rows >= shape.columns else {
                throw TensorError(
                    .shape, PolarFactor.name, "the matrices of \(shape) are wide",
                    "decompose the transposed matrices: A = H U if Aᴴ = Uᴴ H")
            }
            return bind(PolarFactor(), a)
        }
        return (u, u.failure != nil ? u : u.adjointed.matmul(self).hermitianPart)
    }

    /// The power Aⁿ of each square matrix by repeated squaring; the inverse's for negative exponents, 1 for 0.
    /// - Fails: if the matrices are not square, or singular for a negative exponent.
    public func matrixPower(_ exponent: Int) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            guard rank >= 2, shape.rows == shape.columns else {
                _ = try asMatrices("matrixPower", square: true); return self
            }
            var rest = exponent.magnitude
            guard rest > 0 else { return self * 0 + Tensor.eye(shape.rows, dtype: dtype) }
            var square = exponent < 0 ? inverse() : self
            var result: Tensor?
            while true {
                if rest & 1 == 1 { result = result.map { $0.matmul(square) } ?? square }
                rest >>= 1
                guard rest > 0 else { return result! }
                square = square.matmul(square)
            }
        }
    }

    /// In the type in which errors of `float32` do not show.
    fileprivate var inDoublePrecision: Tensor { to(DType.promoted(dtype, .float64)) }
}
