import AdjointRuntime
import CKernels

/// The same elements in row-major order under another shape. Linear; the transpose reshapes back.
package struct Reshape: LinearPrimitive {
    package static let name = "reshape"
    package static let takesHalf = true
    package static let givesView = true
    package let shape: Shape
    package var label: String { "reshape \(shape)" }

    package init(shape: Shape) { self.shape = shape }

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        guard shape.count == x.shape.count else {
            throw TensorError(
                .shape, Self.name, "\(x.shape) has \(x.shape.count) elements, \(shape) has \(shape.count)",
                "choose extents whose product is \(x.shape.count); one of them may be -1")
        }
        return TensorType(shape, x.dtype)
    }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try x.contiguous().retyped(type)
    }

    package func transpose(_ g: Tensor, to x: TensorType) -> Tensor { bind(Reshape(shape: x.shape), g) }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        shape.rank < Shape.maximumRank ? bind(Reshape(shape: shape.batched(size)), inputs[0]) : nil
    }
}

/// The axes in another order: axis i of the result is axis `order[i]` of x. Linear; the transpose is the inverse order.
package struct Permute: LinearPrimitive {
    package static let name = "permute"
    package static let takesHalf = true
    package static let givesView = true
    package let order: [Int]

    package init(order: [Int]) { self.order = order }

    package var label: String { "permute \(order)" }

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        TensorType(Shape(order.map { x.shape[$0] }), x.dtype)
    }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let strides = x.strides
        return x.view(type.shape, strides: Strides(order.map { strides[$0] }))
    }

    package func transpose(_ g: Tensor, to x: TensorType) -> Tensor {
        var inverse = order
        for (position, axis) in order.enumerated() { inverse[axis] = position }
        return bind(Permute(order: inverse), g)
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(Permute(order: [0] + order.map { $0 + 1 }), inputs[0])
    }
}

/// x repeated along new leading axes and along axes of extent 1. Linear; the transpose sums over what was repeated.
package struct Broadcast: LinearPrimitive {
    package static let name = "broadcast"
    package static let takesHalf = true
    package static let givesView = true
    package let shape: Shape
    package var label: String { "broadcast \(shape)" }

    package init(shape: Shape) { self.shape = shape }

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        guard x.shape.rank <= shape.rank, Shape.broadcast(x.shape, shape) == shape else {
            throw TensorError(
                .shape, Self.name, "\(x.shape) cannot be repeated to \(shape)",
                "aligned at the last axis, each extent must be equal or 1")
        }
        return TensorType(shape, x.dtype)
    }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let (from, lead) = (x.strides, shape.rank - x.shape.rank)
        var strides = Strides()
        for axis in 0..<x.shape.rank where x.shape[axis] != 1 { strides[lead + axis] = from[axis] }
        return x.view(shape, strides: strides)
    }

    package func transpose(_ g: Tensor, to x: TensorType) -> Tensor {
        let lead = shape.rank - x.shape.rank
        var axes = AxisSet()
        for axis in 0..<shape.rank where axis < lead || (x.shape[axis - lead] == 1 && shape[axis] != 1) {
            axes.insert(axis)
        }
        let sum = bind(Sum(axes: axes), g)
        return sum.shape == x.shape ? sum : bind(Reshape(shape: x.shape), sum)
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        guard shape.rank < Shape.maximumRank else { return nil }
        // New axes come between the examples and the axes that x has.
        let x = inputs[0]
        let new = Array(repeating: 1, count: shape.rank + 1 - x.rank)
        return x.reshaped([size] + new + x.shape.extents.dropFirst()).broadcastUnchecked(shape.batched(size))
    }
}

