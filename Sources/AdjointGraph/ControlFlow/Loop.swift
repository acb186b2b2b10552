import AdjointCore
import AdjointRuntime

/// A loop as an operation: `whileLoop` with a predicate, `scan` over sequences without one.
///
/// Its operands are the carried values, the sequences (whose elements along the first axis the iterations read) and what the
/// graphs close over. Its results are the last carried values, the stacked outputs of the iterations, and, if they are kept for
/// the gradient, the stacked carried values with which each iteration started and the stacked random numbers that it drew.
package struct Loop: ControlFlow {
    package static let name = "loop"

    /// Whether to go on, from the carried values and the captures; nil: one iteration an element of the sequences.
    package let predicate: Subgraph?
    /// From carried values, elements and captures to the next carried values and the iteration's outputs.
    package let body: Subgraph
    /// Tells, from the operands of the body, that an iteration is one of the loop's; it always is, except that under `vmap` the
    /// iterations backwards over a `while` are as many as the longest example's. Where it is false nothing is carried or put out.
    package let isWithin: Subgraph?
    package let carried: Int
    package let sequences: Int
    /// The number of iterations where there is neither a predicate nor a sequence.
    package let length: Int?
    /// Whether the iterations read and write from the end.
    package let isReversed: Bool
    package let memory: LoopMemoryPolicy
    package var keepsStates: Bool
    /// How many of the body's last outputs are random numbers that it draws, kept with the states.
    package var drawn = 0

    package var label: String { predicate == nil ? (isReversed ? "scan reversed" : "scan") : "while" }

    package var subgraphs: [(name: String, graph: Subgraph)] {
        (predicate.map { [("while", $0)] } ?? []) + (isWithin.map { [("within", $0)] } ?? []) + [("body", body)]
    }

    package func replacingSubgraphs(_ graphs: [Subgraph]) -> Loop {
        Loop(
            predicate: predicate == nil ? nil : graphs[0], body: graphs.last!,
            isWithin: isWithin == nil ? nil : graphs[graphs.count - 2], carried: carried, sequences: sequences,
            length: length, isReversed: isReversed, memory: memory, keepsStates: keepsStates, drawn: drawn)
    }

    /// The outputs of an iteration besides the carried values and what is drawn.
    package var outputs: Int { body.graph.outputs.count - carried - drawn }
    var captures: Int { body.graph.inputs.count - carried - sequences }
    /// The types of the carried values.
    var carriedTypes: [TensorType] { Array(body.inputTypes.prefix(carried)) }
    /// Where the kept states stand among the results.
    var states: Range<Int> { (carried + outputs)..<(carried + outputs + carried) }
    /// Where the drawn numbers stand among the results.
    var draws: Range<Int> { (resultCount - drawn)..<resultCount }
    /// The number of results.
    var resultCount: Int { carried + outputs + (keepsStates ? carried : 0) + drawn }

    package var recorded: Loop {
        guard !keepsStates, memory == .all || predicate == nil else { return self }
        var loop = self
        loop.keepsStates = true
        return loop.puttingOutDraws
    }

    package var readResults: [Int] {
        keepsStates ? Array(states) + draws : []
    }

    package func resultTypes(_ inputs: [TensorType]) throws(TensorError) -> [TensorType] {
        precondition(inputs.count == carried + sequences + captures, "a loop is bound with an operand an input")
        let count = try iterations(inputs)
        let putOut = body.outputTypes.dropFirst(carried)
        let stackedTypes = putOut.prefix(outputs) + (keepsStates ? carriedTypes[...] : []) + putOut.suffix(drawn)
        return carriedTypes + stackedTypes.map { $0.stacked(count) }
    }

    /// The number of iterations, so far as types tell.
    private func iterations(_ inputs: [TensorType]) throws(TensorError) -> Int {
        if predicate != nil { return Shape.unknownExtent }
        guard sequences > 0 else { return length! }
        let extents = inputs[carried..<(carried + sequences)].map { $0.shape[0] }
        guard extents.allSatisfy({ $0 == extents[0] }) else {
            throw TensorError(
                .shape, "scan",
                "the sequences have different lengths: \(extents.map { "\($0)" }.joined(separator: ", "))",
                "give sequences with the same extent along the first axis")
        }
        return extents[0]
    }

    package func execute(_ inputs: [TensorValue]) throws(TensorError) -> [TensorValue] {
        var run = try LoopRun(self, inputs)
        return try run.run()
    }
}

/// What a loop of unknown length keeps for its gradient.
public enum LoopMemoryPolicy: Sendable, Hashable {
    /// The state of each iteration.
    case all
    /// O(log n) states; the others are computed again, each O(log n) times.
    case logarithmic
}

/// A loop under way on stored values. Both graphs run in slots that stay from iteration to iteration.
private struct LoopRun: ~Copyable {
    private let body: ExecutionPlan
    private let predicate: ExecutionPlan?
    private let bodySlots: Slots
    private let predicateSlots: Slots
    private var carried: [TensorValue?]
    private let sequences: [TensorValue]
    private let captures: [TensorValue]
    private let count: Int?
    private let limit: Int
    private let isReversed: Bool
    /// Where the sequences and the captures start among the inputs of the body.
    private let firstSequence: Int
    private let firstCapture: Int
    private let drawn: Int
    private var outputs: [Stack]
    private var states: [Stack]

