import AdjointCore
import AdjointRuntime
import AdjointTransforms

/// The gradient of a `whileLoop` in little memory: the loop is run again, O(log n) of its states are kept, and each iteration
/// is differentiated from its state, the last one first.
///
/// The operands are those of the loop, then the cotangents of its results, then sums for what the body closes over. For a
/// transform it is the two loops that it stands for, with every state kept.
struct LoopReplay: ControlFlow {
    static let name = "loop replay"
    let loop: Loop
    let backward: Subgraph?
    let capturePlaces: [Int]
    let carriedPlaces: [Int]

    init(_ loop: Loop) {
        self.loop = loop
        backward = nil
        capturePlaces = []
        carriedPlaces = []
    }

    init(_ loop: Loop, _ backward: Subgraph, _ carriedPlaces: [Int], _ capturePlaces: [Int]) {
        self.loop = loop
        self.backward = backward
        self.carriedPlaces = carriedPlaces
        self.capturePlaces = capturePlaces
    }

    var label: String { "while backwards" }

    var subgraphs: [(name: String, graph: Subgraph)] { loop.subgraphs + (backward.map { [("backward", $0)] } ?? []) }

    func replacingSubgraphs(_ graphs: [Subgraph]) -> LoopReplay {
        let loop = loop.replacingSubgraphs(Array(graphs.prefix(loop.subgraphs.count)))
        return backward == nil ? LoopReplay(loop) : LoopReplay(loop, graphs.last!, carriedPlaces, capturePlaces)
    }

    /// Binds the replay: the cotangents of the loop's operands from those of its results.
    func cotangents(_ arrived: [Tensor?], _ inputs: [Tensor], needs: [Bool]) throws(TensorError) -> [Tensor?] {
        let adjoint = LoopAdjoint(loop, LoopOperands(needs, of: loop), outputs: [])
        let start = adjoint.start(arrived)
        let operands = loop.body.inputTypes
        let cotangentTypes = start.map(\.type)
        let staged = try stage("loop", (operands + cotangentTypes).map { ("", $0) }) { all throws(TensorError) in
            let primal = LoopOperands(Array(all.prefix(operands.count)), of: loop)
            return try adjoint.step(
                primal, cotangents: Array(all.dropFirst(operands.count)), outputCotangents: []
            ).next
        }
        let replay = LoopReplay(loop, Subgraph(staged.graph), adjoint.carriedPlaces, adjoint.capturePlaces)
        let found = bindSeveral(replay, inputs + start)
        return adjoint.cotangents(carried: found, sequences: [])
    }

    func resultTypes(_ inputs: [TensorType]) throws(TensorError) -> [TensorType] { backward!.outputTypes }

    func execute(_ inputs: [TensorValue]) throws(TensorError) -> [TensorValue] {
        let count = loop.body.graph.inputs.count
        let captures = Array(inputs[loop.carried..<count])
        var state = Array(inputs.prefix(loop.carried))
        var states = KeptStates<[TensorValue]>()
        let limit = IterationLimit.current ?? Int.max
        var iteration = 0
        while try loop.predicate!.plan.run(values: state + captures)[0].isTrue {
            guard iteration < limit else { throw IterationLimit.exceeded(limit) }
            iteration += 1
            states.append(state)
            state = try loop.body.plan.run(values: state + captures)
        }
        var cotangents = Array(inputs.dropFirst(count))
        while let state = try states.popLast({ (start, iterations) throws(TensorError) in
            var state = start
            for _ in 0..<iterations { state = try loop.body.plan.run(values: state + captures) }
            return state
        }) {
            cotangents = try backward!.plan.run(values: state + captures + cotangents)
        }
        return cotangents
    }

    var readResults: [Int] { [] }

    /// The loop and its gradient with every state kept, as functions of the operands.
    private func plainly(_ inputs: [Tensor]) -> [Tensor] {
        attemptAll(resultCount) { () throws(TensorError) in
            let count = loop.body.graph.inputs.count
            let operands = Array(inputs.prefix(count))
            let whole = Loop(
                predicate: loop.predicate, body: loop.body, isWithin: nil, carried: loop.carried, sequences: 0,
                length: nil,
                isReversed: false, memory: .all, keepsStates: true)
            let results = bindSeveral(whole, operands)
            let places = LoopOperands(
                carried: Array(repeating: true, count: loop.carried), sequences: [],
                captures: loop.body.graph.inputs.indices.dropFirst(loop.carried).map {
                    capturePlaces.contains($0 - loop.carried)
                })
            var arrived = [Tensor?](repeating: nil, count: results.count)
            for (place, cotangent) in zip(carriedPlaces, inputs.dropFirst(count)) { arrived[place] = cotangent }
            let found = try whole.cotangents(
                arrived, operands, Dictionary(uniqueKeysWithValues: whole.states.map { ($0, results[$0]) }),
                needs: places.all)
            let sums = inputs.dropFirst(count + carriedPlaces.count)
            return carriedPlaces.map { found[$0]! }
                + zip(capturePlaces, sums).map { $1 + found[loop.carried + $0]! }
        }
    }

    private var resultCount: Int { carriedPlaces.count + capturePlaces.count }

    func cotangents(
        _ cotangents: [Tensor?], _ inputs: [Tensor], _ results: [Int: Tensor], needs: [Bool]
    ) throws(TensorError) -> [Tensor?] {
        let leaves = inputs.enumerated().map { index, input in
            input.dtype.isDifferentiable && needs[index] ? input.asFunctionInput() : input
        }
        let outputs = enableGrad { plainly(leaves) }
        var seeds: [(output: Tensor, cotangent: Tensor)] = []
        for (output, cotangent) in zip(outputs, cotangents) { if let cotangent { seeds.append((output, cotangent)) } }
        let targets = leaves.indices.filter { leaves[$0].node != nil }
        let found = try sendBack(
            seeds, to: targets.map { leaves[$0] }, "loop", retainsGraph: false,
            creation: isGradEnabled ? .ifDependent : .never
        ).cotangents
        var all = [Tensor?](repeating: nil, count: inputs.count)
        for (place, cotangent) in zip(targets, found) { all[place] = cotangent }
        return all
    }

    func jvp(
        _ inputs: [Tensor], _ tangents: [Tensor?]
    ) throws(TensorError) -> (results: [Tensor], tangents: [Tensor?]) {
        DualInterpreter.nested { interpreter in
            let parts = plainly(zip(inputs, tangents).map { interpreter.dual($0, $1) }).map {
                interpreter.parts(of: $0)
            }
            return (parts.map(\.primal), parts.map(\.tangent))
        }
    }

    func batched(
        _ inputs: [Tensor], _ mapped: [Bool], _ size: Int
    ) throws(TensorError) -> (results: [Tensor], mapped: [Bool]) {
        underBatch(size) { batch in
            let found = plainly(batch.values(inputs, mapped))
            return (found.map { batch.examples(of: $0) }, found.map { _ in true })
        }
    }
}

extension LoopReplay {
    static func == (left: LoopReplay, right: LoopReplay) -> Bool {
        left.loop == right.loop && left.backward == right.backward
    }

    func hash(into hasher: inout Hasher) { hasher.combine(loop) }
}

/// Results of which each is the error, if `body` throws.
private func attemptAll(_ count: Int, _ body: () throws(TensorError) -> [Tensor]) -> [Tensor] {
    do throws(TensorError) { return try body() } catch { return Array(repeating: raise(error), count: max(count, 1)) }
}
