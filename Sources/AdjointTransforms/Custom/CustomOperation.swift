import AdjointCore
import AdjointRuntime

/// A custom function as an operation.
struct CustomOperation: Primitive {
    static let name = "custom"
    let rule: CustomRule
    let inputCount: Int

    var label: String { rule.name }
    static func == (left: Self, right: Self) -> Bool { left.rule === right.rule }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(rule)) }

    /// The type is not known before the function has run; a record takes it from the value.
    func resultType(_ inputs: [TensorType]) throws(TensorError) -> TensorType { inputs[0] }

    /// The type of what the function gives for ones.
    func typeWhenStaged(_ inputs: [TensorType]) throws(TensorError) -> TensorType {
        var ones: [TensorValue] = []
        for type in inputs { ones.append(try Kernels.fill(type, .int(1))) }
        return try execute(ones, inputs[0]).type
    }

    func execute(_ inputs: [TensorValue], _ type: TensorType) throws(TensorError) -> TensorValue {
        let value = Transforms.$innermost.withValue(nil) { noGrad { rule.function(inputs.map { Tensor($0) }) } }
        if let failure = value.failure { throw failure }
        guard value.value.isStored else {
            throw rule.error(
                .traced, "closes over a value of a transform", "pass everything that it depends on as an input")
        }
        return value.value
    }

    func reads(for needs: InputSet) -> Reads { Reads(inputs: InputSet(rawValue: .max), output: true) }

    func pullback(_ cotangent: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        let count = inputCount
        let inputs = (0..<count).map { saved.input($0) }
        do throws(TensorError) {
            let gradients = try gradients(inputs, saved.output, cotangent)
            for (index, gradient) in gradients.enumerated() where saved.needs(index) {
                if let gradient { send.add(gradient, to: index, of: saved) }
            }
        } catch {
            let failed = raise(error)
            for index in 0..<count where saved.needs(index) { send.add(failed, to: index, of: saved) }
        }
    }

    private func gradients(
        _ inputs: [Tensor], _ value: Tensor, _ cotangent: Tensor
    ) throws(TensorError) -> [Tensor?] {
        guard let vjp = rule.vjp else { return try transposed(inputs, value, cotangent) }
        let gradients = Operands.level(of: inputs + [value, cotangent]).run { vjp(inputs, value, cotangent) }
        guard gradients.count == inputs.count else {
            throw rule.error(
                .argument, "gave \(gradients.count) gradients for \(inputs.count) inputs",
                "give one an input, nil where it is zero")
        }
        for (index, gradient) in gradients.enumerated() {
            guard let gradient else { continue }
            if let failure = gradient.failure { throw failure }
            guard gradient.type == inputs[index].type else {
                throw rule.error(
                    gradient.shape == inputs[index].shape ? .dtype : .shape,
                    "gave a gradient of type \(gradient.type) for input \(index) of type \(inputs[index].type)",
                    "a gradient has the shape and the type of its input")
            }
        }
        return gradients
    }

    func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        attempt { () throws(TensorError) in
            let all = zip(inputs, tangents).map { input, tangent in tangent ?? Tensor.zeros(like: input) }
            return try tangent(inputs, result, all)
        }
    }

    private func tangent(
        _ inputs: [Tensor], _ value: Tensor, _ tangents: [Tensor]
    ) throws(TensorError) -> Tensor {
        guard let jvp = rule.jvp else { return try transposedTwice(inputs, value, tangents) }
        let tangent = Operands.level(of: inputs + [value] + tangents).run { jvp(inputs, value, tangents) }
        if let failure = tangent.failure { throw failure }
        guard tangent.type == value.type else {
            throw rule.error(
                tangent.shape == value.shape ? .dtype : .shape,
                "gave a tangent of type \(tangent.type) for a value of type \(value.type)",
                "a tangent has the shape and the type of the value")
        }
        return tangent
    }
}

