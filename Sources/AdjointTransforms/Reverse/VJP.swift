import AdjointCore
import AdjointRuntime

/// The value of a function and its pullback: a function from a cotangent ȳ of the value to the cotangents
/// x̄ = (∂f/∂x)ᵀ ȳ of the arguments.
///
/// The pullback can be called any number of times; it keeps what the call of `f` saved. It is linear, and can be
/// differentiated itself, batched with `vmap`, and applied to cotangents of any transform.
///
///     let (y, pullback) = vjp({ x in x * x }, at: x)
///     let cotangent = pullback(Tensor.ones(like: y))
///
/// - Fails: if no argument has floating-point elements; the pullback, if it is given a cotangent of another shape or type.
public func vjp<each Argument: TensorContainer, Value: TensorContainer>(
    _ f: (repeat each Argument) throws -> Value, at arguments: repeat each Argument
) rethrows -> (value: Value, pullback: @Sendable (Value) -> (repeat each Argument)) {
    let all = tensors(in: repeat each arguments)
    let call: ReverseCall
    do throws(TensorError) {
        call = try ReverseCall(all, "vjp") { tensorNames(in: repeat each arguments) }
    } catch {
        let failed = raise(error)
        return (
            try f(repeat each arguments).mapTensors { _ in failed },
            { [arguments = (repeat each arguments)] _ in
                replacing(repeat each arguments, with: all.map { _ in failed })
            }
        )
    }
    let inputs = replacing(repeat each arguments, with: call.inputs)
    let result = try enableGrad { try f(repeat each inputs) }
    let (outputs, names) = (result.tensors, tensorNames(in: result))
    let pullback = { @Sendable [arguments = (repeat each arguments)] (cotangent: Value) in
        var found: [Tensor]
        do throws(TensorError) {
            let cotangents = cotangent.tensors
            try checkAlike(outputs, names, cotangents, "vjp", "cotangent")
            found = try call.cotangents(of: outputs, cotangents, isReusable: true).values
        } catch {
            let failed = raise(error)
            found = all.map { _ in failed }
        }
        return replacing(repeat each arguments, with: found)
    }
    let depends = isGradEnabled && dependsOnMore(outputs, than: call.inputs, search: call.search)
    return (depends ? result : result.mapTensors(\.withoutNode), pullback)
}

/// Applies the transpose of a linear function: x̄ = fᵀ ȳ, of the structure and types of `arguments`, whose numbers do not matter.
///
/// - Fails: if the cotangent is not of the shape and type of `f`'s value.
public func linearTranspose<each Argument: TensorContainer, Value: TensorContainer>(
    of f: (repeat each Argument) throws -> Value, like arguments: repeat each Argument
) rethrows -> @Sendable (Value) -> (repeat each Argument) {
    let zeros = replacing(
        repeat each arguments, with: tensors(in: repeat each arguments).map { Tensor.zeros(like: $0) })
    return try vjp(f, at: repeat each zeros).pullback
}
