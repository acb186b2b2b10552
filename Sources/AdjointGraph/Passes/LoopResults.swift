import AdjointCore
import AdjointRuntime

extension GraphPass {
    /// Loops do not keep, put out or carry what nothing reads: kept states, stacked outputs, and carried values that neither the
    /// results nor the predicate depend on.
    public static let loopResults = GraphPass("loop-results", reorders: false) { graph in
        guard graph.steps.contains(where: { $0.operation.loop != nil }) else { return (graph, []) }
        var isRead = [Bool](repeating: false, count: graph.valueCount)
        for port in graph.outputs { isRead[port.value] = true }
        for operand in graph.operands { isRead[Int(operand)] = true }
        var writer = GraphWriter(graph)
        var tally = Tally()
        for step in graph.steps {
            guard let loop = step.operation.loop,
                let trimmed = TrimmedLoop(loop, isRead: graph.results(of: step).map { isRead[$0] })
            else {
                writer.copy(step)
                continue
            }
            let all = writer.operands(of: step)
            let operands = trimmed.operands.map { all[$0] }
            let types = try! trimmed.loop.resultTypes(operands.map { writer.graph.types[$0] })
            let results = writer.append(.several(trimmed.loop), operands, types, like: step)
            for (new, old) in zip(results, trimmed.results) { writer.map(Int(step.firstResult) + old, to: new) }
            tally.note(trimmed.note)
        }
        return (tally.lines.isEmpty ? graph : writer.finished(), tally.lines)
    }
}

extension GraphOperation {
    /// The loop that the operation is.
    var loop: Loop? {
        if case .several(let operation) = self { operation as? Loop } else { nil }
    }
}

/// A loop without what nothing reads.
private struct TrimmedLoop {
    let loop: Loop
    /// Which operands of the old loop it takes.
    let operands: [Int]
    /// Which results of the old loop its results are.
    let results: [Int]
    let note: String

    init?(_ old: Loop, isRead: [Bool]) {
        let (carried, sequences, outputs) = (old.carried, old.sequences, old.outputs)
        let stateCount = old.keepsStates ? carried : 0
        // What a gradient reads is kept or lost as a whole if there are draws in it.
        let keepsStates = (0..<(stateCount + old.drawn)).contains { isRead[carried + outputs + $0] }
        let drawn = keepsStates ? old.drawn : 0
        let keptOutputs = (0..<outputs).filter { isRead[carried + $0] }
        var keeps = (0..<carried).map { isRead[$0] || (keepsStates && isRead[carried + outputs + $0]) }
        for graph in [old.predicate, old.isWithin].compactMap({ $0?.graph }) {
            let needed = graph.needed(for: graph.outputs.map(\.value), effects: true)
            for place in 0..<carried where needed[graph.inputs[place].value] { keeps[place] = true }
        }
        // Carried values lead to those that their next values read.
        let body = old.body.graph
        while true {
            let roots =
                (0..<carried).filter { keeps[$0] }.map { body.outputs[$0].value }
                + keptOutputs.map { body.outputs[carried + $0].value } + body.outputs.suffix(drawn).map(\.value)
            let needed = body.needed(for: roots, effects: true)
            let more = (0..<carried).filter { !keeps[$0] && needed[body.inputs[$0].value] }
            if more.isEmpty { break }
            for place in more { keeps[place] = true }
        }
        let kept = (0..<carried).filter { keeps[$0] }
        guard kept.count < carried || keptOutputs.count < outputs || keepsStates != old.keepsStates else { return nil }
        guard !kept.isEmpty || !keptOutputs.isEmpty || drawn > 0 else { return nil }
        func without(_ subgraph: Subgraph, trimsOutputs: Bool) -> Subgraph {
            var graph = subgraph.graph
            graph.inputs = kept.map { graph.inputs[$0] } + graph.inputs.dropFirst(carried)
            if trimsOutputs {
                graph.outputs =
                    kept.map { graph.outputs[$0] } + keptOutputs.map { graph.outputs[carried + $0] }
                    + old.body.graph.outputs.suffix(drawn)
            }
            return Subgraph(graph.withoutUnreadSteps())
        }
        loop = Loop(
            predicate: old.predicate.map { without($0, trimsOutputs: false) },
            body: without(old.body, trimsOutputs: true),
            isWithin: old.isWithin.map { without($0, trimsOutputs: false) }, carried: kept.count, sequences: sequences,
            length: old.length, isReversed: old.isReversed, memory: old.memory, keepsStates: keepsStates,
            drawn: drawn)
        let rest = body.inputs.count - carried
        operands = kept + (carried..<(carried + rest))
        results =
            kept + keptOutputs.map { carried + $0 } + (keepsStates ? kept.map { carried + outputs + $0 } : [])
            + (0..<drawn).map { carried + outputs + stateCount + $0 }
        var parts: [String] = []
        if kept.count < carried { parts.append("\(carried - kept.count) carried values") }
        if keptOutputs.count < outputs { parts.append("\(outputs - keptOutputs.count) outputs") }
        if keepsStates != old.keepsStates { parts.append("kept states") }
        note = "\(old.label) lost " + parts.joined(separator: ", ") + " that nothing reads"
    }
}

extension Graph {
    /// Without the steps, inputs that are no ports among them, on which no output depends.
    fileprivate func withoutUnreadSteps() -> Graph {
        let needed = needed(for: outputs.map(\.value), effects: true)
        let ports = Set(inputs.map(\.value))
        var writer = GraphWriter(self)
        for step in steps {
            let isPort = step.operation == .input && ports.contains(Int(step.firstResult))
            if isPort || step.operation.hasEffect || results(of: step).contains(where: { needed[$0] }) {
                writer.copy(step)
            }
        }
        return writer.finished()
    }
}
