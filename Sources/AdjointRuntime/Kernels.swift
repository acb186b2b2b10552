import CKernels

/// The kernels in C, called on tensors' values and cut for the thread pool.
package enum Kernels {
    /// Elements below this are not worth a second thread.
    package static let grain = 1 << 16

    /// Writes `source` to `target`, a place for the same shape at `strides`.
    package static func copy(_ source: TensorValue, to target: UnsafeMutableRawPointer, strides: Strides) {
        let size = Int32(source.dtype.size)
        withDims(source.shape) { rank, dims in
            source.strides.withPointer { from in
                strides.withPointer { to in
                    Parallel.run(count: source.shape.count, grain: grain) { range in
                        adj_copy(
                            size, rank, dims, target, to, source.elements, from, Int64(range.lowerBound),
                            Int64(range.upperBound))
                    }
                }
            }
        }
    }

    package static func cast(_ source: TensorValue, to dtype: DType) throws(TensorError) -> TensorValue {
        let source = try source.contiguous()
        let result = try TensorValue(uninitialized: TensorType(source.shape, dtype))
        let (from, to) = (Int32(source.dtype.rawValue), Int32(dtype.rawValue))
        Parallel.run(count: source.shape.count, grain: grain) { range in
            adj_cast(
                from, source.elements + range.lowerBound * source.dtype.size, to,
                result.elements + range.lowerBound * dtype.size, Int64(range.count))
        }
        return result
    }

    package static func fill(_ type: TensorType, _ scalar: Scalar) throws(TensorError) -> TensorValue {
        let result = try TensorValue(uninitialized: type)
        let constant = adj_constant(scalar)
        Parallel.run(count: type.shape.count, grain: grain) { range in
            adj_fill(
                Int32(type.dtype.rawValue), result.elements + range.lowerBound * type.dtype.size, constant,
                Int64(range.count))
        }
        return result
    }

    /// Calls `body` with the rank and the extents of a shape.
    package static func withDims<R>(_ shape: Shape, _ body: (Int32, UnsafePointer<Int64>) -> R) -> R {
        var dims = SIMD16<Int64>.zero
        for axis in 0..<shape.rank { dims[axis] = Int64(shape[axis]) }
        return withUnsafeBytes(of: dims) {
            body(Int32(shape.rank), $0.baseAddress!.assumingMemoryBound(to: Int64.self))
        }
    }
}

extension adj_constant {
    /// A number as programs of each kind read it.
    package init(_ scalar: Scalar) {
        self.init(f: scalar.double, i: Int64(scalar.int), im: scalar.imaginary)
    }
}
