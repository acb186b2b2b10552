import AdjointRuntime
import CKernels
import Synchronization

/// The positions that sort x along an axis. NaN is the largest; equal elements keep their order, descending too.
package struct ArgSort: UnaryPrimitive, NonDifferentiable {
    package static let name = "argsort"
    package static let reason = "an index is a whole number"
    let axis: Int
    let descending: Bool

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType { TensorType(x.shape, .int64) }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try Columns.run(Self.name, x, axis, type) { columns, result in
            adj_argsort(
                columns.dtype, columns.elements, result, columns.length, columns.inner, columns.begin, columns.end,
                descending ? 1 : 0)
        }
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(ArgSort(axis: axis + 1, descending: descending), inputs[0])
    }
}

/// The position of the most frequent element along an axis: of the smallest such element, the last place.
package struct ArgMode: UnaryPrimitive, NonDifferentiable {
    package static let name = "mode"
    package static let reason = "an index is a whole number"
    let axis: Int

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        guard x.shape[axis] > 0 else {
            throw TensorError(
                .empty, Self.name, "\(x.shape) has no elements along axis \(axis)",
                "check that the tensor is not empty before reducing it")
        }
        return TensorType(x.shape.removing(axis), .int64)
    }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try Columns.run(Self.name, x, axis, type) { columns, result in
            adj_arg_mode(
                columns.dtype, columns.elements, result, columns.length, columns.inner, columns.begin, columns.end)
        }
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(ArgMode(axis: axis + 1), inputs[0])
    }
}

/// The position of the largest or smallest element so far along an axis, the latest of equal ones; a NaN stays.
package struct CumulativeArgExtreme: UnaryPrimitive, NonDifferentiable {
    package static let name = "cumulative_arg_extreme"
    package static let reason = "an index is a whole number"
    let axis: Int
    let largest: Bool

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType { TensorType(x.shape, .int64) }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try Columns.run(Self.name, x, axis, type) { columns, result in
            adj_cumulative_arg_extreme(
                columns.dtype, columns.elements, result, columns.length, columns.inner, columns.begin, columns.end,
                largest ? 1 : 0)
            return 0
        }
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(CumulativeArgExtreme(axis: axis + 1, largest: largest), inputs[0])
    }
}

/// How many elements of each sorted row [rows, length] are below values [rows, k]; `right`: not above.
package struct SearchSorted: BinaryPrimitive, NonDifferentiable {
    package static let name = "searchsorted"
    package static let reason = "an index is a whole number"
    let right: Bool

    package func resultType(_ sorted: TensorType, _ values: TensorType) throws(TensorError) -> TensorType {
        guard !values.dtype.isComplex else { throw TensorError.noComplex(Self.name, values) }
        return TensorType(values.shape, .int64)
    }

    package func execute(
        _ sorted: TensorValue, _ values: TensorValue, _ type: TensorType
    ) throws(TensorError) -> TensorValue {
        let (sorted, values) = (try sorted.contiguous(), try values.contiguous())
        let result = try TensorValue(uninitialized: type)
        let (length, k) = (sorted.shape[1], type.shape[1])
        Parallel.run(count: type.shape[0], grain: max(Kernels.grain / 8 / max(k, 1), 1)) { rows in
            adj_search_sorted(
                Int32(sorted.dtype.rawValue), sorted.elements, values.elements,
                result.elements.assumingMemoryBound(to: Int64.self), Int64(length), Int64(k), Int64(rows.lowerBound),
                Int64(rows.upperBound), right ? 1 : 0)
        }
        return result
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        let all = Tensor.mappedAlike(inputs, mapped, size)
        let rows = all.map { $0.reshaped($0.shape[0] * $0.shape[1], $0.shape[2]) }
        return bind(self, rows[0], rows[1]).reshaped(all[1].shape.extents)
    }
}

/// Columns along an axis, cut for the thread pool, whose kernel gives positions.
private struct Columns {
    let dtype: Int32
    let elements: UnsafeRawPointer
    let length: Int64
    let inner: Int64
    let begin: Int64
    let end: Int64

    static func run(
        _ name: String, _ x: TensorValue, _ axis: Int, _ type: TensorType,
        _ kernel: (Columns, UnsafeMutablePointer<Int64>) -> Int32
    ) throws(TensorError) -> TensorValue {
        guard !x.dtype.isComplex else { throw TensorError.noComplex(name, x.type) }
        let x = try x.contiguous()
        let result = try TensorValue(uninitialized: type)
        let (outer, length, inner) = x.shape.split(at: axis)
        let target = result.elements.assumingMemoryBound(to: Int64.self)
        let failed = Atomic(false)
        Parallel.run(count: outer, grain: max(Kernels.grain / 16 / max(length * inner, 1), 1)) { rows in
            let columns = Columns(
                dtype: Int32(x.dtype.rawValue), elements: x.elements, length: Int64(length), inner: Int64(inner),
                begin: Int64(rows.lowerBound), end: Int64(rows.upperBound))
            if kernel(columns, target) != 0 { failed.store(true, ordering: .relaxed) }
        }
        guard !failed.load(ordering: .relaxed) else {
            throw TensorError(
                .outOfMemory, name, "there is no memory for sorting along axis \(axis) of \(x.shape)",
                "sort smaller parts")
        }
        return result
    }
}
