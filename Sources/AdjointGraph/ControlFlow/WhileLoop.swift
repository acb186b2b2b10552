import AdjointCore
import AdjointRuntime
import AdjointTransforms

/// Applies `body` to a state as long as `predicate` holds: like `while`, where the program is staged or differs among examples.
///
/// Where the predicate is known in each iteration, the loop runs as it is written. In a graph it is one operation, however often it
/// will run; its gradient is a loop backwards over the states of the iterations, which a run keeps (`memory: .all`) or computes
/// again from a few (`.logarithmic`). Under `vmap`, where examples stop at different times, an example that is done keeps its state.
///
///     let c = whileLoop(2 * a, while: { b in b.norm() .< 1000 }) { b in 2 * b }
///
/// - Parameters:
///   - initial: the first state: tensors in a container, at least one.
///   - maximumIterations: after so many, 0 or more, the loop ends, whatever the predicate says.
///   - memory: what is kept for the gradient. `.logarithmic` runs the loop as an operation in eager mode too.
/// - Fails: if `maximumIterations` is negative, the predicate does not give one element, or a state differs from the first in structure, shapes or types.
public func whileLoop<State: TensorContainer>(
    _ initial: State, maximumIterations: Int? = nil, memory: LoopMemoryPolicy = .all,
    while predicate: (State) -> Tensor, do body: (State) -> State
) -> State {
    guard let maximumIterations else {
        return unboundedLoop(initial, memory, predicate, body)
    }
    guard maximumIterations >= 0 else {
        let failed = raise(
            TensorError(
                .argument, "whileLoop", "maximumIterations is \(maximumIterations)", "give a number from 0, or none"))
        return initial.mapTensors { _ in failed }
    }
    let counted = Counted(state: initial, count: Tensor.zeros([], dtype: .int64))
    return unboundedLoop(counted, memory) { counted in
        (counted.count .< maximumIterations) .& (predicate(counted.state).reshaped([]) .!= 0)
    } _: { counted in
        Counted(state: body(counted.state), count: counted.count + 1)
    }.state
}

/// A state with the number of iterations.
private struct Counted<State: TensorContainer>: TensorContainer {
    var state: State
    var count: Tensor
}

private func unboundedLoop<State: TensorContainer>(
    _ initial: State, _ memory: LoopMemoryPolicy, _ predicate: (State) -> Tensor,
    _ body: (State) -> State
) -> State {
    let name = "whileLoop"
    let names = initial.namedTensors.map(\.name)
    var state = initial
    do throws(TensorError) {
        guard !names.isEmpty else {
            throw TensorError(.argument, name, "the state holds no tensor", "carry at least one tensor")
        }
        while memory == .all, !isStaging(state.tensors) {
            let decision = noGrad { predicate(state) }
            try checkDecision(decision, name)
            guard let known = decision.known else { break }
            guard known.isTrue else { return state }
            let next = body(state)
            try checkAlike(state.tensors, displayed(names), next.tensors, name, "next value")
            state = next
        }
        let tensors = state.tensors
        let inputs = named(names, tensors, else: "state")
        var parts = StagedParts()
        try parts.add(name, inputs) { inputs throws(TensorError) in
            let decision = predicate(replacing(in: initial, with: inputs))
            try checkDecision(decision, name)
            return [decision.reshaped([])]
        }
        try parts.add(name, inputs) { inputs throws(TensorError) in
            let next = body(replacing(in: initial, with: inputs)).tensors
            try checkAlike(inputs, displayed(names), next, name, "next value")
            return next
        }
        let operands = tensors + parts.captures
        let graphs = parts.subgraphs
        let loop = Loop(
            predicate: graphs[0], body: graphs[1], isWithin: nil, carried: tensors.count, sequences: 0, length: nil,
            isReversed: false,
            memory: memory, keepsStates: false)
        return replacing(
            in: initial, with: LoopResults(bindSeveral(loop.stated(with: operands), operands), of: loop).carried)
    } catch {
        let failed = raise(error)
        return initial.mapTensors { _ in failed }
    }
}

private func displayed(_ names: [String]) -> [String] { names.map { $0.isEmpty ? "the state" : $0 } }

private func checkDecision(_ decision: Tensor, _ name: String) throws(TensorError) {
    if let failure = decision.failure { throw failure }
    guard decision.count == 1 else {
        throw TensorError(
            .shape, name, "the predicate gave a tensor of shape \(decision.shape), not one element",
            "reduce it first, as in (x .> 0).all()")
    }
}
