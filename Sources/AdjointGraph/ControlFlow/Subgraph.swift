import AdjointCore
import AdjointRuntime
import Synchronization

/// A graph inside an operation: the body of a loop, a branch. Its plan is made when it first runs.
package final class Subgraph: Sendable {
    package let graph: Graph
    private let planned = Mutex<ExecutionPlan?>(nil)

    /// Whether a run draws random numbers, here or in a graph further inside.
    package let hasEffect: Bool

    package init(_ graph: Graph) {
        self.graph = graph
        hasEffect = graph.steps.contains(where: \.operation.hasEffect)
    }

    package var plan: ExecutionPlan {
        planned.withLock { planned in
            if let plan = planned { return plan }
            let plan = ExecutionPlan(graph)
            planned = plan
            return plan
        }
    }

    /// The error of a reverse rule, which would have to run the graph again, if it draws random numbers.
    func refuseDraws(_ caller: String, remedy: String) throws(TensorError) {
        var graphs = [graph]
        while let graph = graphs.popLast() {
            for step in graph.steps {
                switch step.operation {
                case .draw(let draw):
                    throw TensorError(.gradient, caller, remedy: remedy) {
                        let place = step.callers.location.map { " at \($0)" } ?? ""
                        return
                            "the gradient runs it again, and it draws other random numbers (\(draw.name)\(place))"
                    }
                case .several(let operation as any ControlFlow): graphs += operation.subgraphs.map(\.graph.graph)
                default: continue
                }
            }
        }
    }

    /// The types of the inputs.
    var inputTypes: [TensorType] { graph.inputs.map { graph.types[$0.value] } }
    /// The types of the outputs.
    var outputTypes: [TensorType] { graph.outputs.map { graph.types[$0.value] } }
}

extension Subgraph: Hashable {
    package static func == (left: Subgraph, right: Subgraph) -> Bool {
        left === right || left.graph == right.graph
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(graph.types) }
}

/// An operation that holds graphs.
package protocol ControlFlow: MultiPrimitive {
    /// The graphs that it holds, with what they are to it.
    var subgraphs: [(name: String, graph: Subgraph)] { get }

    /// The same operation with other graphs in the same places, of the same inputs and outputs.
    func replacingSubgraphs(_ graphs: [Subgraph]) -> Self
}

/// Stages a function of tensors of these types as a graph; what it closes over and a graph cannot hold comes with it.
/// - Parameter inputs: names and types.
func stage(
    _ name: String, _ inputs: [(name: String, type: TensorType)], _ body: ([Tensor]) throws(TensorError) -> [Tensor]
) throws(TensorError) -> (graph: Graph, captures: [Tensor]) {
    func outcome(_ interpreter: StageInterpreter) -> Result<(Graph, [Tensor]), TensorError> {
        do throws(TensorError) {
            let results = try body(inputs.map { interpreter.input($0.name, $0.type) })
            var outputs: [Graph.Port] = []
            for (index, result) in results.enumerated() {
                outputs.append(Graph.Port(name: "\(index)", value: try interpreter.numberLifting(result)))
            }
            var graph = interpreter.graph
            graph.inputs += interpreter.capturePorts
            graph.outputs = outputs
            return .success((graph, interpreter.captures.map(\.tensor)))
        } catch {
            return .failure(error)
        }
    }
    return try StageInterpreter.nested(name, outcome).get()
}
