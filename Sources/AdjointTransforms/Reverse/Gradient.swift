import AdjointCore
import AdjointRuntime

/// The gradient of a scalar function: x̄ = (∂f/∂x)ᵀ, one value of each argument's structure.
///
/// Arguments are tensors or containers of tensors; integer tensors in them get zeros. What `f` closes over is constant, and
/// if it is recorded (an outer gradient, a leaf) the result is recorded with respect to it. Nests to any order.
///
///     let slope = gradient(of: { x in (x * x).sum() }, at: x)
///
/// - Fails: if `f` gives no scalar, or no argument has floating-point elements.
public func gradient<each Argument: TensorContainer>(
    of f: (repeat each Argument) throws -> Tensor, at arguments: repeat each Argument
) rethrows -> (repeat each Argument) {
    try valueWithGradient(of: f, at: repeat each arguments).gradient
}

/// The gradient of a scalar function, with the function as the last argument; see `gradient(of:at:)`.
public func gradient<each Argument: TensorContainer>(
    at arguments: repeat each Argument, of f: (repeat each Argument) throws -> Tensor
) rethrows -> (repeat each Argument) {
    try valueWithGradient(of: f, at: repeat each arguments).gradient
}

/// The value of a scalar function and its gradient; see `gradient(of:at:)`.
/// - Fails: if `f` gives no scalar, or no argument has floating-point elements.
public func valueWithGradient<each Argument: TensorContainer>(
    of f: (repeat each Argument) throws -> Tensor, at arguments: repeat each Argument
) rethrows -> (value: Tensor, gradient: (repeat each Argument)) {
    let result = try valueWithGradient(
        of: { (arguments: repeat each Argument) in (try f(repeat each arguments), NoTensors()) },
        at: repeat each arguments)
    return (result.value, result.gradient)
}

/// The value of a scalar function and its gradient, with the function as the last argument.
public func valueWithGradient<each Argument: TensorContainer>(
    at arguments: repeat each Argument, of f: (repeat each Argument) throws -> Tensor
) rethrows -> (value: Tensor, gradient: (repeat each Argument)) {
    try valueWithGradient(of: f, at: repeat each arguments)
}

/// The value and the gradient of a scalar function that gives something else besides.
///
/// Tensors in `auxiliary` that depend on nothing recorded outside come without a history.
/// - Fails: if `f` gives no scalar, or no argument has floating-point elements.
public func valueWithGradient<each Argument: TensorContainer, Auxiliary>(
    of f: (repeat each Argument) throws -> (Tensor, Auxiliary), at arguments: repeat each Argument
) rethrows -> (value: Tensor, gradient: (repeat each Argument), auxiliary: Auxiliary) {
    let name = "gradient"
    let all = tensors(in: repeat each arguments)
    let call: ReverseCall
    do throws(TensorError) {
        call = try ReverseCall(all, name) { tensorNames(in: repeat each arguments) }
    } catch {
        let failed = raise(error)
        let (_, auxiliary) = try f(repeat each arguments)
        return (failed, replacing(repeat each arguments, with: all.map { _ in failed }), auxiliary)
    }
    let inputs = replacing(repeat each arguments, with: call.inputs)
    let (value, auxiliary) = try enableGrad { try f(repeat each inputs) }
    do throws(TensorError) {
        let seed = try scalarSeed(value, name)
        let (gradients, dependsOnMore) = try call.cotangents(of: [value], [seed], isReusable: false)
        return (
            dependsOnMore ? value : value.withoutNode, replacing(repeat each arguments, with: gradients),
            dependsOnMore ? auxiliary : withoutNodes(auxiliary)
        )
    } catch {
        let failed = raise(error)
        return (failed, replacing(repeat each arguments, with: all.map { _ in failed }), auxiliary)
    }
}

/// The value and the gradient of a scalar function that gives something else besides, with the function as the last argument.
public func valueWithGradient<each Argument: TensorContainer, Auxiliary>(
    at arguments: repeat each Argument, of f: (repeat each Argument) throws -> (Tensor, Auxiliary)
) rethrows -> (value: Tensor, gradient: (repeat each Argument), auxiliary: Auxiliary) {
    try valueWithGradient(of: f, at: repeat each arguments)
}

/// Nothing, as a container.
private struct NoTensors: TensorContainer {}

/// What is made of tensors, without its records.
private func withoutNodes<Value>(_ value: Value) -> Value {
    guard Value.self != NoTensors.self, let container = value as? any TensorContainer else { return value }
    return container.mapTensors(\.withoutNode) as! Value
}
