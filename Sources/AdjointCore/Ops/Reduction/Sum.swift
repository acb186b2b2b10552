import AdjointRuntime
import CKernels

/// Axes of a reduction.
package struct AxisSet: OptionSet, Sendable, Hashable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static func all(_ rank: Int) -> AxisSet { AxisSet(rawValue: UInt16(truncatingIfNeeded: (1 << rank) - 1)) }
    package func isAll(_ rank: Int) -> Bool { self == .all(rank) }
    package mutating func insert(_ axis: Int) { formUnion(AxisSet(rawValue: 1 << UInt16(axis))) }
    package func contains(_ axis: Int) -> Bool { rawValue >> UInt16(axis) & 1 == 1 }

    /// A shape without these axes.
    package func removed(from shape: Shape) -> Shape {
        var result = Shape()
        for axis in 0..<shape.rank where !contains(axis) { result.append(shape[axis]) }
        return result
    }

    /// A shape with these axes of extent 1.
    package func kept(in shape: Shape) -> Shape {
        var result = Shape()
        for axis in 0..<shape.rank { result.append(contains(axis) ? 1 : shape[axis]) }
        return result
    }
}

/// The sum over axes, which go away. Linear; the transpose repeats. Floats are added by a fixed tree in double precision.
package struct Sum: LinearPrimitive {
    package static let name = "sum"
    package let axes: AxisSet

    package init(axes: AxisSet) { self.axes = axes }

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        TensorType(axes.removed(from: x.shape), x.dtype.isDifferentiable ? x.dtype : .int64)
    }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try Reduction.run(ADJ_REDUCE_SUM, x, axes, type)
    }

    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int {
        Reduction.workspace(ADJ_REDUCE_SUM, inputs[0], axes, type)
    }

    package func transpose(_ g: Tensor, to x: TensorType) -> Tensor {
        // A few elements are written out: the next rule reads an array faster than a repeated element.
        if g.rank == 0, g.node == nil, g.value.isContiguous, x.byteCount <= Self.few {
            if x.dtype == .float32 { return written(g, x, Float.self) }
            if x.dtype == .float64 { return written(g, x, Double.self) }
        }
        return g.expanded(over: axes, to: x.shape)
    }

    /// Bytes.
    private static let few = 1024

    private func written<Number>(_ g: Tensor, _ x: TensorType, _: Number.Type) -> Tensor {
        attempt { () throws(TensorError) in
            let result = try TensorValue(uninitialized: x)
            result.elements.assumingMemoryBound(to: Number.self)
                .initialize(repeating: g.value.elements.load(as: Number.self), count: x.shape.count)
            return Tensor(result)
        }
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(Sum(axes: axes.batched), inputs[0])
    }
}

extension Tensor {
    /// Repeats a reduced tensor over the axes that the reduction took away.
    package func expanded(over axes: AxisSet, to shape: Shape) -> Tensor {
        if rank == 0 { return shape.rank == 0 ? self : bind(Broadcast(shape: shape), self) }
        let kept = axes.kept(in: shape)
        let reshaped = self.shape == kept ? self : bind(Reshape(shape: kept), self)
        return kept == shape ? reshaped : bind(Broadcast(shape: shape), reshaped)
    }
}

/// The running sum along an axis. Linear; the transpose runs from the other end.
package struct CumulativeSum: LinearPrimitive {
    package static let name = "cumulative_sum"
    let axis: Int
    let reversed: Bool

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType { x }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let x = try x.contiguous()
        let result = try TensorValue(uninitialized: type)
        let (outer, length, inner) = type.shape.split(at: axis)
        // The parts of complex numbers are added up side by side.
        let width = type.dtype.isComplex ? 2 * inner : inner
        Parallel.run(count: outer, grain: max(Kernels.grain / max(length * width, 1), 1)) { rows in
            adj_cumulate(
                Int32(type.dtype.realType.rawValue), x.elements, result.elements, Int64(length), Int64(width),
                Int64(rows.lowerBound), Int64(rows.upperBound), 0, reversed ? 1 : 0)
        }
        return result
    }

    package func transpose(_ g: Tensor, to x: TensorType) -> Tensor {
        bind(CumulativeSum(axis: axis, reversed: !reversed), g)
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(CumulativeSum(axis: axis + 1, reversed: reversed), inputs[0])
    }
}

extension Shape {
    /// The numbers of elements before, along and after an axis.
    func split(at axis: Int) -> (outer: Int, length: Int, inner: Int) {
        var (outer, inner) = (1, 1)
        for index in 0..<axis { outer *= self[index] }
        for index in (axis + 1)..<Swift.max(rank, axis + 1) { inner *= self[index] }
        return (outer, self[axis], inner)
    }
}
