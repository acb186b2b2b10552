import AdjointRuntime

extension Tensor {
    /// The matrix product: vectors, matrices, or stacks of matrices whose leading axes broadcast.
    /// ā = c̄ bᵀ, b̄ = aᵀ c̄.
    /// - Fails: if the inner extents differ, or an operand is a scalar.
    public func matmul(_ other: Tensor) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, other].first(where: { $0.failure != nil }) { return failed }
            guard rank > 0, other.rank > 0 else {
                throw TensorError(
                    .shape, "matmul", "shapes \(shape) and \(other.shape): a scalar is not a matrix",
                    "use * to scale by a scalar")
            }
            let dtype = DType.promoted(self.dtype, other.dtype)
            var (a, b) = (to(dtype), other.to(dtype))
            if dtype == .bool { (a, b) = (a.to(.int64), b.to(.int64)) }
            if rank == 1 { a = a.reshaped(1, count) }
            if other.rank == 1 { b = b.reshaped(other.count, 1) }
            guard a.shape[a.rank - 1] == b.shape[b.rank - 2] else {
                throw TensorError(
                    .shape, "matmul",
                    "shapes \(shape) and \(other.shape): the inner extents \(a.shape[a.rank - 1]) and \(b.shape[b.rank - 2]) differ",
                    "the last extent of the left must equal the first of the right matrix; transpose one with .T")
            }
            var leading = Shape(a.shape.extents.dropLast(2))
            if a.rank > 2 || b.rank > 2 {
                guard let common = Shape.broadcast(leading, Shape(b.shape.extents.dropLast(2))) else {
                    throw TensorError(
                        .shape, "matmul", "the leading axes of \(shape) and \(other.shape) do not fit together",
                        "aligned at the last axis, leading extents must be equal or 1")
                }
                leading = common
            }
            // A stack times one matrix is one longer matrix times that matrix.
            let product: Tensor
            if b.rank == 2, a.rank > 2 {
                let kept = a.shape.extents.dropLast()
                product = bind(MatrixProduct(), a.reshaped(kept.reduce(1, *), a.shape[a.rank - 1]), b)
                    .reshaped(kept + [b.shape[1]])
            } else {
                product = bind(
                    MatrixProduct(), a.broadcastUnchecked(Shape(leading.extents + a.shape.extents.suffix(2))),
                    b.broadcastUnchecked(Shape(leading.extents + b.shape.extents.suffix(2))))
            }
            var extents = product.shape.extents
            if other.rank == 1 { extents.removeLast() }
            if rank == 1 { extents.remove(at: extents.count - (other.rank == 1 ? 1 : 2)) }
            return product.reshaped(extents)
        }
    }
}

/// The matrix product; see `Tensor.matmul`.
public func matmul(_ a: Tensor, _ b: Tensor) -> Tensor { a.matmul(b) }

/// The inner product of two vectors, Σ xᵢ yᵢ. x̄ = z̄ y, ȳ = z̄ x.
/// - Fails: if the operands are not vectors of the same length.
public func dot(_ x: Tensor, _ y: Tensor) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [x, y].first(where: { $0.failure != nil }) { return failed }
        guard x.rank == 1, x.shape == y.shape else {
            throw TensorError(
                .shape, "dot", "shapes \(x.shape) and \(y.shape) are not vectors of one length",
                "use matmul for matrices, or (x * y).sum()")
        }
        let promoted = DType.promoted(x.dtype, y.dtype)
        let dtype = promoted == .bool ? .int64 : promoted
        return bind(Dot(), x.to(dtype), y.to(dtype))
    }
}

/// The outer product of two vectors, zᵢⱼ = xᵢ yⱼ.
/// - Fails: if an operand is not a vector.
public func outer(_ x: Tensor, _ y: Tensor) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [x, y].first(where: { $0.failure != nil }) { return failed }
        guard x.rank == 1, y.rank == 1 else {
            throw TensorError(
                .shape, "outer", "shapes \(x.shape) and \(y.shape) are not both vectors", "flatten the operands first")
        }
        return x.reshaped(x.count, 1) * y
    }
}
