import AdjointCore
import AdjointRuntime

/// The value of a function and its derivative along a tangent, in one forward pass.
public struct ForwardResult: Sendable {
    /// f(x).
    public let value: Tensor
    /// (∂f/∂x) ẋ, of the value's shape and type.
    public let tangent: Tensor
}

/// The value of `f` at `x` and the derivative of `f` along `tangent` there, by forward accumulation: (∂f/∂x) ẋ.
///
/// Costs a small multiple of `f` itself, whatever the number of outputs, and keeps nothing: an intermediate value and
/// its tangent go as soon as nothing reads them.
/// - Fails: if the tangent's shape or type is not that of `x`, or they are not floating-point.
public func jvp(_ f: (Tensor) throws -> Tensor, at x: Tensor, along tangent: Tensor) rethrows -> ForwardResult {
    try jvp({ try f($0[0]) }, at: [x], along: [tangent])
}

/// The value of a function of several tensors and its derivative along one tangent for each: Σᵢ (∂f/∂xᵢ) ẋᵢ.
public func jvp(
    _ f: ([Tensor]) throws -> Tensor, at inputs: [Tensor], along tangents: [Tensor]
) rethrows -> ForwardResult {
    do throws(TensorError) {
        try checkTangents(inputs, inputs.indices.map { "input \($0)" }, tangents)
    } catch {
        let failed = raise(error)
        return ForwardResult(value: failed, tangent: failed)
    }
    return try DualInterpreter.nested { interpreter in
        let result = try f(zip(inputs, tangents).map { interpreter.dual($0, $1) })
        let (value, tangent) = interpreter.split(result)
        return ForwardResult(value: value, tangent: tangent)
    }
}

/// The value of a function of containers and its derivative along one tangent for each argument: Σᵢ (∂f/∂xᵢ) ẋᵢ, a value of
/// the result's structure.
///
/// Integer tensors in an argument are constants: their tangents are not read.
/// - Fails: if a tangent's structure, shapes or types are not those of its argument, or nothing in them is floating-point.
@_disfavoredOverload
public func jvp<each Argument: TensorContainer, Value: TensorContainer>(
    _ f: (repeat each Argument) throws -> Value, at arguments: repeat each Argument,
    along tangents: repeat each Argument
) rethrows -> (value: Value, tangent: Value) {
    let (points, directions) = (tensors(in: repeat each arguments), tensors(in: repeat each tangents))
    do throws(TensorError) {
        try checkTangents(points, tensorNames(in: repeat each arguments), directions)
    } catch {
        let failed = raise(error)
        let result = try f(repeat each arguments).mapTensors { _ in failed }
        return (result, result)
    }
    return try DualInterpreter.nested { interpreter in
        let duals = zip(points, directions).map { $0.dtype.isDifferentiable ? interpreter.dual($0, $1) : $0 }
        let inputs = replacing(repeat each arguments, with: duals)
        let result = try f(repeat each inputs)
        let parts = result.tensors.map { interpreter.split($0) }
        return (replacing(in: result, with: parts.map(\.value)), replacing(in: result, with: parts.map(\.tangent)))
    }
}

/// Checks tangents against the point.
func checkTangents(
    _ points: [Tensor], _ names: @autoclosure () -> [String], _ tangents: [Tensor]
) throws(TensorError) {
    try checkAlike(points, names(), tangents, "jvp", "tangent")
    guard points.contains(where: { $0.dtype.isDifferentiable }) else {
        throw TensorError(
            points.isEmpty ? .argument : .dtype, "jvp",
            points.isEmpty
                ? "there are no tensors to differentiate with respect to"
                : "no argument has floating-point elements ("
                    + zip(names(), points).map { "\($0): \($1.type)" }.joined(separator: ", ") + ")",
            points.isEmpty ? "pass at least one tensor" : "convert them with x.to(.float32)")
    }
}

extension DualInterpreter {
    /// A result and its tangent, zeros where it has none.
    func split(_ result: Tensor) -> (value: Tensor, tangent: Tensor) {
        if result.failure != nil { return (result, result) }
        let (value, tangent) = parts(of: result)
        return (value, tangent ?? Tensor.zeros(like: value))
    }
}
