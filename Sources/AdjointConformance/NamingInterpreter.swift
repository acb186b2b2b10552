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
        seen.withLock { _ = $0.insert(P.name) }
        return lift(bindDynamically(operation, inputs.map { ($0.traced as! Named).tensor }))
    }

    private struct Named: TracedValue {
        let interpreter: any Interpreter
        let tensor: Tensor
        var concrete: Tensor? { tensor }
    }
}
