import AdjointRuntime
import CKernels

/// The largest or smallest element over axes, NaN if one is. The cotangent is shared equally among ties.
package struct Extreme: UnaryPrimitive {
    package static let name = "extreme"
    let axes: AxisSet
    let largest: Bool
    /// Whether a NaN makes all derivatives NaN, as PyTorch's `amax` has it.
    var spreadsNaN = false
    package var label: String { largest ? "max" : "min" }

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        guard !x.dtype.isComplex else { throw TensorError.noComplex(label, x) }
        guard x.shape.count > 0 || !(0..<x.shape.rank).contains(where: { axes.contains($0) && x.shape[$0] == 0 }) else {
            throw TensorError(
                .empty, label,
                "\(x.shape) has no elements along the axes, so there is no \(largest ? "largest" : "smallest") one",
                "check that the tensor is not empty before reducing it")
        }
        return TensorType(axes.removed(from: x.shape), x.dtype)
    }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try Reduction.run(largest ? ADJ_REDUCE_MAX : ADJ_REDUCE_MIN, x, axes, type)
    }

    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int {
        Reduction.workspace(largest ? ADJ_REDUCE_MAX : ADJ_REDUCE_MIN, inputs[0], axes, type)
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first, output: true) }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let x = saved.input(0)
        let (chosen, count) = axes.ties(x, saved.output)
        let shares = which(chosen, (g / count).expanded(over: axes, to: x.shape), Tensor.repeating(0, x.type))
        return spreadsNaN ? shares + spoiled(saved.output).expanded(over: axes, to: x.shape) : shares
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        let (chosen, count) = axes.ties(x, y)
        let mean = bind(Sum(axes: axes), which(chosen, t, Tensor.repeating(0, t.type))) / count
        return spreadsNaN ? mean + spoiled(y) : mean
    }

    /// NaN where the result is, 0 elsewhere.
    private func spoiled(_ y: Tensor) -> Tensor { which(y.isNaN(), y, Tensor.repeating(0, y.type)).detach() }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(Extreme(axes: axes.batched, largest: largest, spreadsNaN: spreadsNaN), inputs[0])
    }
}

/// The index of the first largest or smallest element along an axis; an index has no derivative.
package struct ArgExtreme: UnaryPrimitive, NonDifferentiable {
    package static let name = "arg_extreme"
    package static let reason = "an index is a whole number"
    let axis: Int
    let largest: Bool
    package var label: String { largest ? "argmax" : "argmin" }

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        guard x.shape[axis] > 0 else {
            throw TensorError(
                .empty, label, "\(x.shape) has no elements along axis \(axis)",
                "check that the tensor is not empty before reducing it")
        }
        return TensorType(x.shape.removing(axis), .int64)
    }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try Reduction.argExtreme(x, axis: axis, largest: largest, type)
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(ArgExtreme(axis: axis + 1, largest: largest), inputs[0])
    }
}

/// Whether any or every element is nonzero.
package struct Quantifier: UnaryPrimitive, NonDifferentiable {
    package static let name = "quantifier"
    package static let reason = "its result is bool"
    let axes: AxisSet
    let every: Bool
    package var label: String { every ? "all" : "any" }

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        TensorType(axes.removed(from: x.shape), .bool)
    }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try Reduction.run(every ? ADJ_REDUCE_ALL : ADJ_REDUCE_ANY, x, axes, type)
    }

    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int {
        Reduction.workspace(every ? ADJ_REDUCE_ALL : ADJ_REDUCE_ANY, inputs[0], axes, type)
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(Quantifier(axes: axes.batched, every: every), inputs[0])
    }
}
