import AdjointRuntime
import CKernels

// A sum of what a program gives, without the program's result in memory.
extension Reduction {
    /// Rows longer than this are written to memory first.
    private static let longestRow = 1 << 18

    /// The sum over `axes` of a fusion's result, with the bits of `run`.
    static func sum(
        _ fusion: Fusion, _ inputs: [TensorValue], _ axes: AxisSet, _ type: TensorType
    ) throws(TensorError) -> TensorValue {
        let whole = TensorType(inputs[0].shape, fusion.resultType)
        guard let cut = Cut(whole.shape, axes) else {
            let values = try TensorValue(uninitialized: whole)
            fusion.program.run(fusion.dtype, whole.shape, Parameters(), operands: inputs, results: [values])
            return try run(ADJ_REDUCE_SUM, values, axes, type)
        }
        let sums = try partialSums(fusion, inputs, whole, cut)
        if type.dtype == .float64 { return sums.retyped(type) }
        return try Kernels.cast(sums.retyped(TensorType(type.shape, .float64)), to: type.dtype)
    }

    private static func partialSums(
        _ fusion: Fusion, _ inputs: [TensorValue], _ whole: TensorType, _ cut: Cut
    ) throws(TensorError) -> TensorValue {
        let (length, inner) = (cut.length, cut.inner)
        let (kind, dtype, size) = (Int32(ADJ_REDUCE_SUM.rawValue), Int32(whole.dtype.rawValue), whole.dtype.size)
        let sums = try TensorValue(uninitialized: TensorType(Shape([cut.outer * inner]), .float64))
        guard cut.pieces > 1 else {
            let row = length * inner
            let block = max(piece / max(row, 1), 1)
            fusion.program.withRunner(fusion.dtype, whole.shape, inputs) { runner in
                Parallel.run(count: cut.outer, grain: max(piece / max(row, 1), 1)) { rows in
                    withUnsafeTemporaryAllocation(byteCount: min(block, rows.count) * row * size, alignment: 64) {
                        scratch in
                        for first in stride(from: rows.lowerBound, to: rows.upperBound, by: block) {
                            let last = min(first + block, rows.upperBound)
                            runner.run((first * row)..<(last * row), into: scratch.baseAddress!, size)
                            adj_reduce(
                                kind, dtype, scratch.baseAddress!, sums.elements + first * inner * 8, Int64(length),
                                Int64(inner), 0, Int64(last - first), 0, Int64(length))
                        }
                    }
                }
            }
            return sums
        }
        let slice = cut.slice
        let parts = try TensorValue(uninitialized: TensorType(Shape([cut.pieces * inner]), .float64))
        fusion.program.withRunner(fusion.dtype, whole.shape, inputs) { runner in
            Parallel.run(pieces: cut.pieces) { index in
                let rows = (index * slice)..<min((index + 1) * slice, length)
                withUnsafeTemporaryAllocation(byteCount: rows.count * inner * size, alignment: 64) { scratch in
                    runner.run(
                        (rows.lowerBound * inner)..<(rows.upperBound * inner), into: scratch.baseAddress!, size)
                    adj_reduce(
                        kind, dtype, scratch.baseAddress!, parts.elements + index * inner * 8, Int64(rows.count),
                        Int64(inner), 0, 1, 0, Int64(rows.count))
                }
            }
        }
        adj_reduce_combine(kind, Int32(DType.float64.rawValue), parts.elements, Int64(cut.pieces), Int64(inner))
        sums.elements.copyMemory(from: parts.elements, byteCount: inner * 8)
        return sums
    }

    /// Bytes that `sum` holds besides the result.
    static func workspace(of fusion: Fusion, _ whole: TensorType, _ axes: AxisSet, _ type: TensorType) -> Int {
        guard let cut = Cut(whole.shape, axes) else {
            return whole.byteCount
                + workspace(ADJ_REDUCE_SUM, whole.isArranged(axes) ? 0 : whole.byteCount, whole, axes, type)
        }
        let sums = cut.outer * cut.inner * 8
        let parts = cut.pieces > 1 ? cut.pieces * cut.inner * 8 : 0
        return type.dtype == .float64 ? parts : max(sums + parts - type.byteCount, sums)
    }

    /// A contiguous shape as [outer, length, inner], cut as `run` cuts it; nil if the reduced axes are not side by side, or a row is
    /// too long for a block, or there is nothing to add.
    private struct Cut {
        var outer = 1
        var length = 1
        var inner = 1
        var slice = 1
        var pieces = 1

        init?(_ shape: Shape, _ axes: AxisSet) {
            let reduced = (0..<shape.rank).filter { axes.contains($0) && shape[$0] != 1 }
            guard let first = reduced.first, let last = reduced.last, shape.count > 0 else { return nil }
            for axis in first...last where shape[axis] != 1 && !axes.contains(axis) { return nil }
            for axis in 0..<first { outer *= shape[axis] }
            for axis in first...last { length *= shape[axis] }
            for axis in (last + 1)..<max(shape.rank, last + 1) { inner *= shape[axis] }
            slice = max(Reduction.piece / max(inner, 1), 1)
            if outer == 1, length > slice { pieces = (length + slice - 1) / slice }
            guard (pieces > 1 ? slice : length) * inner <= Reduction.longestRow else { return nil }
        }
    }
}

extension TensorType {
    /// Whether the axes to reduce stand side by side.
    fileprivate func isArranged(_ axes: AxisSet) -> Bool {
        let reduced = (0..<shape.rank).filter { axes.contains($0) && shape[$0] != 1 }
        guard let first = reduced.first, let last = reduced.last else { return true }
        return (first...last).allSatisfy { shape[$0] == 1 || axes.contains($0) }
    }
}
