import AdjointRuntime

extension Tensor {
    /// Computes the gradient of this tensor with respect to every leaf that it depends on and adds it to their `grad`.
    ///
    /// Reverse accumulation: x̄ᵢ = Σⱼ (∂yⱼ/∂xᵢ)ᵀ ȳⱼ from here to the leaves. The saved forward values are freed on the
    /// way.
    /// - Parameters:
    ///   - seed: the cotangent ȳ of this tensor, of its shape and type; 1 for a scalar when left out.
    ///   - inputs: if given, only these leaves (or computed tensors) accumulate.
    ///   - retainGraph: keeps the saved values for another pass. Default: `createGraph`.
    ///   - createGraph: records the pass itself, so that the gradients can be differentiated.
    /// - Fails: if this tensor is not recorded, is not a scalar and has no seed, or an earlier pass freed its graph.
    public func backward(
        seed: Tensor? = nil, inputs: [Tensor]? = nil, retainGraph: Bool? = nil, createGraph: Bool = false
    ) {
        do throws(TensorError) {
            let seeds = try [rootSeed(of: self, seed, "backward", index: nil)]
            var pass = ReversePass(
                caller: "backward", retainsGraph: retainGraph ?? createGraph, createsGraph: createGraph)
            if let inputs { pass.targets = try targetTable(inputs, "backward") }
            if createGraph {
                Warnings.tell(
                    "backward",
                    "createGraph: true leaves gradients in leaves whose graphs hold these leaves, so neither is released",
                    "use gradients(of:withRespectTo:createGraph:), or set grad to nil when done")
            }
            // Nothing is accumulated unless the whole pass succeeds.
            for (node, cotangent) in try pass.run(seeds) { node.attach().accumulate(cotangent) }
        } catch {
            complain(error)
        }
    }

    /// The gradient of this tensor with respect to `x`, without touching any `grad`.
    public func gradient(
        withRespectTo x: Tensor, seed: Tensor? = nil, retainGraph: Bool? = nil, createGraph: Bool = false
    ) -> Tensor {
        gradients(
            of: [self], withRespectTo: [x], seeds: seed.map { [$0] }, retainGraph: retainGraph, createGraph: createGraph
        )[0]
    }
}

/// What `gradients(of:withRespectTo:)` gives for an input on which no output depends.
public enum UnusedInput: Sendable {
    /// An error that names the input.
    case error
    /// Zeros of the input's type.
    case zero
    /// Zeros, and a warning that names the input, once a line of the program.
    case warning
}

/// The gradients of Σ ⟨seedₖ, outputₖ⟩ with respect to each input, in the inputs' order; no `grad` is touched.
///
/// - Parameters:
///   - outputs: recorded tensors.
///   - inputs: leaves or computed tensors.
///   - seeds: one cotangent an output, of its shape and type; nil: 1 for each, which must be scalars.
///   - unused: what to give for an input on which no output depends.
///   - retainGraph: keeps the saved values for another pass. Default: `createGraph`.
///   - createGraph: records the pass itself, so that the gradients can be differentiated.
/// - Fails: for no inputs, an unrecorded output or input, a seed of another type, a freed graph.
public func gradients(
    of outputs: [Tensor], withRespectTo inputs: [Tensor], seeds: [Tensor]? = nil, unused: UnusedInput = .error,
    retainGraph: Bool? = nil, createGraph: Bool = false
) -> [Tensor] {
    do throws(TensorError) {
        let found = try reverseGradients(outputs, inputs, seeds, retainGraph, createGraph)
        var gradients: [Tensor] = []
        gradients.reserveCapacity(inputs.count)
        for (index, input) in inputs.enumerated() {
            if let gradient = found[index] {
                gradients.append(gradient)
                continue
            }
            let problem = "no output depends on input \(index), a tensor of type \(input.type)"
            let remedy =
                "pass unused: .zero for zeros, or use optionalGradients for nil; "
                + "whyNoGradient(of:at:) tells an input that is not used from one whose path is cut"
            switch unused {
            case .error: throw TensorError(.gradient, "gradients", problem, remedy)
            case .warning: Warnings.tell("gradients", problem, remedy)
            case .zero: break
            }
            gradients.append(Tensor.zeros(like: input).detach())
        }
        return gradients
    } catch {
        return inputs.isEmpty ? [raise(error)] : inputs.map { _ in raise(error) }
    }
}

