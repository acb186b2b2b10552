import AdjointCore
import AdjointRuntime

/// A graph with all that a run needs to know: what to call, what goes after it, and what may be written over.
package final class ExecutionPlan: Executable {
    package let graph: Graph
    let instructions: [Instruction]
    /// The operands and the values that go, of all instructions one after the other.
    let operands: [Int32]
    let frees: [Int32]
    /// Constants that are recorded make each run a recorded one.
    private let closesOverRecorded: Bool

    /// How an operation is called.
    enum Kernel: Sendable {
        case constant(TensorValue)
        case draw(Draw)
        case program(ProgramKernel)
        case unary(any UnaryPrimitive)
        case binary(any BinaryPrimitive)
        case general(any Primitive)
        case several(any MultiPrimitive)
    }

    struct Instruction: Sendable {
        let kernel: Kernel
        let operands: Range<Int>
        let results: Range<Int>
        let frees: Range<Int>
        /// The first result's.
        let type: TensorType
        /// Positions of operands over which the result may be written if nothing else holds them.
        let reuses: UInt16
        let hasUnknownExtent: Bool
        let step: Int
    }

    package init(_ graph: Graph) {
        self.graph = graph
        let needed = graph.needed(for: graph.outputs.map(\.value))
        var lastReader = [Int](repeating: -1, count: graph.valueCount)
        for (index, step) in graph.steps.enumerated()
        where step.operation.hasEffect || graph.results(of: step).contains(where: { needed[$0] }) {
            for operand in graph.operands(of: step) { lastReader[Int(operand)] = index }
        }
        for port in graph.outputs { lastReader[port.value] = Int.max }
        var instructions: [Instruction] = []
        var (operands, frees): ([Int32], [Int32]) = ([], [])
        var recorded = false
        for (index, step) in graph.steps.enumerated() {
            let results = graph.results(of: step)
            guard step.operation.hasEffect || results.contains(where: { needed[$0] }) else { continue }
            let reads = graph.operands(of: step)
            let kernel: Kernel
            switch step.operation {
            case .input: continue
            case .constant(let tensor):
                recorded = recorded || tensor.node != nil
                kernel = .constant(tensor.value)
            case .draw(let draw): kernel = .draw(draw)
            case .primitive(let operation): kernel = Self.kernel(operation, reads.map { graph.types[Int($0)].dtype })
            case .several(let operation): kernel = .several(operation)
            }
            let operandStart = operands.count
            operands.append(contentsOf: reads)
            let freeStart = frees.count
            var reuses: UInt16 = 0
            let type = graph.types[results.lowerBound]
            for (position, operand) in reads.enumerated() where lastReader[Int(operand)] == index {
                if case .program = kernel, graph.types[Int(operand)] == type, position < 16 { reuses |= 1 << position }
                if !frees[freeStart...].contains(operand) { frees.append(operand) }
            }
            for result in results where lastReader[result] < 0 { frees.append(Int32(result)) }
            instructions.append(
                Instruction(
                    kernel: kernel, operands: operandStart..<operands.count, results: results,
                    frees: freeStart..<frees.count, type: type, reuses: reuses,
                    hasUnknownExtent: results.contains { graph.types[$0].shape.hasUnknownExtent }, step: index))
        }
        self.instructions = instructions
        self.operands = operands
        self.frees = frees
        closesOverRecorded = recorded
    }

    private static func kernel(_ operation: any Primitive, _ dtypes: [DType]) -> Kernel {
        if let program = ProgramKernel(operation, dtypes) { return .program(program) }
        // What does not take 16-bit elements is widened by `compute`.
        if dtypes.contains(where: \.isHalf), !Swift.type(of: operation).takesHalf { return .general(operation) }
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
        for index in instructions.indices {
            try run(index, &slots)
            for free in instructions[index].frees { slots[Int(frees[free])] = nil }
        }
        return graph.outputs.map { slots[$0.value]! }
    }

    @inline(__always) private func run(_ index: Int, _ slots: inout [TensorValue?]) throws(TensorError) {
        let result = instructions[index].results.lowerBound
        switch instructions[index].kernel {
        case .constant(let value): slots[result] = value
        case .draw(let draw):
            let tensor = draw()
            if let failure = tensor.failure { throw failure }
            slots[result] = tensor.value
        case .program(let program):
            let type = type(of: index, slots)
            let target: TensorValue
            if let place = reused(index, type, &slots) {
                target = place
            } else {
                target = try TensorValue(uninitialized: type)
            }
            program.run(slots, operands, instructions[index].operands, into: target)
            slots[result] = target
        case .unary(let operation):
            let x = slots[operand(index, 0)]!
            let type =
                instructions[index].hasUnknownExtent ? try operation.resultType(x.type) : instructions[index].type
            slots[result] = try operation.execute(x, type)
        case .binary(let operation):
            let (x, y) = (slots[operand(index, 0)]!, slots[operand(index, 1)]!)
            let type =
                instructions[index].hasUnknownExtent
                ? try operation.resultType(x.type, y.type) : instructions[index].type
            slots[result] = try operation.execute(x, y, type)
        case .general(let operation): slots[result] = try execute(operation, values(index, slots))
        case .several(let operation):
            let found = try operation.execute(values(index, slots))
            for (result, value) in zip(instructions[index].results, found) { slots[result] = value }
        }
    }

    @inline(__always) func operand(_ index: Int, _ position: Int) -> Int {
        Int(operands[instructions[index].operands.lowerBound + position])
    }

    /// The operands' values.
    func values(_ index: Int, _ slots: [TensorValue?]) -> [TensorValue] {
        operands[instructions[index].operands].map { slots[Int($0)]! }
    }

    /// The result's type: an elementwise operation keeps the shape of its operands.
    @inline(__always) func type(of index: Int, _ slots: [TensorValue?]) -> TensorType {
        let type = instructions[index].type
        return instructions[index].hasUnknownExtent ? TensorType(slots[operand(index, 0)]!.shape, type.dtype) : type
    }

    /// The memory of an operand that nothing reads after this and nobody else holds, for the result.
    @inline(__always) func reused(_ index: Int, _ type: TensorType, _ slots: inout [TensorValue?]) -> TensorValue? {
        var rest = instructions[index].reuses
        while rest != 0 {
            let position = rest.trailingZeroBitCount
            rest &= rest - 1
            let value = operand(index, position)
            if slots[value]!.isUniquelyHeld(), slots[value]!.type == type { return slots[value] }
        }
        return nil
    }

    private func execute(_ operation: any Primitive, _ values: [TensorValue]) throws(TensorError) -> TensorValue {
        func open<P: Primitive>(_ operation: P) throws(TensorError) -> TensorValue { try compute(operation, values) }
        return try open(operation)
    }
}

