import AdjointCore
import AdjointRuntime
import Synchronization

/// Batching: an interpreter of values that stand for one of `size` examples, all of which are computed at once.
///
/// An example's value has the shape that the program sees; behind it is one tensor with one axis more, in front, that counts
/// the examples. Each operation runs once on all of them by its batching rule, one level down.
package final class BatchInterpreter: Interpreter {
    package let level: Int
    let size: Int

    private init(level: Int, size: Int) {
        self.level = level
        self.size = size
    }

    /// Calls `body` with a new interpreter above all that are under way.
    static func nested<Result>(size: Int, _ body: (BatchInterpreter) throws -> Result) rethrows -> Result {
        let interpreter = BatchInterpreter(level: (Transforms.innermost?.level ?? 0) + 1, size: size)
        return try Transforms.$innermost.withValue(interpreter) { try body(interpreter) }
    }

    package func lift(_ tensor: Tensor) -> Tensor { batched(tensor, isMapped: false) }

    package func interpret<P: Primitive>(_ operation: P, _ inputs: [Tensor]) -> Tensor {
        let values = inputs.map { $0.traced as! BatchedValue }
        let tensors = values.map(\.all)
        let mapped = values.map(\.isMapped)
        guard mapped.contains(true) else { return batched(bindDynamically(operation, tensors), isMapped: false) }
        if let result = operation.batched(tensors, mapped, size) { return batched(result, isMapped: true) }
        BatchingFallbacks.count(P.name)
        return batched(oneByOne(operation, tensors, mapped), isMapped: true)
    }

    /// The operation without a batching rule: run on each example.
    private func oneByOne<P: Primitive>(_ operation: P, _ tensors: [Tensor], _ mapped: [Bool]) -> Tensor {
        guard size > 0 else {
            // Shapes depend on no example's numbers, so an example of zeros tells them.
            let examples = zip(tensors, mapped).map { tensor, isMapped in
                isMapped ? Tensor.zeros(tensor.shape.extents.dropFirst().map { $0 }, dtype: tensor.dtype) : tensor
            }
            let example = bindDynamically(operation, examples)
            return Tensor.zeros([0] + example.shape.extents, dtype: example.dtype)
        }
        return stack(
            (0..<size).map { index in
                bindDynamically(operation, zip(tensors, mapped).map { $1 ? $0[index] : $0 })
            })
    }

    /// A tensor that stands for one example of `all`, or, if that is not mapped, for `all` itself.
    func batched(_ all: Tensor, isMapped: Bool) -> Tensor {
        if all.failure != nil { return all }
        let type = isMapped ? TensorType(Shape(Array(all.shape.extents.dropFirst())), all.dtype) : all.type
        return Tensor(BatchedValue(interpreter: self, all: all, isMapped: isMapped), type: type)
    }

    /// All examples of a tensor under this interpreter, one after the other along the first axis.
    func examples(of tensor: Tensor) -> Tensor {
        if let value = tensor.traced as? BatchedValue, value.interpreter === self {
            return value.isMapped ? value.all : repeated(value.all)
        }
        return repeated(tensor)
    }

    private func repeated(_ tensor: Tensor) -> Tensor {
        tensor.failure == nil ? tensor.broadcast(to: [size] + tensor.shape.extents) : tensor
    }
}

/// A value of one example, and behind it those of all.
private struct BatchedValue: TracedValue {
    let interpreter: any Interpreter
    let all: Tensor
    let isMapped: Bool

    /// The examples' numbers differ, so a host program cannot read one; what is the same for all it can.
    var concrete: Tensor? { isMapped ? nil : all }
}

/// Which operations ran example by example because they have no batching rule.
public enum BatchingFallbacks {
    private static let counts = Mutex<[String: Int]>([:])

    /// How often each operation ran without a batching rule since the start or the last `reset()`.
    public static var byOperation: [String: Int] { counts.withLock { $0 } }

    /// Starts counting again.
    public static func reset() { counts.withLock { $0 = [:] } }

