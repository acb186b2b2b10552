import AdjointCore
import AdjointRuntime

/// One step of long short-term memory (Hochreiter and Schmidhuber 1997; Gers et al. 2000). With z = x wₓ + h wₕ + b in four
/// parts i, f, g, o along the last axis: c′ = σ(f) c + σ(i) tanh g; h′ = σ(o) tanh c′.
/// - Parameters:
///   - x: [samples, inputs].
///   - hidden, cell: [samples, units].
///   - inputWeight: [inputs, 4 units].
///   - hiddenWeight: [units, 4 units].
///   - bias: [4 units].
/// - Fails: if shapes do not fit.
public func lstmCell(
    _ x: Tensor, hidden: Tensor, cell: Tensor, inputWeight: Tensor, hiddenWeight: Tensor, bias: Tensor? = nil
) -> (hidden: Tensor, cell: Tensor) {
    var z = x.matmul(inputWeight)
    if let bias { z = z + bias }
    let next = LSTMSequence.step(z + hidden.matmul(hiddenWeight), cell)
    return (next[0], next[1])
}

/// Long short-term memory over a sequence: `lstmCell` for each step, with the products of all inputs in one.
/// - Parameters:
///   - x: [steps, samples, inputs].
///   - hidden, cell: the state before the first step, [samples, units]; zeros if it is not given.
///   - inputWeight, hiddenWeight, bias: as in `lstmCell`.
/// - Returns: the hidden states [steps, samples, units] and the state after the last step.
/// - Fails: if shapes do not fit, or there are no steps.
public func lstm(
    _ x: Tensor, hidden: Tensor? = nil, cell: Tensor? = nil, inputWeight: Tensor, hiddenWeight: Tensor,
    bias: Tensor? = nil
) -> (outputs: Tensor, hidden: Tensor, cell: Tensor) {
    guard x.rank == 3, x.shape[0] > 0, hiddenWeight.rank == 2 else {
        let failed =
            [x, hiddenWeight].first { $0.failure != nil }
            ?? raise(
                TensorError(
                    .shape, "lstm", "inputs \(x.shape) and a hidden weight \(hiddenWeight.shape)",
                    "give [steps, samples, inputs] and [units, 4 units]"))
        return (failed, failed, failed)
    }
    let (steps, samples, units) = (x.shape[0], x.shape[1], hiddenWeight.shape[0])
    var projected = x.reshaped(steps * samples, x.shape[2]).matmul(inputWeight)
    if let bias { projected = projected + bias }
    let state = Shape([samples, units])
    let h = hidden ?? Tensor.zeros(state.extents, dtype: projected.dtype)
    let c = cell ?? Tensor.zeros(state.extents, dtype: projected.dtype)
    let y = attempt { () throws(TensorError) in
        if let failed = [projected, hiddenWeight, h, c].first(where: { $0.failure != nil }) { return failed }
        guard projected.shape == Shape([steps * samples, 4 * units]), hiddenWeight.shape == Shape([units, 4 * units]),
            h.shape == state, c.shape == state
        else {
            throw TensorError(
                .shape, "lstm",
                "weights \(inputWeight.shape), \(hiddenWeight.shape) and states \(h.shape), \(c.shape) for inputs \(x.shape)",
                "give [inputs, 4 units], [units, 4 units] and twice [samples, units]")
        }
        let p = projected.reshaped(steps, samples, 4 * units)
        if p.dtype.isComplex { return LSTMSequence.composed(p, hiddenWeight, h, c) }
        let kernel: DType = p.dtype.isHalf ? .float32 : p.dtype
        return bind(LSTMSequence(), [p, hiddenWeight, h, c].map { $0.to(kernel) }).to(p.dtype)
    }
    if y.failure != nil { return (y, y, y) }
    let outputs = y[0..., 0..., ..<units]
    return (outputs, outputs[steps - 1], y[steps - 1][0..., units..<(2 * units)])
}
