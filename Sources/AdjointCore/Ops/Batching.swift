import AdjointRuntime

// What batching rules share. A mapped input has one more axis in front, which counts the examples.
extension Shape {
    /// The shape of `size` examples of this shape.
    package func batched(_ size: Int) -> Shape { Shape([size] + extents) }
}

extension AxisSet {
    /// The same axes of a tensor that has one more in front.
    package var batched: AxisSet { AxisSet(rawValue: rawValue << 1) }
}

extension Region {
    /// The same region of each of `size` examples.
    package func batched(_ size: Int) -> Region {
        Region(starts: [0] + starts, steps: [1] + steps, shape: shape.batched(size))
    }
}

extension Tensor {
    /// The inputs of a batching rule with the axis of examples on each: what is the same for all is repeated, which takes no
    /// memory.
    package static func mappedAlike(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> [Tensor] {
        zip(inputs, mapped).map { $1 ? $0 : $0.broadcast(to: [size] + $0.shape.extents) }
    }

    /// [size, outer, length, inner] as [outer, size · length, inner]: the examples side by side along the middle axis.
    func examplesSideBySide() -> Tensor {
        bind(Permute(order: [1, 0, 2, 3]), self).reshaped(shape[1], shape[0] * shape[2], shape[3])
    }

    /// The inverse of `examplesSideBySide`.
    func examplesInFront(_ size: Int) -> Tensor {
        let length = size == 0 ? 0 : shape[1] / size
        return bind(Permute(order: [1, 0, 2, 3]), reshaped(shape[0], size, length, shape[2]))
    }

    /// Positions [size, k] in axes of extent `length` as positions in the joined axis of all examples.
    func inJoinedAxis(_ length: Int) -> Tensor {
        let starts = Tensor.arange(shape[0]) * length
        return (self + starts.expandedLast(to: shape)).flattened()
    }
}
