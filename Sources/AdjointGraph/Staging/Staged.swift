import AdjointCore
import AdjointRuntime
import AdjointTransforms
import Synchronization

/// A function that is turned into a graph when it is first called, and from then on runs as the graph.
///
/// There is one graph for each structure, shapes and element types of the arguments, in training and in prediction. Tensors in memory that the function closes
/// over are constants of the graph; a value that is to change belongs among the arguments or into a `SharedState`. Random numbers
/// are drawn anew in each call. Reading a tensor's numbers inside (`item()`, `if x > 0`) is an error: a graph decides with
/// `cond`, `whileLoop` and `scan`.
///
///     let f = staged { (x: Tensor, w: Tensor) in tanh(x.matmul(w)).sum() }
///     let y = f(x, w)
///
/// The call is an operation on tensors like any other: it can be differentiated, batched, nested in another staged function.
///
/// - Parameters:
///   - passes: the rewrites that the graph goes through. Default: all.
///   - executor: what runs the graph.
public func staged<each Argument: TensorContainer, Value: TensorContainer>(
    _ f: @escaping @Sendable (repeat each Argument) -> Value, passes: [GraphPass] = GraphPass.standard,
    executor: any Executor = GraphInterpreter()
) -> StagedFunction<repeat each Argument, Value> {
    StagedFunction(f, passes, executor)
}

/// What `staged` gives.
public final class StagedFunction<each Argument: TensorContainer, Value: TensorContainer>: Sendable {
    private let function: @Sendable (repeat each Argument) -> Value
    private let passes: [GraphPass]
    private let executor: any Executor
    private let specializations = Mutex<[Signature: Specialization<Value>]>([:])
    private let reports = Mutex<[StagingReport]>([])

    init(
        _ function: @escaping @Sendable (repeat each Argument) -> Value, _ passes: [GraphPass], _ executor: any Executor
    ) {
        self.function = function
        self.passes = passes
        self.executor = executor
    }

    /// When the function was staged, and why.
    public var stagings: [StagingReport] { reports.withLock { $0 } }

    /// The result, computed by the graph for these arguments, which is made if there is none yet.
    public func callAsFunction(_ arguments: repeat each Argument) -> Value {
        let inputs = tensors(in: repeat each arguments)
        do throws(TensorError) {
            let specialization = try specialization(for: repeat each arguments)
            // Inside another graph a state's value is that of the graph.
            let states = specialization.states.map(\.value)
            let results = try specialization.executable.run(inputs + states + specialization.captures)
            let count = results.count - specialization.updated.count
            for (state, value) in zip(specialization.updated, results.dropFirst(count)) { state.value = value }
            return replacing(in: specialization.result, with: Array(results.prefix(count)))
        } catch {
            let failed = raise(error)
            return function(repeat (each arguments).mapTensors { _ in failed }).mapTensors { _ in failed }
        }
    }

    /// What each rewrite did to the graph for arguments like these.
    /// - Throws: what the function does to values that only a run knows.
    public func explanation(for arguments: repeat each Argument) throws(TensorError) -> [PassReport] {
        try specialization(for: repeat each arguments).explanation
    }

    /// What a run by the interpreter takes of memory, for arguments like these.
    /// - Throws: what the function does to values that only a run knows.
    public func memoryPlan(for arguments: repeat each Argument) throws(TensorError) -> MemoryPlan {
        try ExecutionPlan(specialization(for: repeat each arguments).graph).memoryPlan
    }

    /// Runs the function as it is and as its graph, and proves the results equal: bit for bit where no rewrite reordered arithmetic,
    /// within the tolerances otherwise. States and generators are left as they were.
    /// - Returns: how near the results are.
    /// - Throws: if they differ, naming the result; and what either run throws.
    @discardableResult
    public func verifyAgreement(
        _ arguments: repeat each Argument, relativeTolerance: Double = 1e-5, absoluteTolerance: Double = 1e-7
    ) throws(TensorError) -> AgreementReport {
        let specialization = try specialization(for: repeat each arguments)
        let states = specialization.states + specialization.updated
        let before = states.map(\.value)
        defer { for (state, value) in zip(states, before) { state.value = value } }
        // Both draw the same random numbers.
        func observed(_ run: () -> Value) throws(TensorError) -> [Tensor] {
            let result = Recording.observed(by: DrawsFromTheStart()) { () -> Result<[Tensor], TensorError> in
                do throws(TensorError) { return .success(try throwing(run).tensors) } catch { return .failure(error) }
            }
            return try result.get() + specialization.updated.map(\.value)
        }
        let eager = try observed { function(repeat each arguments) }
        for (state, value) in zip(states, before) { state.value = value }
        let graph = try observed { self(repeat each arguments) }
        return try AgreementReport(
            specialization.graph.outputs.map(\.name), eager, graph, specialization.explanation, relativeTolerance,
            absoluteTolerance)
    }

    /// The graph for arguments like these, after the rewrites.
    /// - Throws: what the function does to values that only a run knows.
    public func graph(for arguments: repeat each Argument) throws(TensorError) -> Graph {
        try specialization(for: repeat each arguments).graph
    }

