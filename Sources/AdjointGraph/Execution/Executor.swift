import AdjointCore
import AdjointRuntime

/// Makes graphs runnable.
///
/// An executor asks each operation for what it needs to run it: the interpreter for its kernel, which every operation has;
/// another one for a lowering that operations adopt in the executor's own module. So a new executor touches no operation,
/// and a new operation no executor (docs/decisions/0018-explicit-graphs.md).
public protocol Executor: Sendable {
    /// Prepares a graph; what can fail before numbers are known fails here.
    func prepare(_ graph: Graph) throws(TensorError) -> any Executable
}

/// A graph that an executor has prepared: it can be run any number of times, from several threads at once.
public protocol Executable: Sendable {
    /// The outputs for these inputs, which have the types of the graph's.
    func run(_ inputs: [Tensor]) throws(TensorError) -> [Tensor]
}

extension Graph {
    /// Checks that tensors can be the inputs of a run.
    package func check(_ tensors: [Tensor], _ caller: String) throws(TensorError) {
        guard tensors.count == inputs.count else {
            throw TensorError(
                .argument, caller, "a graph of \(inputs.count) inputs was given \(tensors.count) tensors",
                "give one tensor each for \(inputs.map(\.name).joined(separator: ", "))")
        }
        for (port, tensor) in zip(inputs, tensors) {
            if let failure = tensor.failure { throw failure }
            let type = types[port.value]
            guard tensor.type.matches(type) else {
                throw TensorError(
                    tensor.dtype == type.dtype ? .shape : .dtype, caller,
                    "input \"\(port.name)\" of type \(type) was given a tensor of type \(tensor.type)",
                    "reshape or convert it to \(type), or build the graph for \(tensor.type)")
            }
        }
    }
}

extension Graph {
    /// The outputs for these inputs, each operation bound one after the other: inputs may be recorded or values of any
    /// transform, and so this is how a transform of a graph is made.
    package func evaluate(_ tensors: [Tensor]) -> [Tensor] {
        var values = [Tensor?](repeating: nil, count: types.count)
        for (port, tensor) in zip(inputs, tensors) { values[port.value] = tensor }
        // A value goes when its last reader has run.
        var lastReader = [Int32](repeating: -1, count: types.count)
        for (index, step) in steps.enumerated() {
            for operand in operands(of: step) { lastReader[Int(operand)] = Int32(index) }
        }
        for port in outputs { lastReader[port.value] = Int32.max }
        for (index, step) in steps.enumerated() {
            let results = results(of: step)
            guard results.contains(where: { lastReader[$0] >= 0 }) || step.operation.hasEffect else { continue }
            let reads = operands(of: step)
            switch step.operation {
            case .input: continue
            case .constant(let tensor): values[results.lowerBound] = tensor
            case .draw(let draw): values[results.lowerBound] = draw()
            case .primitive(let operation):
                values[results.lowerBound] = bindAny(operation, reads.map { values[Int($0)]! })
            case .several(let operation):
                let found = bindSeveralAny(operation, reads.map { values[Int($0)]! })
                for (result, tensor) in zip(results, found) { values[result] = tensor }
            }
            for operand in reads where lastReader[Int(operand)] == Int32(index) { values[Int(operand)] = nil }
        }
        return outputs.map { values[$0.value]! }
    }
}

extension GraphOperation {
    /// Whether a run does something besides giving results: draws random numbers, itself or in a graph that it holds.
    package var hasEffect: Bool {
        switch self {
        case .draw: true
        case .several(let operation):
            (operation as? any ControlFlow)?.subgraphs.contains { $0.graph.hasEffect } ?? false
        default: false
        }
    }
}

package func bindAny(_ operation: any Primitive, _ inputs: [Tensor]) -> Tensor {
    func open<P: Primitive>(_ operation: P) -> Tensor { bindDynamically(operation, inputs) }
    return open(operation)
}

package func bindSeveralAny(_ operation: any MultiPrimitive, _ inputs: [Tensor]) -> [Tensor] {
    func open<P: MultiPrimitive>(_ operation: P) -> [Tensor] { bindSeveral(operation, inputs) }
    return open(operation)
}
