import AdjointRuntime

/// The input of a function that is differentiated while its argument is recorded already: identity, with a node of
/// its own, so that the inner derivative ends here and the outer one passes.
struct FunctionInput: LinearPrimitive {
    static let name = "input"

    func resultType(_ x: TensorType) throws(TensorError) -> TensorType { x }
    func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue { x }
    func transpose(_ g: Tensor, to x: TensorType) -> Tensor { g }
    func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { inputs[0] }
}

extension Tensor {
    /// This tensor as an input of a function that is about to be differentiated: a value of the innermost transform with
    /// a node of its own. Its history stays connected, except inside `noGrad`.
    /// - Parameter search: the number that the call took from `Reachable`, if it did.
    package func asFunctionInput(in search: UInt64? = nil) -> Tensor {
        guard failure == nil, dtype.isDifferentiable else { return self }
        var input = isGradEnabled ? self : Tensor(value)
        if let interpreter = Transforms.innermost, input.traced?.interpreter !== interpreter {
            input = interpreter.lift(input)
        }
        return input.node == nil
            ? Tensor(input.value, Node(leaf: type, search: search)) : bind(FunctionInput(), input)
    }

    /// The same value without a node at this level. Unlike `detach`, it stays a value of its transform, with its tangent.
    package var withoutNode: Tensor { Tensor(value) }
}

/// Whether a reverse pass is recorded itself.
package enum GraphCreation: Sendable {
    case never
    /// Where what comes out depends on recorded tensors other than the targets.
    case ifDependent
    case always
}

/// What arrived at the targets of a reverse pass.
package struct Arrivals: Sendable {
    /// The cotangent of each target, nil where none arrived.
    package let cotangents: [Tensor?]
    /// Whether recorded tensors other than the targets lead to the outputs.
    package let dependsOnMore: Bool
}

/// Sends cotangents from outputs back to targets, and not beyond them. Outputs that are not recorded are passed over.
/// - Parameter search: the number with which the targets were made inputs of a function, if they were.
package func sendBack(
    _ seeds: [(output: Tensor, cotangent: Tensor)], to targets: [Tensor], _ caller: String, retainsGraph: Bool,
    creation: GraphCreation, search: UInt64? = nil
) throws(TensorError) -> Arrivals {
    var table = NodeTable()
    for (index, target) in targets.enumerated() {
        if let node = target.node { table.insert(node, index) }
    }
    var roots: [(node: Node, cotangent: Tensor)] = []
    for (output, cotangent) in seeds {
        if let failure = output.failure ?? cotangent.failure { throw failure }
        guard output.type == cotangent.type else {
            throw TensorError(
                output.shape == cotangent.shape ? .dtype : .shape, caller,
                "an output of type \(output.type) was given a cotangent of type \(cotangent.type)",
                "a cotangent has the shape and the type of its output")
        }
        if let node = output.node { roots.append((node, cotangent)) }
    }
    let nodes = roots.map(\.node)
    let isKnown = search.map { Reachable.isEverything(from: nodes, in: $0) } ?? false
    let reachable = isKnown ? nil : Reachable(from: nodes, to: table, beyondTargets: false)
    let reachesOthers = reachable?.reachesOthers ?? false
    let seedIsRecorded = roots.contains { $0.cotangent.node != nil }
    let creates =
        switch creation {
        case .never: false
        case .always: true
        case .ifDependent: reachesOthers || seedIsRecorded
        }
    var pass = ReversePass(caller: caller, retainsGraph: retainsGraph || creates, createsGraph: creates, targets: table)
    pass.stopsAtTargets = true
    return Arrivals(cotangents: arranged(try pass.run(roots, reachable), targets, table), dependsOnMore: reachesOthers)
}

/// Whether recorded tensors other than the inputs lead to the outputs.
/// - Parameter search: as in `sendBack`.
package func dependsOnMore(_ outputs: [Tensor], than inputs: [Tensor], search: UInt64) -> Bool {
    let nodes = outputs.compactMap(\.node)
    if Reachable.isEverything(from: nodes, in: search) { return false }
    var table = NodeTable()
    for (index, input) in inputs.enumerated() {
        if let node = input.node { table.insert(node, index) }
    }
    return Reachable(from: nodes, to: table, beyondTargets: false).reachesOthers
}
