import AdjointCore
import AdjointRuntime

/// The first executor: runs a graph's operations one after the other by their kernels.
///
/// It plans once: the order is the graph's, a value goes after its last reader, and an elementwise operation writes over an
/// operand that nothing else reads. Where an input is recorded or a value of a transform, it binds the operations instead.
public struct GraphInterpreter: Executor {
    /// The interpreter.
    public init() {}

    /// Plans a graph.
    public func prepare(_ graph: Graph) throws(TensorError) -> any Executable { ExecutionPlan(graph) }
}

/// A graph with all that a run needs to know.
package final class ExecutionPlan: Executable {
    package let graph: Graph
    private let instructions: [Instruction]
    /// Constants that are recorded make each run a recorded one.
    private let closesOverRecorded: Bool

    /// How an operation is called.
    private enum Kernel: Sendable {
        case constant(TensorValue)
        case draw(Draw)
        case unary(any UnaryPrimitive)
        case binary(any BinaryPrimitive)
        case general(any Primitive)
        case several(any MultiPrimitive)
    }

    private struct Instruction: Sendable {
        let kernel: Kernel
        let operands: [Int]
        let results: Range<Int>
        let type: TensorType
        /// Values that nothing reads after this.
        let frees: [Int]
        let step: Int
    }

    package init(_ graph: Graph) {
        self.graph = graph
        let needed = graph.needed(for: graph.outputs.map(\.value))
        var lastReader = [Int](repeating: -1, count: graph.valueCount)
        for (index, step) in graph.steps.enumerated() where graph.results(of: step).contains(where: { needed[$0] }) {
            for operand in graph.operands(of: step) { lastReader[Int(operand)] = index }
        }
        for port in graph.outputs { lastReader[port.value] = Int.max }
        var instructions: [Instruction] = []
        var recorded = false
        for (index, step) in graph.steps.enumerated() {
            let results = graph.results(of: step)
            guard results.contains(where: { needed[$0] }) || step.operation.hasEffect else { continue }
            let operands = graph.operands(of: step).map { Int($0) }
            let kernel: Kernel
            switch step.operation {
            case .input: continue
            case .constant(let tensor):
                recorded = recorded || tensor.node != nil
                kernel = .constant(tensor.value)
            case .draw(let draw): kernel = .draw(draw)
            case .primitive(let operation): kernel = Self.kernel(operation, operands.map { graph.types[$0].dtype })
            case .several(let operation): kernel = .several(operation)
            }
            var frees = Array(Set(operands.filter { lastReader[$0] == index })).sorted()
            frees += results.filter { lastReader[$0] < 0 }
            instructions.append(
                Instruction(
                    kernel: kernel, operands: operands, results: results, type: graph.types[results.lowerBound],
                    frees: frees, step: index))
        }
        self.instructions = instructions
        closesOverRecorded = recorded
    }

    private static func kernel(_ operation: any Primitive, _ dtypes: [DType]) -> Kernel {
        // What does not take 16-bit elements is widened by `bind`.
        if dtypes.contains(where: \.isHalf), !type(of: operation).takesHalf { return .general(operation) }
        if let unary = operation as? any UnaryPrimitive { return .unary(unary) }
        if let binary = operation as? any BinaryPrimitive { return .binary(binary) }
        return .general(operation)
    }

    package func run(_ inputs: [Tensor]) throws(TensorError) -> [Tensor] {
        try graph.check(inputs, "run")
        let isPlain = inputs.allSatisfy { $0.value.isStored && ($0.node == nil || !isGradEnabled) }
        guard isPlain, !(closesOverRecorded && isGradEnabled) else {
            return try throwing { graph.evaluate(inputs) }
        }
        return try run(values: inputs.map(\.value)).map { Tensor($0) }
    }

    /// Runs on values in memory.
    package func run(values inputs: [TensorValue]) throws(TensorError) -> [TensorValue] {
        var slots = [TensorValue?](repeating: nil, count: graph.valueCount)
        for (port, value) in zip(graph.inputs, inputs) { slots[port.value] = value }
        for instruction in instructions {
            try run(instruction, &slots)
            for value in instruction.frees { slots[value] = nil }
        }
        return graph.outputs.map { slots[$0.value]! }
    }

    @inline(__always) private func run(
        _ instruction: Instruction, _ slots: inout [TensorValue?]
    ) throws(TensorError) {
        let (operands, result) = (instruction.operands, instruction.results.lowerBound)
        switch instruction.kernel {
        case .constant(let value): slots[result] = value
        case .draw(let draw):
            let tensor = draw()
            if let failure = tensor.failure { throw failure }
            slots[result] = tensor.value
        case .unary(let operation):
            let x = slots[operands[0]]!
            let type = instruction.type.shape.hasUnknownExtent ? try operation.resultType(x.type) : instruction.type
            slots[result] = try operation.execute(x, type)
        case .binary(let operation):
            let (x, y) = (slots[operands[0]]!, slots[operands[1]]!)
            let type =
                instruction.type.shape.hasUnknownExtent ? try operation.resultType(x.type, y.type) : instruction.type
            slots[result] = try operation.execute(x, y, type)
        case .general(let operation):
            slots[result] = try execute(operation, operands.map { slots[$0]! })
        case .several(let operation):
            let found = try operation.execute(operands.map { slots[$0]! })
            for (result, value) in zip(instruction.results, found) { slots[result] = value }
        }
    }

    private func execute(_ operation: any Primitive, _ values: [TensorValue]) throws(TensorError) -> TensorValue {
        func open<P: Primitive>(_ operation: P) throws(TensorError) -> TensorValue { try compute(operation, values) }
        return try open(operation)
    }
}
