import AdjointCore
import AdjointRuntime

/// The states with which the iterations of a loop start, of which O(log n) are in memory; the others are computed again.
///
/// States are kept at iterations whose numbers are the present one with low bits cleared (22 keeps 22, 20, 16 and 0), and between
/// them by halves on the way back (as Griewank 1992, for a loop whose length is not known before).
package struct KeptStates<State: Sendable>: Sendable {
    /// By rising number; the first one is the loop's start.
    private var kept: [(iteration: Int, state: State)] = []
    /// The number of iterations whose state has not been taken.
    package private(set) var count = 0

    package init() {}

    /// The state with which the loop started; there is one after the first iteration.
    var first: State { kept[0].state }

    /// Notes the state with which one more iteration starts.
    package mutating func append(_ state: State) {
        while let newest = kept.last, newest.iteration != 0, !Self.isKept(newest.iteration, at: count) {
            kept.removeLast()
        }
        kept.append((count, state))
        count += 1
    }

    private static func isKept(_ number: Int, at iteration: Int) -> Bool {
        var rest = iteration
        while rest > 0 {
            if rest == number { return true }
            rest &= rest - 1
        }
        return number == 0
    }

    /// Takes the state with which the last iteration that is left started; nil when none is left.
    /// - Parameter advance: gives the state so many iterations later.
    package mutating func popLast(
        _ advance: (_ state: State, _ iterations: Int) throws(TensorError) -> State
    ) throws(TensorError) -> State? {
        guard count > 0 else { return nil }
        count -= 1
        while let nearest = kept.last, nearest.iteration != count {
            let middle = (nearest.iteration + count + 1) / 2
            kept.append((middle, try advance(nearest.state, middle - nearest.iteration)))
        }
        return kept.removeLast().state
    }

    func map(_ transform: (State) -> State) -> KeptStates {
        var states = self
        states.kept = kept.map { ($0.iteration, transform($0.state)) }
        return states
    }
}
