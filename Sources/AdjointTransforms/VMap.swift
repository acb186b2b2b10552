import AdjointCore
import AdjointRuntime

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
///   - randomness: what random numbers that `f` draws are.
/// - Fails: if `x` has no such axis; where `f` reads a number that differs among examples (`item()`, `if x > 0`).
public func vmap(
    _ f: (Tensor) throws -> Tensor, over x: Tensor, in inputAxis: Int = 0, out outputAxis: Int = 0,
    randomness: BatchRandomness = .error
) rethrows -> Tensor {
    try vmap({ try [f($0[0])] }, over: [x], in: [inputAxis], out: [outputAxis], randomness: randomness)[0]
}

/// `f` applied to each example of several tensors, all at the same time; see `vmap(_:over:in:out:randomness:)`.
/// - Parameters:
///   - inputAxes: for each input the axis that counts the examples, nil for an input that is the same for all. Default:
///     the first axis of each.
///   - outputAxes: for each result the axis that is to count the examples. Default: the first.
/// - Fails: if no input is mapped, or the inputs differ in their number of examples.
public func vmap(
    _ f: ([Tensor]) throws -> [Tensor], over inputs: [Tensor], in inputAxes: [Int?]? = nil,
    out outputAxes: [Int]? = nil,
    randomness: BatchRandomness = .error
) rethrows -> [Tensor] {
    let examples: Examples
    do throws(TensorError) {
        examples = try Examples(of: inputs, along: inputAxes ?? inputs.map { _ in 0 })
    } catch {
        return [raise(error)]
    }
    return try BatchInterpreter.nested(size: examples.count, randomness: randomness) { interpreter in
        let results = try f(examples.inputs(under: interpreter))
        return gathered(results, outputAxes, interpreter)
    }
}

/// `f` applied to each example of containers of tensors, all at the same time: every tensor in a mapped argument and in the
/// result counts the examples along its first axis.
///
///     let scores = vmap({ (model: Model, x: Tensor) in model(x) }, over: model, inputs, mapped: [false, true])
///
/// - Parameter mapped: whether each argument is mapped, or the same for all examples. Default: all are.
/// - Fails: if no argument is mapped, or the tensors differ in their number of examples.
@_disfavoredOverload
public func vmap<each Argument: TensorContainer, Value: TensorContainer>(
    _ f: (repeat each Argument) throws -> Value, over arguments: repeat each Argument, mapped: [Bool]? = nil,
    randomness: BatchRandomness = .error
) rethrows -> Value {
    let all = tensors(in: repeat each arguments)
    let examples: Examples
    do throws(TensorError) {
        var counts: [Int] = []
        for argument in repeat each arguments { counts.append(argument.tensors.count) }
        let flags = mapped ?? counts.map { _ in true }
        guard flags.count == counts.count else {
            throw TensorError(
                .argument, "vmap", "\(counts.count) arguments were given \(flags.count) flags",
                "say mapped or not for each")
        }
        let axes = zip(counts, flags).flatMap { count, flag in [Int?](repeating: flag ? 0 : nil, count: count) }
        examples = try Examples(of: all, along: axes)
    } catch {
        let failed = raise(error)
        let inputs = replacing(repeat each arguments, with: all.map { _ in failed })
        return try f(repeat each inputs)
    }
    return try BatchInterpreter.nested(size: examples.count, randomness: randomness) { interpreter in
        let inputs = replacing(repeat each arguments, with: examples.inputs(under: interpreter))
        let result = try f(repeat each inputs)
        return replacing(in: result, with: gathered(result.tensors, nil, interpreter))
    }
}

/// The results of all examples, with the axis that counts them where it is wanted.
private func gathered(_ results: [Tensor], _ axes: [Int]?, _ interpreter: BatchInterpreter) -> [Tensor] {
    let axes = axes ?? results.map { _ in 0 }
    guard axes.count == results.count else {
        let error = TensorError(
            .argument, "vmap", "\(results.count) results were given \(axes.count) output axes", "name one axis a result"
        )
        return results.map { _ in raise(error) }
    }
    return zip(results, axes).map { result, axis in
        let all = interpreter.examples(of: result)
        return all.failure == nil ? all.movedAxis(0, to: axis) : all
    }
}

/// Inputs with the axis that counts the examples in front.
private struct Examples {
    private var moved: [Tensor] = []
    private let mapped: [Bool]
    let count: Int

    func inputs(under interpreter: BatchInterpreter) -> [Tensor] {
        zip(moved, mapped).map { interpreter.batched($0, isMapped: $1) }
    }

    init(of inputs: [Tensor], along axes: [Int?]) throws(TensorError) {
        guard axes.count == inputs.count else {
            throw TensorError(
                .argument, "vmap", "\(inputs.count) inputs were given \(axes.count) axes",
                "name one axis, or nil, an input")
        }
        var count: Int?
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
                    "name an axis of the input, or say that it is the same for all examples")
            }
            guard count == nil || count == input.shape[place] else {
                throw TensorError(
                    .shape, "vmap",
                    "input \(index) of shape \(input.shape) holds \(input.shape[place]) examples, others \(count!)",
                    "every mapped axis must have the same extent")
            }
            count = input.shape[place]
            moved.append(input.movedAxis(place, to: 0))
        }
        guard let count else {
            throw TensorError(
                .argument, "vmap", "no input is mapped", "name the axis that counts the examples of at least one input")
        }
        self.count = count
        mapped = axes.map { $0 != nil }
    }
}