    static func count(_ name: String) { counts.withLock { $0[name, default: 0] += 1 } }
}

/// `f` applied to each example of `x`, all at the same time: `f` is run once.
///
/// Inside `f` a tensor has the shape of one example. Tensors that `f` closes over are the same for all examples. It nests, and
/// stands under and over every other transform: a gradient inside `f` is a gradient for each example.
///
///     let rowSums = vmap({ $0.sum() }, over: matrix)
///
/// - Parameters:
///   - inputAxis: the axis of `x` that counts the examples.
///   - outputAxis: the axis of the result that is to count them.
/// - Fails: if `x` has no such axis; where `f` reads a number that differs among examples (`item()`, `if x > 0`).
public func vmap(
    _ f: (Tensor) throws -> Tensor, over x: Tensor, in inputAxis: Int = 0, out outputAxis: Int = 0
) rethrows -> Tensor {
    try vmap({ try [f($0[0])] }, over: [x], in: [inputAxis], out: [outputAxis])[0]
}

/// `f` applied to each example of several tensors, all at the same time; see `vmap(_:over:in:out:)`.
/// - Parameters:
///   - inputAxes: for each input the axis that counts the examples, nil for an input that is the same for all. Default:
///     the first axis of each.
///   - outputAxes: for each result the axis that is to count the examples. Default: the first.
/// - Fails: if no input is mapped, or the inputs differ in their number of examples.
public func vmap(
    _ f: ([Tensor]) throws -> [Tensor], over inputs: [Tensor], in inputAxes: [Int?]? = nil, out outputAxes: [Int]? = nil
) rethrows -> [Tensor] {
    let examples: (moved: [Tensor], mapped: [Bool], size: Int)
    do throws(TensorError) {
        examples = try movedToFront(inputs, inputAxes ?? inputs.map { _ in 0 })
    } catch {
        return [raise(error)]
    }
    return try BatchInterpreter.nested(size: examples.size) { interpreter in
        let results = try f(
            zip(examples.moved, examples.mapped).map { interpreter.batched($0, isMapped: $1) })
        let axes = outputAxes ?? results.map { _ in 0 }
        guard axes.count == results.count else {
            let error = TensorError(
                .argument, "vmap", "\(results.count) results were given \(axes.count) output axes",
                "name one axis a result")
            return results.map { _ in raise(error) }
        }
        return zip(results, axes).map { result, axis in
            let all = interpreter.examples(of: result)
            return all.failure == nil ? all.movedAxis(0, to: axis) : all
        }
    }
}

/// The inputs with the axis that counts the examples in front.
private func movedToFront(
    _ inputs: [Tensor], _ axes: [Int?]
) throws(TensorError) -> (moved: [Tensor], mapped: [Bool], size: Int) {
    guard axes.count == inputs.count else {
        throw TensorError(
            .argument, "vmap", "\(inputs.count) inputs were given \(axes.count) axes", "name one axis, or nil, an input"
        )
    }
    var size: Int?
    var moved: [Tensor] = []
    for (index, (input, axis)) in zip(inputs, axes).enumerated() {
        if let failure = input.failure { throw failure }
        guard let axis else {
            moved.append(input)
            continue
        }
        let place = axis < 0 ? axis + input.rank : axis
        guard (0..<input.rank).contains(place) else {
            throw TensorError(
                .axis, "vmap", "input \(index) of shape \(input.shape) has no axis \(axis) to count examples",
                "name an axis of the input, or nil for an input that is the same for all examples")
        }
        guard size == nil || size == input.shape[place] else {
            throw TensorError(
                .shape, "vmap",
                "input \(index) of shape \(input.shape) holds \(input.shape[place]) examples, others \(size!)",
                "every mapped axis must have the same extent")
        }
        size = input.shape[place]
        moved.append(input.movedAxis(place, to: 0))
    }
    guard let size else {
        throw TensorError(
            .argument, "vmap", "no input is mapped", "name the axis that counts the examples of at least one input")
    }
    return (moved, axes.map { $0 != nil }, size)
}