/// A regular part of x: along each axis `extents[i]` elements from `starts[i]` on, `steps[i]` apart. Linear; the
/// transpose places the elements back among zeros.
package struct Slice: LinearPrimitive {
    package static let name = "slice"
    package static let takesHalf = true
    package static let givesView = true
    package let region: Region

    package init(region: Region) { self.region = region }

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        TensorType(region.shape, x.dtype)
    }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let (strides, offset) = region.place(in: x.strides)
        return x.view(region.shape, strides: strides, offset: offset)
    }

    package func transpose(_ g: Tensor, to x: TensorType) -> Tensor { bind(Place(region: region, shape: x.shape), g) }

    // Parts of one tensor send their cotangents to it one after the other: only the first makes zeros for the rest.
    package func pullback(_ g: consuming Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        let isAdded =
            g.isPlainReal
            && send.add(to: 0, of: saved) { sum in
                region.add(g.value, to: sum)
                return true
            }
        if !isAdded { send.add(transpose(g, to: saved.inputType(0)), to: 0, of: saved) }
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(Slice(region: region.batched(size)), inputs[0])
    }
}

/// Zeros of `shape` with x in the region. Linear; the transpose of `Slice`.
package struct Place: LinearPrimitive {
    package static let name = "place"
    package static let takesHalf = true
    package let region: Region
    package let shape: Shape

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType { TensorType(shape, x.dtype) }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let result = try Kernels.fill(type, 0)
        region.write(x, into: result)
        return result
    }

    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int { 0 }

    package func transpose(_ g: Tensor, to x: TensorType) -> Tensor { bind(Slice(region: region), g) }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(Place(region: region.batched(size), shape: shape.batched(size)), inputs[0])
    }
}

/// x with the region replaced by y. Linear in both: x̄ is the cotangent with zeros in the region, ȳ its part there.
package struct Replace: BinaryPrimitive {
    package static let name = "replace"
    package static let takesHalf = true
    package let region: Region

    package func resultType(_ x: TensorType, _ y: TensorType) throws(TensorError) -> TensorType {
        precondition(y.shape == region.shape && x.dtype == y.dtype)
        return x
    }

    package func execute(_ x: TensorValue, _ y: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let result = try TensorValue(uninitialized: type)
        Kernels.copy(x, to: result.elements, strides: Strides(contiguous: type.shape))
        region.write(y, into: result)
        return result
    }

    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int { 0 }

    package func reads(for needs: InputSet) -> Reads { .nothing }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        let part = TensorType(region.shape, g.dtype)
        if saved.needs(0) { send.add(bind(self, g, Tensor.repeating(0, part)), to: 0, of: saved) }
        if saved.needs(1) { send.add(bind(Slice(region: region), g), to: 1, of: saved) }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        guard tangents[0] != nil || tangents[1] != nil else { return nil }
        return bind(
            self, tangents[0] ?? Tensor.repeating(0, inputs[0].type), tangents[1] ?? Tensor.repeating(0, inputs[1].type)
        )
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        let all = Tensor.mappedAlike(inputs, mapped, size)
        return bind(Replace(region: region.batched(size)), all[0], all[1])
    }
}

/// A regular part of a tensor, one start, step and extent an axis.
package struct Region: Sendable, Hashable {
    package var starts: [Int]
    package var steps: [Int]
    package var shape: Shape

    package init(starts: [Int], steps: [Int], shape: Shape) {
        self.starts = starts
        self.steps = steps
        self.shape = shape
    }

    /// The strides and the offset of the region in a tensor with these strides.
    func place(in strides: Strides) -> (Strides, offset: Int) {
        var result = Strides()
        var offset = 0
        for axis in 0..<shape.rank {
            offset += starts[axis] * strides[axis]
            result[axis] = steps[axis] * strides[axis]
        }
        return (result, shape.count == 0 ? 0 : offset)
    }

    /// Adds a value to this region of a contiguous value of the same type, which nobody else sees.
    func add(_ x: TensorValue, to target: TensorValue) {
        let (strides, offset) = place(in: Strides(contiguous: target.shape))
        Kernels.withDims(x.shape) { rank, dims in
            x.strides.withPointer { from in
                strides.withPointer { to in
                    adj_add_strided(
                        Int32(x.dtype.rawValue), rank, dims, target.elements + offset * target.dtype.size, to,
                        x.elements, from)
                }
            }
        }
    }

    /// Writes a value into this region of a contiguous value.
    func write(_ x: TensorValue, into target: TensorValue) {
        let (strides, offset) = place(in: Strides(contiguous: target.shape))
        Kernels.copy(x, to: target.elements + offset * target.dtype.size, strides: strides)
    }
}
