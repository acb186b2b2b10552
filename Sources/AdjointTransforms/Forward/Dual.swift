import AdjointCore
import AdjointRuntime

/// Forward mode: an interpreter of dual numbers x + ẋ ε, ε² = 0.
///
/// Each call of `jvp` makes its own interpreter one level above those under way, so tangents of different calls never
/// mix (no perturbation confusion), and calls nest to any depth. An operation's tangent rule is bound one level down,
/// where it may itself be recorded or dual.
package final class DualInterpreter: Interpreter {
    package let level: Int
    package let scope: TransformScope? = TransformScope("jvp")

    private init(level: Int) { self.level = level }

    /// Calls `body` with a new interpreter above all that are under way: a function may close over values of outer ones,
    /// so levels come from the nesting of calls, not from the inputs.
    package static func nested<Result>(_ body: (DualInterpreter) throws -> Result) rethrows -> Result {
        let interpreter = DualInterpreter(level: (Transforms.innermost?.level ?? 0) + 1)
        defer { interpreter.scope?.end() }
        return try Transforms.$innermost.withValue(interpreter) { try body(interpreter) }
    }

    package func lift(_ tensor: Tensor) -> Tensor { dual(tensor, nil) }

    package func interpret<P: Primitive>(_ operation: P, _ inputs: [Tensor]) -> Tensor {
        var primals: [Tensor] = []
        var tangents: [Tensor?] = []
        primals.reserveCapacity(inputs.count)
        tangents.reserveCapacity(inputs.count)
        var isConstant = true
        for input in inputs {
            let number = input.traced as! DualNumber
            primals.append(number.primal)
            tangents.append(number.tangent)
            if let tangent = number.tangent {
                if tangent.failure != nil { return tangent }
                isConstant = false
            }
        }
        let result = bindDynamically(operation, primals)
        guard result.failure == nil else { return result }
        guard !isConstant, operation.nonDifferentiableReason == nil else { return dual(result, nil) }
        return dual(result, operation.jvp(primals, tangents, result))
    }

    package func interpretSeveral<P: MultiPrimitive>(
        _ operation: P, _ inputs: [Tensor]
    ) throws(TensorError) -> [Tensor] {
        let duals = inputs.map { $0.traced as! DualNumber }
        let primals = duals.map(\.primal)
        guard duals.contains(where: { $0.tangent != nil }) else {
            return bindSeveral(operation, primals).map { dual($0, nil) }
        }
        let (results, tangents) = try operation.jvp(primals, duals.map(\.tangent))
        return zip(results, tangents).map { dual($0, $1) }
    }

    /// A tensor that stands for primal + tangent ε; nil is a zero tangent.
    package func dual(_ primal: Tensor, _ tangent: Tensor?) -> Tensor {
        Tensor(DualNumber(interpreter: self, primal: primal, tangent: tangent), type: primal.type)
    }

    /// The two parts of a tensor under this interpreter.
    package func parts(of tensor: Tensor) -> (primal: Tensor, tangent: Tensor?) {
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
