import AdjointCore
import AdjointRuntime

extension GraphBuilder {
    /// What to do about an input that no output depends on.
    public enum UnusedInputs: Sendable {
        /// An error that names it.
        case error
        /// Nothing: its argument is not read.
        case ignore
    }

    /// A function of inputs that computes outputs, and then changes states.
    /// - Parameters:
    ///   - inputs: inputs of this builder, or intermediate values, whose place the arguments take.
    ///   - outputs: any values.
    ///   - updates: for each state the value that it is to have after a run.
    ///   - givens: values with others that take their places: of the same shape and type, computed without them or not.
    ///   - passes: the rewrites that the graph goes through. Default: all.
    ///   - executor: what runs the graph.
    /// - Throws: if outputs depend on an input that is not named, an input is not used, a state is updated twice, types differ.
    public func function(
        _ inputs: [Tensor], _ outputs: [Tensor], updates: [(SharedState, Tensor)] = [],
        givens: [(Tensor, Tensor)] = [], unused: UnusedInputs = .error, passes: [GraphPass] = GraphPass.standard,
        executor: any Executor = GraphInterpreter()
    ) throws(TensorError) -> GraphFunction {
        var graph = try graph(outputs + updates.map(\.1))
        for (index, update) in updates.enumerated() {
            guard update.1.type == update.0.type else {
                throw TensorError(
                    update.1.shape == update.0.type.shape ? .dtype : .shape, "function",
                    "the state \"\(update.0.name)\" of type \(update.0.type) is updated by a value of type \(update.1.type)",
                    "reshape or convert the value")
            }
            guard !updates[..<index].contains(where: { $0.0 === update.0 }) else {
                throw TensorError(
                    .argument, "function", "the state \"\(update.0.name)\" is updated twice", "give one update a state")
            }
        }
        try substitute(givens, in: &graph)
        let arguments = try declare(inputs, in: &graph)
        let needed = graph.needed(for: graph.outputs.map(\.value), effects: true)
        for (place, argument) in arguments.enumerated() where unused == .error && !needed[argument.value] {
            throw TensorError(
                .argument, "function", "no output depends on input \(place), \"\(argument.name)\"",
                "leave it out, or pass unused: .ignore")
        }
        let states = stage.states.filter { needed[$0.value] }
        let captures = stage.captures.filter { needed[$0.value] }
        for port in graph.inputs where needed[port.value] {
            let isKnown =
                arguments.contains { $0.value == port.value } || states.contains { $0.value == port.value }
                || captures.contains { $0.value == port.value }
            guard isKnown else {
                throw TensorError(
                    .argument, "function",
                    "an output depends on the input \"\(port.name)\", which is not among the inputs",
                    "name it as an input, or give its value with givens")
            }
        }
        graph.inputs =
            arguments + states.map { Graph.Port(name: $0.state.name, value: $0.value) }
            + StageInterpreter.ports(ofCaptures: captures.map(\.value))
        let (rewritten, explanation) = GraphPass.apply(passes, to: graph)
        return GraphFunction(
            graph: rewritten, explanation: explanation, executable: try executor.prepare(rewritten),
            argumentCount: arguments.count, states: states.map(\.state), captures: captures.map(\.tensor),
            updated: updates.map(\.0))
    }

    private func substitute(_ givens: [(Tensor, Tensor)], in graph: inout Graph) throws(TensorError) {
        var replacements: [Int: Int] = [:]
        for (old, new) in givens {
            if let failure = old.failure ?? new.failure { throw failure }
            guard let value = stage.number(of: old) else {
                throw TensorError(
                    .argument, "function", "a given replaces a value that is not of this graph",
                    "name a value of this builder")
            }
            guard old.type == new.type else {
                throw TensorError(
                    old.shape == new.shape ? .dtype : .shape, "function",
                    "a given replaces a value of type \(old.type) by one of type \(new.type)",
                    "reshape or convert the new value")
            }
            let count = graph.valueCount
            let number = try stage.numberLifting(new)
            if number >= count { graph.append(.constant(new), [], [new.type]) }
            replacements[value] = number
        }
        graph.replace(replacements)
    }

