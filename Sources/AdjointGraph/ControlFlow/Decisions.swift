import AdjointCore
import AdjointRuntime

// Whether a program's decision can be made now, or has to become part of a graph.

/// Whether a program is being staged, so that loops are to become operations.
func isStaging(_ tensors: [Tensor]) -> Bool {
    var interpreter = Transforms.innermost
    while let current = interpreter {
        if let stage = current as? StageInterpreter, !stage.follows { return true }
        interpreter = current.scope?.outer
    }
    return tensors.contains { tensor in
        var tensor = tensor
        while let traced = tensor.traced {
            if let value = traced as? StagedValue, !value.stage.follows { return true }
            guard let concrete = traced.concrete else { return false }
            tensor = concrete
        }
        return false
    }
}

/// The graphs of one operation, each of which takes all that any of them closes over.
struct StagedParts {
    private(set) var graphs: [Graph] = []
    private(set) var captures: [Tensor] = []
    private var own: [Int] = []

    /// Stages one more part.
    mutating func add(
        _ name: String, _ inputs: [(name: String, type: TensorType)],
        _ body: ([Tensor]) throws(TensorError) -> [Tensor]
    ) throws(TensorError) {
        let (graph, captures) = try stage(name, inputs, body)
        graphs.append(graph)
        own.append(captures.count)
        self.captures += captures
    }

    /// The parts over the same captures.
    var subgraphs: [Subgraph] {
        var start = 0
        return zip(graphs, own).map { graph, count in
            var graph = graph
            let first = graph.inputs.count - count
            let ports = Array(graph.inputs[first...])
            graph.inputs.removeSubrange(first...)
            for (index, capture) in captures.enumerated() {
                if (start..<(start + count)).contains(index) {
                    graph.inputs.append(Graph.Port(name: "captured\(index)", value: ports[index - start].value))
                } else {
                    _ = graph.appendInput("captured\(index)", capture.type)
                }
            }
            start += count
            return Subgraph(graph)
        }
    }
}

/// The types of tensors with their names as inputs of a graph.
func named(_ names: [String], _ tensors: [Tensor], else fallback: String) -> [(name: String, type: TensorType)] {
    zip(names, tensors).map { ($0.isEmpty ? fallback : $0, $1.type) }
}
