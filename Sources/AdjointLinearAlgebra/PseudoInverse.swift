import AdjointCore
import AdjointRuntime

/// Y = A⁺, the Moore–Penrose inverse, in which singular values up to max(atol, rtol · s₁) count as 0. Inputs: A [..., m, n]
/// and the tolerances [..., 2] as (atol, rtol), through which no derivative passes.
///
/// Where the rank is locally constant (Golub & Pereyra 1973):
/// Ẏ = −Y Ȧ Y + Y Yᴴ Ȧᴴ (1 − A Y) + (1 − Y A) Ȧᴴ Yᴴ Y.
package struct PseudoInverse: BinaryPrimitive {
    package static let name = "pseudoInverse"
    package static let triesWorkspace = true

    package func resultType(_ a: TensorType, _ tolerances: TensorType) throws(TensorError) -> TensorType {
        TensorType(a.shape.matrixTransposed, a.dtype)
    }

    package func execute(
        _ a: TensorValue, _ tolerances: TensorValue, _ type: TensorType
    ) throws(TensorError) -> TensorValue {
        guard type.shape.count > 0 else { return try Kernels.fill(type, 0) }
        let (parts, tolerances) = (Tensor(a).svd(), Tensor(tolerances))
        let cutoff = maximum(
            tolerances[.ellipsis, 0..<1], tolerances[.ellipsis, 1..<2] * parts.s.max(axis: -1, keepDims: true))
        let vanishes = parts.s .<= cutoff
        let inverses = which(vanishes, Tensor.zeros(like: parts.s), 1 / parts.s)
        let result = parts.vh.adjointed.matmul(parts.u.scalingColumns(inverses).adjointed)
        if let failure = result.failure { throw failure }
        return result.value
    }

    package func reads(for needs: InputSet) -> Reads {
        needs.contains(.first) ? Reads(inputs: .first, output: true) : .nothing
    }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        guard saved.needs(0) else {
            if saved.needs(1) { send.add(Tensor.repeating(0, saved.inputType(1)), to: 1, of: saved) }
            return
        }
        let (a, y, gh) = (saved.input(0), saved.output, g.adjointed)
        let yh = y.adjointed
        let first = gh.matmul(y).matmul(yh)
        let second = yh.matmul(y).matmul(gh)
        let change =
            first - a.matmul(y.matmul(first)) + second - second.matmul(y).matmul(a) - yh.matmul(g).matmul(yh)
        send.add(change, to: 0, of: saved)
        if saved.needs(1) { send.add(Tensor.repeating(0, saved.inputType(1)), to: 1, of: saved) }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ y: Tensor) -> Tensor? {
        guard let t = tangents[0] else { return nil }
        let (a, th, yh) = (inputs[0], t.adjointed, y.adjointed)
        let first = y.matmul(yh).matmul(th)
        let second = th.matmul(yh).matmul(y)
        return first - first.matmul(a).matmul(y) + second - y.matmul(a.matmul(second)) - y.matmul(t).matmul(y)
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        batchedInFront(inputs, mapped, size)
    }
}

extension Tensor {
    /// The Moore–Penrose inverse A⁺ of each matrix, in which singular values up to max(atol, rtol · s₁) count as 0.
    ///
    /// The derivative is that of Golub & Pereyra 1973, along matrices of the same rank:
    /// Ẏ = −Y Ȧ Y + Y Yᴴ Ȧᴴ (1 − A Y) + (1 − Y A) Ȧᴴ Yᴴ Y.
    /// - Parameters:
    ///   - relativeTolerance: rtol, a scalar or one for each matrix; by default max(m, n) times the type's precision, and 0
    ///     where an absolute tolerance above 0 is given.
    ///   - absoluteTolerance: atol, a scalar or one for each matrix; 0 by default.
    ///   - hermitian: whether the matrices count as Hermitian, of which the lower triangle is read.
    /// - Fails: for fewer than two axes, or if the tolerances do not fit the stack.
    public func pseudoInverse(
        relativeTolerance: Tensor? = nil, absoluteTolerance: Tensor? = nil, hermitian: Bool = false
    ) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, relativeTolerance ?? self, absoluteTolerance ?? self].first(where: {
                $0.failure != nil
            }) {
                return failed
            }
            let name = PseudoInverse.name
            var a = try asMatrices(name, square: hermitian)
            let tolerances = try tolerances(relativeTolerance, absoluteTolerance, name)
            a = a.broadcastUnchecked(Shape(tolerances.shape.extents.dropLast() + shape.extents.suffix(2)))
            return bind(PseudoInverse(), hermitian ? try a.asHermitian(name, upper: false) : a, tolerances)
        }
    }

    /// (atol, rtol) for each matrix: [..., 2].
    func tolerances(
        _ relative: Tensor?, _ absolute: Tensor?, _ operation: String
    ) throws(TensorError) -> Tensor {
        let real = dtype.realType
        let absolute = absolute?.detach().to(real) ?? Tensor(0, dtype: real)
        let precision = Tensor(dtype.precision * Double(Swift.max(shape.rows, shape.columns)), dtype: real)
        let relative = relative ?? which(absolute .> 0, Tensor(0, dtype: real), precision)
        var stack = Shape(stackExtents)
        for tolerance in [relative, absolute] {
            guard let common = Shape.broadcast(stack, tolerance.shape) else {
                throw TensorError(
                    .shape, operation, "a tolerance of \(tolerance.shape) does not fit matrices of \(shape)",
                    "give a number, or one for each matrix")
            }
            stack = common
        }
        return AdjointCore.stack(
            [absolute, relative].map { $0.detach().to(dtype.realType).broadcastUnchecked(stack) }, axis: -1)
    }
}

extension DType {
    /// The distance from 1 to the next number of the type of absolute values.
    var precision: Double { realType == .float32 ? Double(Float.ulpOfOne) : Double.ulpOfOne }
}
