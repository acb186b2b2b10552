import AdjointCore
import AdjointDiagrams
import AdjointRuntime

extension Graph {
    /// The graph in the language of Graphviz, of any size: operations with their types, bytes and costs, graphs of loops and branches
    /// in frames, derivatives in another colour.
    public func dot(title: String? = nil) -> String { drawing(title).dot() }

    /// The graph as a Mermaid flowchart, of any size; see `dot(title:)`.
    public func mermaid(title: String? = nil) -> String { drawing(title).mermaid() }

    /// The graph as an SVG picture; see `dot(title:)`. Graphs of loops and branches are pictures of their own, below.
    /// - Throws: for a graph that is too large to lay out, with its size.
    public func svg(title: String? = nil) throws(TensorError) -> String {
        do throws(DiagramError) {
            return try drawing(title).svg()
        } catch {
            throw TensorError(.argument, "svg", "\(error)", "draw a part of the graph, or use dot() with Graphviz")
        }
    }

    /// What the drawings show.
    package func drawing(_ title: String?) -> GraphDrawing {
        var diagram = GraphDiagram()
        let cluster = diagram.add(self, title: "")
        return GraphDrawing(
            nodes: diagram.nodes, edges: diagram.edges, caption: title, clusters: cluster.frame.clusters)
    }
}

/// Nodes and edges of graphs. Recursion goes only as deep as loops and branches hold each other.
private struct GraphDiagram {
    private(set) var nodes: [GraphDrawing.Node] = []
    private(set) var edges: [GraphDrawing.Edge] = []

    /// Adds a graph: the frame around its nodes, and the nodes of its outputs.
    mutating func add(_ graph: Graph, title: String) -> (frame: GraphDrawing.Cluster, outputs: [Int]) {
        var frame = GraphDrawing.Cluster(title: title, nodes: [])
        let names = Dictionary(graph.inputs.map { ($0.value, $0.name) }) { first, _ in first }
        // For each value the node that gives it.
        var places: [Int] = []
        places.reserveCapacity(graph.valueCount)
        for step in graph.steps {
            let node = nodes.count
            let results = graph.results(of: step)
            nodes.append(Self.node(node, step, of: graph, name: names[results.lowerBound]))
            frame.nodes.append(node)
            for operand in graph.operands(of: step) {
                edges.append(.init(from: places[Int(operand)], to: node, label: Self.label(Int(operand), in: graph)))
            }
            for _ in results { places.append(node) }
            guard case .several(let operation) = step.operation,
                let subgraphs = ControlFlowForm.statement(of: operation)?.graphs
            else { continue }
            for subgraph in subgraphs {
                let inner = add(
                    subgraph.graph.graph, title: "%\(results.lowerBound) \(operation.label): \(subgraph.name)")
                frame.clusters.append(inner.frame)
                // What the graph gives goes to the operation that holds it.
                for output in inner.outputs {
                    edges.append(.init(from: output, to: node, label: .plain(subgraph.name)))
                }
            }
        }
        var outputs: [Int] = []
        for port in graph.outputs {
            let node = nodes.count
            nodes.append(.init(id: node, title: port.name, details: [.plain("%\(port.value)")], kind: .output))
            frame.nodes.append(node)
            edges.append(.init(from: places[port.value], to: node, label: Self.label(port.value, in: graph)))
            outputs.append(node)
        }
        return (frame, outputs)
    }

    /// Which of several results a value is.
    private static func label(_ value: Int, in graph: Graph) -> GraphDrawing.Annotation? {
        let step = graph.steps[Int(graph.producers[value])]
        return step.resultCount > 1 ? .plain("%\(value)") : nil
    }

    private static func node(
        _ id: Int, _ step: Graph.Step, of graph: Graph, name: String?
    ) -> GraphDrawing.Node {
        let results = graph.results(of: step)
        var details = results.map { value in
            GraphDrawing.Annotation.plain(
                "%\(value): \(TypeText.write(graph.types[value])), \(Self.bytes(graph.types[value]))")
        }
        if let cost = Cost.flops(step, of: graph), cost > 0 {
            details.append(
                .plain(
                    cost == 1 ? "1 flop" : Self.scaled(cost, ["flops", "kflops", "Mflops", "Gflops", "Tflops"], 1000)))
        }
        switch step.operation {
        case .input:
            return .init(id: id, title: name ?? "input", details: details, kind: .input)
        case .constant(let tensor):
            return .init(id: id, title: Self.title(of: tensor), details: details, kind: .constant)
        default:
            return .init(
                id: id, title: step.operation.label, details: details,
                kind: step.role == .derivative ? .gradient : .operation)
        }
    }

    private static func title(of constant: Tensor) -> String {
        guard constant.node == nil, constant.value.isStored, let text = try? ConstantText(constant) else {
            return "constant"
        }
        switch text {
        case .all(let number): return number
        case .numbers(let numbers): return numbers.count == 1 ? numbers[0] : "constant"
        case .bytes: return "constant"
        }
    }

    private static func bytes(_ type: TensorType) -> String {
        type.shape.hasUnknownExtent ? "? B" : scaled(type.byteCount, ["B", "KiB", "MiB", "GiB", "TiB"], 1024)
    }

    private static func scaled(_ number: Int, _ units: [String], _ step: Double) -> String {
        var (value, unit) = (Double(number), 0)
        while value >= step, unit + 1 < units.count { (value, unit) = (value / step, unit + 1) }
        return unit == 0 ? "\(number) \(units[0])" : "\((value * 10).rounded() / 10) \(units[unit])"
    }
}
