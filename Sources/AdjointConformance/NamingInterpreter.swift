import AdjointCore
import AdjointRuntime
import Synchronization

/// An interpreter that runs every operation as it is and remembers its name.
final class NamingInterpreter: Interpreter {
    let level = 1_000_000
    private let seen = Mutex<Set<String>>([])

    var names: Set<String> { seen.withLock { $0 } }

    func lift(_ tensor: Tensor) -> Tensor {
        tensor.failure == nil ? Tensor(Named(interpreter: self, tensor: tensor), type: tensor.type) : tensor
    }

    func interpret<P: Primitive>(_ operation: P, _ inputs: [Tensor]) -> Tensor {
        // An operation with a number in it has the name of the operation as its label.
        seen.withLock { $0.formUnion([P.name, operation.label]) }
        return lift(bindDynamically(operation, inputs.map { ($0.traced as! Named).tensor }))
    }

    func interpretSeveral<P: MultiPrimitive>(_ operation: P, _ inputs: [Tensor]) throws(TensorError) -> [Tensor] {
        seen.withLock { $0.formUnion([P.name, operation.label]) }
        return bindSeveral(operation, inputs.map { ($0.traced as! Named).tensor }).map { lift($0) }
    }

    private struct Named: TracedValue {
        let interpreter: any Interpreter
        let tensor: Tensor
        var concrete: Tensor? { tensor }
    }
}
