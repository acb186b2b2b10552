import AdjointCore
import AdjointRuntime

/// A graph with all that a run needs to know: what to call, what goes after it, and what may be written over.
package final class ExecutionPlan: Executable {
    package let graph: Graph
    let instructions: [Instruction]
    /// The operands and the values that go, of all instructions one after the other.
    let operands: [Int32]
    let frees: [Int32]
    /// The inputs that something reads.
    let readInputs: [(place: Int, value: Int)]
    /// The values put out, and whether a value is put out again later.
    let outputValues: [(value: Int, isLast: Bool)]
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
        let needed = graph.needed(for: graph.outputs.map(\.value), effects: true)
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
            case .primitive(let operation):
                kernel = Self.kernel(
                    operation, reads.map { graph.types[Int($0)].dtype }, graph.types[results.lowerBound].dtype)
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
                    hasUnknownExtent: results.contains { graph.types[$0].shape.hasUnknownExtent }
                        || reads.contains { graph.types[Int($0)].shape.hasUnknownExtent }, step: index))
        }
        self.instructions = instructions
        self.operands = operands
        self.frees = frees
        var later: Set<Int> = []
        outputValues = graph.outputs.reversed().map { ($0.value, later.insert($0.value).inserted) }.reversed()
        readInputs = graph.inputs.enumerated().map { (place: $0, value: $1.value) }.filter { lastReader[$0.value] >= 0 }
        closesOverRecorded = recorded
    }

    private static func kernel(_ operation: any Primitive, _ dtypes: [DType], _ result: DType) -> Kernel {
        if let program = ProgramKernel(operation, dtypes, result) { return .program(program) }
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
    package func run(values: [TensorValue]) throws(TensorError) -> [TensorValue] {
        var values = values
        return try run(taking: &values)
    }

    /// Runs on values in memory, which are taken out of the array: those that nobody else holds go when their last reader has run,
    /// or are written over.
    package func run(taking inputs: inout [TensorValue]) throws(TensorError) -> [TensorValue] {
        let slots = Slots(count: graph.valueCount)
        for (place, value) in readInputs { slots[value] = inputs[place] }
        inputs = []
        try run(slots)
        var results: [TensorValue] = []
        results.reserveCapacity(outputValues.count)
        for output in outputValues { results.append(slots[output.value]!) }
        return results
    }

    /// Runs on slots that hold the inputs which are read; afterwards they hold the outputs and nothing else.
    @inline(__always) func run(_ slots: borrowing Slots) throws(TensorError) {
        try forEachInstruction { instruction, operands, frees throws(TensorError) in
            try run(instruction, operands, slots)
            for free in instruction.pointee.frees { slots[Int(frees[free])] = nil }
        }
    }

    /// Instructions where they stand: reading a part of one copies nothing else of it.
    @inline(__always) func forEachInstruction(
        _ body: (UnsafePointer<Instruction>, UnsafeBufferPointer<Int32>, UnsafeBufferPointer<Int32>) throws(TensorError)
            -> Void
    ) throws(TensorError) {
        try instructions.withUnsafeBufferPointer { instructions throws(TensorError) in
            try operands.withUnsafeBufferPointer { operands throws(TensorError) in
                try frees.withUnsafeBufferPointer { frees throws(TensorError) in
                    for index in 0..<instructions.count {
                        try body(instructions.baseAddress! + index, operands, frees)
                    }
                }
            }
        }
    }

    @inline(__always) private func run(
        _ instruction: UnsafePointer<Instruction>, _ operands: UnsafeBufferPointer<Int32>, _ slots: borrowing Slots
    ) throws(TensorError) {
        let result = instruction.pointee.results.lowerBound
        let first = instruction.pointee.operands.lowerBound
        if instruction.pointee.hasUnknownExtent { try checkKnown(instruction, operands, slots) }
        switch instruction.pointee.kernel {
        case .constant(let value): slots[result] = value
        case .draw(let draw):
            let tensor = draw()
            if let failure = tensor.failure { throw failure }
            slots[result] = tensor.value
        case .program(let program):
            let target: TensorValue
            if let place = instruction.reused(operands, slots) {
                target = place
            } else {
                target = try TensorValue(uninitialized: instruction.type(operands, slots))
            }
            program.run(slots, operands, first, into: target)
            slots[result] = target
        case .unary(let operation):
            let x = slots[Int(operands[first])]!
            let isOpen = instruction.pointee.hasUnknownExtent
            slots[result] = try operation.execute(x, isOpen ? operation.resultType(x.type) : instruction.pointee.type)
        case .binary(let operation):
            let (x, y) = (slots[Int(operands[first])]!, slots[Int(operands[first + 1])]!)
            let isOpen = instruction.pointee.hasUnknownExtent
            slots[result] = try operation.execute(
                x, y, isOpen ? operation.resultType(x.type, y.type) : instruction.pointee.type)
        case .general(let operation):
            slots[result] = try execute(operation, instruction.values(operands, slots))
        case .several(let operation):
            let found = try operation.execute(instruction.values(operands, slots))
            for (result, value) in zip(instruction.pointee.results, found) { slots[result] = value }
        }
    }

    /// Types told nothing of extents that only the run knows: what was not checked when the graph was made is checked now.
    private func checkKnown(
        _ instruction: UnsafePointer<Instruction>, _ operands: UnsafeBufferPointer<Int32>, _ slots: borrowing Slots
    ) throws(TensorError) {
        guard case .primitive(let operation) = graph.steps[instruction.pointee.step].operation else { return }
        _ = try OperationRegistry.resultType(of: operation, instruction.values(operands, slots).map(\.type))
    }

    private func execute(_ operation: any Primitive, _ values: [TensorValue]) throws(TensorError) -> TensorValue {
        func open<P: Primitive>(_ operation: P) throws(TensorError) -> TensorValue { try compute(operation, values) }
        return try open(operation)
    }
}

