import AdjointRuntime
import CKernels

/// The Euclidean norm over axes, y = √Σx²; x̄ = ȳ x/y, and 0 where y is 0 (the subgradient of least norm).
package struct EuclideanNorm: UnaryPrimitive {
    package static let name = "norm"
    package let axes: AxisSet

    package init(axes: AxisSet) { self.axes = axes }

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        guard x.dtype.isDifferentiable else {
            throw TensorError.needsFloatingPoint(Self.name, x)
        }
        return TensorType(axes.removed(from: x.shape), x.dtype.realType)
    }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let isWide = type.dtype == .float64
        if let sum = Reduction.accumulated(ADJ_REDUCE_SUMSQ, x, axes),
            !isWide || !SquaresLost.includes(sum.squareRoot())
        {
            let result = try TensorValue(uninitialized: type)
            result.store(sum.squareRoot())
            return result
        }
        let root = try Reduction.run(ADJ_REDUCE_SUMSQ, x, axes, TensorType(type.shape, .float64))
        SquareRoot.compiled.forward.run(root, into: root)
        guard isWide else { return try Kernels.cast(root, to: type.dtype) }
        try SquaresLost.mend(root, of: x, axes)
        return root
    }

    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int {
        if type.shape.count == 1, inputs[0].isContiguous, inputs[0].shape.count <= Reduction.piece { return 0 }
        let wide = TensorType(type.shape, .float64)
        let sums = Reduction.workspace(ADJ_REDUCE_SUMSQ, inputs[0], axes, wide)
        return type == wide ? sums : max(wide.byteCount, sums + wide.byteCount - type.byteCount)
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first, output: true) }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let x = saved.input(0)
        return direction(x, saved.output) * g.expanded(over: axes, to: x.shape)
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        bind(Sum(axes: axes), (direction(x, y).conj() * t).real)
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(EuclideanNorm(axes: axes.batched), inputs[0])
    }

    /// x/y, and 0 where y is 0.
    private func direction(_ x: Tensor, _ y: Tensor) -> Tensor {
        let safe = which(y .== 0, Tensor.repeating(1, y.type), y)
        return x / safe.expanded(over: axes, to: x.shape)
    }
}

/// Norms in double precision whose squares overflow or vanish: they are added again, scaled by a power of two.
private enum SquaresLost {
    static func includes(_ norm: Double) -> Bool { norm < 0x1p-480 || norm == .infinity }

    static func mend(_ norms: TensorValue, of x: TensorValue, _ axes: AxisSet) throws(TensorError) {
        let norms = UnsafeMutableRawBufferPointer(start: norms.elements, count: norms.type.byteCount)
            .bindMemory(to: Double.self)
        guard norms.contains(where: includes) else { return }
        let (x, _, length, inner) = try Reduction.arranged(x, axes)
        let parts = x.dtype.isComplex ? 2 : 1
        let numbers = x.elements.assumingMemoryBound(to: Double.self)
        for (row, norm) in norms.enumerated() where includes(norm) {
            let first = (row / inner * length * inner + row % inner) * parts
            func reduce(_ start: Double, _ next: (Double, Double) -> Double) -> Double {
                (0..<(length * parts)).reduce(start) { found, place in
                    next(found, numbers[first + place / parts * inner * parts + place % parts])
                }
            }
            let largest = reduce(0) { max($0, $1.magnitude) }
            guard largest > 0, largest < .infinity else { continue }
            let scale = Double(sign: .plus, exponent: largest.exponent, significand: 1)
            norms[row] = reduce(0) { $0 + ($1 / scale) * ($1 / scale) }.squareRoot() * scale
        }
    }
}

/// y = ln Σ eˣ over the last axis, computed around the largest element; x̄ = ȳ e^(x − y), 0 in a row that is all −∞.
package struct LogSumExp: UnaryPrimitive {
    package static let name = "logsumexp"
    let convention = SubgradientConvention.current

    package init() {}

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        guard x.dtype.isFloatingPoint else {
            throw TensorError.needsFloatingPoint(Self.name, x)
        }
        guard x.shape[x.shape.rank - 1] > 0 || convention == .pytorch else {
            throw TensorError(
                .empty, Self.name, "\(x.shape) has no elements along the last axis",
                "check that the tensor is not empty")
        }
        return TensorType(x.shape.removing(x.shape.rank - 1), x.dtype)
    }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let x = try x.contiguous()
        let result = try TensorValue(uninitialized: type)
        let length = x.shape[x.shape.rank - 1]
        guard length > 0 else { return try Kernels.fill(type, .double(-.infinity)) }
        Rows.run(type.shape.count, length) { rows in
            adj_logsumexp(
                Int32(x.dtype.rawValue), x.elements, result.elements, Int64(length), Int64(rows.lowerBound),
                Int64(rows.upperBound))
        }
        return result
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first, output: true) }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let x = saved.input(0)
        return weights(x, saved.output) * g.expandedLast(to: x.shape)
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        // A tangent of 0 gives 0, whatever its weight.
        bind(Gate(), t, weights(x, y)).sum(axis: -1)
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(self, inputs[0])
    }

    private func weights(_ x: Tensor, _ y: Tensor) -> Tensor {
        // By PyTorch's convention a row of nothing has the derivative NaN.
        let shift =
            convention == .pytorch ? y : which(y .== -Double.infinity, Tensor.repeating(0, y.type), y)
        return (x - shift.expandedLast(to: x.shape)).exp()
    }
}

