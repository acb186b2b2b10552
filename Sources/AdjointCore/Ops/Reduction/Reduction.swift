import AdjointRuntime
import CKernels

/// How reductions over any axes become the kernels' [outer, reduce, inner].
enum Reduction {
    /// Elements along the reduced extent that one piece of work takes: a fixed size, so the tree is fixed.
    static let piece = 1 << 16

    /// Reduces `axes` away; `type` is the result's.
    static func run(
        _ kind: adj_reduction, _ x: TensorValue, _ axes: AxisSet, _ type: TensorType
    ) throws(TensorError) -> TensorValue {
        if x.dtype.isComplex { return try runComplex(kind, x, axes, type) }
        if let whole = try reduceWhole(kind, x, axes, type) { return whole }
        let accumulator = accumulator(kind, x.dtype)
        guard let partials = try partials(Int32(kind.rawValue), x, axes, accumulator) else {
            return try Kernels.fill(type, identity(Int32(kind.rawValue)))
        }
        if accumulator == type.dtype { return partials.retyped(type) }
        return try Kernels.cast(partials.retyped(TensorType(type.shape, accumulator)), to: type.dtype)
    }

    private static func accumulator(_ kind: adj_reduction, _ dtype: DType) -> DType {
        DType(rawValue: UInt8(adj_accumulator_dtype(Int32(kind.rawValue), Int32(dtype.rawValue))))!
    }

    /// The results in the accumulator's type; nil if there is nothing to reduce. A copy of x that is made goes with the call.
    private static func partials(
        _ kind: Int32, _ x: TensorValue, _ axes: AxisSet, _ accumulator: DType
    ) throws(TensorError) -> TensorValue? {
        let (x, outer, length, inner) = try arranged(x, axes)
        return length > 0 ? try sums(kind, x, accumulator, outer, length, inner) : nil
    }

    /// Bytes that `run` holds besides the result.
    static func workspace(_ kind: adj_reduction, _ x: TensorValue, _ axes: AxisSet, _ type: TensorType) -> Int {
        if isWhole(kind, x, axes) { return 0 }
        return workspace(kind, arrangement(x, axes).x.isContiguous ? 0 : x.type.byteCount, x.type, axes, type)
    }

    /// The same where x takes `copy` bytes once more.
    static func workspace(
        _ kind: adj_reduction, _ copy: Int, _ x: TensorType, _ axes: AxisSet, _ type: TensorType
    ) -> Int {
        // Complex numbers are added as twice as many real ones.
        let isComplex = x.dtype.isComplex && kind == ADJ_REDUCE_SUM
        let accumulator = isComplex ? .float64 : accumulator(kind, x.dtype)
        let sizes = (x.shape.count, axes.removed(from: x.shape).count)
        let (count, results) = isComplex ? (2 * sizes.0, 2 * sizes.1) : sizes
        guard count > 0, results > 0 else { return copy }
        let bytes = results * accumulator.size
        // One long reduction is cut along the reduced extent; what stands behind it is the result.
        let slice = max(piece / results, 1)
        let isLong = x.leadsWith(axes) && count / results > slice
        let parts = isLong ? (count / results + slice - 1) / slice * bytes : 0
        if type.dtype == (isComplex ? .complex128 : accumulator) { return copy + parts }
        return max(copy + parts + bytes - type.byteCount, bytes)
    }

    /// A sum of complex numbers is the sums of their parts, and a sum of squared magnitudes that of the parts' squares: the parts are
    /// neighbours in memory.
    private static func runComplex(
        _ kind: adj_reduction, _ x: TensorValue, _ axes: AxisSet, _ type: TensorType
    ) throws(TensorError) -> TensorValue {
        if kind == ADJ_REDUCE_ANY || kind == ADJ_REDUCE_ALL {
            return try run(kind, try Kernels.cast(x, to: .bool), axes, type)
        }
        guard kind == ADJ_REDUCE_SUM || kind == ADJ_REDUCE_SUMSQ else {
            throw TensorError.noComplex("reduce", TensorType(x.shape, x.dtype))
        }
        let (x, outer, length, inner) = try arranged(x, axes)
        guard length > 0, outer * inner > 0 else { return try Kernels.fill(type, 0) }
        let parts = x.retyped(TensorType(Shape([outer * length * inner * 2]), x.dtype.realType))
        let sums = try sums(Int32(kind.rawValue), parts, .float64, outer, length, inner * 2)
        if kind == ADJ_REDUCE_SUM {
            let result = sums.retyped(TensorType(type.shape, .complex128))
            return type.dtype == .complex128 ? result : try Kernels.cast(result, to: type.dtype)
        }
        let pairs = try Self.sums(Int32(ADJ_REDUCE_SUM.rawValue), sums, .float64, outer * inner, 2, 1)
        return try Kernels.cast(pairs.retyped(TensorType(type.shape, .float64)), to: type.dtype)
    }

    /// The sum (of squares or absolute values) of all elements of a small contiguous float tensor: what small programs
    /// reduce most, without a step between.
    private static func reduceWhole(
        _ kind: adj_reduction, _ x: TensorValue, _ axes: AxisSet, _ type: TensorType
    ) throws(TensorError) -> TensorValue? {
        guard let sum = accumulated(kind, x, axes) else { return nil }
        let result = try TensorValue(uninitialized: type)
        result.store(sum)
        return result
    }

    /// The double-precision accumulator of such a reduction; nil if it is another.
    static func accumulated(_ kind: adj_reduction, _ x: TensorValue, _ axes: AxisSet) -> Double? {
        guard isWhole(kind, x, axes) else { return nil }
        let count = x.shape.count
        var sum = 0.0
        adj_reduce(
            Int32(kind.rawValue), Int32(x.dtype.rawValue), x.elements, &sum, Int64(count), 1, 0, 1, 0, Int64(count))
        return sum
    }

