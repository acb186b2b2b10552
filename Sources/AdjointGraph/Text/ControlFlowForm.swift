import AdjointCore
import AdjointRuntime

/// How texts state an operation that holds graphs, and what it asks of them.
enum ControlFlowForm {
    static let names = [Loop.name, Branch.name, LoopReplay.formName]

    typealias Statement = (name: String, fields: OperationRegistry.Fields, graphs: [(name: String, graph: Subgraph)])

    /// The statement of an operation; nil if it has none.
    static func statement(of operation: any MultiPrimitive) -> Statement? {
        switch operation {
        case let loop as Loop: (Loop.name, fields(of: loop), loop.subgraphs)
        case let branch as Branch: (Branch.name, [], branch.subgraphs)
        case let replay as LoopReplay:
            (
                LoopReplay.formName,
                fields(of: replay.loop) + [
                    ("carriedPlaces", replay.carriedPlaces.stated), ("capturePlaces", replay.capturePlaces.stated),
                ],
                replay.subgraphs
            )
        default: nil
        }
    }

    private static func fields(of loop: Loop) -> OperationRegistry.Fields {
        var fields: OperationRegistry.Fields = [("carried", loop.carried.stated)]
        if loop.sequences > 0 { fields.append(("sequences", loop.sequences.stated)) }
        if let length = loop.length { fields.append(("length", length.stated)) }
        if loop.isReversed { fields.append(("reversed", true.stated)) }
        if loop.memory == .logarithmic { fields.append(("memory", .word("logarithmic"))) }
        if loop.keepsStates { fields.append(("keepsStates", true.stated)) }
        if loop.drawn > 0 { fields.append(("drawn", loop.drawn.stated)) }
        return fields
    }

    /// The operation of a name with parameters and graphs.
    static func operation(
        _ name: String, _ fields: OperationRegistry.Fields, _ graphs: [(name: String, graph: Subgraph)]
    ) throws(FormError) -> any MultiPrimitive {
        var fields = FieldReader(fields, of: name)
        let operation: any MultiPrimitive
        switch name {
        case Branch.name: operation = try branch(graphs)
        case Loop.name: operation = try loop(&fields, graphs)
        default:
            let loop = try loop(&fields, graphs.filter { $0.name != "backward" })
            guard let backward = graphs.last, backward.name == "backward" else {
                throw FormError("\(name) has no graph \"backward\"", "give it behind the others")
            }
            operation = LoopReplay(
                loop, backward.graph, try fields.value("carriedPlaces", [Int].self) ?? [],
                try fields.value("capturePlaces", [Int].self) ?? [])
        }
        try fields.finish()
        return operation
    }

    private static func branch(_ graphs: [(name: String, graph: Subgraph)]) throws(FormError) -> Branch {
        guard let first = graphs.first?.graph,
            graphs.allSatisfy({
                $0.graph.inputTypes == first.inputTypes && $0.graph.outputTypes == first.outputTypes
            })
        else {
            throw FormError(
                graphs.isEmpty ? "a branch without cases" : "the cases of a branch differ in their inputs or outputs",
                "give at least one graph, all of the same inputs and outputs")
        }
        return Branch(graphs.map(\.graph))
    }

    private static func loop(
        _ fields: inout FieldReader, _ graphs: [(name: String, graph: Subgraph)]
    ) throws(FormError) -> Loop {
        func graph(_ name: String) -> Subgraph? { graphs.first { $0.name == name }?.graph }
        guard let body = graph("body"), graphs.allSatisfy({ ["while", "within", "body"].contains($0.name) }),
            Set(graphs.map(\.name)).count == graphs.count
        else {
            throw FormError("a loop holds one graph \"body\"", "besides, it may hold one \"while\" and one \"within\"")
        }
        let memory: LoopMemoryPolicy
        switch try fields.raw("memory") {
        case nil, .word("all"): memory = .all
        case .word("logarithmic"): memory = .logarithmic
        default: throw FormError("a loop keeps all states, or few", "write memory: all or memory: logarithmic")
        }
        let loop = Loop(
            predicate: graph("while"), body: body, isWithin: graph("within"),
            carried: try fields.value("carried", Int.self) ?? 0,
            sequences: try fields.value("sequences", Int.self) ?? 0,
            length: try fields.value("length", Int.self), isReversed: try fields.value("reversed", Bool.self) ?? false,
            memory: memory, keepsStates: try fields.value("keepsStates", Bool.self) ?? false)
        guard loop.isSound else {
            throw FormError(
                "the graphs of a loop do not fit its parameters",
                "body: carried, elements, captures → carried, outputs; while: carried, captures → one element")
        }
        return loop
    }

