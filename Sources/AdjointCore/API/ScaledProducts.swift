import AdjointRuntime

// β c + α a b under the names that PyTorch users know. c broadcasts; with β = 0 it is not read, so its NaN do no harm.

/// β c + α a b for matrices a and b.
/// - Fails: if the shapes do not fit.
public func addmm(
    _ c: Tensor, _ a: Tensor, _ b: Tensor, beta: some Number = 1, alpha: some Number = 1
) -> Tensor {
    scaledSum("addmm", c, [(a, 2), (b, 2)], beta.scalar, alpha.scalar) { a.matmul(b) }
}

/// β c + α a x for a matrix a and a vector x.
/// - Fails: if the shapes do not fit.
public func addmv(
    _ c: Tensor, _ a: Tensor, _ x: Tensor, beta: some Number = 1, alpha: some Number = 1
) -> Tensor {
    scaledSum("addmv", c, [(a, 2), (x, 1)], beta.scalar, alpha.scalar) { a.matmul(x) }
}

/// β c + α x yᵀ for vectors x and y.
/// - Fails: if the shapes do not fit.
public func addr(
    _ c: Tensor, _ x: Tensor, _ y: Tensor, beta: some Number = 1, alpha: some Number = 1
) -> Tensor {
    scaledSum("addr", c, [(x, 1), (y, 1)], beta.scalar, alpha.scalar) { outer(x, y) }
}

/// β c + α Σᵢ aᵢ bᵢ over stacks of matrices.
/// - Fails: if the shapes do not fit.
public func addbmm(
    _ c: Tensor, _ a: Tensor, _ b: Tensor, beta: some Number = 1, alpha: some Number = 1
) -> Tensor {
    scaledSum("addbmm", c, [(a, 3), (b, 3)], beta.scalar, alpha.scalar) { bmm(a, b).sum(axis: 0) }
}

/// β c + α a b for stacks of matrices.
/// - Fails: if the shapes do not fit.
public func baddbmm(
    _ c: Tensor, _ a: Tensor, _ b: Tensor, beta: some Number = 1, alpha: some Number = 1
) -> Tensor {
    scaledSum("baddbmm", c, [(a, 3), (b, 3)], beta.scalar, alpha.scalar) { bmm(a, b) }
}

/// The products of two stacks of equally many matrices, without broadcasting.
/// - Fails: if the operands are not stacks, or do not fit.
public func bmm(_ a: Tensor, _ b: Tensor) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [a, b].first(where: { $0.failure != nil }) { return failed }
        guard a.rank == 3, b.rank == 3, a.shape[0] == b.shape[0] else {
            throw TensorError(
                .shape, "bmm", "shapes \(a.shape) and \(b.shape) are not stacks of equally many matrices",
                "use matmul, which broadcasts")
        }
        return a.matmul(b)
    }
}

private func scaledSum(
    _ name: String, _ c: Tensor, _ operands: [(Tensor, Int)], _ beta: Scalar, _ alpha: Scalar, _ product: () -> Tensor
) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = ([c] + operands.map(\.0)).first(where: { $0.failure != nil }) { return failed }
        if let (operand, rank) = operands.first(where: { $0.0.rank != $0.1 }) {
            throw TensorError(
                .shape, name, "an operand of shape \(operand.shape) has not \(rank) axes",
                "use matmul, which broadcasts")
        }
        let product = product()
        if product.failure != nil { return product }
        guard Shape.broadcast(c.shape, product.shape) == product.shape else {
            throw TensorError(
                .shape, name, "\(c.shape) does not broadcast to the product's \(product.shape)",
                "aligned at the last axis, extents must be equal or 1")
        }
        let scaled = alpha == .int(1) ? product : product * alpha
        let dtype = DType.promoted(c.dtype, scaled.dtype)
        if beta.double == 0, beta.imaginary == 0 { return scaled.to(dtype) }
        return (beta == .int(1) ? c : c * beta) + scaled
    }
}
