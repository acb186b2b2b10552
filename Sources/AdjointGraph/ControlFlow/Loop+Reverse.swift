import AdjointCore
import AdjointRuntime
import AdjointTransforms

extension Loop {
    package func cotangents(
        _ cotangents: [Tensor?], _ inputs: [Tensor], _ results: [Int: Tensor], needs: [Bool]
    ) throws(TensorError) -> [Tensor?] {
        if drawn > 0 { return try cotangentsReadingDraws(cotangents, inputs, results, needs: needs) }
        try body.refuseDraws(
            label,
            remedy: memory == .all ? Self.drawBefore : "\(Self.drawBefore); or keep the states, by memory: .all")
        let arrived = cotangents + Array(repeating: nil, count: max(0, resultCount - cotangents.count))
        if memory != .all, predicate != nil {
            return try LoopReplay(self).cotangents(Array(arrived.prefix(carried)), inputs, needs: needs)
        }
        let operands = LoopOperands(inputs, of: self)
        let types = LoopOperands(body.inputTypes, of: self)
        let needed = LoopOperands(needs, of: self)
        let adjoint = LoopAdjoint(self, needed, outputs: arrived[carried..<(carried + outputs)].map { $0 != nil })
        // Those of the states that something else asked for arrive with each iteration.
        let stateCotangents = keepsStates ? Array(arrived[states]) : []
        let extra = stateCotangents.enumerated().filter {
            $0.element != nil && types.carried[$0.offset].dtype.isDifferentiable
        }
        func primal(_ all: LoopOperands<Tensor>) -> LoopOperands<Tensor> {
            LoopOperands(
                carried: Array(all.sequences.prefix(carried)),
                sequences: Array(all.sequences.dropFirst(carried).prefix(sequences)), captures: all.captures)
        }
        func guarded(_ all: LoopOperands<Tensor>) -> Tensor {
            let operands = primal(all)
            if let predicate { return predicate.graph.evaluate(operands.carried + operands.captures)[0] }
            return isWithin!.graph.evaluate(operands.all)[0]
        }
        let definition = LoopDefinition(
            types: LoopOperands(
                carried: adjoint.carriedPlaces.map { types.carried[$0] }
                    + adjoint.capturePlaces.map { types.captures[$0] },
                sequences: types.carried + types.sequences + adjoint.outputPlaces.map { body.outputTypes[carried + $0] }
                    + extra.map { types.carried[$0.offset] },
                captures: types.captures),
            isWithin: predicate == nil && isWithin == nil ? nil : { guarded($0) },
            body: { (all) throws(TensorError) in
                let outputCotangents = all.sequences.dropFirst(carried + sequences).prefix(adjoint.outputPlaces.count)
                var (next, sequenceCotangents) = try adjoint.step(
                    primal(all), cotangents: all.carried, outputCotangents: Array(outputCotangents))
                for (index, cotangent) in zip(extra.map(\.offset), all.sequences.suffix(extra.count)) {
                    let place = adjoint.carriedPlaces.firstIndex(of: index)!
                    next[place] = next[place] + cotangent
                }
                return (next, sequenceCotangents)
            }, length: length, isReversed: !isReversed)
        let states = self.states.map { results[$0]! }
        let found = try definition.bind(
            LoopOperands(
                carried: adjoint.start(arrived),
                sequences: states + operands.sequences + adjoint.outputPlaces.map { arrived[carried + $0]! }
                    + extra.map { $0.element! },
                captures: operands.captures))
        return adjoint.cotangents(carried: found.carried, sequences: found.outputs)
    }

    private static let drawBefore = "draw before, and pass the numbers as an operand or a sequence"
}

/// One iteration of a loop backwards.
struct LoopAdjoint {
    let loop: Loop
    private let types: LoopOperands<TensorType>
    /// The carried values that have cotangents.
    let carriedPlaces: [Int]
    /// The captures and the sequences whose cotangents are wanted.
    let capturePlaces: [Int]
    let sequencePlaces: [Int]
    /// The outputs from which a cotangent comes.
    let outputPlaces: [Int]

