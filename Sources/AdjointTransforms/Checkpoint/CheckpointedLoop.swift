import AdjointCore
import AdjointRuntime

/// A loop whose gradient needs the memory of O(log n) states and of one iteration, whatever the number n of iterations; it need
/// not be known before.
///
/// States are kept at iterations whose numbers are n with low bits cleared, and between them by halves on the way back, so each
/// iteration is run again O(log n) times. Gradients have the same bits as those of a plain loop. What `body` closes over
/// may be recorded. Random numbers are drawn again from the same places. A gradient of higher order keeps every
/// iteration, and so does a loop inside another transform, as a plain loop would.
///
///     let y = checkpointedLoop(x, while: { $0.norm() < 1000 }) { $0 * 2 }
///
/// - Parameters:
///   - initial: the state before the first iteration.
///   - condition: whether there is another iteration; its own operations are not differentiated.
///   - body: the state after an iteration; it has the tensors, shapes and types of the state before.
/// - Fails: if `body` changes the number, shapes or types of the tensors; in the backward pass, if it gives other bits
///   than the first time.
public func checkpointedLoop<State: TensorContainer>(
    _ initial: State, while condition: @Sendable (State) -> Bool, _ body: @escaping @Sendable (State) -> State
) -> State {
    let tensors = initial.tensors
    let plain = !isGradEnabled || Transforms.innermost != nil || !tensors.allSatisfy(\.value.isStored)
    if plain {
        var state = initial
        while noGrad({ condition(state) }) { state = body(state) }
        return state
    }
    let run = LoopRun(names: initial.namedTensors.map(\.name)) { inputs in
        body(replacing(in: initial, with: inputs)).tensors
    }
    var forward = LoopForward(run, tensors)
    do throws(TensorError) {
        while noGrad({ condition(replacing(in: initial, with: forward.state)) }) { try forward.step() }
    } catch {
        let failed = raise(error)
        return initial.mapTensors { _ in failed }
    }
    return forward.iterations == 0 ? initial : replacing(in: initial, with: forward.result(tensors))
}
