import AdjointCore
import AdjointRuntime

/// What a checkpointed loop keeps for its gradient.
final class LoopMemory: Sendable {
    let run: LoopRun
    let states: KeptStates<LoopState>
    /// The places of the tensors that have derivatives.
    let places: [Int]
    /// How many recorded tensors the body closes over.
    let capturedCount: Int
    let finalHash: [UInt64?]

    init(
        run: LoopRun, states: KeptStates<LoopState>, places: [Int], capturedCount: Int, finalHash: [UInt64?]
    ) {
        self.run = run
        self.states = states
        self.places = places
        self.capturedCount = capturedCount
        self.finalHash = finalHash
    }

    /// A tensor that has a node and no value: a place to send cotangents to.
    static func stand(in node: Node) -> Tensor {
        let missing = PackedValue { () throws(TensorError) in
            throw TensorError(
                .gradient, "checkpointedLoop", "the value of what a loop's body closes over was read",
                "pass it in the state")
        }
        return Tensor(TensorValue(packed: missing, type: node.type), node)
    }
}

/// A loop as one operation: the final state's tensors, flattened and joined, from the initial ones and from what the body
/// closes over.
struct CheckpointedLoop: Primitive {
    static let name = "loop"
    let memory: LoopMemory

    static func == (left: Self, right: Self) -> Bool { left.memory === right.memory }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(memory)) }

    func resultType(_ inputs: [TensorType]) throws(TensorError) -> TensorType {
        preconditionFailure("a checkpointed loop is recorded, not bound")
    }

    func execute(_ inputs: [TensorValue], _ type: TensorType) throws(TensorError) -> TensorValue {
        preconditionFailure("a checkpointed loop is recorded, not bound")
    }

    func reads(for needs: InputSet) -> Reads {
        Reads(inputs: InputSet(memory.places.indices.map { InputSet.input($0) }))
    }

    func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        preconditionFailure("a checkpointed loop is a plain one in forward mode")
    }

    func pullback(_ cotangent: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        let cotangents = unpacked(cotangent)
        let (first, count) = (memory.places.count, memory.places.count + memory.capturedCount)
        let captured = (first..<count).map { LoopMemory.stand(in: saved.node($0)!) }
        do throws(TensorError) {
            let found: (state: [Tensor?], captured: [Tensor?])
            if saved.recordsRules {
                let inputs = memory.places.indices.map { saved.input($0) }
                found = try differentiableGradients(cotangents, inputs, captured)
            } else {
                var backward = LoopBackward(memory, cotangents, captured)
                try backward.run()
                found = (backward.state, backward.accumulated)
            }
            for (index, gradient) in (found.state + found.captured).enumerated() {
                if let gradient { send.add(gradient, to: index, of: saved) }
            }
        } catch {
            let failed = raise(error)
            for index in 0..<count where saved.needs(index) { send.add(failed, to: index, of: saved) }
        }
    }

    private func unpacked(_ joined: Tensor) -> [Tensor] {
        var start = 0
        return memory.places.map { place in
            let type = memory.states.first.tensors[place].type
            defer { start += type.shape.count }
            return joined[start..<(start + type.shape.count)].reshaped(type.shape.extents).to(type.dtype)
        }
    }

    /// The gradients where they are to be differentiated again: through all iterations at once.
    private func differentiableGradients(
        _ cotangents: [Tensor], _ inputs: [Tensor], _ captured: [Tensor]
    ) throws(TensorError) -> (state: [Tensor?], captured: [Tensor?]) {
        var state = memory.states.first.tensors
        let starts = Transforms.$innermost.withValue(nil) { enableGrad { inputs.map { $0.asFunctionInput() } } }
        for (place, start) in zip(memory.places, starts) { state[place] = start }
        let replay = DrawReplay(memory.states.first.draws)
        for _ in 0..<memory.states.count { state = memory.run.run(state, replay) }
        let arrivals = try sendBack(
            zip(memory.places, cotangents).map { (state[$0], $1) }, to: starts + captured, "checkpointedLoop",
            retainsGraph: true, creation: .always)
        let found = arrivals.cotangents
        return (Array(found.prefix(starts.count)), Array(found.dropFirst(starts.count)))
    }
}

/// A loop on its way back: one iteration after the other, the last first.
private struct LoopBackward {
    let memory: LoopMemory
    let captured: [Tensor]
    /// The cotangents of the state's tensors.
    var state: [Tensor?]
    /// The cotangents of what the body closes over, so far.
    var accumulated: [Tensor?]
    private var states: KeptStates<LoopState>

    init(_ memory: LoopMemory, _ cotangents: [Tensor], _ captured: [Tensor]) {
        self.memory = memory
        self.captured = captured
        state = cotangents
        accumulated = captured.map { _ in nil }
        states = memory.states
    }

    mutating func run() throws(TensorError) {
        let run = memory.run
        while let state = try states.popLast({ (start, iterations) throws(TensorError) in
            let replay = DrawReplay(start.draws)
            var tensors = start.tensors
            for _ in 0..<iterations { tensors = run.run(tensors, replay).map(\.withoutNode) }
            return LoopState(tensors: tensors, draws: replay.draws)
        }) {
            try step(state)
        }
    }

    private mutating func step(_ start: LoopState) throws(TensorError) {
        let (inputs, outputs) = memory.run.recorded(start.tensors, DrawReplay(start.draws))
        if states.count == memory.states.count - 1, outputs.map({ $0.value.hash }) != memory.finalHash {
            throw TensorError(
                .gradient, "checkpointedLoop",
                "the loop\(memory.run.site.phrase) gave other numbers when it was run again",
                "make the body compute the same each time: no state from outside, random numbers from a Generator")
        }
        // What has been collected goes first, so that sums are added up in the order of a plain loop.
        var seeds: [(output: Tensor, cotangent: Tensor)] = []
        for (tensor, sum) in zip(captured, accumulated) {
            if let sum { seeds.append((tensor, sum)) }
        }
        for (place, cotangent) in zip(memory.places, state) {
            if let cotangent { seeds.append((outputs[place], cotangent)) }
        }
        let leaves = memory.places.map { inputs[$0] }
        let found = try sendBack(
            seeds, to: leaves + captured, "checkpointedLoop", retainsGraph: false, creation: .never
        ).cotangents
        state = Array(found.prefix(leaves.count))
        accumulated = Array(found.dropFirst(leaves.count))
    }
}
