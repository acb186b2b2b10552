import AdjointCore
import AdjointRuntime

extension GraphPass {
    /// The most bytes that a folded constant may have, if it has more than what it is computed from.
    private static let foldingLimit = 1 << 16

    /// Computes operations on constants once and for all. What would take more memory than what it is computed from stays an
    /// operation; repetitions are looks at the constant and take none. An operation that fails is left to the run.
    public static let constantFolding = GraphPass("constant-folding", reorders: false) { graph in
        var writer = GraphWriter(graph)
        var tally = Tally()
        for step in graph.steps {
            guard let constant = folded(step, graph, writer) else {
                writer.copy(step)
                continue
            }
            let result = writer.append(.constant(constant), [], [constant.type], like: step)
            writer.map(Int(step.firstResult), to: result.lowerBound)
            tally.note("computed \(step.operation.label)")
        }
        return (tally.lines.isEmpty ? graph : writer.finished(), tally.lines)
    }

    private static func folded(_ step: Graph.Step, _ graph: Graph, _ writer: GraphWriter) -> Tensor? {
        guard case .primitive(let operation) = step.operation, step.operandCount > 0 else { return nil }
        var values: [TensorValue] = []
        for operand in graph.operands(of: step) {
            guard let tensor = writer.graph.constant(writer.place(Int(operand))), tensor.node == nil,
                tensor.value.isStored
            else { return nil }
            values.append(tensor.value)
        }
        func open<P: Primitive>(_ operation: P) -> TensorValue? {
            let bytes = graph.types[Int(step.firstResult)].byteCount
            guard P.givesView || bytes <= max(foldingLimit, values.reduce(0) { $0 + $1.type.byteCount }) else {
                return nil
            }
            // A view of a repeated constant could become a full one.
            if P.givesView, !values[0].isContiguous, bytes > foldingLimit, P.self == Reshape.self { return nil }
            return try? compute(operation, values)
        }
        return open(operation).map { Tensor($0) }
    }
}