/// The same as `gradients(of:withRespectTo:)` with nil for an input on which no output depends.
public func optionalGradients(
    of outputs: [Tensor], withRespectTo inputs: [Tensor], seeds: [Tensor]? = nil, retainGraph: Bool? = nil,
    createGraph: Bool = false
) -> [Tensor?] {
    do throws(TensorError) {
        return try reverseGradients(outputs, inputs, seeds, retainGraph, createGraph)
    } catch {
        return inputs.map { _ in raise(error) }
    }
}

private func reverseGradients(
    _ outputs: [Tensor], _ inputs: [Tensor], _ seeds: [Tensor]?, _ retainGraph: Bool?, _ createGraph: Bool
) throws(TensorError) -> [Tensor?] {
    let name = "gradients"
    guard !inputs.isEmpty, !outputs.isEmpty else {
        throw TensorError(
            .argument, name, inputs.isEmpty ? "no inputs were given" : "no outputs were given",
            "name at least one tensor on each side")
    }
    if let seeds, seeds.count != outputs.count {
        throw TensorError(
            .argument, name, "\(outputs.count) outputs were given \(seeds.count) seeds", "give one seed an output")
    }
    var roots: [(node: Node, cotangent: Tensor)] = []
    for (index, output) in outputs.enumerated() {
        roots.append(try rootSeed(of: output, seeds?[index], name, index: outputs.count > 1 ? index : nil))
    }
    let targets = try targetTable(inputs, name)
    let pass = ReversePass(
        caller: name, retainsGraph: retainGraph ?? createGraph, createsGraph: createGraph, targets: targets)
    // An input that is not reached may stand behind a part of the graph that is gone, which is no answer.
    let reachable = Reachable(from: roots.map(\.node), to: targets)
    if inputs.contains(where: { !reachable.contains($0.node!) }),
        let error = Node.freedError(below: roots.map(\.node), name)
    {
        throw error
    }
    return arranged(try pass.run(roots, reachable), inputs, targets)
}

/// What has arrived at each target, in their order; the table has the place of each.
func arranged(_ arrived: [(node: Node, cotangent: Tensor)], _ targets: [Tensor], _ table: NodeTable) -> [Tensor?] {
    var found = [Tensor?](repeating: nil, count: targets.count)
    for (node, cotangent) in arrived { found[table[node]!] = cotangent }
    // A target that is named several times, or is no node, leaves the table with fewer.
    if table.count < targets.count { return targets.map { $0.node.flatMap { found[table[$0]!] } } }
    return found
}

private func rootSeed(
    of output: Tensor, _ seed: Tensor?, _ caller: String, index: Int?
) throws(TensorError) -> (node: Node, cotangent: Tensor) {
    if let failure = output.failure { throw failure }
    var which: String {
        index.map { "output \($0), of type \(output.type)," } ?? "the output, of type \(output.type),"
    }
    guard let node = output.node else {
        if output.traced != nil {
            throw TensorError(
                .gradient, caller, "\(which) is a value of a transform and does not depend on a leaf made inside it",
                "differentiate with respect to a leaf made inside the transformed function, or outside the transform")
        }
        throw TensorError(
            .gradient, caller, "\(which) does not depend on any tensor that requires a gradient",
            "make the inputs leaves with requiringGrad() before computing, outside noGrad")
    }
    guard let seed else {
        guard output.count == 1 else {
            throw TensorError(
                .gradient, caller, "\(which) is not a scalar, so its gradient needs a seed",
                "reduce it first, as in y.sum().backward(), or pass seed: with a tensor of its type")
        }
        guard !output.dtype.isComplex else {
            throw TensorError(
                .gradient, caller, "\(which) is complex, so its gradient needs a seed",
                "take its real part or its magnitude first, or pass seed: with a tensor of its type")
        }
        return (node, Tensor(try Kernels.fill(output.type, 1)))
    }
    if let failure = seed.failure { throw failure }
    guard seed.type == output.type else {
        throw TensorError(
            seed.shape == output.shape ? .dtype : .shape, caller, "\(which) was given a seed of type \(seed.type)",
            "a seed has the shape and the type of its output")
    }
    return (node, seed)
}

private func targetTable(_ inputs: [Tensor], _ caller: String) throws(TensorError) -> NodeTable {
    var table = NodeTable()
    for (index, input) in inputs.enumerated() {
        if let failure = input.failure { throw failure }
        guard let node = input.node else {
            throw TensorError(
                .gradient, caller, "input \(index), of type \(input.type), does not require a gradient",
                "make it a leaf with requiringGrad() before computing the output")
        }
        table.insert(node, index)
    }
    return table
}