    private func specialization(for arguments: repeat each Argument) throws(TensorError) -> Specialization<Value> {
        var structures: [String] = []
        for argument in repeat each arguments { structures.append(argument.structure) }
        let inputs = tensors(in: repeat each arguments)
        for input in inputs { if let failure = input.failure { throw failure } }
        let signature = Signature(structures: structures, types: inputs.map(\.type), isTraining: isTrainingMode)
        if let known = specializations.withLock({ $0[signature] }) { return known }
        let names = tensorNames(in: repeat each arguments)
        let run = { [function, arguments = (repeat each arguments)] (values: [Tensor]) -> Value in
            let staged = replacing(repeat each arguments, with: values)
            return function(repeat each staged)
        }
        let made = try Specialization.make(names, inputs, passes, executor, run)
        let reason = specializations.withLock { specializations in
            let reason = signature.difference(from: specializations.keys, names)
            specializations[signature] = made
            return reason
        }
        let count = reports.withLock { reports in
            reports.append(StagingReport(reason: reason, operations: made.graph.operationCount, site: CallSite()))
            return reports.count
        }
        if count == 8 {
            Warnings.tell(
                "staged", "a function was staged for the eighth time: \(reason)",
                "give it arguments of few shapes, or pass numbers that change as tensors")
        }
        return made
    }
}

/// A graph for arguments of one signature.
private struct Specialization<Value: TensorContainer>: Sendable {
    let graph: Graph
    let explanation: [PassReport]
    let executable: any Executable
    /// The result with the graph's values in the places of its tensors.
    let result: Value
    let captures: [Tensor]
    let states: [SharedState]
    let updated: [SharedState]

    /// Stages a function of tensors.
    static func make(
        _ names: [String], _ inputs: [Tensor], _ passes: [GraphPass], _ executor: any Executor,
        _ run: ([Tensor]) -> Value
    ) throws(TensorError) -> Specialization {
        func outcome(_ stage: StageInterpreter) -> Result<Specialization, TensorError> {
            do throws(TensorError) {
                let values = zip(names, inputs).map { stage.input($0, $1.type) }
                // Outside `checked` an error ends the program where it is made, before the function meets its NaN.
                let result = if CheckedScope.current == nil { run(values) } else { try throwing { run(values) } }
                return .success(try Specialization(stage, values, result, passes, executor))
            } catch {
                return .failure(error)
            }
        }
        return try StageInterpreter.nested("staged", outcome).get()
    }

    private init(
        _ stage: StageInterpreter, _ arguments: [Tensor], _ result: Value, _ passes: [GraphPass],
        _ executor: any Executor
    ) throws(TensorError) {
        var outputs = try stage.outputPorts(of: result)
        let (states, updates) = (stage.states, stage.updates)
        for (state, value) in updates {
            outputs.append(Graph.Port(name: state.name, value: stage.number(of: value)!))
        }
        var graph = stage.graph
        // Arguments first, then states, then what it closes over.
        let declared = arguments.map { value in graph.inputs.first { $0.value == stage.number(of: value) }! }
        graph.inputs =
            declared + states.map { Graph.Port(name: $0.state.name, value: $0.value) }
            + stage.capturePorts
        graph.outputs = outputs
        (self.graph, explanation) = GraphPass.apply(passes, to: graph)
        executable = try executor.prepare(self.graph)
        self.result = result
        captures = stage.captures.map(\.tensor)
        self.states = states.map(\.state)
        updated = updates.map(\.state)
    }
}

/// One staging of a function.
public struct StagingReport: Sendable, CustomStringConvertible {
    /// Why a graph was made: the first call, or how the arguments differ from those of the graphs that there were.
    public let reason: String
    /// The operations of the graph after the rewrites.
    public let operations: Int
    private let site: CallSite

    init(reason: String, operations: Int, site: CallSite) {
        self.reason = reason
        self.operations = operations
        self.site = site
    }

    /// The line whose call made it.
    public var location: SourceLocation? { site.location }

    /// The report as text.
    public var description: String { "staged\(site.phrase): \(reason); \(operations) operations" }
}

/// What a graph is made for.
private struct Signature: Hashable {
    /// The arguments with their numbers, strings and options, and places for their tensors.
    let structures: [String]
    let types: [TensorType]
    /// Layers such as dropout state other graphs in training and in prediction.
    let isTraining: Bool

    /// How this differs from the nearest of others, in words.
    func difference(from others: some Collection<Signature>, _ names: [String]) -> String {
        let nearest = others.min { first, second in distance(to: first) < distance(to: second) }
        guard let nearest else { return "the first call" }
        for index in structures.indices where structures[index] != nearest.structures[index] {
            return "argument \(index) has another structure or another number, string or option in it"
        }
        for index in types.indices where types[index] != nearest.types[index] {
            return "\(names[index]) has type \(types[index]) and had \(nearest.types[index])"
        }
        if isTraining != nearest.isTraining {
            return isTraining
                ? "it was called in training and had been in prediction"
                : "it was called in prediction and had been in training"
        }
        return "new arguments"
    }

    private func distance(to other: Signature) -> Int {
        guard types.count == other.types.count else { return Int.max }
        return zip(structures, other.structures).count { $0 != $1 } * 1000
            + zip(types, other.types).count { $0 != $1 } * 2 + (isTraining == other.isTraining ? 0 : 1)
    }
}
