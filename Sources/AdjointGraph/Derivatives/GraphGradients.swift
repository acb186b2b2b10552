import AdjointCore
import AdjointRuntime

extension GraphBuilder {
    /// What the gradient with respect to a value is on which nothing depends.
    public enum Disconnected: Sendable {
        /// An error that names it.
        case error
        /// Zeros, and a warning.
        case warning
        /// Zeros.
        case zero
    }

    /// The gradient of a scalar of this graph with respect to one of its values, as a value of the graph.
    /// - Parameter constants: values through which no derivative passes.
    public func gradient(
        of output: Tensor, withRespectTo x: Tensor, constants: [Tensor] = [], disconnected: Disconnected = .error
    ) -> Tensor {
        gradients(of: [output], withRespectTo: [x], constants: constants, disconnected: disconnected)[0]
    }

    /// The gradients of Σ ⟨seedₖ, outputₖ⟩ with respect to any values of this graph, as values of the graph, by reverse accumulation
    /// with the rules and the engine of the tape. They can be differentiated again.
    /// - Parameters:
    ///   - outputs: any values; scalars, if there are no seeds.
    ///   - seeds: one an output, of its type: ȳₖ. Default: 1.
    ///   - known: values whose cotangents are known and are sent back as well.
    ///   - constants: values through which no derivative passes.
    ///   - disconnected: what to give for a value on which no output depends.
    /// - Fails: for values of another graph, seeds of other types, an output that is no scalar and has no seed.
    public func gradients(
        of outputs: [Tensor], withRespectTo inputs: [Tensor], seeds: [Tensor]? = nil,
        known: [(value: Tensor, cotangent: Tensor)] = [], constants: [Tensor] = [], disconnected: Disconnected = .error
    ) -> [Tensor] {
        do throws(TensorError) {
            let name = "gradients"
            guard !inputs.isEmpty, !(outputs.isEmpty && known.isEmpty) else {
                throw TensorError(
                    .argument, name,
                    inputs.isEmpty ? "no values to differentiate with respect to were given" : "no outputs were given",
                    "name at least one value on each side")
            }
            if let seeds, seeds.count != outputs.count {
                throw TensorError(
                    .argument, name, "\(outputs.count) outputs were given \(seeds.count) seeds",
                    "give one seed an output")
            }
            for (value, cotangent) in zip(outputs, seeds ?? []) { try check(cotangent, of: value, "seed", name) }
            for (value, cotangent) in known { try check(cotangent, of: value, "known gradient", name) }
            let roots = outputs + known.map(\.value)
            let record = try GraphRecord(stage, inputs: inputs, outputs: roots, constants: constants, name)
            var pairs: [(output: Tensor, seed: Tensor)] = []
            for (index, output) in outputs.enumerated() {
                let seed = if let seeds { seeds[index] } else { try unit(like: output, name) }
                pairs.append((record.tensor(output), seed))
            }
            pairs += known.map { (record.tensor($0.value), $0.cotangent) }
            let connected = pairs.filter { $0.output.node != nil }
            let targets = inputs.map { record.tensor($0) }
            let found =
                connected.isEmpty
                ? targets.map { _ in nil }
                : stage.differentiating {
                    optionalGradients(
                        of: connected.map(\.output), withRespectTo: targets, seeds: connected.map(\.seed))
                }
            var gradients: [Tensor] = []
            for (index, input) in inputs.enumerated() {
                if let gradient = found[index] {
                    gradients.append(gradient.withoutNode)
                } else {
                    gradients.append(try disconnectedGradient(input, index, disconnected))
                }
            }
            return gradients
        } catch {
            return inputs.isEmpty ? [raise(error)] : inputs.map { _ in raise(error) }
        }
    }

    /// The tangents of outputs along tangents of values: Σᵢ (∂yₖ/∂xᵢ) ẋᵢ, as values of the graph, by forward accumulation; zeros
    /// where an output does not depend on one of them.
    public func jvp(of outputs: [Tensor], along tangents: [(value: Tensor, tangent: Tensor)]) -> [Tensor] {
        do throws(TensorError) {
            let name = "jvp"
            guard !tangents.isEmpty else {
                throw TensorError(.argument, name, "no tangents were given", "give one for at least one value")
            }
            for (value, tangent) in tangents {
                guard value.type == tangent.type else {
                    throw TensorError(
                        value.shape == tangent.shape ? .dtype : .shape, name,
                        "a value of type \(value.type) was given a tangent of type \(tangent.type)",
                        "a tangent has the shape and the type of its value")
                }
            }
            let found = try stage.differentiating { () throws(TensorError) in
                try stage.tangents(of: outputs, along: tangents, name)
            }
            return zip(outputs, found).map { $1 ?? stage.lift(Tensor.zeros($0.shape.extents, dtype: $0.dtype)) }
        } catch {
            return outputs.map { _ in raise(error) }
        }
    }

    private func check(
        _ cotangent: Tensor, of value: Tensor, _ what: String, _ name: String
    ) throws(TensorError) {
        if let failure = value.failure ?? cotangent.failure { throw failure }
        guard value.type == cotangent.type else {
            throw TensorError(
                value.shape == cotangent.shape ? .dtype : .shape, name,
                "a value of type \(value.type) was given a \(what) of type \(cotangent.type)",
                "a \(what) has the shape and the type of its value")
        }
    }

    private func unit(like output: Tensor, _ name: String) throws(TensorError) -> Tensor {
        if let failure = output.failure { throw failure }
        guard output.count == 1, output.dtype.isFloatingPoint else {
            throw TensorError(
                .gradient, name,
                output.count == 1
                    ? "an output of type \(output.type) has no gradient without a seed"
                    : "an output of type \(output.type) is not a scalar, so its gradient needs a seed",
                "reduce it to a real scalar first, or pass seeds:")
        }
        return Tensor.ones(output.shape.extents, dtype: output.dtype)
    }

