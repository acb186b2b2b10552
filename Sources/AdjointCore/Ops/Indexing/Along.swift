import AdjointRuntime
import CKernels

// One index an element along an axis. x and the indices have equal extents but along the axis; indices are in range.

/// y[.., j, ..] = x[.., indices[.., j, ..], ..]. Linear in x; the transpose adds up at repeated indices, in their order.
package struct GatherAlong: BinaryPrimitive {
    package static let name = "gather"
    package static let takesHalf = true
    let axis: Int

    package init(axis: Int) { self.axis = axis }

    package func resultType(_ x: TensorType, _ indices: TensorType) throws(TensorError) -> TensorType {
        TensorType(indices.shape, x.dtype)
    }

    package func execute(_ x: TensorValue, _ indices: TensorValue, _ type: TensorType) throws(TensorError)
        -> TensorValue
    {
        let (x, indices) = (try x.contiguous(), try indices.contiguous())
        let result = try TensorValue(uninitialized: type)
        let (outer, k, inner) = type.shape.split(at: axis)
        let length = x.shape[axis]
        try indices.checkIndices(below: length, Self.name)
        Parallel.run(count: outer, grain: max(Kernels.grain / max(k * inner, 1), 1)) { rows in
            adj_take_along(
                Int32(type.dtype.size), x.elements, indices.elements.assumingMemoryBound(to: Int64.self),
                result.elements, Int64(length), Int64(k), Int64(inner), Int64(rows.lowerBound), Int64(rows.upperBound))
        }
        return result
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .second) }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        guard saved.needs(0) else { return }
        send.add(
            bind(AddAlong(axis: axis, length: saved.inputType(0).shape[axis]), g, saved.input(1)), to: 0, of: saved)
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        tangents[0].map { bind(self, $0, inputs[1]) }
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        let all = Tensor.mappedAlike(inputs, mapped, size)
        return bind(GatherAlong(axis: axis + 1), all[0], all[1])
    }
}

/// Zeros of extent `length` along the axis to which x is added at the indices: the transpose of `GatherAlong`.
package struct AddAlong: BinaryPrimitive {
    package static let name = "scatter_add"
    let axis: Int
    let length: Int

    package func resultType(_ x: TensorType, _ indices: TensorType) throws(TensorError) -> TensorType {
        TensorType(x.shape.replacing(axis, with: length), x.dtype)
    }

    package func execute(_ x: TensorValue, _ indices: TensorValue, _ type: TensorType) throws(TensorError)
        -> TensorValue
    {
        let (x, indices) = (try x.contiguous(), try indices.contiguous())
        try indices.checkIndices(below: length, Self.name)
        let result = try Kernels.fill(type, 0)
        let (outer, k, inner) = x.shape.split(at: axis)
        Parallel.run(count: outer, grain: max(Kernels.grain / max(k * inner, 1), 1)) { rows in
            adj_add_along(
                Int32(type.dtype.rawValue), result.elements, indices.elements.assumingMemoryBound(to: Int64.self),
                x.elements, Int64(length), Int64(k), Int64(inner), Int64(rows.lowerBound), Int64(rows.upperBound))
        }
        return result
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .second) }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        if saved.needs(0) { send.add(bind(GatherAlong(axis: axis), g, saved.input(1)), to: 0, of: saved) }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        tangents[0].map { bind(self, $0, inputs[1]) }
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        let all = Tensor.mappedAlike(inputs, mapped, size)
        return bind(AddAlong(axis: axis + 1, length: length), all[0], all[1])
    }
}

/// For each place along an axis of extent `length`, the position of the last index that names it, −1 if none does: who
/// wins when the indexed places are written to.
package struct LastWriter: UnaryPrimitive, NonDifferentiable {
    package static let name = "last_writer"
    package static let reason = "an index is a whole number"
    let axis: Int
    let length: Int

    package func resultType(_ indices: TensorType) throws(TensorError) -> TensorType {
        TensorType(indices.shape.replacing(axis, with: length), .int64)
    }

    package func execute(_ indices: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let indices = try indices.contiguous()
        try indices.checkIndices(below: length, Self.name)
        let result = try TensorValue(uninitialized: type)
        let (outer, k, inner) = indices.shape.split(at: axis)
        Parallel.run(count: outer, grain: max(Kernels.grain / max((k + length) * inner, 1), 1)) { rows in
            adj_last_writer(
                indices.elements.assumingMemoryBound(to: Int64.self),
                result.elements.assumingMemoryBound(to: Int64.self), Int64(length), Int64(k), Int64(inner),
                Int64(rows.lowerBound), Int64(rows.upperBound))
        }
        return result
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(LastWriter(axis: axis + 1, length: length), inputs[0])
    }
}