    init(_ loop: Loop, _ needs: LoopOperands<Bool>, outputs: [Bool]) {
        self.loop = loop
        types = LoopOperands(loop.body.inputTypes, of: loop)
        let moves = types.map(\.dtype.isDifferentiable)
        carriedPlaces = moves.carried.indices.filter { moves.carried[$0] }
        capturePlaces = moves.captures.indices.filter { moves.captures[$0] && needs.captures[$0] }
        sequencePlaces = moves.sequences.indices.filter { moves.sequences[$0] && needs.sequences[$0] }
        outputPlaces = outputs.indices.filter { outputs[$0] }
    }

    /// What a loop backwards carries at first: the cotangents that have arrived at the loop's results, and nothing for the captures.
    func start(_ arrived: [Tensor?]) -> [Tensor] {
        func zeros(_ type: TensorType) -> Tensor { Tensor.zeros(type.shape.extents, dtype: type.dtype) }
        return carriedPlaces.map { arrived[$0] ?? zeros(types.carried[$0]) }
            + capturePlaces.map { zeros(types.captures[$0]) }
    }

    /// The cotangents before an iteration from those after it: of the carried values, then what has been collected for the
    /// captures, and those of the elements that the iteration read.
    func step(
        _ primal: LoopOperands<Tensor>, cotangents: [Tensor], outputCotangents: [Tensor]
    ) throws(TensorError) -> (next: [Tensor], sequences: [Tensor]) {
        func leaves(_ values: [Tensor], _ places: [Int]) -> [Tensor] {
            var values = values
            for place in places { values[place] = Tensor(values[place].value, Node(leaf: values[place].type)) }
            return values
        }
        let inputs = LoopOperands(
            carried: leaves(primal.carried, carriedPlaces), sequences: leaves(primal.sequences, sequencePlaces),
            captures: leaves(primal.captures, capturePlaces))
        let outputs = enableGrad { loop.body.graph.evaluate(inputs.all) }
        let sums = Array(cotangents.dropFirst(carriedPlaces.count))
        var seeds = zip(carriedPlaces, cotangents).map { (output: outputs[$0], cotangent: $1) }
        seeds += zip(outputPlaces, outputCotangents).map { (outputs[loop.carried + $0], $1) }
        let targets =
            carriedPlaces.map { inputs.carried[$0] } + capturePlaces.map { inputs.captures[$0] }
            + sequencePlaces.map { inputs.sequences[$0] }
        let found = try sendBack(seeds, to: targets, "loop", retainsGraph: false, creation: .never).cotangents
        let first = carriedPlaces.count
        let last = first + capturePlaces.count
        var next: [Tensor] = []
        for place in 0..<first { next.append(found[place] ?? Tensor.zeros(like: targets[place].withoutNode)) }
        for (sum, cotangent) in zip(sums, found[first..<last]) { next.append(cotangent.map { sum + $0 } ?? sum) }
        let sequences = (last..<targets.count).map { found[$0] ?? Tensor.zeros(like: targets[$0].withoutNode) }
        return (next, sequences)
    }

    /// The cotangents of a loop's operands, from the results of the loop backwards.
    func cotangents(carried found: [Tensor], sequences: [Tensor]) -> [Tensor?] {
        var all = LoopOperands<Tensor?>(
            carried: types.carried.map { _ in nil }, sequences: types.sequences.map { _ in nil },
            captures: types.captures.map { _ in nil })
        for (place, cotangent) in zip(carriedPlaces, found) { all.carried[place] = cotangent }
        for (place, sum) in zip(capturePlaces, found.dropFirst(carriedPlaces.count)) { all.captures[place] = sum }
        for (place, cotangent) in zip(sequencePlaces, sequences) { all.sequences[place] = cotangent }
        return all.all
    }
}
