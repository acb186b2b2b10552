import AdjointRuntime

/// An element of x that was chosen by its value, over axes: the second input, with the reduced axes gone. The cotangent
/// is shared equally among the elements that equal it.
package struct SharedAmongTies: BinaryPrimitive {
    package static let name = "shared_among_ties"
    package static let takesHalf = true
    let axes: AxisSet

    package func resultType(_ x: TensorType, _ chosen: TensorType) throws(TensorError) -> TensorType { chosen }

    package func execute(_ x: TensorValue, _ chosen: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue
    {
        chosen
    }

    package static let givesView = true

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: [.first, .second]) }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        guard saved.needs(0) else { return }
        let x = saved.input(0)
        let (chosen, count) = axes.ties(x, saved.input(1))
        send.add(
            which(chosen, (g / count).expanded(over: axes, to: x.shape), Tensor.repeating(0, x.type)), to: 0, of: saved)
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        guard let t = tangents[0] else { return nil }
        let (chosen, count) = axes.ties(inputs[0], inputs[1])
        return bind(Sum(axes: axes), which(chosen, t, Tensor.repeating(0, t.type))) / count
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        let all = Tensor.mappedAlike(inputs, mapped, size)
        return bind(SharedAmongTies(axes: axes.batched), all[0], all[1])
    }
}

extension AxisSet {
    /// Which elements of x equal the one that a reduction over these axes chose, and how many do.
    func ties(_ x: Tensor, _ chosen: Tensor) -> (mask: Tensor, count: Tensor) {
        var mask = x .== chosen.expanded(over: self, to: x.shape)
        // Where the result is NaN, the NaNs are the winners.
        if x.dtype.isFloatingPoint { mask = mask .| (x.isNaN() .& chosen.isNaN().expanded(over: self, to: x.shape)) }
        return (mask, bind(Sum(axes: self), mask).to(x.dtype))
    }
}
