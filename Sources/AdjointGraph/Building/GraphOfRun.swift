import AdjointCore
import AdjointRuntime
import AdjointTransforms

/// Runs a function as it is, and gives its value with the graph of what ran: the history of an eager computation, which can be
/// drawn, differentiated, rewritten and run again.
///
/// Decisions that the program makes (`if x > 0`, `while`) are made, and the graph holds the path that was taken; `staged` gives a graph
/// that decides for itself.
public func graphOfRun<each Argument: TensorContainer, Value: TensorContainer>(
    of f: (repeat each Argument) throws -> Value, at arguments: repeat each Argument
) throws -> (value: Value, graph: Graph) {
    let points = tensors(in: repeat each arguments)
    let names = tensorNames(in: repeat each arguments)
    return try StageInterpreter.nested("graphOfRun", follows: true) { stage in
        let inputs = zip(names, points).map { stage.input($0, $1.type, primal: $1) }
        let staged = replacing(repeat each arguments, with: inputs)
        let result = try checked { try f(repeat each staged) }
        let outputs = try stage.outputPorts(of: result)
        var graph = stage.graph
        graph.inputs += stage.capturePorts
        return (result.mapTensors { stage.primal(of: $0) }, graph.withOutputs(outputs))
    }
}