// The rule that is missing, from the one that is there.
extension CustomOperation {
    /// The reverse rule, as the transpose of the forward rule, which is linear in the tangents.
    private func transposed(
        _ inputs: [Tensor], _ value: Tensor, _ cotangent: Tensor
    ) throws(TensorError) -> [Tensor?] {
        guard rule.jvp != nil else { throw noRule }
        let level = Operands.level(of: inputs + [value, cotangent])
        let leaves = inputs.map {
            $0.dtype.isDifferentiable ? level.leaf(Tensor.ones(like: $0)) : Tensor.zeros(like: $0)
        }
        let result = try level.run(recording: true) { () throws(TensorError) in try tangent(inputs, value, leaves) }
        guard result.node != nil else { return try byBasis(inputs, value, cotangent) }
        return try sendBack(
            [(result, cotangent)], to: leaves, rule.name, retainsGraph: false,
            creation: isGradEnabled ? .ifDependent : .never
        ).cotangents
    }

    /// The reverse rule from a forward rule that leaves tensor operations: one tangent for each element.
    private func byBasis(
        _ inputs: [Tensor], _ value: Tensor, _ cotangent: Tensor
    ) throws(TensorError) -> [Tensor?] {
        var gradients: [Tensor?] = []
        var tangents = inputs.map { Tensor.zeros(like: $0) }
        for (position, input) in inputs.enumerated() {
            guard input.dtype.isDifferentiable, input.count > 0 else {
                gradients.append(nil)
                continue
            }
            let zeros = tangents[position]
            let basis = Tensor.eye(input.count, dtype: input.dtype)
            var elements: [Tensor] = []
            for index in 0..<input.count {
                tangents[position] = basis[index].reshaped(input.shape.extents)
                elements.append((try tangent(inputs, value, tangents) * cotangent).sum().to(input.dtype))
            }
            tangents[position] = zeros
            gradients.append(stack(elements).reshaped(input.shape.extents))
        }
        return gradients
    }

    /// The forward rule, as the transpose of the reverse rule, which is linear in the cotangent.
    private func transposedTwice(
        _ inputs: [Tensor], _ value: Tensor, _ tangents: [Tensor]
    ) throws(TensorError) -> Tensor {
        guard rule.vjp != nil else { throw noRule }
        let level = Operands.level(of: inputs + [value] + tangents)
        let cotangent = level.leaf(Tensor.ones(like: value))
        let found = try level.run(recording: true) { () throws(TensorError) in
            try gradients(inputs, value, cotangent)
        }
        var seeds: [(output: Tensor, cotangent: Tensor)] = []
        for (gradient, tangent) in zip(found, tangents) {
            if let gradient { seeds.append((gradient, tangent)) }
        }
        guard seeds.isEmpty || seeds.contains(where: { $0.output.node != nil }) else {
            throw rule.error(
                .gradient,
                "has a reverse rule that leaves tensor operations, so no forward rule can be derived from it",
                "write the rule with tensor operations, or give jvp as well")
        }
        let tangent = try sendBack(
            seeds, to: [cotangent], rule.name, retainsGraph: false, creation: isGradEnabled ? .ifDependent : .never
        ).cotangents[0]
        return tangent ?? Tensor.zeros(like: value)
    }

    private var noRule: TensorError { rule.error(.gradient, "has no derivative", "give vjp or jvp") }
}

/// The level of the transform that a rule's operands belong to: what the rule does belongs to it as well.
private struct Operands {
    let interpreter: (any Interpreter)?

    static func level(of tensors: [Tensor]) -> Operands {
        Operands(interpreter: tensors.compactMap { $0.traced?.interpreter }.max { $0.level < $1.level })
    }

    func run<Value, Failure: Error>(
        recording: Bool = false, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        // withValue rethrows untyped errors, so the typed one goes around it.
        func outcome() -> Result<Value, Failure> {
            do throws(Failure) { return .success(try body()) } catch { return .failure(error) }
        }
        return try Transforms.$innermost.withValue(interpreter) { recording ? enableGrad(outcome) : outcome() }.get()
    }

    /// A leaf of this level.
    func leaf(_ tensor: Tensor) -> Tensor {
        let value = tensor.traced?.interpreter === interpreter ? tensor : interpreter?.lift(tensor) ?? tensor
        return Tensor(value.value, Node(leaf: tensor.type))
    }
}
