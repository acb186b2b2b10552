import AdjointCore
import AdjointRuntime

/// The first executor: runs a graph's operations one after the other by their kernels.
///
/// It plans once: the order is the graph's, a value goes after its last reader, and an elementwise operation writes over an
/// operand that nothing else reads. Where an input is recorded or a value of a transform, it binds the operations instead.
public struct GraphInterpreter: Executor {
    /// After how many iterations a `while` that has not ended is an error; nil: never.
    public let iterationLimit: Int?

    /// The interpreter.
    /// - Parameter iterationLimit: after so many iterations a `while` that has not ended fails: for graphs from files that may be
    ///   damaged, which must end.
    public init(iterationLimit: Int? = nil) { self.iterationLimit = iterationLimit }

    /// Plans a graph.
    public func prepare(_ graph: Graph) throws(TensorError) -> any Executable {
        let plan = ExecutionPlan(graph)
        return if let iterationLimit { LimitedExecutable(plan: plan, limit: iterationLimit) } else { plan }
    }
}

/// A plan whose loops end.
private struct LimitedExecutable: Executable {
    let plan: ExecutionPlan
    let limit: Int

    func run(_ inputs: [Tensor]) throws(TensorError) -> [Tensor] {
        try IterationLimit.$current.withValue(limit) { () -> Result<[Tensor], TensorError> in
            do throws(TensorError) { return .success(try plan.run(inputs)) } catch { return .failure(error) }
        }.get()
    }
}

/// The limit of the run under way.
enum IterationLimit {
    @TaskLocal static var current: Int?

    static func exceeded(_ limit: Int) -> TensorError {
        TensorError(
            .argument, Loop.name, "a loop has not ended after \(limit) iterations",
            "see whether its predicate can become false, or give GraphInterpreter a higher iterationLimit")
    }
}