    private func disconnectedGradient(
        _ input: Tensor, _ index: Int, _ rule: Disconnected
    ) throws(TensorError) -> Tensor {
        let problem =
            "no output depends on value \(index) of type \(input.type), or only through operations without a derivative"
        let remedy = "leave it out, or pass disconnected: .zero"
        switch rule {
        case .error: throw TensorError(.gradient, "gradients", problem, remedy)
        case .warning: Warnings.tell("gradients", problem, remedy)
        case .zero: break
        }
        return stage.lift(Tensor.zeros(input.shape.extents, dtype: input.dtype))
    }
}

/// The part of a graph between some values and others, put on the tape: the same values, with nodes.
struct GraphRecord {
    private let stage: StageInterpreter
    private var recorded: [Int: Tensor] = [:]

    init(
        _ stage: StageInterpreter, inputs: [Tensor], outputs: [Tensor], constants: [Tensor], _ name: String
    ) throws(TensorError) {
        self.stage = stage
        let targets = try stage.numbers(of: inputs, name)
        let roots = try stage.numbers(of: outputs, name)
        let fixed = Set(try stage.numbers(of: constants, name))
        for (index, input) in inputs.enumerated() where !input.dtype.isDifferentiable {
            throw TensorError(
                .gradient, name, "value \(index) of type \(input.type) has no gradient",
                "only floating-point and complex values have; convert it with to(.float32) before it is used")
        }
        let graph = stage.graph
        for target in targets {
            recorded[target] = Tensor(stage.staged(target, graph.types[target]).value, Node(leaf: graph.types[target]))
        }
        let needed = graph.needed(for: roots)
        for step in graph.steps {
            let results = graph.results(of: step)
            let reads = graph.operands(of: step).map { Int($0) }
            guard results.contains(where: { needed[$0] }), reads.contains(where: { recorded[$0] != nil }) else {
                continue
            }
            let operands = reads.map { recorded[$0] ?? stage.staged($0, graph.types[$0]) }
            let values = results.map { stage.staged($0, graph.types[$0]).value }
            let tensors = enableGrad { Self.record(step.operation, operands, values) }
            for (result, tensor) in zip(results, tensors) where tensor.node != nil && !fixed.contains(result) {
                recorded[result] = tensor
            }
        }
    }

    /// A value of the graph with its node, if it depends on the inputs.
    func tensor(_ tensor: Tensor) -> Tensor { stage.number(of: tensor).flatMap { recorded[$0] } ?? tensor.withoutNode }

    private static func record(_ operation: GraphOperation, _ operands: [Tensor], _ values: [TensorValue]) -> [Tensor] {
        func one<P: Primitive>(_ operation: P) -> [Tensor] {
            // What is a shorter way through others is stated again by those.
            P.isComposite
                ? [bindDynamically(operation, operands)] : [AdjointCore.record(operation, operands, values[0])]
        }
        func several<P: MultiPrimitive>(_ operation: P) -> [Tensor] {
            // An operation whose gradient needs more of it is stated again; rewriting makes one of both.
            operation.recorded == operation
                ? AdjointCore.record(operation, operands, values)
                : Array(bindSeveral(operation, operands).prefix(values.count))
        }
        switch operation {
        case .input, .constant, .draw: return values.map { Tensor($0) }
        case .primitive(let operation): return one(operation)
        case .several(let operation): return several(operation)
        }
    }
}

extension StageInterpreter {
    /// The numbers of tensors that have to be of this graph.
    func numbers(of tensors: [Tensor], _ name: String) throws(TensorError) -> [Int] {
        var numbers: [Int] = []
        for (index, tensor) in tensors.enumerated() {
            if let failure = tensor.failure { throw failure }
            guard let number = number(of: tensor) else {
                throw TensorError(
                    .argument, name, "tensor \(index) of type \(tensor.type) is not a value of this graph",
                    "use values of this builder: its inputs and what is computed from them")
            }
            numbers.append(number)
        }
        return numbers
    }

    /// The tangents of values along tangents of others; nil where one does not depend on them.
    func tangents(
        of outputs: [Tensor], along given: [(value: Tensor, tangent: Tensor)], _ name: String
    ) throws(TensorError) -> [Tensor?] {
        var tangents: [Int: Tensor] = [:]
        for (number, pair) in zip(try numbers(of: given.map(\.value), name), given) { tangents[number] = pair.tangent }
        let sources = Set(tangents.keys)
        let roots = try numbers(of: outputs, name)
        let graph = graph
        let needed = graph.needed(for: roots)
        for step in graph.steps {
            let results = graph.results(of: step)
            let reads = graph.operands(of: step).map { Int($0) }
            guard results.contains(where: { needed[$0] }), reads.contains(where: { tangents[$0] != nil }) else {
                continue
            }
            let operands = reads.map { staged($0, graph.types[$0]) }
            let moving = reads.map { tangents[$0] }
            switch step.operation {
            case .input, .constant, .draw: continue
            case .primitive(let operation):
                guard operation.nonDifferentiableReason == nil else { continue }
                let value = staged(results.lowerBound, graph.types[results.lowerBound])
                let tangent = operation.jvp(operands, moving, value)
                if !sources.contains(results.lowerBound) { tangents[results.lowerBound] = tangent }
            case .several(let operation):
                let found = try operation.jvp(operands, moving).tangents
                for (result, tangent) in zip(results, found) where !sources.contains(result) {
                    tangents[result] = tangent
                }
            }
        }
        return roots.map { tangents[$0] }
    }
}