/// y = softmax(x) along the last axis: eˣ / Σ eˣ, or its logarithm. x̄ = y (ȳ − Σ ȳ y), or ȳ − eʸ Σ ȳ.
package struct Softmax: UnaryPrimitive {
    package static let name = "softmax"
    package let log: Bool

    package init(log: Bool) { self.log = log }

    package var label: String { log ? "log_softmax" : "softmax" }

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        guard x.dtype.isFloatingPoint else {
            throw TensorError.needsFloatingPoint(label, x)
        }
        return x
    }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let x = try x.contiguous()
        let result = try TensorValue(uninitialized: type)
        let length = x.shape[x.shape.rank - 1]
        Rows.run(length == 0 ? 0 : x.shape.count / length, length) { rows in
            adj_softmax(
                Int32(x.dtype.rawValue), x.elements, result.elements, Int64(length), Int64(rows.lowerBound),
                Int64(rows.upperBound), log ? 1 : 0)
        }
        return result
    }

    package func reads(for needs: InputSet) -> Reads { .output }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        bind(SoftmaxPullback(log: log), g, saved.output)
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        if log { return t - (y.exp() * t).sum(axis: -1, keepDims: true) }
        return y * (t - (y * t).sum(axis: -1, keepDims: true))
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(self, inputs[0])
    }
}

/// The pullback of softmax as an operation of its own, so that a first derivative is one pass over the rows; its own
/// derivatives are those of the formula.
package struct SoftmaxPullback: BinaryPrimitive {
    package static let name = "softmax_pullback"
    let log: Bool

    package func resultType(_ g: TensorType, _ y: TensorType) throws(TensorError) -> TensorType { y }

    package func execute(_ g: TensorValue, _ y: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let (g, y) = (try g.contiguous(), try y.contiguous())
        let result = try TensorValue(uninitialized: type)
        let length = type.shape[type.shape.rank - 1]
        Rows.run(length == 0 ? 0 : type.shape.count / length, length) { rows in
            adj_softmax_pullback(
                Int32(type.dtype.rawValue), g.elements, y.elements, result.elements, Int64(length),
                Int64(rows.lowerBound), Int64(rows.upperBound), log ? 1 : 0)
        }
        return result
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: [.first, .second]) }

    package func pullback(_ h: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        let (g, y) = (saved.input(0), saved.input(1))
        if log {
            // x̄ = g − eʸ Σ g
            let p = y.exp()
            if saved.needs(0) { send.add(h - (h * p).sum(axis: -1, keepDims: true), to: 0, of: saved) }
            if saved.needs(1) { send.add(-(h * p) * g.sum(axis: -1, keepDims: true), to: 1, of: saved) }
        } else {
            // x̄ = y (g − Σ g y)
            if saved.needs(0) { send.add(y * h - y * (h * y).sum(axis: -1, keepDims: true), to: 0, of: saved) }
            if saved.needs(1) {
                let inner = (g * y).sum(axis: -1, keepDims: true)
                send.add(h * (g - inner) - g * (h * y).sum(axis: -1, keepDims: true), to: 1, of: saved)
            }
        }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        let (g, y) = (inputs[0], inputs[1])
        var sum: Tensor?
        if let t = tangents[0] { sum = bind(self, t, y) }
        if let t = tangents[1] {
            let change: Tensor
            if log {
                change = -(y.exp() * t) * g.sum(axis: -1, keepDims: true)
            } else {
                change = t * (g - (g * y).sum(axis: -1, keepDims: true)) - y * (g * t).sum(axis: -1, keepDims: true)
            }
            sum = sum.map { $0 + change } ?? change
        }
        return sum
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        let all = Tensor.mappedAlike(inputs, mapped, size)
        return bind(self, all[0], all[1])
    }
}

/// Work on rows, cut by size.
enum Rows {
    static func run(_ rows: Int, _ length: Int, _ body: (Range<Int>) -> Void) {
        Parallel.run(count: rows, grain: max(Kernels.grain / 4 / max(length, 1), 1), body)
    }
}

extension Tensor {
    /// Repeats a tensor along a new last axis.
    func expandedLast(to shape: Shape) -> Tensor {
        var axes = AxisSet()
        axes.insert(shape.rank - 1)
        return expanded(over: axes, to: shape)
    }
}
