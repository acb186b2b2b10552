import AdjointCore
import AdjointGraph
import AdjointRuntime
import Synchronization

/// An interpreter that runs every operation as it is, and remembers its name, whether a text of a graph could state it, and whether
/// it takes the memory that a plan says.
final class NamingInterpreter: Interpreter {
    let level = 1_000_000
    private let seen = Mutex<Set<String>>([])
    private let notStated = Mutex<Set<String>>([])
    private let notPlanned = Mutex<Set<String>>([])

    var names: Set<String> { seen.withLock { $0 } }

    /// The operations that are not read back as what they are from what a text states of them, and why.
    var unstated: Set<String> { notStated.withLock { $0 } }

    /// The operations that allocate more or fewer bytes than a memory plan says.
    var unplanned: Set<String> { notPlanned.withLock { $0 } }

    func lift(_ tensor: Tensor) -> Tensor {
        tensor.failure == nil ? Tensor(Named(interpreter: self, tensor: tensor), type: tensor.type) : tensor
    }

    func interpret<P: Primitive>(_ operation: P, _ inputs: [Tensor]) -> Tensor {
        // An operation with a number in it has the name of the operation as its label.
        seen.withLock { $0.formUnion([P.name, operation.label]) }
        if let problem = Self.problem(operation, inputs.map(\.type)) {
            notStated.withLock { _ = $0.insert("\(P.self): \(problem)") }
        }
        let tensors = inputs.map { ($0.traced as! Named).tensor }
        if let problem = Self.memoryProblem(operation, tensors.map(\.value)) {
            notPlanned.withLock { _ = $0.insert("\(P.self): \(problem)") }
        }
        return lift(bindDynamically(operation, tensors))
    }

    private static func memoryProblem<P: Primitive>(_ operation: P, _ inputs: [TensorValue]) -> String? {
        guard inputs.allSatisfy(\.isStored) else { return nil }
        do throws(TensorError) {
            let (result, measured, kept) = try Memory.tally { () throws(TensorError) in try compute(operation, inputs) }
            return try withExtendedLifetime(result) { () throws(TensorError) in
                let planned = try MemoryPlan.bytes(of: operation, inputs)
                if planned == (measured, kept) { return nil }
                return
                    "\(inputs.map { "\($0.type)" + ($0.isContiguous ? "" : " strided") }): planned \(planned.highest) bytes and "
                    + "\(planned.after) after it, took \(measured) and \(kept)"
            }
        } catch {
            return nil
        }
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
