import AdjointCore
import AdjointRuntime
import Synchronization

/// Builds a graph from ordinary tensor code: operations on its inputs become steps instead of being computed.
///
///     let g = GraphBuilder()
///     let x = g.input("x", [4])
///     let y = 2 * dot(x, x)
///     let f = try g.function([x], [y, g.gradient(of: y, withRespectTo: x)])
///     let results = try f(Tensor.arange(4.0))
///
/// A shape or type that does not fit is an error at the line that builds the node.
public final class GraphBuilder: Sendable {
    let stage = StageInterpreter("GraphBuilder", level: 0, scope: nil)

    /// A builder of an empty graph.
    public init() {}

    /// A new input.
    /// - Parameters:
    ///   - name: how runs and drawings call it; "x1", "x2", … where two have the same.
    ///   - shape: its extents.
    public func input(_ name: String, _ shape: [Int] = [], _ dtype: DType = .float32) -> Tensor {
        attempt { () throws(TensorError) in
            guard let shape = Shape(checking: shape) else {
                throw TensorError(
                    .shape, "input", "the input \"\(name)\" cannot have the shape \(shape)",
                    "give up to \(Shape.maximumRank) extents of 0 or more")
            }
            return stage.input(name, TensorType(shape, dtype))
        }
    }

    /// The value of a shared state: each run reads what the state holds when the run starts.
    public func read(_ state: SharedState) -> Tensor { stage.read(state) }

    /// Tensor code that draws random numbers, as part of this graph: each run draws new ones.
    public func draw(_ body: () -> Tensor) -> Tensor {
        let drawn = Transforms.$innermost.withValue(stage) { body() }
        return stage.number(of: drawn) == nil ? stage.lift(drawn) : drawn
    }

    /// The graph of these outputs, with all inputs of the builder.
    /// - Throws: for an output that failed or is of another graph.
    public func graph(_ outputs: [Tensor], names: [String]? = nil) throws(TensorError) -> Graph {
        var values: [Int] = []
        for output in outputs { values.append(try stage.numberLifting(output)) }
        var graph = stage.graph
        graph.inputs += stage.capturePorts
        let names = names ?? outputs.indices.map { "\($0)" }
        graph.outputs = zip(names, values).map { Graph.Port(name: $0, value: $1) }
        return graph
    }
}
