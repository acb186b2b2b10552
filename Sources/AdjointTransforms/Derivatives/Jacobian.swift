import AdjointCore
import AdjointRuntime

/// The Jacobian ∂fᵢ/∂xⱼ of a function with a tensor result: for each tensor of the arguments a tensor of the shape
/// [result's axes, tensor's axes].
///
/// - Parameter mode: columns by forward mode, rows by reverse mode, or the cheaper; `jacobianPlan` shows the choice.
/// - Fails: if no argument has floating-point elements, or a shape would have more than 8 axes.
public func jacobian<each Argument: TensorContainer>(
    of f: (repeat each Argument) throws -> Tensor, at arguments: repeat each Argument, mode: JacobianMode = .automatic
) rethrows -> (repeat each Argument) {
    let points = tensors(in: repeat each arguments)
    // Packs end here: inside, a function of an array of tensors.
    let rows = try jacobian(
        of: { (tensors: [Tensor]) in
            let inputs = replacing(repeat each arguments, with: tensors)
            return try f(repeat each inputs)
        }, points, mode)
    return replacing(repeat each arguments, with: rows)
}

/// How the Jacobian of a function would be accumulated, and why; `f` is run once.
public func jacobianPlan<each Argument: TensorContainer>(
    of f: (repeat each Argument) throws -> Tensor, at arguments: repeat each Argument, mode: JacobianMode = .automatic
) rethrows -> JacobianPlan {
    let value = try noGrad { try f(repeat each arguments) }
    return JacobianPlan(
        inputCount: elementCount(tensors(in: repeat each arguments)), outputCount: value.count, request: mode)
}

/// The matrix of second derivatives ∂²f/∂xᵢ∂xⱼ of a scalar function, of the shape [x's axes, x's axes]; forward mode over
/// reverse mode.
/// - Fails: if `f` gives no scalar, or `x` has no floating-point elements or more than 4 axes.
public func hessian(of f: (Tensor) throws -> Tensor, at x: Tensor) rethrows -> Tensor {
    try jacobian(of: { try gradient(of: f, at: $0) }, at: x, mode: .forward)
}

/// The elements that have derivatives.
private func elementCount(_ tensors: [Tensor]) -> Int {
    tensors.reduce(0) { $0 + ($1.dtype.isDifferentiable ? $1.count : 0) }
}

private func jacobian(
    of f: ([Tensor]) throws -> Tensor, _ points: [Tensor], _ mode: JacobianMode
) rethrows -> [Tensor] {
    if mode == .forward { return try jacobianByColumns(of: f, points) }
    let (value, pullback) = try vjp(f, at: points)
    if value.failure != nil { return points.map { _ in value } }
    let plan = JacobianPlan(inputCount: elementCount(points), outputCount: value.count, request: mode)
    if plan.mode == .forward { return try jacobianByColumns(of: f, points) }
    guard value.dtype.isDifferentiable else { return points.map { jacobianZeros(value, $0) } }
    let rows = vmap(
        { pullback($0[0]) },
        over: [Tensor.eye(value.count, dtype: value.dtype).reshaped([value.count] + value.shape.extents)])
    return zip(rows, points).map { row, x in
        row.failure == nil ? row.reshaped(value.shape.extents + x.shape.extents) : row
    }
}

private func jacobianByColumns(of f: ([Tensor]) throws -> Tensor, _ points: [Tensor]) rethrows -> [Tensor] {
    let (value, pushforward) = try linearize(f, at: points)
    if value.failure != nil { return points.map { _ in value } }
    let zeros = points.map { Tensor.zeros(like: $0) }
    return points.enumerated().map { position, x in
        guard x.dtype.isDifferentiable, value.dtype.isDifferentiable else { return jacobianZeros(value, x) }
        let basis = Tensor.eye(x.count, dtype: x.dtype).reshaped([x.count] + x.shape.extents)
        let columns = vmap(
            { direction in
                var tangents = zeros
                tangents[position] = direction
                return pushforward(tangents)
            }, over: basis)
        guard columns.failure == nil else { return columns }
        return columns.reshaped(x.count, value.count).transposed().reshaped(value.shape.extents + x.shape.extents)
    }
}

private func jacobianZeros(_ value: Tensor, _ x: Tensor) -> Tensor {
    Tensor.zeros(value.shape.extents + x.shape.extents, dtype: x.dtype)
}
