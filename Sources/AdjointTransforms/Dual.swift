import AdjointCore
import AdjointRuntime

/// Forward mode: an interpreter of dual numbers x + ẋ ε, ε² = 0.
///
/// Each call of `jvp` makes its own interpreter one level above those under way, so tangents of different calls never mix (no perturbation confusion), and calls nest to any depth. An operation's tangent rule is
/// bound one level down, where it may itself be recorded or dual.
package final class DualInterpreter: Interpreter {
    package let level: Int

    private init(level: Int) { self.level = level }

    /// Calls `body` with a new interpreter above all that are under way: a function may close over values of outer ones,
    /// so levels come from the nesting of calls, not from the inputs.
    static func nested<Result>(_ body: (DualInterpreter) throws -> Result) rethrows -> Result {
        let interpreter = DualInterpreter(level: (Transforms.innermost?.level ?? 0) + 1)
        return try Transforms.$innermost.withValue(interpreter) { try body(interpreter) }
    }

    package func lift(_ tensor: Tensor) -> Tensor { dual(tensor, nil) }

    package func interpret<P: Primitive>(_ operation: P, _ inputs: [Tensor]) -> Tensor {
        let duals = inputs.map { $0.traced as! DualNumber }
        let primals = duals.map(\.primal)
        let result = bindDynamically(operation, primals)
        guard result.failure == nil else { return result }
        let tangents = duals.map(\.tangent)
        if let failed = tangents.lazy.compactMap({ $0 }).first(where: { $0.failure != nil }) { return failed }
        guard operation.nonDifferentiableReason == nil, tangents.contains(where: { $0 != nil }) else {
            return dual(result, nil)
        }
        return dual(result, operation.jvp(primals, tangents, result))
    }

    /// A tensor that stands for primal + tangent ε; nil is a zero tangent.
    func dual(_ primal: Tensor, _ tangent: Tensor?) -> Tensor {
        Tensor(DualNumber(interpreter: self, primal: primal, tangent: tangent), type: primal.type)
    }

    /// The two parts of a tensor under this interpreter.
    func parts(of tensor: Tensor) -> (primal: Tensor, tangent: Tensor?) {
        guard let number = tensor.traced as? DualNumber, number.interpreter === self else { return (tensor, nil) }
        return (number.primal, number.tangent)
    }
}

/// A value with its tangent.
private struct DualNumber: TracedValue {
    let interpreter: any Interpreter
    let primal: Tensor
    let tangent: Tensor?

    var concrete: Tensor? { primal }
}

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
    guard inputs.count == tangents.count else {
        let failed = raise(
            TensorError(
                .argument, "jvp", "\(inputs.count) inputs were given \(tangents.count) tangents",
                "give one tangent an input"))
        return ForwardResult(value: failed, tangent: failed)
    }
    for (index, (x, t)) in zip(inputs, tangents).enumerated() {
        if let failed = [x, t].first(where: { $0.failure != nil }) {
            return ForwardResult(value: failed, tangent: failed)
        }
        guard x.type == t.type, x.dtype.isDifferentiable else {
            let failed = raise(
                TensorError(
                    x.shape == t.shape ? .dtype : .shape, "jvp",
                    "input \(index) of type \(x.type) was given a tangent of type \(t.type)",
                    "a tangent has the shape and the floating-point type of its input"))
            return ForwardResult(value: failed, tangent: failed)
        }
    }
    return try DualInterpreter.nested { interpreter in
        let result = try f(zip(inputs, tangents).map { interpreter.dual($0, $1) })
        if result.failure != nil { return ForwardResult(value: result, tangent: result) }
        let (value, derivative) = interpreter.parts(of: result)
        return ForwardResult(value: value, tangent: derivative ?? Tensor.zeros(like: value))
    }
}
