import AdjointCore
import AdjointRuntime

extension GraphPass {
    /// Computes equal operations on equal operands once. Draws are never merged. Two loops that differ only in whether they keep
    /// their states become the one that keeps them: its results begin with the other's.
    public static let commonSubexpressions = GraphPass("common-subexpressions", reorders: false) { graph in
        var numbering = ValueNumbering(graph)
        guard numbering.merged > 0 else { return (graph, []) }
        return (numbering.rewritten(), numbering.tally.lines)
    }
}

/// Which values of a graph are equal: by hashing operations with the numbers of their operands.
private struct ValueNumbering {
    private let graph: Graph
    /// For each step the first one that computes the same.
    private var leaders: [Int32]
    /// Loops that have to keep their states for one that was merged into them.
    private var keepers: [Int: Loop] = [:]
    private(set) var merged = 0
    private(set) var tally = Tally()

    private struct Key: Hashable {
        let operation: GraphOperation
        let operands: [Int32]
    }

    init(_ graph: Graph) {
        self.graph = graph
        leaders = Array(0..<Int32(graph.steps.count))
        var numbers = Array(0..<Int32(graph.valueCount))
        var known: [Key: Int] = [:]
        known.reserveCapacity(graph.steps.count)
        for (index, step) in graph.steps.enumerated() {
            if case .input = step.operation { continue }
            if step.operation.hasEffect { continue }
            var operation = step.operation
            let loop = step.operation.loop
            if var plain = loop {
                plain.keepsStates = false
                operation = .several(plain)
            }
            let key = Key(operation: operation, operands: graph.operands(of: step).map { numbers[Int($0)] })
            guard let leader = known[key] else {
                known[key] = index
                continue
            }
            if let loop, loop.keepsStates { keepers[leader] = loop }
            leaders[index] = Int32(leader)
            merged += 1
            tally.note("merged \(step.operation.label)")
            let first = Int(graph.steps[leader].firstResult)
            for (offset, result) in graph.results(of: step).enumerated()
            where offset < Int(graph.steps[leader].resultCount) {
                numbers[result] = numbers[first + offset]
            }
        }
    }

    mutating func rewritten() -> Graph {
        var writer = GraphWriter(graph)
        // Results that a step has only because it keeps what another one kept.
        var places: [Int: Range<Int>] = [:]
        for (index, step) in graph.steps.enumerated() {
            let leader = Int(leaders[index])
            guard leader == index else {
                let results = graph.results(of: step)
                let source = places[leader] ?? range(of: leader, writer)
                for (offset, result) in results.enumerated() { writer.map(result, to: source.lowerBound + offset) }
                continue
            }
            if let loop = keepers[index] {
                let operands = writer.operands(of: step)
                let types = try! loop.resultTypes(operands.map { writer.graph.types[$0] })
                let results = writer.append(.several(loop), operands, types, like: step)
                for (old, new) in zip(graph.results(of: step), results) { writer.map(old, to: new) }
                places[index] = results
            } else {
                writer.copy(step)
            }
        }
        return writer.finished()
    }

    private func range(of leader: Int, _ writer: GraphWriter) -> Range<Int> {
        let results = graph.results(of: graph.steps[leader])
        let first = writer.place(results.lowerBound)
        return first..<(first + results.count)
    }
}
