import AdjointRuntime

extension GraphPass {
    /// Removes steps on which no output depends. Draws stay: what is drawn after them would change.
    public static let deadCode = GraphPass("dead-code", reorders: false) { graph in
        let needed = graph.needed(for: graph.outputs.map(\.value), effects: true)
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