/// An elementwise operation as the program that it is.
final class ProgramKernel: Sendable {
    private let program: ElementwiseProgram
    private let parameters: Parameters
    /// The type that the program computes in.
    private let dtype: DType
    /// Whether the operands have that type, so that contiguous ones are read without a word about them.
    private let isUniform: Bool

    /// nil for an operation that is no program.
    init?(_ operation: any Primitive, _ dtypes: [DType]) {
        if let fused = operation as? FusedElementwise {
            program = fused.fusion.program
            parameters = Parameters()
            dtype = fused.fusion.dtype
        } else if let fusible = operation as? any Fusible, let last = dtypes.max() {
            program = fusible.forward
            parameters = fusible.parameters
            dtype = last.computing
        } else {
            return nil
        }
        isUniform = program.operands.count <= 4 && program.operands.allSatisfy { [dtype] in dtypes[$0] == dtype }
    }

    /// Runs on the values in slots.
    @inline(__always) func run(
        _ slots: [TensorValue?], _ numbers: [Int32], _ operands: Range<Int>, into result: TensorValue
    ) {
        if isUniform, result.dtype == dtype {
            var addresses = ElementwiseProgram.Addresses()
            var isDirect = true
            for place in program.operands {
                let value = slots[Int(numbers[operands.lowerBound + place])]!
                isDirect = isDirect && value.isContiguous
                addresses.append(value)
            }
            if isDirect {
                program.runContiguous(dtype, result.shape.count, parameters, addresses, result.elements)
                return
            }
        }
        program.run(
            dtype, result.shape, parameters,
            operands: program.operands.map { slots[Int(numbers[operands.lowerBound + $0])]! }, results: [result])
    }
}