    /// The types of the results, after checks that whoever binds the operation in a program need not make.
    static func resultTypes(
        of operation: any MultiPrimitive, _ inputs: [TensorType]
    ) throws(TensorError) -> [TensorType] {
        let fits =
            switch operation {
            case let loop as Loop: loop.fits(inputs)
            case let branch as Branch: branch.fits(inputs)
            case let replay as LoopReplay: replay.fits(inputs)
            default: true
            }
        guard fits else {
            throw TensorError(
                .shape, operation.label,
                "its graphs and operands of types \(inputs.map(\.description).joined(separator: ", ")) do not fit together",
                "give an operand of its type for each input")
        }
        return try operation.resultTypes(inputs)
    }
}

/// The parameters of one statement, each to be read once.
private struct FieldReader {
    private let fields: OperationRegistry.Fields
    private let operation: String
    private var asked: Set<String> = []

    init(_ fields: OperationRegistry.Fields, of operation: String) {
        self.fields = fields
        self.operation = operation
    }

    mutating func raw(_ name: String) throws(FormError) -> ParameterValue? {
        asked.insert(name)
        return fields.first { $0.name == name }?.value
    }

    mutating func value<Value: OperationParameter>(_ name: String, _: Value.Type) throws(FormError) -> Value? {
        guard let stated = try raw(name) else { return nil }
        guard let value = Value(stated: stated) else {
            throw FormError("the parameter \"\(name)\" is no value of its kind", "give \(Value.expectation)")
        }
        return value
    }

    func finish() throws(FormError) {
        if let unknown = fields.first(where: { !asked.contains($0.name) }) {
            throw FormError("\(operation) has no parameter \"\(unknown.name)\"", "leave it out")
        }
    }
}

extension Loop {
    /// Whether the graphs fit each other and the numbers.
    fileprivate var isSound: Bool {
        let (inputs, results) = (body.inputTypes, body.outputTypes)
        guard carried >= 0, sequences >= 0, carried <= inputs.count, sequences <= inputs.count - carried,
            carried <= results.count, results.prefix(carried).elementsEqual(inputs.prefix(carried))
        else { return false }
        func tells(_ graph: Subgraph, _ types: [TensorType]) -> Bool {
            graph.inputTypes == types && graph.outputTypes.count == 1 && graph.outputTypes[0].shape.count == 1
        }
        if let isWithin, !tells(isWithin, inputs) { return false }
        if let predicate {
            let captures = inputs.dropFirst(carried + sequences)
            return sequences == 0 && length == nil && !isReversed
                && tells(predicate, Array(inputs[..<carried]) + captures)
        }
        return sequences > 0 ? length == nil : length.map { (0...Shape.maximumExtent).contains($0) } ?? false
    }

    fileprivate func fits(_ operands: [TensorType]) -> Bool {
        let inputs = body.inputTypes
        guard operands.count == inputs.count else { return false }
        let all = zip(operands, inputs).enumerated().allSatisfy { place, pair in
            let (operand, input) = pair
            guard (carried..<(carried + sequences)).contains(place) else { return operand == input }
            return operand.shape.rank == input.shape.rank + 1 && operand.element == input
        }
        guard all else { return false }
        // The stacked results have to be tensors.
        let count =
            predicate != nil ? Shape.unknownExtent : sequences > 0 ? operands[carried].shape[0] : length ?? 0
        return (body.outputTypes + carriedTypes).allSatisfy {
            Shape(checking: [count] + $0.shape.extents) != nil
        }
    }
}

extension Branch {
    fileprivate func fits(_ operands: [TensorType]) -> Bool {
        guard let number = operands.first, number.shape.count == 1, !number.dtype.isDifferentiable else { return false }
        return Array(operands.dropFirst()) == branches[0].inputTypes
    }
}

extension LoopReplay {
    static let formName = "loop_replay"

    fileprivate func fits(_ operands: [TensorType]) -> Bool {
        guard let backward, loop.predicate != nil, loop.isWithin == nil else { return false }
        let inputs = loop.body.inputTypes
        let results = backward.outputTypes
        let captures = inputs.count - loop.carried
        return backward.inputTypes == operands && operands.starts(with: inputs)
            && Array(operands.dropFirst(inputs.count)) == results
            && carriedPlaces.count + capturePlaces.count == results.count
            && carriedPlaces.allSatisfy { (0..<loop.carried).contains($0) }
            && capturePlaces.allSatisfy { (0..<captures).contains($0) }
            && Set(carriedPlaces).count == carriedPlaces.count && Set(capturePlaces).count == capturePlaces.count
    }
}
