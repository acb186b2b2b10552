import AdjointCore
import AdjointRuntime

/// A rewrite of graphs: a named function that gives a graph with the same outputs and says what it did.
public struct GraphPass: Sendable {
    /// The name under which it is switched on and off.
    public let name: String
    /// Whether the numbers may differ in their last bits, because arithmetic is done in another order.
    public let reorders: Bool
    private let body: @Sendable (Graph) -> (Graph, [String])

    /// A pass.
    /// - Parameter body: gives the new graph, and a line for each thing that it did.
    package init(_ name: String, reorders: Bool, _ body: @escaping @Sendable (Graph) -> (Graph, [String])) {
        self.name = name
        self.reorders = reorders
        self.body = body
    }

    /// The graph after this pass, and what it did: to the graphs inside its operations first, then to it.
    public func callAsFunction(_ graph: Graph) -> (graph: Graph, notes: [String]) {
        let (inside, notes) = rewritingSubgraphs(of: graph)
        let (rewritten, own) = body(inside)
        assert(rewritten.isValid, "the pass \(name) gave a graph that is not valid")
        return (rewritten, notes + own)
    }

    /// Goes as deep as graphs are nested. A graph that several operations share stays shared.
    private func rewritingSubgraphs(of graph: Graph) -> (graph: Graph, notes: [String]) {
        guard graph.steps.contains(where: { $0.operation.isControlFlow }) else { return (graph, []) }
        var writer = GraphWriter(graph)
        var notes: [String] = []
        var known: [ObjectIdentifier: Subgraph] = [:]
        for step in graph.steps {
            guard case .several(let operation) = step.operation, let control = operation as? any ControlFlow else {
                writer.copy(step)
                continue
            }
            var graphs: [Subgraph] = []
            for (part, subgraph) in control.subgraphs {
                if let done = known[ObjectIdentifier(subgraph)] {
                    graphs.append(done)
                    continue
                }
                let result = self(subgraph.graph)
                notes += result.notes.map { "in \(control.label), \(part): \($0)" }
                let rewritten = result.notes.isEmpty ? subgraph : Subgraph(result.graph)
                known[ObjectIdentifier(subgraph)] = rewritten
                graphs.append(rewritten)
            }
            writer.copy(step, as: .several(control.replacingSubgraphs(graphs)))
        }
        return (writer.finished(), notes)
    }

    /// All passes in the order in which they are run.
    public static let standard: [GraphPass] = [
        .deadCode, .commonSubexpressions, .loopResults, .constantFolding, .identities, .reassociation, .stability,
        .constantFolding, .commonSubexpressions, .deadCode, .fusion, .deadCode,
    ]

    /// The graph after some passes, with what each of them did.
    public static func apply(_ passes: [GraphPass], to graph: Graph) -> (graph: Graph, explanation: [PassReport]) {
        var graph = graph
        var reports: [PassReport] = []
        for pass in passes {
            let before = graph.operationCount
            let result = pass(graph)
            graph = result.graph
            reports.append(
                PassReport(
                    pass: pass.name, before: before, after: graph.operationCount, notes: result.notes,
                    hasReordered: pass.reorders && !result.notes.isEmpty))
        }
        return (graph, reports)
    }
}

/// What one pass did.
public struct PassReport: Sendable, CustomStringConvertible {
    /// The pass.
    public let pass: String
    /// The operations before it.
    public let before: Int
    /// The operations after it.
    public let after: Int
    /// A line for each thing that it did.
    public let notes: [String]
    /// Whether what it did may have changed last bits.
    public let hasReordered: Bool

    /// The report as text.
    public var description: String {
        ([pass + ": \(before) → \(after) operations"] + notes.map { "  " + $0 }).joined(separator: "\n")
    }
}

extension GraphOperation {
    fileprivate var isControlFlow: Bool {
        if case .several(let operation) = self { operation is any ControlFlow } else { false }
    }
}

extension Graph {
    /// Whether operands come before results, the results have the types of their operations, and ports name values.
    package var isValid: Bool {
        for step in steps {
            let results = results(of: step)
            let reads = operands(of: step)
            guard reads.allSatisfy({ $0 >= 0 && $0 < step.firstResult }) else { return false }
            let inputs = reads.map { types[Int($0)] }
            switch step.operation {
            case .input, .draw: break
            case .constant(let tensor): guard types[results.lowerBound] == tensor.type else { return false }
            case .primitive(let operation):
                guard let type = try? operation.typeWhenStaged(inputs), type == types[results.lowerBound] else {
                    return false
                }
            case .several(let operation):
                guard let found = try? operation.resultTypes(inputs), found == results.map({ types[$0] }) else {
                    return false
                }
            }
        }
        return (inputs + outputs).allSatisfy { types.indices.contains($0.value) }
    }
}
