import AdjointCore
import AdjointRuntime
import Synchronization

/// The body of a checkpointed loop.
final class LoopRun: Sendable {
    let names: [String]
    let body: @Sendable ([Tensor]) -> [Tensor]
    let site = CallSite()

    init(names: [String], _ body: @escaping @Sendable ([Tensor]) -> [Tensor]) {
        self.names = names
        self.body = body
    }

    /// One iteration, recorded from leaves of its own.
    func recorded(
        _ state: [Tensor], _ observer: some RecordingObserver
    ) -> (inputs: [Tensor], outputs: [Tensor]) {
        let inputs = state.map { $0.dtype.isDifferentiable ? Tensor($0.value, Node(leaf: $0.type)) : $0 }
        return (inputs, run(inputs, observer))
    }

    /// One iteration on what it is given.
    func run(_ state: [Tensor], _ observer: some RecordingObserver) -> [Tensor] {
        // The iteration belongs to no transform, whatever the pass that repeats it stands in.
        Transforms.$innermost.withValue(nil) {
            Recording.unobserved { enableGrad { Recording.observed(by: observer) { body(state) } } }
        }
    }
}

/// A state from which the loop can be run again.
struct LoopState: Sendable {
    let tensors: [Tensor]
    let draws: Draws
}

/// A loop on its way forward.
struct LoopForward {
    let run: LoopRun
    private(set) var state: [Tensor]
    private var kept = KeptStates<LoopState>()
    var iterations: Int { kept.count }
    private var draws = Draws()
    private var firstDraws = Draws()
    /// The nodes of what the body closes over.
    private var captured: [Node] = []
    private var capturedSet: Set<ObjectIdentifier> = []

    init(_ run: LoopRun, _ initial: [Tensor]) {
        self.run = run
        state = initial.map(\.withoutNode)
    }

    mutating func step() throws(TensorError) {
        kept.append(LoopState(tensors: state, draws: draws))
        let observer = LoopObserver()
        let (inputs, outputs) = run.recorded(state, observer)
        try checkAlike(
            state, run.names.map { $0.isEmpty ? "the state" : $0 }, outputs, "checkpointedLoop", "next value")
        guard outputs.allSatisfy(\.value.isStored) else {
            throw TensorError(
                .traced, "checkpointedLoop",
                "the body closes over values of a transform that the loop is not inside of",
                "pass them in the state")
        }
        for node in observer.outside(of: outputs, inputs) where capturedSet.insert(ObjectIdentifier(node)).inserted {
            captured.append(node)
        }
        for (generator, first, next) in observer.draws {
            firstDraws.note(generator, first)
            draws[generator] = next
        }
        state = outputs.map(\.withoutNode)
    }

    /// The final state, recorded as one operation on the initial one and on what the body closes over.
    func result(_ initial: [Tensor]) -> [Tensor] {
        let places = state.indices.filter { state[$0].dtype.isDifferentiable }
        guard !places.isEmpty, places.contains(where: { initial[$0].node != nil }) || !captured.isEmpty else {
            return state
        }
        let dtype = places.map { state[$0].dtype }.max()!
        let packed = concatenate(places.map { state[$0].flattened().to(dtype) })
        let states = kept.map { LoopState(tensors: $0.tensors, draws: $0.draws.completed(by: firstDraws)) }
        let operation = CheckpointedLoop(
            memory: LoopMemory(
                run: run, states: states, places: places, capturedCount: captured.count,
                finalHash: state.map { $0.value.hash }))
        let inputs = places.map { initial[$0] } + captured.map { LoopMemory.stand(in: $0) }
        let recorded = record(operation, inputs, packed.value)
        var result = state
        var start = 0
        for place in places {
            let (count, type) = (state[place].count, state[place].type)
            result[place] = recorded[start..<(start + count)].reshaped(type.shape.extents).to(type.dtype)
            start += count
        }
        return result
    }
}

/// Sees what an iteration records and draws.
private final class LoopObserver: RecordingObserver {
    private let made = Mutex<Set<ObjectIdentifier>>([])
    private let drawn = Mutex<[(generator: Generator, first: UInt64, next: UInt64)]>([])

    var draws: [(generator: Generator, first: UInt64, next: UInt64)] { drawn.withLock { $0 } }

    func recorded(_ node: Node, _ result: TensorValue) {
        made.withLock { _ = $0.insert(ObjectIdentifier(node)) }
    }

    func drew(_ count: Int, from generator: Generator, at place: UInt64) {
        drawn.withLock { drawn in
            let next = place &+ UInt64(count)
            if let index = drawn.firstIndex(where: { $0.generator === generator }) {
                drawn[index].next = next
            } else {
                drawn.append((generator, place, next))
            }
        }
    }

    /// The nodes that lead to the outputs and were there before the iteration.
    func outside(of outputs: [Tensor], _ inputs: [Tensor]) -> [Node] {
        let made = made.withLock { $0 }
        var seen = Set(inputs.compactMap(\.node).map { ObjectIdentifier($0) })
        var stack = outputs.compactMap(\.node)
        var found: [Node] = []
        while let node = stack.popLast() {
            guard seen.insert(ObjectIdentifier(node)).inserted else { continue }
            guard made.contains(ObjectIdentifier(node)) else {
                found.append(node)
                continue
            }
            guard let links = node.links else { continue }
            for index in 0..<links.count {
                if let input = links[index].node { stack.append(input) }
            }
        }
        return found
    }
}
