import AdjointCore
import AdjointRuntime

/// The tensors of all arguments, in order.
package func tensors<each Argument: TensorContainer>(in arguments: repeat each Argument) -> [Tensor] {
    var all: [Tensor] = []
    for argument in repeat each arguments { all += argument.tensors }
    return all
}

/// The names of the tensors of all arguments: the argument's number where there are several, then the path.
package func tensorNames<each Argument: TensorContainer>(in arguments: repeat each Argument) -> [String] {
    var parts: [[NamedTensor]] = []
    for argument in repeat each arguments { parts.append(argument.namedTensors) }
    return parts.enumerated().flatMap { number, tensors in
        tensors.map { tensor in
            let prefix = parts.count > 1 ? "argument \(number)" : "the argument"
            return tensor.name.isEmpty ? prefix : parts.count > 1 ? "\(prefix), \(tensor.name)" : tensor.name
        }
    }
}

/// The arguments with new tensors in the places of theirs, in order.
package func replacing<each Argument: TensorContainer>(
    _ arguments: repeat each Argument, with tensors: [Tensor]
) -> (repeat each Argument) {
    let source = TensorSource(tensors)
    return (repeat (each arguments).mapTensors { _ in source.next() })
}

/// One container with new tensors in the places of its own, in order.
package func replacing<Value: TensorContainer>(in value: Value, with tensors: [Tensor]) -> Value {
    let source = TensorSource(tensors)
    return value.mapTensors { _ in source.next() }
}

/// Gives tensors one after the other.
private final class TensorSource {
    private var rest: ArraySlice<Tensor>

    init(_ tensors: [Tensor]) { rest = tensors[...] }

    func next() -> Tensor {
        rest.popFirst()
            ?? raise(
                TensorError(
                    .argument, "mapTensors", "a container has more tensors than namedTensors names",
                    "make namedTensors and mapTensors(_:) agree"))
    }
}

/// Checks that two containers have the same tensors: the same names, shapes and types.
package func checkAlike(
    _ these: [Tensor], _ names: @autoclosure () -> [String], _ those: [Tensor], _ operation: String, _ what: String
) throws(TensorError) {
    guard these.count == those.count else {
        throw TensorError(
            .argument, operation, "\(these.count) tensors were given \(those.count) \(what)s",
            "give a value of the same structure, with one \(what) a tensor")
    }
    for (index, (x, t)) in zip(these, those).enumerated() {
        if let failure = x.failure ?? t.failure { throw failure }
        guard x.type == t.type else {
            throw TensorError(
                x.shape == t.shape ? .dtype : .shape, operation,
                "\(names()[index]) of type \(x.type) was given a \(what) of type \(t.type)",
                "a \(what) has the shape and the type of its tensor")
        }
    }
}
