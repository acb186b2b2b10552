import AdjointRuntime
import CKernels

/// Matrix products [..., m, k] · [..., k, n] with equal leading extents. Bilinear: ā = c̄ bᵀ, b̄ = aᵀ c̄.
package struct MatrixProduct: BilinearPrimitive {
    package static let name = "matmul"

    package func resultType(_ a: TensorType, _ b: TensorType) throws(TensorError) -> TensorType {
        let rank = a.shape.rank
        return TensorType(a.shape.replacing(rank - 1, with: b.shape[rank - 1]), a.dtype)
    }

    package func execute(_ a: TensorValue, _ b: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        guard a.shape.count > 0, type.shape.count > 0 else { return try Kernels.fill(type, 0) }
        let result = try TensorValue(uninitialized: type)
        write(result, try Operand(a), try Operand(b), adding: false)
        return result
    }

    /// Writes the product of matrices that are not empty, or adds it.
    private func write(_ result: TensorValue, _ left: Operand, _ right: Operand, adding: Bool) {
        let (type, rank) = (result.type, result.shape.rank)
        let (m, n, k) = (type.shape[rank - 2], type.shape[rank - 1], left.value.shape[rank - 1])
        let batch = type.shape.count / (m * n)
        let size = type.dtype.size

        func product(_ index: Int) {
            let target = result.elements + index * m * n * size
            let (x, y) = (left.matrix(index), right.matrix(index))
            if type.dtype.isDifferentiable {
                BLAS.multiply(type.dtype, m: m, n: n, k: k, x, y, into: target, adding: adding)
            } else {
                adj_integer_matmul(
                    Int32(type.dtype.rawValue), Int64(m), Int64(n), Int64(k), x.elements, x.rowStride, x.columnStride,
                    y.elements, y.rowStride, y.columnStride, target)
            }
        }
        if batch == 1 {
            product(0)
        } else {
            Parallel.run(count: batch, grain: max((1 << 18) / (m * n * k), 1)) { range in
                for index in range { product(index) }
            }
        }
    }

    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int {
        guard inputs[0].shape.count > 0, type.shape.count > 0 else { return 0 }
        return inputs.reduce(0) { $0 + (Operand.isReadable($1) ? 0 : $1.type.byteCount) }
    }

    package func transposeFirst(_ g: Tensor, _ b: Tensor) -> Tensor { bind(self, g, b.matrixTransposed()) }
    package func transposeSecond(_ g: Tensor, _ a: Tensor) -> Tensor { bind(self, a.matrixTransposed(), g) }

    // A weight that is used again and again collects the products in place.
    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        if saved.needs(0) { add(g, saved.input(1).conj().matrixTransposed(), to: 0, of: saved, &send) }
        if saved.needs(1) { add(saved.input(0).conj().matrixTransposed(), g, to: 1, of: saved, &send) }
    }

    private func add(
        _ a: Tensor, _ b: Tensor, to index: Int, of saved: borrowing Saved, _ send: inout CotangentSink
    ) {
        let isAdded =
            a.isPlainReal && b.isPlainReal && a.count > 0 && b.count > 0
            && send.add(to: index, of: saved) { sum in
                guard let left = try? Operand(a.value), let right = try? Operand(b.value) else { return false }
                write(sum, left, right, adding: true)
                return true
            }
        guard !isAdded else { return }
        send.add(pending(a, b) ?? bind(self, a, b), to: index, of: saved)
    }

    /// The product of a column and a row, not yet written, where it is large enough to be worth it.
    private func pending(_ a: Tensor, _ b: Tensor) -> Tensor? {
        guard a.isPlainReal, b.isPlainReal, a.rank == 2, a.shape[1] == 1, a.count > 1, b.count > 1,
            a.count * b.count * a.dtype.size >= Self.largeProduct
        else { return nil }
        return attempt { () throws(TensorError) in Tensor(try TensorValue(pendingProductOf: a.value, b.value)) }
    }

    /// Bytes from which on a product of two vectors is not written before somebody reads it.
    private static let largeProduct = 1 << 16

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        let (a, b) = (inputs[0], inputs[1])
        if mapped[0], !mapped[1], b.rank == 2 {
            // All examples' rows make one taller matrix.
            return bind(self, a.reshaped(size * a.shape[1], a.shape[2]), b).reshaped(size, a.shape[1], b.shape[1])
        }
        let all = Tensor.mappedAlike(inputs, mapped, size)
        return bind(self, all[0], all[1])
    }

    /// A stack of matrices that BLAS can read: rows or columns without gaps.
    private struct Operand {
        let value: TensorValue
        let strides: Strides
        let transposed: Bool
        let leading: Int

        init(_ value: TensorValue) throws(TensorError) {
            let rank = value.shape.rank
            let (rows, columns) = (value.shape[rank - 2], value.shape[rank - 1])
            let strides = value.strides
            if Self.hasPlainRows(value) {
                (self.value, self.strides, transposed) = (value, strides, false)
                leading = rows == 1 ? max(columns, 1) : strides[rank - 2]
            } else if Self.hasPlainColumns(value) {
                (self.value, self.strides, transposed) = (value, strides, true)
                leading = columns == 1 ? max(rows, 1) : strides[rank - 1]
            } else {
                self.value = try value.contiguous()
                self.strides = Strides(contiguous: value.shape)
                (transposed, leading) = (false, columns)
            }
        }

        /// Whether BLAS reads the value where it is.
        static func isReadable(_ value: TensorValue) -> Bool { hasPlainRows(value) || hasPlainColumns(value) }

        private static func hasPlainRows(_ value: TensorValue) -> Bool {
            let rank = value.shape.rank
            let (rows, columns, strides) = (value.shape[rank - 2], value.shape[rank - 1], value.strides)
            return (columns == 1 || strides[rank - 1] == 1) && (rows == 1 || strides[rank - 2] >= max(columns, 1))
        }

        private static func hasPlainColumns(_ value: TensorValue) -> Bool {
            let rank = value.shape.rank
            let (rows, columns, strides) = (value.shape[rank - 2], value.shape[rank - 1], value.strides)
            return (rows == 1 || strides[rank - 2] == 1) && (columns == 1 || strides[rank - 1] >= max(rows, 1))
        }

        /// The matrix at a row-major position of the leading axes.
        func matrix(_ index: Int) -> BLAS.Matrix {
            var (rest, offset) = (index, 0)
            for axis in stride(from: value.shape.rank - 3, through: 0, by: -1) {
                offset += rest % value.shape[axis] * strides[axis]
                rest /= value.shape[axis]
            }
            return BLAS.Matrix(
                elements: value.elements + offset * value.dtype.size, transposed: transposed, leading: leading)
        }
    }
}

