import AdjointCore
import AdjointRuntime
import Synchronization

/// Batching: an interpreter of values that stand for one of `size` examples, all of which are computed at once.
///
/// An example's value has the shape that the program sees; behind it is one tensor with one axis more, in front, that counts
/// the examples. Each operation runs once on all of them by its batching rule, one level down.
package final class BatchInterpreter: Interpreter {
    package let level: Int
    package let scope: TransformScope? = TransformScope("vmap")
    let size: Int
    private let randomness: BatchRandomness

    private init(level: Int, size: Int, randomness: BatchRandomness) {
        self.level = level
        self.size = size
        self.randomness = randomness
    }

    /// Calls `body` with a new interpreter above all that are under way.
    package static func nested<Result>(
        size: Int, randomness: BatchRandomness, _ body: (BatchInterpreter) throws -> Result
    ) rethrows -> Result {
        let level = (Transforms.innermost?.level ?? 0) + 1
        let interpreter = BatchInterpreter(level: level, size: size, randomness: randomness)
        defer { interpreter.scope?.end() }
        return try Transforms.$innermost.withValue(interpreter) { try body(interpreter) }
    }

    package func draw(_ operation: String, _ shape: [Int], _ plain: @escaping @Sendable ([Int]) -> Tensor) -> Tensor {
        switch randomness {
        case .same: drawOutside(operation, shape, plain)
        case .different: batched(drawOutside(operation, [size] + shape, plain), isMapped: true)
        case .error:
            raise(
                TensorError(
                    .argument, operation, "random numbers were drawn inside vmap, which does not say for whom",
                    "pass randomness: .different for numbers of its own for each example, or .same"))
        }
    }

    package func lift(_ tensor: Tensor) -> Tensor { batched(tensor, isMapped: false) }

    package func interpret<P: Primitive>(_ operation: P, _ inputs: [Tensor]) -> Tensor {
        var tensors: [Tensor] = []
        var mapped: [Bool] = []
        tensors.reserveCapacity(inputs.count)
        mapped.reserveCapacity(inputs.count)
        for input in inputs {
            let value = input.traced as! BatchedValue
            tensors.append(value.all)
            mapped.append(value.isMapped)
        }
        guard mapped.contains(true) else { return batched(bindDynamically(operation, tensors), isMapped: false) }
        if let result = operation.batched(tensors, mapped, size) { return batched(result, isMapped: true) }
        BatchingFallbacks.count(P.name)
        return batched(oneByOne(operation, tensors, mapped), isMapped: true)
    }

    package func interpretSeveral<P: MultiPrimitive>(
        _ operation: P, _ inputs: [Tensor]
    ) throws(TensorError) -> [Tensor] {
        let values = inputs.map { $0.traced as! BatchedValue }
        let tensors = values.map(\.all)
        guard values.contains(where: \.isMapped) else {
            return bindSeveral(operation, tensors).map { batched($0, isMapped: false) }
        }
        let (results, mapped) = try operation.batched(tensors, values.map(\.isMapped), size)
        return zip(results, mapped).map { batched($0, isMapped: $1) }
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
    package func batched(_ all: Tensor, isMapped: Bool) -> Tensor {
        if all.failure != nil { return all }
        let type = isMapped ? TensorType(all.shape.removing(0), all.dtype) : all.type
        return Tensor(BatchedValue(interpreter: self, all: all, isMapped: isMapped), type: type)
    }

    /// What is behind a tensor: all examples, or, if it is not mapped, the one value.
    package func parts(of tensor: Tensor) -> (all: Tensor, isMapped: Bool) {
        guard let value = tensor.traced as? BatchedValue, value.interpreter === self else { return (tensor, false) }
        return (value.all, value.isMapped)
    }

    /// All examples of a tensor under this interpreter, one after the other along the first axis.
    package func examples(of tensor: Tensor) -> Tensor {
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

/// What random numbers drawn inside `vmap` are.
public enum BatchRandomness: Sendable {
    /// Drawing is an error: programs say what they mean.
    case error
    /// Each example has numbers of its own.
    case different
    /// All examples have the same numbers.
    case same
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