// On pointers: a method of an instruction would copy the whole of it.
extension UnsafePointer where Pointee == ExecutionPlan.Instruction {
    /// The operands' values.
    func values(_ numbers: UnsafeBufferPointer<Int32>, _ slots: borrowing Slots) -> [TensorValue] {
        var values: [TensorValue] = []
        values.reserveCapacity(pointee.operands.count)
        for place in pointee.operands { values.append(slots[Int(numbers[place])]!) }
        return values
    }

    /// The result's type: an elementwise operation keeps the shape of its operands.
    @inline(__always) func type(_ numbers: UnsafeBufferPointer<Int32>, _ slots: borrowing Slots) -> TensorType {
        guard pointee.hasUnknownExtent else { return pointee.type }
        return TensorType(slots[Int(numbers[pointee.operands.lowerBound])]!.shape, pointee.type.dtype)
    }

    /// The memory of an operand that nothing reads after this and nobody else holds, for the result.
    @inline(__always) func reused(_ numbers: UnsafeBufferPointer<Int32>, _ slots: borrowing Slots) -> TensorValue? {
        var rest = pointee.reuses
        while rest != 0 {
            let value = Int(numbers[pointee.operands.lowerBound + rest.trailingZeroBitCount])
            rest &= rest - 1
            if slots.isUniquelyHeld(value) { return slots[value] }
        }
        return nil
    }
}

/// The values of a run by their numbers, as far as they are alive.
struct Slots: ~Copyable {
    private let places: UnsafeMutablePointer<TensorValue?>
    private let count: Int

    init(count: Int) {
        places = .allocate(capacity: max(count, 1))
        places.initialize(repeating: nil, count: count)
        self.count = count
    }

    deinit {
        places.deinitialize(count: count)
        places.deallocate()
    }

    // The numbers are those of the plan, which names no value that the graph does not have.
    subscript(value: Int) -> TensorValue? {
        @inline(__always) get { places[value] }
        @inline(__always) nonmutating set { places[value] = newValue }
    }

    /// The value at a number, which is not alive there after this.
    @inline(__always) func take(_ value: Int) -> TensorValue? { places[value].take() }

    /// The value at a number that is alive, and whether its elements are one after the other.
    @inline(__always) func elements(_ value: Int) -> (address: UnsafeMutableRawPointer, isContiguous: Bool) {
        let held = places[value].unsafelyUnwrapped
        return (held.elements, held.isContiguous)
    }

    @inline(__always) func isUniquelyHeld(_ value: Int) -> Bool { places[value]?.isUniquelyHeld() ?? false }
}

/// An elementwise operation as the program that it is.
final class ProgramKernel: Sendable {
    private let program: ElementwiseProgram
    private let parameters: Parameters
    /// The type that the program computes in.
    private let dtype: DType
    /// The positions of up to four operands of that type, of which contiguous ones are read without a word about them; -1 if there
    /// are more, or of other types.
    private let directCount: Int
    private let direct: SIMD4<Int32>
    /// Whether the results are truth values, which are written the short way where there are few.
    private let isTruth: Bool

    /// nil for an operation that is no program.
    init?(_ operation: any Primitive, _ dtypes: [DType], _ result: DType) {
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
        var direct = SIMD4<Int32>.zero
        let isDirect =
            program.operands.count <= 4 && (result == dtype || result == .bool)
            && program.operands.allSatisfy { [dtype] in dtypes[$0] == dtype }
        for (index, place) in program.operands.prefix(isDirect ? 4 : 0).enumerated() { direct[index] = Int32(place) }
        directCount = isDirect ? program.operands.count : -1
        self.direct = direct
        isTruth = result != dtype
    }

    /// Runs on the values in slots whose numbers stand from `start` on.
    @inline(__always) func run(
        _ slots: borrowing Slots, _ numbers: UnsafeBufferPointer<Int32>, _ start: Int, into result: TensorValue
    ) {
        if directCount >= 0 {
            var addresses = ElementwiseProgram.Addresses()
            var isDirect = true
            for index in 0..<directCount {
                let (address, isContiguous) = slots.elements(Int(numbers[start + Int(direct[index])]))
                isDirect = isDirect && isContiguous
                addresses.append(address)
            }
            let count = result.shape.count
            if isDirect, !isTruth {
                return program.runContiguous(dtype, count, parameters, addresses, result.elements)
            }
            if isDirect, count <= ElementwiseProgram.fewTruths {
                return program.runFewTruths(dtype, count, parameters, addresses, result.elements)
            }
        }
        var operands: [TensorValue] = []
        for place in program.operands { operands.append(slots[Int(numbers[start + place])]!) }
        program.run(dtype, result.shape, parameters, operands: operands, results: [result])
    }
}
