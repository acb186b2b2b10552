import AdjointRuntime
import CKernels

/// x [outer, length, inner] at indices [k] along the middle axis: [outer, k, inner]. The indices are the second input
/// and are in range. Linear in x; the transpose adds up at repeated indices, in their order.
package struct Take: BinaryPrimitive {
    package static let name = "take"
    package static let takesHalf = true
    /// The extent along which the indices run.
    let length: Int

    package func resultType(_ x: TensorType, _ indices: TensorType) throws(TensorError) -> TensorType {
        TensorType(Shape([x.shape[0], indices.shape[0], x.shape[2]]), x.dtype)
    }

    package func execute(_ x: TensorValue, _ i: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let (x, i) = (try x.contiguous(), try i.contiguous())
        try i.checkIndices(below: length, Self.name)
        let result = try TensorValue(uninitialized: type)
        adj_take(
            Int32(type.dtype.size), x.elements, i.elements.assumingMemoryBound(to: Int64.self), result.elements,
            Int64(type.shape[0]), Int64(length), Int64(type.shape[1]), Int64(type.shape[2]))
        return result
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .second) }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        if saved.needs(0) { send.add(bind(AddAt(length: length), g, saved.input(1)), to: 0, of: saved) }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        tangents[0].map { bind(self, $0, inputs[1]) }
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        let (x, indices) = (inputs[0], inputs[1])
        if !mapped[1] {
            let taken = bind(self, x.reshaped(size * x.shape[1], x.shape[2], x.shape[3]), indices)
            return taken.reshaped(size, x.shape[1], indices.shape[0], x.shape[3])
        }
        let taken =
            mapped[0]
            ? bind(Take(length: size * length), x.examplesSideBySide(), indices.inJoinedAxis(length))
            : bind(self, x, indices.flattened())
        return taken.examplesInFront(size)
    }
}

/// Zeros [outer, length, inner] to which x [outer, k, inner] is added at indices [k]: the transpose of `Take`.
package struct AddAt: BinaryPrimitive {
    package static let name = "add_at"
    let length: Int

    package func resultType(_ x: TensorType, _ indices: TensorType) throws(TensorError) -> TensorType {
        TensorType(Shape([x.shape[0], length, x.shape[2]]), x.dtype)
    }

    package func execute(_ x: TensorValue, _ i: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let (x, i) = (try x.contiguous(), try i.contiguous())
        try i.checkIndices(below: length, Self.name)
        let result = try Kernels.fill(type, 0)
        adj_take_add(
            Int32(type.dtype.rawValue), result.elements, i.elements.assumingMemoryBound(to: Int64.self), x.elements,
            Int64(type.shape[0]), Int64(length), Int64(x.shape[1]), Int64(type.shape[2]))
        return result
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .second) }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        if saved.needs(0) { send.add(bind(Take(length: length), g, saved.input(1)), to: 0, of: saved) }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        tangents[0].map { bind(self, $0, inputs[1]) }
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        let (x, indices) = (inputs[0], inputs[1])
        if !mapped[1] {
            let sum = bind(self, x.reshaped(size * x.shape[1], x.shape[2], x.shape[3]), indices)
            return sum.reshaped(size, x.shape[1], length, x.shape[3])
        }
        let rows = Tensor.mappedAlike(inputs, mapped, size)[0].examplesSideBySide()
        return bind(AddAt(length: size * length), rows, indices.inJoinedAxis(length)).examplesInFront(size)
    }
}

/// x [outer, length, inner] with the rows at indices [k] replaced by those of y [outer, k, inner]; of repeated indices
/// the last wins, and only the winner has a derivative. Inputs: x, y, indices, and whether each y row wins [1, k, 1].
package struct PutAt: Primitive {
    package static let name = "put_at"
    package static let takesHalf = true

    package func resultType(_ inputs: [TensorType]) throws(TensorError) -> TensorType { inputs[0] }

    package func execute(_ inputs: [TensorValue], _ type: TensorType) throws(TensorError) -> TensorValue {
        let result = try TensorValue(uninitialized: type)
        Kernels.copy(inputs[0], to: result.elements, strides: Strides(contiguous: type.shape))
        let (y, i) = (try inputs[1].contiguous(), try inputs[2].contiguous())
        try i.checkIndices(below: type.shape[1], Self.name)
        adj_put(
            Int32(type.dtype.size), result.elements, i.elements.assumingMemoryBound(to: Int64.self), y.elements,
            Int64(type.shape[0]), Int64(type.shape[1]), Int64(y.shape[1]), Int64(type.shape[2]))
        return result
    }

    package func reads(for needs: InputSet) -> Reads {
        Reads(inputs: [.input(2), .input(3)])
    }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        let (indices, wins) = (saved.input(2), saved.input(3))
        if saved.needs(0) {
            let zeros = Tensor.repeating(0, TensorType(Shape([g.shape[0], indices.shape[0], g.shape[2]]), g.dtype))
            send.add(bind(self, [g, zeros, indices, wins]), to: 0, of: saved)
        }
        if saved.needs(1) {
            let part = bind(Take(length: g.shape[1]), g, indices)
            send.add(which(wins, part, Tensor.repeating(0, part.type)), to: 1, of: saved)
        }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        guard tangents[0] != nil || tangents[1] != nil else { return nil }
        return bind(
            self,
            [
                tangents[0] ?? Tensor.repeating(0, inputs[0].type), tangents[1] ?? Tensor.repeating(0, inputs[1].type),
                inputs[2], inputs[3],
            ])
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        let all = Tensor.mappedAlike(inputs, mapped, size)
        let indices = all[2].inJoinedAxis(all[0].shape[2])
        let rows = all.map { $0.rank == 4 ? $0.examplesSideBySide() : indices }
        return bind(self, rows).examplesInFront(size)
    }
}
