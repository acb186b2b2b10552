import AdjointRuntime

extension GraphPass {
    /// Removes steps on which no output depends. Draws stay: what is drawn after them would change.
    public static let deadCode = GraphPass("dead-code", reorders: false) { graph in
        let needed = graph.needed(for: graph.outputs.map(\.value))
        var writer = GraphWriter(graph)
        var removed = 0
        for step in graph.steps {
            let isInput = if case .input = step.operation { true } else { false }
            if isInput || step.operation.hasEffect || graph.results(of: step).contains(where: { needed[$0] }) {
                writer.copy(step)
            } else {
                removed += 1
            }
        }
        return (writer.finished(), removed == 0 ? [] : ["removed \(removed) steps that no output reads"])
    }
}

/// Writes a graph from another one, step by step.
package struct GraphWriter {
    private let source: Graph
    package private(set) var graph = Graph()
    /// For each value of the source its value here.
    private var places: [Int32]

    package init(_ source: Graph) {
        self.source = source
        places = Array(repeating: -1, count: source.valueCount)
    }

    /// Where a value of the source is here.
    package func place(_ value: Int) -> Int { Int(places[value]) }

    /// Lets a value of the source be one that is here already.
    package mutating func map(_ value: Int, to place: Int) { places[value] = Int32(place) }

    /// Writes a step as it is.
    package mutating func copy(_ step: Graph.Step) {
        let results = graph.append(
            step.operation, source.operands(of: step).map { place(Int($0)) },
            source.results(of: step).map { source.types[$0] }, role: step.role, callers: step.callers)
        for (old, new) in zip(source.results(of: step), results) { map(old, to: new) }
    }

    /// Writes a new step in the place of one of the source.
    package mutating func append(
        _ operation: GraphOperation, _ operands: [Int], _ types: [TensorType], like step: Graph.Step
    ) -> Range<Int> {
        graph.append(operation, operands, types, role: step.role, callers: step.callers)
    }

    /// The graph with the source's inputs and outputs.
    package func finished() -> Graph {
        var graph = graph
        graph.inputs = source.inputs.map { Graph.Port(name: $0.name, value: place($0.value)) }
        graph.outputs = source.outputs.map { Graph.Port(name: $0.name, value: place($0.value)) }
        return graph
    }
}
