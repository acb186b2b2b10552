import AdjointRuntime

/// Tensors joined along an axis. Linear; each input's cotangent is its part of the result's.
package struct Concatenate: Primitive {
    package static let name = "concatenate"
    package static let takesHalf = true
    package let axis: Int

    package func resultType(_ inputs: [TensorType]) throws(TensorError) -> TensorType {
        var type = inputs[0]
        for (index, input) in inputs.enumerated().dropFirst() {
            guard
                input.shape.rank == type.shape.rank,
                (0..<type.shape.rank).allSatisfy({ $0 == axis || input.shape[$0] == type.shape[$0] })
            else {
                throw TensorError(
                    .shape, Self.name,
                    "tensor \(index) of shape \(input.shape) does not continue \(inputs[0].shape) along axis \(axis)",
                    "all extents but that of axis \(axis) must be equal")
            }
            guard
                let longer = Shape(
                    checking: type.shape.replacing(axis, with: type.shape[axis] + input.shape[axis]).extents)
            else { throw TensorError.tooLarge(Self.name) }
            type.shape = longer
        }
        return type
    }

    package func execute(_ inputs: [TensorValue], _ type: TensorType) throws(TensorError) -> TensorValue {
        let result = try TensorValue(uninitialized: type)
        var start = 0
        for input in inputs {
            part(from: start, input.shape).write(input, into: result)
            start += input.shape[axis]
        }
        return result
    }

    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int { 0 }

    package func reads(for needs: InputSet) -> Reads { .nothing }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        // Extents of inputs that need no cotangent are known by what is left of them: every recorded input carries
        // its type, the others their place in `extents`.
        var start = 0
        for (index, extent) in extents.enumerated() {
            if saved.needs(index) {
                let shape = g.shape.replacing(axis, with: extent)
                send.add(bind(Slice(region: part(from: start, shape)), g), to: index, of: saved)
            }
            start += extent
        }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        guard tangents.contains(where: { $0 != nil }) else { return nil }
        return bind(self, zip(inputs, tangents).map { $1 ?? Tensor.repeating(0, $0.type) })
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(Concatenate(axis: axis + 1, extents: extents), Tensor.mappedAlike(inputs, mapped, size))
    }

    /// The extents of the inputs along the axis.
    package let extents: [Int]

    private func part(from start: Int, _ shape: Shape) -> Region {
        var starts = [Int](repeating: 0, count: shape.rank)
        starts[axis] = start
        return Region(starts: starts, steps: [Int](repeating: 1, count: shape.rank), shape: shape)
    }
}