    /// The ports of a function's arguments. An argument that is an intermediate value becomes an input in its place.
    private func declare(_ inputs: [Tensor], in graph: inout Graph) throws(TensorError) -> [Graph.Port] {
        var ports: [Graph.Port] = []
        var replacements: [Int: Int] = [:]
        for (index, input) in inputs.enumerated() {
            if let failure = input.failure { throw failure }
            guard let value = stage.number(of: input) else {
                throw TensorError(
                    .argument, "function", "input \(index) is not a value of this graph", "make it with input(_:_:_:)")
            }
            guard !ports.contains(where: { $0.value == value }), replacements[value] == nil else {
                throw TensorError(.argument, "function", "input \(index) is named twice", "name each input once")
            }
            if let port = graph.inputs.first(where: { $0.value == value }) {
                ports.append(port)
            } else {
                let name = "input\(index)"
                let stand = graph.appendInput(name, input.type)
                replacements[value] = stand
                ports.append(Graph.Port(name: name, value: stand))
            }
        }
        graph.replace(replacements)
        return ports
    }
}

extension Graph {
    /// Lets other values take the places of some wherever outputs depend on them: what depends on a replaced value is computed
    /// again from its replacement, the replacements themselves are what they were.
    mutating func replace(_ replacements: [Int: Int]) {
        guard !replacements.isEmpty else { return }
        var renamed = replacements
        let needed = needed(for: outputs.map(\.value))
        for step in steps {
            let results = results(of: step)
            let reads = operands(of: step).map { Int($0) }
            guard results.contains(where: { needed[$0] && replacements[$0] == nil }),
                reads.contains(where: { renamed[$0] != nil })
            else { continue }
            let copies = append(
                step.operation, reads.map { renamed[$0] ?? $0 }, results.map { types[$0] }, role: step.role,
                callers: step.callers)
            for (result, copy) in zip(results, copies) where renamed[result] == nil { renamed[result] = copy }
        }
        outputs = outputs.map { Port(name: $0.name, value: renamed[$0.value] ?? $0.value) }
    }
}

/// A graph that is ready to run, with the states that it reads and changes.
public struct GraphFunction: Sendable {
    /// What is run: the arguments are its first inputs, then come states; the updates are its last outputs.
    public let graph: Graph
    /// What each rewrite did.
    public let explanation: [PassReport]
    private let executable: any Executable
    private let argumentCount: Int
    private let states: [SharedState]
    private let captures: [Tensor]
    private let updated: [SharedState]

    init(
        graph: Graph, explanation: [PassReport], executable: any Executable, argumentCount: Int, states: [SharedState],
        captures: [Tensor],
        updated: [SharedState]
    ) {
        self.graph = graph
        self.explanation = explanation
        self.executable = executable
        self.argumentCount = argumentCount
        self.states = states
        self.captures = captures
        self.updated = updated
    }

    /// What a run by the interpreter takes of memory.
    /// - Throws: if a type does not fit.
    public var memoryPlan: MemoryPlan {
        get throws(TensorError) { try ExecutionPlan(graph).memoryPlan }
    }

    /// Computes the outputs, then changes the states. A run that fails changes none.
    /// - Throws: for arguments of the wrong number or types, and what an operation throws.
    public func callAsFunction(_ arguments: [Tensor]) throws(TensorError) -> [Tensor] {
        guard arguments.count == argumentCount else {
            throw TensorError(
                .argument, "run", "a function of \(argumentCount) inputs was given \(arguments.count) tensors",
                "give one tensor each for \(graph.inputs.prefix(argumentCount).map(\.name).joined(separator: ", "))")
        }
        let results = try executable.run(arguments + states.map(\.value) + captures)
        let count = results.count - updated.count
        for (state, value) in zip(updated, results.dropFirst(count)) { state.value = value }
        return Array(results.prefix(count))
    }

    /// Computes the outputs; see `callAsFunction(_:)` of an array.
    public func callAsFunction(_ arguments: Tensor...) throws(TensorError) -> [Tensor] { try self(arguments) }

    /// Computes the outputs from arguments by name.
    public func callAsFunction(_ arguments: [String: Tensor]) throws(TensorError) -> [Tensor] {
        let names = graph.inputs.prefix(argumentCount).map(\.name)
        if let unknown = arguments.keys.sorted().first(where: { !names.contains($0) }) {
            throw TensorError(
                .argument, "run", "there is no input \"\(unknown)\"", "the inputs are \(names.joined(separator: ", "))")
        }
        var tensors: [Tensor] = []
        for name in names {
            guard let tensor = arguments[name] else {
                throw TensorError(
                    .argument, "run", "no tensor was given for the input \"\(name)\"",
                    "the inputs are \(names.joined(separator: ", "))")
            }
            tensors.append(tensor)
        }
        return try self(tensors)
    }
}
