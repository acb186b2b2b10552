import AdjointCore
import AdjointRuntime

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

    /// Writes a step as it is, or with another operation that has the same operands and results.
    package mutating func copy(_ step: Graph.Step, as operation: GraphOperation? = nil) {
        let results = graph.append(
            operation ?? step.operation, source.operands(of: step).map { place(Int($0)) },
            source.results(of: step).map { source.types[$0] }, role: step.role, callers: step.callers)
        for (old, new) in zip(source.results(of: step), results) { map(old, to: new) }
    }

    /// Writes a new step in the place of one of the source.
    package mutating func append(
        _ operation: GraphOperation, _ operands: [Int], _ types: [TensorType], like step: Graph.Step
    ) -> Range<Int> {
        graph.append(operation, operands, types, role: step.role, callers: step.callers)
    }

    /// The operands of a step of the source here.
    package func operands(of step: Graph.Step) -> [Int] { source.operands(of: step).map { place(Int($0)) } }

    /// The type of the first result of a step of the source.
    package func type(ofResultOf step: Graph.Step) -> TensorType { source.types[Int(step.firstResult)] }

    /// Writes an operation of one result in the place of a step of the source, and gives the value.
    package mutating func append<P: Primitive>(_ operation: P, _ operands: [Int], like step: Graph.Step) -> Int? {
        guard let type = try? operation.resultType(operands.map { graph.types[$0] }) else { return nil }
        return append(.primitive(operation), operands, [type], like: step).lowerBound
    }

    /// The graph with the source's inputs and outputs.
    package func finished() -> Graph {
        var graph = graph
        graph.inputs = source.inputs.map { Graph.Port(name: $0.name, value: place($0.value)) }
        graph.outputs = source.outputs.map { Graph.Port(name: $0.name, value: place($0.value)) }
        return graph
    }
}

/// Counts what a pass did, by kind.
package struct Tally {
    private var order: [String] = []
    private var counts: [String: Int] = [:]

    package init() {}

    package mutating func note(_ text: String) {
        if counts[text] == nil { order.append(text) }
        counts[text, default: 0] += 1
    }

    /// A line a kind.
    package var lines: [String] { order.map { counts[$0] == 1 ? $0 : "\($0), \(counts[$0]!) times" } }
}

extension Graph {
    /// The primitive that gives a value, with its operands.
    package func primitive(of value: Int) -> (operation: any Primitive, operands: [Int])? {
        let step = steps[Int(producers[value])]
        guard case .primitive(let operation) = step.operation else { return nil }
        return (operation, operands(of: step).map { Int($0) })
    }

    /// The number that all elements of a constant are, read exactly; nil if they differ, or are no real numbers.
    package func splat(_ value: Int) -> Double? {
        guard let tensor = constant(value), tensor.node == nil, tensor.value.isStored else { return nil }
        let value = tensor.value
        guard value.shape.count > 0 else { return nil }
        let strides = value.strides
        guard (0..<value.shape.rank).allSatisfy({ value.shape[$0] == 1 || (!value.isContiguous && strides[$0] == 0) })
        else { return nil }
        switch value.dtype {
        case .float32: return Double(value.elements.load(as: Float.self))
        case .float64: return value.elements.load(as: Double.self)
        default: return nil
        }
    }
}
