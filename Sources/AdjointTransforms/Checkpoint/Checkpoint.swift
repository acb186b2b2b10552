import AdjointCore
import AdjointRuntime

/// The function that computes what `f` computes and keeps nothing of it for the backward pass but its arguments: what
/// reverse rules read is computed again when a pass arrives.
///
/// Gradients have the same bits as without. Random numbers are drawn again from the same places. What `f` closes over may be
/// recorded. Derivatives of any order pass; forward mode keeps nothing anyway.
///
///     let block = checkpoint { (x: Tensor) in x.tanh().exp() }
///     let y = block(x)
///
/// - Parameter f: a function that computes the same each time.
/// - Fails: in the backward pass, if `f` runs other operations or gives other bits than the first time; the message names the
///   line where it began to differ.
public func checkpoint<each Argument: TensorContainer, Value: TensorContainer>(
    _ f: @escaping @Sendable (repeat each Argument) -> Value
) -> @Sendable (repeat each Argument) -> Value {
    { @Sendable (arguments: repeat each Argument) in
        let region = CheckpointRegion()
        let value = Recording.observed(by: region) { f(repeat each arguments) }
        region.close(value.tensors) { f(repeat each arguments).tensors }
        return value
    }
}

/// Functions one after the other, in segments each of which keeps only its argument; see `checkpoint(_:)`.
///
/// With n functions in √n segments the memory of saved values grows as √n.
/// - Fails: if there is not at least one segment.
public func checkpointSequential<Value: TensorContainer>(
    _ functions: [@Sendable (Value) -> Value], segments: Int, at x: Value
) -> Value {
    guard segments > 0 else {
        let failed = raise(
            TensorError(
                .argument, "checkpointSequential",
                "\(functions.count) functions cannot be cut into \(segments) segments",
                "use at least one segment"))
        return x.mapTensors { _ in failed }
    }
    var value = x
    for segment in 0..<min(segments, functions.count) {
        // Of as equal lengths as can be.
        let start = functions.count * segment / min(segments, functions.count)
        let end = functions.count * (segment + 1) / min(segments, functions.count)
        let part = Array(functions[start..<end])
        let block = checkpoint { @Sendable (start: Value) -> Value in
            var value = start
            for function in part { value = function(value) }
            return value
        }
        value = block(value)
    }
    return value
}
