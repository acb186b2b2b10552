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
            // A reshape of a repeated constant makes a full one.
            let isView = P.givesView && (P.self != Reshape.self || values[0].isContiguous)
            guard isView || bytes <= max(foldingLimit, values.reduce(0) { $0 + $1.distinctByteCount }) else {
                return nil
            }
            return try? compute(operation, values)
        }
        return open(operation).map { Tensor($0) }
    }
}

extension TensorValue {
    /// The bytes of the elements that are not repetitions.
    fileprivate var distinctByteCount: Int {
        guard !isContiguous else { return type.byteCount }
        let strides = strides
        return (0..<shape.rank).reduce(dtype.size) { strides[$1] == 0 ? $0 : $0 * shape[$1] }
    }
}
