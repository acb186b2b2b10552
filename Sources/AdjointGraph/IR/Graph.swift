import AdjointCore
import AdjointRuntime

/// A computation that is stated before it runs: typed values in topological order, each the result of a step.
///
/// A graph is a value: transforms and rewrites give new ones. It comes from a `GraphBuilder`, from `staged`, or from a file.
/// Values are numbered in the order of their steps; a step's operands always have smaller numbers than its results.
public struct Graph: Sendable {
    package internal(set) var steps: [Step] = []
    /// The operands of all steps, one step after the other.
    package internal(set) var operands: [Int32] = []
    /// The type of each value.
    package internal(set) var types: [TensorType] = []
    /// The step that gives each value.
    package internal(set) var producers: [Int32] = []
    /// The inputs in the order in which a run takes them.
    public internal(set) var inputs: [Port] = []
    /// The outputs in the order in which a run gives them.
    public internal(set) var outputs: [Port] = []

    /// A graph without anything in it.
    package init() {}

    /// A value with the name under which it enters or leaves.
    public struct Port: Sendable, Hashable {
        /// The name; unique among the inputs, and among the outputs.
        public let name: String
        /// The number of the value.
        public let value: Int
    }

    /// What a step is for: drawings colour by it.
    public enum Role: UInt8, Sendable, Hashable {
        /// What the program said.
        case forward
        /// What differentiation added.
        case derivative
    }

    /// One operation with its operands and results.
    package struct Step: Sendable {
        package let operation: GraphOperation
        /// Where the operands stand in `operands`.
        package let operandStart: Int32
        package let operandCount: Int32
        package let firstResult: Int32
        package let resultCount: Int32
        package let role: Role
        /// Where the program said it.
        package let callers: Callers
    }
}

/// What a step does.
package enum GraphOperation: Sendable {
    /// The value of an input.
    case input
    /// A value that is known.
    case constant(Tensor)
    /// Random numbers, drawn anew in each run.
    case draw(Draw)
    case primitive(any Primitive)
    case several(any MultiPrimitive)

    /// The name that readers see.
    package var label: String {
        switch self {
        case .input: "input"
        case .constant: "constant"
        case .draw(let draw): draw.name
        case .primitive(let operation): operation.label
        case .several(let operation): operation.label
        }
    }
}

extension Graph {
    /// The number of values.
    public var valueCount: Int { types.count }
    /// The number of operations: steps that are neither inputs nor constants.
    public var operationCount: Int {
        steps.count {
            switch $0.operation {
            case .input, .constant: false
            default: true
            }
        }
    }

    /// The shape and element type of a value.
    public func type(of value: Int) -> TensorType { types[value] }

    package func operands(of step: Step) -> ArraySlice<Int32> {
        operands[Int(step.operandStart)..<Int(step.operandStart + step.operandCount)]
    }

    package func results(of step: Step) -> Range<Int> {
        Int(step.firstResult)..<Int(step.firstResult + step.resultCount)
    }

    /// The constant that a value is, if it is one.
    package func constant(_ value: Int) -> Tensor? {
        if case .constant(let tensor) = steps[Int(producers[value])].operation { tensor } else { nil }
    }

    /// Adds a step; its results are the next values.
    @discardableResult
    package mutating func append(
        _ operation: GraphOperation, _ operands: [Int], _ types: [TensorType], role: Role = .forward,
        callers: Callers = Callers()
    ) -> Range<Int> {
        let first = self.types.count
        let step = Step(
            operation: operation, operandStart: Int32(self.operands.count), operandCount: Int32(operands.count),
            firstResult: Int32(first), resultCount: Int32(types.count), role: role, callers: callers)
        self.operands.append(contentsOf: operands.lazy.map { Int32($0) })
        self.types.append(contentsOf: types)
        for _ in types { producers.append(Int32(steps.count)) }
        steps.append(step)
        return first..<self.types.count
    }

    /// Adds an input.
    package mutating func appendInput(_ name: String, _ type: TensorType, callers: Callers = Callers()) -> Int {
        let value = append(.input, [], [type], callers: callers).lowerBound
        inputs.append(Port(name: name, value: value))
        return value
    }

    /// The same graph with other outputs.
    package func withOutputs(_ outputs: [Port]) -> Graph {
        var graph = self
        graph.outputs = outputs
        return graph
    }

    /// Which values lead to the given ones: for each value whether it is needed.
    /// - Parameter effects: whether what a step reads that has an effect is needed as well.
    package func needed(for values: [Int], effects: Bool = false) -> [Bool] {
        var needed = [Bool](repeating: false, count: types.count)
        for value in values { needed[value] = true }
        for step in steps.reversed()
        where results(of: step).contains(where: { needed[$0] }) || (effects && step.operation.hasEffect) {
            for operand in operands(of: step) { needed[Int(operand)] = true }
        }
        return needed
    }
}

extension Graph: Hashable {
    /// Whether both state the same computation under the same names: the same operations on the same operands in the same order,
    /// constants by their bits.
    public static func == (left: Graph, right: Graph) -> Bool {
        left.types == right.types && left.operands == right.operands && left.inputs == right.inputs
            && left.outputs == right.outputs && left.steps.count == right.steps.count
            && zip(left.steps, right.steps).allSatisfy { $0.operation == $1.operation }
    }

    /// Feeds what makes the value equal to others into a hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(types)
        hasher.combine(operands)
        for step in steps { hasher.combine(step.operation) }
    }
}

extension GraphOperation: Hashable {
    package static func == (left: GraphOperation, right: GraphOperation) -> Bool {
        switch (left, right) {
        case (.input, .input): true
        case (.constant(let a), .constant(let b)): a.hasSameBits(as: b)
        case (.draw(let a), .draw(let b)): a === b
        case (.primitive(let a), .primitive(let b)): areEqual(a, b)
        case (.several(let a), .several(let b)): areEqual(a, b)
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .input: hasher.combine(0)
        case .constant(let tensor): hasher.combine(tensor.type)
        case .draw(let draw): hasher.combine(ObjectIdentifier(draw))
        case .primitive(let operation): operation.hash(into: &hasher)
        case .several(let operation): operation.hash(into: &hasher)
        }
    }
}

private func areEqual<Left: Hashable>(_ left: Left, _ right: any Hashable) -> Bool { (right as? Left) == left }

extension Tensor {
    /// Whether both are constants of the same type and the same bits, or recorded as the same node.
    package func hasSameBits(as other: Tensor) -> Bool {
        if node != nil || other.node != nil { return node === other.node && value.buffer === other.value.buffer }
        guard type == other.type, value.isStored, other.value.isStored else { return false }
        if value.buffer === other.value.buffer { return true }
        guard let left = try? value.contiguous(), let right = try? other.value.contiguous() else { return false }
        return left.elements.isEqual(to: right.elements, byteCount: type.byteCount)
    }
}

extension UnsafeMutableRawPointer {
    fileprivate func isEqual(to other: UnsafeMutableRawPointer, byteCount: Int) -> Bool {
        UnsafeRawBufferPointer(start: self, count: byteCount)
            .elementsEqual(UnsafeRawBufferPointer(start: other, count: byteCount))
    }
}