extension BLAS.Matrix {
    fileprivate var rowStride: Int64 { Int64(transposed ? 1 : leading) }
    fileprivate var columnStride: Int64 { Int64(transposed ? leading : 1) }
}

/// The inner product of two vectors, Σ xᵢ yᵢ. Bilinear: x̄ = z̄ y, ȳ = z̄ x.
package struct Dot: BilinearPrimitive {
    package static let name = "dot"

    package func resultType(_ x: TensorType, _ y: TensorType) throws(TensorError) -> TensorType {
        TensorType(Shape(), x.dtype)
    }

    package func execute(_ x: TensorValue, _ y: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let products = try TensorValue(uninitialized: x.type)
        Multiply.compiled.forward.run(x, y, into: products)
        let sum = try Reduction.run(
            ADJ_REDUCE_SUM, products, .all(1), TensorType(Shape(), type.dtype.isDifferentiable ? type.dtype : .int64))
        return sum.dtype == type.dtype ? sum : try Kernels.cast(sum, to: type.dtype)
    }

    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int {
        let bytes = inputs[0].type.byteCount
        return bytes
            + Reduction.workspace(
                ADJ_REDUCE_SUM, TensorValue(standIn: inputs[0].type), .all(1), type)
    }

    package func transposeFirst(_ g: Tensor, _ y: Tensor) -> Tensor { g.expanded(over: .all(1), to: y.shape) * y }
    package func transposeSecond(_ g: Tensor, _ x: Tensor) -> Tensor { x * g.expanded(over: .all(1), to: x.shape) }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        let all = Tensor.mappedAlike(inputs, mapped, size)
        let products = all[0] * all[1]
        return bind(Sum(axes: .all(1).batched), products).to(products.dtype)
    }
}