/// The larger or smaller of x and the elements of y at its indices, NaN if one is. With `countsX` false, x counts only
/// where no index points. The cotangent is shared equally among ties. Inputs: x, y, indices.
package struct ExtremeAlong: Primitive {
    package static let name = "scatter_extreme"
    let axis: Int
    let largest: Bool
    let countsX: Bool
    package var label: String { largest ? "scatter_max" : "scatter_min" }

    package func resultType(_ inputs: [TensorType]) throws(TensorError) -> TensorType {
        guard !inputs[0].dtype.isComplex else { throw TensorError.noComplex(label, inputs[0]) }
        return inputs[0]
    }

    package func execute(_ inputs: [TensorValue], _ type: TensorType) throws(TensorError) -> TensorValue {
        let (y, indices) = (try inputs[1].contiguous(), try inputs[2].contiguous())
        let result = try TensorValue(uninitialized: type)
        Kernels.copy(inputs[0], to: result.elements, strides: Strides(contiguous: type.shape))
        let touched = try Kernels.fill(TensorType(type.shape, .bool), 0)
        let (outer, length, inner) = type.shape.split(at: axis)
        let k = y.shape[axis]
        try indices.checkIndices(below: length, label)
        Parallel.run(count: outer, grain: max(Kernels.grain / max(k * inner, 1), 1)) { rows in
            adj_extreme_along(
                Int32(type.dtype.rawValue), largest ? 1 : 0, result.elements,
                touched.elements.assumingMemoryBound(to: UInt8.self),
                indices.elements.assumingMemoryBound(to: Int64.self), y.elements, Int64(length), Int64(k),
                Int64(inner), Int64(rows.lowerBound), Int64(rows.upperBound), countsX ? 1 : 0)
        }
        return result
    }

    /// Copies of strided y and indices, and a byte an element that tells what has been written.
    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int {
        inputs.dropFirst().reduce(type.shape.count) { $1.isContiguous ? $0 : $0 + $1.type.byteCount }
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: [.first, .second, .input(2)], output: true) }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        let (x, y, indices) = (saved.input(0), saved.input(1), saved.input(2))
        let (xWins, yWins, count) = winners(x, y, indices, saved.output)
        let share = g / count
        if saved.needs(0) { send.add(which(xWins, share, Tensor.repeating(0, x.type)), to: 0, of: saved) }
        if saved.needs(1) {
            let shares = bind(GatherAlong(axis: axis), share, indices)
            send.add(which(yWins, shares, Tensor.repeating(0, y.type)), to: 1, of: saved)
        }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        let (x, y, indices) = (inputs[0], inputs[1], inputs[2])
        let (xWins, yWins, count) = winners(x, y, indices, result)
        let first = tangents[0].map { which(xWins, $0, Tensor.repeating(0, x.type)) }
        let second = tangents[1].map {
            let chosen = which(yWins, $0, Tensor.repeating(0, y.type))
            return bind(AddAlong(axis: axis, length: x.shape[axis]), chosen, indices)
        }
        guard let first, let second else { return (first ?? second).map { $0 / count } }
        return (first + second) / count
    }

    private func winners(
        _ x: Tensor, _ y: Tensor, _ indices: Tensor, _ result: Tensor
    ) -> (x: Tensor, y: Tensor, count: Tensor) {
        func wins(_ part: Tensor, _ whole: Tensor) -> Tensor {
            // Where the result is NaN, the NaNs are the winners.
            part.dtype.isFloatingPoint ? (part .== whole) .| part.isNaN() : part .== whole
        }
        let yWins = wins(y, bind(GatherAlong(axis: axis), result, indices))
        var xWins = wins(x, result)
        if !countsX {
            xWins = xWins .& (bind(LastWriter(axis: axis, length: x.shape[axis]), indices) .< 0)
        }
        let winning = bind(AddAlong(axis: axis, length: x.shape[axis]), yWins.to(x.dtype), indices)
        return (xWins, yWins, winning + xWins.to(x.dtype))
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(
            ExtremeAlong(axis: axis + 1, largest: largest, countsX: countsX), Tensor.mappedAlike(inputs, mapped, size))
    }
}
