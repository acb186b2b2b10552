import AdjointCore
import AdjointRuntime
import AdjointTransforms

// A loop's derivatives and its batches are loops again, over more carried values.

/// Operands of a loop by their kind.
struct LoopOperands<Value> {
    var carried: [Value]
    var sequences: [Value]
    var captures: [Value]

    var all: [Value] { carried + sequences + captures }

    init(carried: [Value], sequences: [Value], captures: [Value]) {
        self.carried = carried
        self.sequences = sequences
        self.captures = captures
    }

    /// Operands that stand one kind behind the other, of which the first two have so many.
    init(_ all: [Value], carried: Int, sequences: Int) {
        self.carried = Array(all.prefix(carried))
        self.sequences = Array(all[carried..<(carried + sequences)])
        captures = Array(all.dropFirst(carried + sequences))
    }

    /// The operands of a loop, or of its body.
    init(_ all: [Value], of loop: Loop) { self.init(all, carried: loop.carried, sequences: loop.sequences) }

    /// These operands, each kind followed by others of the kind.
    func adding(_ other: LoopOperands) -> LoopOperands {
        LoopOperands(
            carried: carried + other.carried, sequences: sequences + other.sequences,
            captures: captures + other.captures)
    }

    func map<Other>(_ transform: (Value) -> Other) -> LoopOperands<Other> {
        LoopOperands<Other>(
            carried: carried.map(transform), sequences: sequences.map(transform), captures: captures.map(transform))
    }
}

/// A loop to be bound: its graphs are staged from functions that close over nothing.
struct LoopDefinition {
    /// The types of the carried values, of the sequences' elements, and of the captures.
    let types: LoopOperands<TensorType>
    var predicate: ((LoopOperands<Tensor>) -> Tensor)?
    /// Whether an iteration is the loop's own; see `Loop.isWithin`.
    var isWithin: ((LoopOperands<Tensor>) -> Tensor)?
    /// The next carried values, and the outputs, behind them what is drawn.
    let body: (LoopOperands<Tensor>) throws(TensorError) -> (carried: [Tensor], outputs: [Tensor])
    var length: Int?
    var isReversed = false
    var memory = LoopMemoryPolicy.all
    var keepsStates = false
    var drawn = 0

    /// Binds the loop to its operands.
    func bind(_ operands: LoopOperands<Tensor>) throws(TensorError) -> LoopResults {
        let (carried, sequences) = (types.carried.count, types.sequences.count)
        func split(_ all: [Tensor]) -> LoopOperands<Tensor> {
            LoopOperands(all, carried: carried, sequences: sequences)
        }
        let names =
            types.carried.indices.map { "carried\($0)" } + types.sequences.indices.map { "element\($0)" }
            + types.captures.indices.map { "closed\($0)" }
        let staged = try stage("loop", Array(zip(names, types.all))) { inputs throws(TensorError) in
            let (carried, outputs) = try body(split(inputs))
            return carried + outputs
        }
        precondition(staged.captures.isEmpty, "a loop's rule closes over nothing")
        var condition: Subgraph?
        if let predicate {
            let inputs = zip(names, types.all).enumerated().filter {
                !(carried..<(carried + sequences)).contains($0.offset)
            }
            let graph = try stage("loop", inputs.map { ($0.element.0, $0.element.1) }) { inputs throws(TensorError) in
                [predicate(LoopOperands(inputs, carried: carried, sequences: 0))]
            }
            condition = Subgraph(graph.graph)
        }
        var within: Subgraph?
        if let isWithin {
            let graph = try stage("loop", Array(zip(names, types.all))) { inputs throws(TensorError) in
                [isWithin(split(inputs))]
            }
            within = Subgraph(graph.graph)
        }
        let loop = Loop(
            predicate: condition, body: Subgraph(staged.graph), isWithin: within, carried: carried,
            sequences: sequences, length: length,
            isReversed: isReversed, memory: memory, keepsStates: keepsStates, drawn: drawn)
        return LoopResults(bindSeveral(loop, operands.all), of: loop)
    }
}

/// A loop's results by their kind.
struct LoopResults {
    let carried: [Tensor]
    let outputs: [Tensor]
    /// Empty if they are not kept.
    let states: [Tensor]
    /// The random numbers, if they are kept.
    let drawn: [Tensor]

    init(_ all: [Tensor], of loop: Loop) {
        let all = all.count == 1 ? Array(repeating: all[0], count: max(1, loop.carried + loop.outputs)) : all
        carried = Array(all.prefix(loop.carried))
        outputs = Array(all.dropFirst(loop.carried).prefix(loop.outputs))
        let kept = all.dropFirst(loop.carried + loop.outputs)
        states = Array(kept.prefix(loop.keepsStates ? loop.carried : 0))
        drawn = Array(kept.dropFirst(states.count).prefix(loop.drawn))
    }
}
