import AdjointCore
import AdjointRuntime
import AdjointTransforms
import Synchronization

/// Staging: an interpreter whose values are those of a graph under construction; an operation becomes a step.
///
/// Tensors in memory become constants. Values of other transforms and recorded tensors are kept as captures, inputs that the
/// graph's owner supplies, so that tangents, examples and gradients pass through a staged program from what it closes over.
package final class StageInterpreter: Interpreter {
    package let level: Int
    package let scope: TransformScope?
    /// The name of the transform that messages show.
    private let name: String
    let follows: Bool

    private struct Contents {
        var graph = Graph()
        var role = Graph.Role.forward
        /// Values by the identity of the tensors that they were lifted from, which `kept` keeps alive.
        var lifted: [ObjectIdentifier: Int] = [:]
        var kept: [Tensor] = []
        var captures: [(value: Int, tensor: Tensor)] = []
        var states: [(state: SharedState, value: Int)] = []
        var updates: [(state: SharedState, value: Tensor)] = []
    }
    private let contents = Mutex(Contents())

    /// - Parameter scope: the call to which the values belong; nil if they may be used for ever.
    /// - Parameter follows: whether operations are also run, so that a program can read numbers.
    init(_ name: String, level: Int, scope: TransformScope?, follows: Bool = false) {
        self.name = name
        self.follows = follows
        self.level = level
        self.scope = scope
    }

    /// Calls `body` with a new interpreter above all that are under way.
    static func nested<Value>(
        _ name: String, follows: Bool = false, _ body: (StageInterpreter) throws -> Value
    ) rethrows -> Value {
        let level = (Transforms.innermost?.level ?? 0) + 1
        let interpreter = StageInterpreter(name, level: level, scope: TransformScope(name), follows: follows)
        defer { interpreter.scope?.end() }
        return try Transforms.$innermost.withValue(interpreter) { try body(interpreter) }
    }

    /// The graph so far.
    var graph: Graph { contents.withLock { $0.graph } }

    /// What the graph closes over, with the inputs that stand for it, which come after the declared ones.
    var captures: [(value: Int, tensor: Tensor)] { contents.withLock { $0.captures } }

    package var readRemedy: String {
        "a graph decides with cond, switchCase, whileLoop and scan; or decide before the graph is built, from values in memory"
    }

    /// The inputs that stand for captures.
    var capturePorts: [Graph.Port] { Self.ports(ofCaptures: captures.map(\.value)) }

    static func ports(ofCaptures values: [Int]) -> [Graph.Port] {
        values.enumerated().map { Graph.Port(name: "captured\($0)", value: $1) }
    }

    /// The tensors of a program's result as outputs, under their names.
    func outputPorts(of result: some TensorContainer) throws(TensorError) -> [Graph.Port] {
        var ports: [Graph.Port] = []
        for tensor in result.namedTensors {
            let value = try numberLifting(tensor.tensor)
            ports.append(Graph.Port(name: tensor.name.isEmpty ? "result" : tensor.name, value: value))
        }
        return ports
    }

    /// The states that the graph reads, with the inputs that stand for them.
    var states: [(state: SharedState, value: Int)] { contents.withLock { $0.states } }
    /// What the program assigned to states, the last value of each.
    var updates: [(state: SharedState, value: Tensor)] { contents.withLock { $0.updates } }

    /// The value of a state in this graph: the last one that the program assigned, else the one that a run starts with.
    func read(_ state: SharedState) -> Tensor {
        let value = contents.withLock { contents -> Tensor? in
            if let update = contents.updates.last(where: { $0.state === state }) { return update.value }
            return contents.states.first { $0.state === state }.map { staged($0.value, state.type) }
        }
        if let value { return value }
        let input = input(state.name, state.type)
        contents.withLock { $0.states.append((state, number(of: input)!)) }
        return input
    }

    /// Notes that a run ends by giving a state this value.
    func assign(_ state: SharedState, _ value: Tensor) {
        let value = number(of: value) == nil ? lift(value) : value.withoutNode
        contents.withLock { contents in
            contents.updates.removeAll { $0.state === state }
            contents.updates.append((state, value))
        }
    }

    /// A new input.
    func input(_ name: String, _ type: TensorType, primal: Tensor? = nil) -> Tensor {
        staged(contents.withLock { $0.graph.appendInput(name, type) }, type, primal: primal)
    }

    /// The tensor that stands for a value of the graph.
    func staged(_ value: Int, _ type: TensorType, primal: Tensor? = nil) -> Tensor {
        Tensor(StagedValue(stage: self, value: value, primal: primal), type: type)
    }

    /// What a value is in a run that staging follows.
    func primal(of tensor: Tensor) -> Tensor {
        (tensor.traced as? StagedValue).flatMap { $0.stage === self ? $0.primal : nil } ?? tensor
    }

    /// The number of the value that a tensor stands for; nil if it is not of this graph.
    func number(of tensor: Tensor) -> Int? {
        guard let value = tensor.traced as? StagedValue, value.stage === self else { return nil }
        return value.value
    }

    /// The number of any tensor's value, lifted if it is not of this graph.
    func numberLifting(_ tensor: Tensor) throws(TensorError) -> Int {
        if let failure = tensor.failure { throw failure }
        if let number = number(of: tensor) { return number }
        let lifted = lift(tensor)
        if let failure = lifted.failure { throw failure }
        return number(of: lifted)!
    }

    package func lift(_ tensor: Tensor) -> Tensor {
        if let foreign = tensor.traced as? StagedValue, foreign.stage.level == level {
            return raise(
                TensorError(
                    .traced, name, "a value of one graph was used in another",
                    "build both parts with the same GraphBuilder, or pass the value as an input"))
        }
        let type = tensor.type
        let value = contents.withLock { contents in
            let key = ObjectIdentifier(tensor.node ?? tensor.value.buffer)
            if let known = contents.lifted[key] { return known }
            let value: Int
            if tensor.value.isStored, tensor.node == nil {
                value = contents.graph.append(.constant(tensor), [], [type]).lowerBound
            } else {
                value = contents.graph.append(.input, [], [type]).lowerBound
                contents.captures.append((value, tensor))
            }
            contents.lifted[key] = value
            contents.kept.append(tensor)
            return value
        }
        return staged(value, type, primal: follows ? tensor : nil)
    }

    package func interpret<P: Primitive>(_ operation: P, _ inputs: [Tensor]) -> Tensor {
        attempt { () throws(TensorError) in
            let primal = follows ? bindDynamically(operation, inputs.map { self.primal(of: $0) }) : nil
            if let failure = primal?.failure { throw failure }
            let type = if let primal { primal.type } else { try operation.typeWhenStaged(inputs.map(\.type)) }
            return append(.primitive(operation), inputs, [type], primals: primal.map { [$0] })[0]
        }
    }

    package func interpretSeveral<P: MultiPrimitive>(
        _ operation: P, _ inputs: [Tensor]
    ) throws(TensorError) -> [Tensor] {
        let primals = follows ? bindSeveral(operation, inputs.map { primal(of: $0) }) : nil
        if let failure = primals?.first?.failure { throw failure }
        let types = try operation.resultTypes(inputs.map(\.type))
        return append(.several(operation), inputs, types, primals: primals)
    }

    package func draw(_ operation: String, _ shape: [Int], _ plain: @escaping @Sendable ([Int]) -> Tensor) -> Tensor {
        if follows {
            let primal = drawOutside(operation, shape, plain)
            if primal.failure != nil { return primal }
            return append(.draw(Draw(operation, shape, plain)), [], [primal.type], primals: [primal])[0]
        }
        let example = Transforms.$innermost.withValue(nil) {
            Recording.observed(by: DrawRehearsal()) { plain(shape) }
        }
        if example.failure != nil { return example }
        return append(.draw(Draw(operation, shape, plain)), [], [example.type])[0]
    }

    private func append(
        _ operation: GraphOperation, _ inputs: [Tensor], _ types: [TensorType], primals: [Tensor]? = nil
    ) -> [Tensor] {
        let results = contents.withLock { contents in
            contents.graph.append(
                operation, inputs.map { ($0.traced as! StagedValue).value }, types, role: contents.role)
        }
        return zip(results, types).enumerated().map { staged($1.0, $1.1, primal: primals?[$0]) }
    }

    /// Runs `body`; the steps that it adds are derivatives.
    func differentiating<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        let role = contents.withLock { contents in
            defer { contents.role = .derivative }
            return contents.role
        }
        defer { contents.withLock { $0.role = role } }
        return try body()
    }
}

/// A value of a graph under construction.
struct StagedValue: TracedValue {
    let stage: StageInterpreter
    let value: Int
    /// The number that it is, if staging follows a run.
    let primal: Tensor?

    var interpreter: any Interpreter { stage }
    var concrete: Tensor? { primal }
}
