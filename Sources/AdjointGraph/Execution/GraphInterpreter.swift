import AdjointCore
import AdjointRuntime

/// The first executor: runs a graph's operations one after the other by their kernels.
///
/// It plans once: the order is the graph's, a value goes after its last reader, and an elementwise operation writes over an
/// operand that nothing else reads. Where an input is recorded or a value of a transform, it binds the operations instead.
public struct GraphInterpreter: Executor {
    /// The interpreter.
    public init() {}

    /// Plans a graph.
    public func prepare(_ graph: Graph) throws(TensorError) -> any Executable { ExecutionPlan(graph) }
}