    private static func isWhole(_ kind: adj_reduction, _ x: TensorValue, _ axes: AxisSet) -> Bool {
        let count = x.shape.count
        return x.isContiguous && x.dtype.isFloatingPoint && count > 0 && count <= piece && axes.isAll(x.shape.rank)
            && kind.rawValue <= ADJ_REDUCE_SUMABS.rawValue
    }

    /// The index of the first extreme along one axis.
    static func argExtreme(
        _ x: TensorValue, axis: Int, largest: Bool, _ type: TensorType
    ) throws(TensorError) -> TensorValue {
        guard !x.dtype.isComplex else { throw TensorError.noComplex("argExtreme", x.type) }
        let x = try x.contiguous()
        let (outer, length, inner) = x.shape.split(at: axis)
        let result = try TensorValue(uninitialized: type)
        let target = result.elements.assumingMemoryBound(to: Int64.self)
        Parallel.run(count: outer, grain: max(piece / max(length * inner, 1), 1)) { rows in
            adj_arg_extreme(
                Int32(x.dtype.rawValue), x.elements, target + rows.lowerBound * inner, Int64(length), Int64(inner),
                Int64(rows.lowerBound), Int64(rows.upperBound), largest ? 1 : 0)
        }
        return result
    }

    private static func sums(
        _ kind: Int32, _ x: TensorValue, _ accumulator: DType, _ outer: Int, _ length: Int, _ inner: Int
    ) throws(TensorError) -> TensorValue {
        let dtype = Int32(x.dtype.rawValue)
        let rowElements = length * inner
        let slice = max(piece / max(inner, 1), 1)
        if outer != 1 || length <= slice {
            let result = try TensorValue(uninitialized: TensorType(Shape(checking: [outer * inner])!, accumulator))
            Parallel.run(count: outer, grain: max(piece / max(rowElements, 1), 1)) { rows in
                adj_reduce(
                    kind, dtype, x.elements, result.elements + rows.lowerBound * inner * accumulator.size,
                    Int64(length), Int64(inner), Int64(rows.lowerBound), Int64(rows.upperBound), 0, Int64(length))
            }
            return result
        }
        // One long reduction: pieces of a fixed length, then a tree over the pieces.
        let pieces = (length + slice - 1) / slice
        let parts = try TensorValue(uninitialized: TensorType(Shape(checking: [pieces * inner])!, accumulator))
        let result = try TensorValue(uninitialized: TensorType(Shape(inner), accumulator))
        Parallel.run(pieces: pieces) { index in
            adj_reduce(
                kind, dtype, x.elements, parts.elements + index * inner * accumulator.size, Int64(length), Int64(inner),
                0, 1, Int64(index * slice), Int64(min((index + 1) * slice, length)))
        }
        adj_reduce_combine(kind, Int32(accumulator.rawValue), parts.elements, Int64(pieces), Int64(inner))
        result.elements.copyMemory(from: parts.elements, byteCount: result.type.byteCount)
        return result
    }

    /// x contiguous with the reduced axes side by side.
    static func arranged(
        _ x: TensorValue, _ axes: AxisSet
    ) throws(TensorError) -> (TensorValue, outer: Int, length: Int, inner: Int) {
        let (x, outer, length, inner) = arrangement(x, axes)
        return (try x.contiguous(), outer, length, inner)
    }

    private static func arrangement(
        _ x: TensorValue, _ axes: AxisSet
    ) -> (x: TensorValue, outer: Int, length: Int, inner: Int) {
        let rank = x.shape.rank
        let reduced = (0..<rank).filter { axes.contains($0) && x.shape[$0] != 1 }
        if let first = reduced.first, let last = reduced.last,
            reduced.count + (first...last).count(where: { x.shape[$0] == 1 && !reduced.contains($0) }) != last - first
                + 1
        {
            let order = (0..<rank).filter { !axes.contains($0) } + (0..<rank).filter { axes.contains($0) }
            let strides = x.strides
            let moved = x.view(Shape(order.map { x.shape[$0] }), strides: Strides(order.map { strides[$0] }))
            let length = reduced.reduce(1) { $0 * x.shape[$1] }
            return (moved, length == 0 ? 0 : x.shape.count / length, length, 1)
        }
        guard let first = reduced.first, let last = reduced.last else {
            let isEmpty = (0..<rank).contains { axes.contains($0) && x.shape[$0] == 0 }
            return (x, isEmpty ? 0 : x.shape.count, isEmpty ? 0 : 1, 1)
        }
        let outer = (0..<first).reduce(1) { $0 * x.shape[$1] }
        let length = (first...last).reduce(1) { $0 * x.shape[$1] }
        let inner = (last + 1..<max(rank, last + 1)).reduce(1) { $0 * x.shape[$1] }
        return (x, outer, length, inner)
    }

    private static func identity(_ kind: Int32) -> Scalar {
        kind == Int32(ADJ_REDUCE_PROD.rawValue) || kind == Int32(ADJ_REDUCE_ALL.rawValue) ? 1 : 0
    }
}

extension TensorType {
    /// Whether a reduction over these axes leaves no axis in front of them.
    fileprivate func leadsWith(_ axes: AxisSet) -> Bool {
        let reduced = (0..<shape.rank).filter { axes.contains($0) && shape[$0] != 1 }
        guard let first = reduced.first, let last = reduced.last else { return false }
        return (first...last).allSatisfy { axes.contains($0) || shape[$0] == 1 }
            && (0..<first).allSatisfy { shape[$0] == 1 }
    }
}
