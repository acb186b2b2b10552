import AdjointCore
import AdjointRuntime

/// The Hessian of a scalar function times a vector, H v, of the arguments' structure, without the Hessian: forward mode over
/// reverse mode, at a small multiple of the cost of `f`.
/// - Fails: if `f` gives no scalar, or the vector is not of the arguments' structure, shapes and types.
public func hessianVectorProduct<each Argument: TensorContainer>(
    of f: (repeat each Argument) throws -> Tensor, at arguments: repeat each Argument,
    along vector: repeat each Argument
) rethrows -> (repeat each Argument) {
    let points = tensors(in: repeat each arguments)
    // Packs end here: inside, a function of an array of tensors.
    let product = try jvp(
        { (point: [Tensor]) -> [Tensor] in
            try gradient(
                of: { (tensors: [Tensor]) -> Tensor in
                    let inputs = replacing(repeat each arguments, with: tensors)
                    return try f(repeat each inputs)
                }, at: point)
        }, at: points, along: tensors(in: repeat each vector)
    ).tangent
    return replacing(repeat each arguments, with: product)
}

/// A vector times the Hessian of a scalar function, vᵀ H, of the arguments' structure: reverse mode over reverse mode. Equal to
/// `hessianVectorProduct` where the second derivatives are continuous.
/// - Fails: if `f` gives no scalar, or the vector is not of the arguments' structure, shapes and types.
public func vectorHessianProduct<each Argument: TensorContainer>(
    of f: (repeat each Argument) throws -> Tensor, at arguments: repeat each Argument,
    along vector: repeat each Argument
) rethrows -> (repeat each Argument) {
    let points = tensors(in: repeat each arguments)
    let product = try vjp(
        { (point: [Tensor]) -> [Tensor] in
            try gradient(
                of: { (tensors: [Tensor]) -> Tensor in
                    let inputs = replacing(repeat each arguments, with: tensors)
                    return try f(repeat each inputs)
                }, at: point)
        }, at: points
    ).pullback(tensors(in: repeat each vector))
    return replacing(repeat each arguments, with: product)
}

/// The Laplacian Σᵢ ∂²f/∂xᵢ² of a scalar function: the trace of the Hessian, which is not formed.
/// - Fails: if `f` gives no scalar, or `x` has no floating-point elements.
public func laplacian(of f: (Tensor) throws -> Tensor, at x: Tensor) rethrows -> Tensor {
    try divergence(of: { try gradient(of: f, at: $0) }, at: x)
}

/// The divergence Σᵢ ∂fᵢ/∂xᵢ of a vector field: the trace of the Jacobian, which is not formed.
/// - Fails: if the value of `f` has another shape or type than `x`, or `x` has no floating-point elements.
public func divergence(of f: (Tensor) throws -> Tensor, at x: Tensor) rethrows -> Tensor {
    let (value, pushforward) = try linearize(f, at: x)
    return attempt { () throws(TensorError) in
        if value.failure != nil { return value }
        guard value.type == x.type else {
            throw TensorError(
                .shape, "divergence", "the function gave \(value.type) at a point of type \(x.type)",
                "a vector field has as many components as its point")
        }
        var total = Tensor.zeros([], dtype: x.dtype)
        for basis in basisChunks(x) {
            total = total + vmap({ direction in (pushforward(direction) * direction).sum() }, over: basis).sum()
        }
        return total
    }
}

/// The unit vectors of x's type, some at a time, so that memory grows with the point and not with its square.
private func basisChunks(_ x: Tensor) -> some Sequence<Tensor> {
    let places = Tensor.arange(x.count)
    return stride(from: 0, to: x.count, by: 64).lazy.map { start in
        let rows = Swift.min(64, x.count - start)
        let hits = places .== Tensor.arange(start, start + rows).reshaped(rows, 1)
        return hits.to(x.dtype).reshaped([rows] + x.shape.extents)
    }
}
