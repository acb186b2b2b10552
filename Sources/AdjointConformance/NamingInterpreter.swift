import AdjointCore
import AdjointGraph
import AdjointRuntime
import Synchronization

/// An interpreter that runs every operation as it is, remembers its name, and whether a text of a graph could state it.
final class NamingInterpreter: Interpreter {
    let level = 1_000_000
    private let seen = Mutex<Set<String>>([])
    private let notStated = Mutex<Set<String>>([])

    var names: Set<String> { seen.withLock { $0 } }

    /// The operations that are not read back as what they are from what a text states of them, and why.
    var unstated: Set<String> { notStated.withLock { $0 } }

    func lift(_ tensor: Tensor) -> Tensor {
        tensor.failure == nil ? Tensor(Named(interpreter: self, tensor: tensor), type: tensor.type) : tensor
    }

    func interpret<P: Primitive>(_ operation: P, _ inputs: [Tensor]) -> Tensor {
        // An operation with a number in it has the name of the operation as its label.
        seen.withLock { $0.formUnion([P.name, operation.label]) }
        if let problem = Self.problem(operation, inputs.map(\.type)) {
            notStated.withLock { _ = $0.insert("\(P.self): \(problem)") }
        }
        return lift(bindDynamically(operation, inputs.map { ($0.traced as! Named).tensor }))
    }

    private static func problem<P: Primitive>(_ operation: P, _ inputs: [TensorType]) -> String? {
        do throws(FormError) {
            let (name, fields) = try OperationRegistry.statement(of: operation)
            guard let back = try OperationRegistry.operation(name, fields) as? P else { return "there is no \(name)" }
            // NaN is no parameter that equals itself.
            guard back == operation || "\(fields)".contains("nan") else { return "\(fields) gives \(back)" }
            do throws(TensorError) {
                _ = try operation.resultType(inputs)
            } catch {
                return nil
            }
            do throws(TensorError) {
                _ = try OperationRegistry.resultType(of: back, inputs)
                return nil
            } catch {
                return error.problem
            }
        } catch {
            return error.problem
        }
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