    init(_ loop: Loop, _ inputs: [TensorValue]) throws(TensorError) {
        isReversed = loop.isReversed
        limit = loop.predicate == nil ? Int.max : IterationLimit.current ?? Int.max
        firstSequence = loop.carried
        firstCapture = loop.carried + loop.sequences
        drawn = loop.drawn
        body = loop.body.plan
        predicate = loop.predicate?.plan
        bodySlots = Slots(count: body.graph.valueCount)
        predicateSlots = Slots(count: predicate?.graph.valueCount ?? 0)
        carried = Array(inputs.prefix(loop.carried))
        sequences = Array(inputs[loop.carried..<(loop.carried + loop.sequences)])
        captures = Array(inputs.dropFirst(loop.carried + loop.sequences))
        count = loop.predicate != nil ? nil : loop.sequences > 0 ? sequences[0].shape[0] : loop.length!
        outputs = []
        states = []
        for type in loop.body.outputTypes.dropFirst(loop.carried) {
            outputs.append(try Stack(type, count: count, isReversed: loop.isReversed))
        }
        if loop.keepsStates {
            for type in loop.carriedTypes {
                states.append(try Stack(type, count: count, isReversed: loop.isReversed))
            }
        }
    }

    mutating func run() throws(TensorError) -> [TensorValue] {
        var iteration = 0
        while try goesOn(iteration) {
            guard iteration < limit else { throw IterationLimit.exceeded(limit) }
            for index in states.indices { try states[index].append(carried[index]!) }
            try iterate(isReversed ? count! - 1 - iteration : iteration)
            iteration += 1
        }
        var results = carried.map { $0! }
        for stack in outputs.dropLast(drawn) + states + outputs.suffix(drawn) { results.append(try stack.value()) }
        return results
    }

    private mutating func iterate(_ place: Int) throws(TensorError) {
        for (input, value) in body.readInputs {
            bodySlots[value] =
                input < firstSequence
                ? carried[input].take()
                : input < firstCapture
                    ? sequences[input - firstSequence].element(place) : captures[input - firstCapture]
        }
        // What the body alone holds it may write over.
        for index in carried.indices { carried[index] = nil }
        try body.run(bodySlots)
        for (index, output) in body.outputValues.enumerated() {
            let value = output.isLast ? bodySlots.take(output.value)! : bodySlots[output.value]!
            if index < firstSequence {
                carried[index] = value
            } else {
                try outputs[index - firstSequence].append(value)
            }
        }
    }

    private func goesOn(_ iteration: Int) throws(TensorError) -> Bool {
        guard let predicate else { return iteration < count! }
        for (input, value) in predicate.readInputs {
            predicateSlots[value] = input < firstSequence ? carried[input] : captures[input - firstSequence]
        }
        try predicate.run(predicateSlots)
        return predicateSlots.take(predicate.outputValues[0].value)!.isTrue
    }
}

extension TensorValue {
    /// A look at one element along the first axis.
    func element(_ index: Int) -> TensorValue {
        var shape = Shape()
        var steps = Strides()
        let (whole, own) = (self.shape, strides)
        for axis in stride(from: 1, to: whole.rank, by: 1) {
            shape.append(whole[axis])
            steps[axis - 1] = own[axis]
        }
        return view(shape, strides: steps, offset: index * own[0])
    }

    /// Whether a value of one element is not zero.
    var isTrue: Bool {
        dtype == .bool && isContiguous ? elements.load(as: Bool.self) : Tensor(self).item() != 0
    }
}

/// Values put one behind the other along an axis of their own.
private struct Stack {
    private let type: TensorType
    private let isReversed: Bool
    private var target: TensorValue
    private var count = 0

    init(_ type: TensorType, count: Int?, isReversed: Bool) throws(TensorError) {
        self.type = type
        self.isReversed = isReversed
        target = try TensorValue(uninitialized: type.stacked(count ?? 1))
    }

    private var capacity: Int { target.shape[0] }

    private func place(_ index: Int) -> UnsafeMutableRawPointer {
        target.elements + (isReversed ? capacity - 1 - index : index) * type.byteCount
    }

    mutating func append(_ value: TensorValue) throws(TensorError) {
        if count == capacity {
            let larger = try TensorValue(uninitialized: type.stacked(max(2 * capacity, 1)))
            larger.elements.copyMemory(from: target.elements, byteCount: count * type.byteCount)
            target = larger
        }
        if value.isContiguous {
            place(count).copyMemory(from: value.elements, byteCount: type.byteCount)
        } else {
            Kernels.copy(value, to: place(count), strides: Strides(contiguous: type.shape))
        }
        count += 1
    }

    func value() throws(TensorError) -> TensorValue {
        if count == capacity { return target }
        let exact = try TensorValue(uninitialized: type.stacked(count))
        exact.elements.copyMemory(from: target.elements, byteCount: count * type.byteCount)
        return exact
    }
}
