import AdjointCore
import AdjointRuntime
import Synchronization

/// The value of a function at a point and its derivative there as a linear map that can be applied any number of times:
/// ẏ = (∂f/∂x) ẋ.
///
/// `f` runs once. The map keeps the intermediate values that lead from arguments to results, and an application runs
/// the tangent rules alone. It can be differentiated, batched and transposed.
///
///     let (y, pushforward) = linearize({ x in x.exp() }, at: x)
///     let tangent = pushforward(Tensor.ones(like: x))
///
/// - Fails: if no argument has floating-point elements; the map, if a tangent is not of its argument's shape and type.
public func linearize<each Argument: TensorContainer, Value: TensorContainer>(
    _ f: (repeat each Argument) throws -> Value, at arguments: repeat each Argument
) rethrows -> (value: Value, pushforward: @Sendable (repeat each Argument) -> Value) {
    let points = tensors(in: repeat each arguments)
    let names = tensorNames(in: repeat each arguments)
    do throws(TensorError) {
        try checkTangents(points, names, points)
    } catch {
        let failed = raise(error)
        let result = try f(repeat each arguments).mapTensors { _ in failed }
        return (result, { (_: repeat each Argument) in result })
    }
    let (value, program) = try LinearizingInterpreter.nested { interpreter in
        let inputs = points.map { $0.dtype.isDifferentiable ? interpreter.input($0) : $0 }
        let arguments = replacing(repeat each arguments, with: inputs)
        let result = try f(repeat each arguments)
        let program = interpreter.program(inputs: inputs, outputs: result.tensors)
        return (result.mapTensors { interpreter.primal(of: $0) }, program)
    }
    return (
        value,
        { @Sendable (tangents: repeat each Argument) in
            let directions = tensors(in: repeat each tangents)
            do throws(TensorError) {
                try checkAlike(points, names, directions, "linearize", "tangent")
                return replacing(in: value, with: program.apply(directions))
            } catch {
                let failed = raise(error)
                return value.mapTensors { _ in failed }
            }
        }
    )
}

/// Runs a program on primal values and notes the tangent rule of each operation on the way from its inputs.
private final class LinearizingInterpreter: Interpreter {
    let level: Int
    let scope: TransformScope? = TransformScope("linearize")
    private let steps = Mutex<[LinearStep]>([])
    private let slots = Mutex(0)

    private init(level: Int) { self.level = level }

    static func nested<Result>(_ body: (LinearizingInterpreter) throws -> Result) rethrows -> Result {
        let interpreter = LinearizingInterpreter(level: (Transforms.innermost?.level ?? 0) + 1)
        defer { interpreter.scope?.end() }
        return try Transforms.$innermost.withValue(interpreter) { try body(interpreter) }
    }

    func lift(_ tensor: Tensor) -> Tensor { value(tensor, nil) }

    func interpret<P: Primitive>(_ operation: P, _ inputs: [Tensor]) -> Tensor {
        var primals: [Tensor] = []
        var sources: [Int?] = []
        primals.reserveCapacity(inputs.count)
        sources.reserveCapacity(inputs.count)
        for input in inputs {
            let value = input.traced as! LinearValue
            primals.append(value.primal)
            sources.append(value.slot)
        }
        let result = bindDynamically(operation, primals)
        if result.failure != nil { return result }
        guard sources.contains(where: { $0 != nil }), operation.nonDifferentiableReason == nil else {
            return value(result, nil)
        }
        let slot = newSlot()
        let step = LinearStep(sources: sources, slots: [slot]) { [primals] in [operation.jvp(primals, $0, result)] }
        steps.withLock { $0.append(step) }
        return value(result, slot)
    }

    func interpretSeveral<P: MultiPrimitive>(_ operation: P, _ inputs: [Tensor]) throws(TensorError) -> [Tensor] {
        let values = inputs.map { $0.traced as! LinearValue }
        let primals = values.map(\.primal)
        let results = bindSeveral(operation, primals)
        let sources = values.map(\.slot)
        guard sources.contains(where: { $0 != nil }) else { return results.map { value($0, nil) } }
        let slots = results.map { _ in newSlot() }
        // The operation gives tangents with its results, so an application runs it again.
        let step = LinearStep(sources: sources, slots: slots) { tangents in
            do throws(TensorError) {
                return try operation.jvp(primals, tangents).tangents
            } catch {
                return results.map { _ in raise(error) }
            }
        }
        steps.withLock { $0.append(step) }
        return zip(results, slots).map { value($0, $1) }
    }

    func input(_ tensor: Tensor) -> Tensor { value(tensor, newSlot()) }

    private func newSlot() -> Int {
        slots.withLock { slots in
            defer { slots += 1 }
            return slots
        }
    }

    private func value(_ primal: Tensor, _ slot: Int?) -> Tensor {
        Tensor(LinearValue(interpreter: self, primal: primal, slot: slot), type: primal.type)
    }

    func primal(of tensor: Tensor) -> Tensor { own(tensor)?.primal ?? tensor }

    private func own(_ tensor: Tensor) -> LinearValue? {
        guard let value = tensor.traced as? LinearValue, value.interpreter === self else { return nil }
        return value
    }

    /// The steps that lead from inputs to outputs.
    func program(inputs: [Tensor], outputs: [Tensor]) -> LinearProgram {
        let results = outputs.map { (slot: own($0)?.slot, primal: primal(of: $0)) }
        var needed = Set(results.compactMap(\.slot))
        var kept: [LinearStep] = []
        for step in steps.withLock({ $0 }).reversed() where !needed.isDisjoint(with: step.slots) {
            // A slot that is read here for the last time is emptied.
            let last = step.sources.compactMap { $0 }.filter { needed.insert($0).inserted }
            kept.append(LinearStep(sources: step.sources, slots: step.slots, frees: last, rule: step.rule))
        }
        steps.withLock { $0 = [] }
        return LinearProgram(
            inputs: inputs.map { own($0)?.slot }, steps: kept.reversed(),
            outputs: results.map { ($0.slot, $0.primal.type) }, slotCount: slots.withLock { $0 })
    }
}

private struct LinearValue: TracedValue {
    let interpreter: any Interpreter
    let primal: Tensor
    let slot: Int?

    var concrete: Tensor? { primal }
}

/// One tangent rule with what it reads.
private struct LinearStep: Sendable {
    let sources: [Int?]
    let slots: [Int]
    var frees: [Int] = []
    let rule: @Sendable ([Tensor?]) -> [Tensor?]
}

/// A linear map: tangent rules one after the other.
private struct LinearProgram: Sendable {
    let inputs: [Int?]
    let steps: [LinearStep]
    let outputs: [(slot: Int?, type: TensorType)]
    let slotCount: Int

    func apply(_ tangents: [Tensor]) -> [Tensor] {
        var values = [Tensor?](repeating: nil, count: slotCount)
        for (slot, tangent) in zip(inputs, tangents) {
            if let slot { values[slot] = tangent }
        }
        for step in steps {
            var sources: [Tensor?] = []
            sources.reserveCapacity(step.sources.count)
            for source in step.sources { sources.append(source.flatMap { values[$0] }) }
            for slot in step.frees { values[slot] = nil }
            guard sources.contains(where: { $0 != nil }) else { continue }
            for (slot, tangent) in zip(step.slots, step.rule(sources)) { values[slot] = tangent }
        }
        return outputs.map { output in
            output.slot.flatMap { values[$0] } ?? Tensor.zeros(output.type.shape.extents, dtype: output.type.dtype)
        }
    }
}
