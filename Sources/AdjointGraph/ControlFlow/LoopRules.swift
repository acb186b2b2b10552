import AdjointCore
import AdjointRuntime
import AdjointTransforms

// A loop's derivatives and its batches are loops again, over more carried values.

/// Operands of a loop by their kind.
struct LoopOperands<Value> {
    var carried: [Value]
    var sequences: [Value]
    var captures: [Value]

    var all: [Value] { carried + sequences + captures }

    init(carried: [Value], sequences: [Value], captures: [Value]) {
        self.carried = carried
        self.sequences = sequences
        self.captures = captures
    }

    /// The operands of a loop, or of its body.
    init(_ all: [Value], of loop: Loop) {
        carried = Array(all.prefix(loop.carried))
        sequences = Array(all[loop.carried..<(loop.carried + loop.sequences)])
        captures = Array(all.dropFirst(loop.carried + loop.sequences))
    }

    /// These operands, each kind followed by others of the kind.
    func adding(_ other: LoopOperands) -> LoopOperands {
        LoopOperands(
            carried: carried + other.carried, sequences: sequences + other.sequences,
            captures: captures + other.captures)
    }

    func map<Other>(_ transform: (Value) -> Other) -> LoopOperands<Other> {
        LoopOperands<Other>(
            carried: carried.map(transform), sequences: sequences.map(transform), captures: captures.map(transform))
    }
}

/// A loop to be bound: its graphs are staged from functions that close over nothing.
struct LoopDefinition {
    /// The types of the carried values, of the sequences' elements, and of the captures.
    let types: LoopOperands<TensorType>
    var predicate: ((LoopOperands<Tensor>) -> Tensor)?
    /// Whether an iteration is the loop's own; see `Loop.isWithin`.
    var isWithin: ((LoopOperands<Tensor>) -> Tensor)?
    /// The next carried values, and the outputs.
    let body: (LoopOperands<Tensor>) throws(TensorError) -> (carried: [Tensor], outputs: [Tensor])
    var length: Int?
    var isReversed = false
    var memory = LoopMemoryPolicy.all
    var keepsStates = false

    /// Binds the loop to its operands.
    func bind(_ operands: LoopOperands<Tensor>) throws(TensorError) -> LoopResults {
        let (carried, sequences) = (types.carried.count, types.sequences.count)
        func split(_ all: [Tensor]) -> LoopOperands<Tensor> {
            LoopOperands(
                carried: Array(all.prefix(carried)), sequences: Array(all[carried..<(carried + sequences)]),
                captures: Array(all.dropFirst(carried + sequences)))
        }
        let names =
            types.carried.indices.map { "carried\($0)" } + types.sequences.indices.map { "element\($0)" }
            + types.captures.indices.map { "closed\($0)" }
        let staged = try stage("loop", Array(zip(names, types.all))) { inputs throws(TensorError) in
            let (carried, outputs) = try body(split(inputs))
            return carried + outputs
        }
        precondition(staged.captures.isEmpty, "a loop's rule closes over nothing")
        var condition: Subgraph?
        if let predicate {
            let inputs = zip(names, types.all).enumerated().filter {
                !(carried..<(carried + sequences)).contains($0.offset)
            }
            let graph = try stage("loop", inputs.map { ($0.element.0, $0.element.1) }) { inputs throws(TensorError) in
                [
                    predicate(
                        LoopOperands(
                            carried: Array(inputs.prefix(carried)), sequences: [],
                            captures: Array(inputs.dropFirst(carried))))
                ]
            }
            condition = Subgraph(graph.graph)
        }
        var within: Subgraph?
        if let isWithin {
            let graph = try stage("loop", Array(zip(names, types.all))) { inputs throws(TensorError) in
                [isWithin(split(inputs))]
            }
            within = Subgraph(graph.graph)
        }
        let loop = Loop(
            predicate: condition, body: Subgraph(staged.graph), isWithin: within, carried: carried,
            sequences: sequences, length: length,
            isReversed: isReversed, memory: memory, keepsStates: keepsStates)
        return LoopResults(bindSeveral(loop, operands.all), of: loop)
    }
}

/// A loop's results by their kind.
struct LoopResults {
    let carried: [Tensor]
    let outputs: [Tensor]
    /// Empty if they are not kept.
    let states: [Tensor]

    init(_ all: [Tensor], of loop: Loop) {
        let all = all.count == 1 ? Array(repeating: all[0], count: max(1, loop.carried + loop.outputs)) : all
        carried = Array(all.prefix(loop.carried))
        outputs = Array(all.dropFirst(loop.carried).prefix(loop.outputs))
        states = Array(all.dropFirst(loop.carried + loop.outputs))
    }
}

// MARK: Forward mode

extension Loop {
    package func jvp(
        _ inputs: [Tensor], _ tangents: [Tensor?]
    ) throws(TensorError) -> (results: [Tensor], tangents: [Tensor?]) {
        let given = LoopOperands(tangents, of: self)
        // A carried value may get its tangent from another one in a later iteration.
        var active = given.map { $0 != nil }
        var outputActive: [Bool] = []
        while true {
            let found = try tangentsOfBody(active)
            outputActive = Array(found.dropFirst(carried))
            let next = zip(active.carried, found).map { $0 || $1 }
            if next == active.carried { break }
            active.carried = next
        }
        let types = LoopOperands(body.inputTypes, of: self)
        let (marks, outputMarks) = (active, outputActive)
        let definition = LoopDefinition(
            types: types.adding(types.selected(marks)),
            predicate: predicate == nil ? nil : { primalPredicate($0) },
            isWithin: isWithin == nil ? nil : { isWithin!.graph.evaluate(primals(of: $0).all)[0] },
            body: { operands in
                let (results, tangents) = dualBody(operands, marks)
                var (next, outputs) = (Array(results.prefix(carried)), Array(results.dropFirst(carried)))
                for index in results.indices {
                    guard index < carried ? marks.carried[index] : outputMarks[index - carried] else { continue }
                    let tangent = tangents[index] ?? Tensor.zeros(like: results[index])
                    if index < carried { next.append(tangent) } else { outputs.append(tangent) }
                }
                return (next, outputs)
            }, length: length, isReversed: isReversed, memory: memory, keepsStates: keepsStates)
        let moving = LoopOperands(zip(inputs, tangents).map { ($0, $1) }, of: self).selected(active).map {
            $0.1 ?? Tensor.zeros(like: $0.0)
        }
        let found = try definition.bind(LoopOperands(inputs, of: self).adding(moving))
        return (
            Array(
                found.carried.prefix(carried) + found.outputs.prefix(outputs)
                    + found.states.prefix(keepsStates ? carried : 0)),
            spread(found.carried.dropFirst(carried), active.carried)
                + spread(found.outputs.dropFirst(outputs), outputActive)
                + (keepsStates ? spread(found.states.dropFirst(carried), active.carried) : [])
        )
    }

    /// Operands without the tangents that follow them.
    private func primals(of operands: LoopOperands<Tensor>) -> LoopOperands<Tensor> {
        LoopOperands(
            carried: Array(operands.carried.prefix(carried)), sequences: Array(operands.sequences.prefix(sequences)),
            captures: Array(operands.captures.prefix(captures)))
    }

    private func primalPredicate(_ operands: LoopOperands<Tensor>) -> Tensor {
        let primals = primals(of: operands)
        return predicate!.graph.evaluate(primals.carried + primals.captures)[0]
    }

    /// The results of the body and their tangents, from operands followed by the tangents of the active ones.
    private func dualBody(_ operands: LoopOperands<Tensor>, _ active: LoopOperands<Bool>) -> ([Tensor], [Tensor?]) {
        DualInterpreter.nested { interpreter in
            func duals(_ values: [Tensor], _ active: [Bool]) -> [Tensor] {
                let tangents = spread(values.dropFirst(active.count), active)
                return zip(values, tangents).map { interpreter.dual($0, $1) }
            }
            let inputs =
                duals(operands.carried, active.carried) + duals(operands.sequences, active.sequences)
                + duals(operands.captures, active.captures)
            let parts = body.graph.evaluate(inputs).map { interpreter.parts(of: $0) }
            return (parts.map(\.primal), parts.map(\.tangent))
        }
    }

    /// Which results of the body have a tangent when these operands have one.
    private func tangentsOfBody(_ active: LoopOperands<Bool>) throws(TensorError) -> [Bool] {
        let types = LoopOperands(body.inputTypes, of: self)
        let all = types.adding(types.selected(active)).all
        var found: [Bool] = []
        let kinds = types.adding(types.selected(active))
        _ = try stage("loop", all.map { ("", $0) }) { inputs throws(TensorError) in
            let operands = LoopOperands(
                carried: Array(inputs.prefix(kinds.carried.count)),
                sequences: Array(inputs.dropFirst(kinds.carried.count).prefix(kinds.sequences.count)),
                captures: Array(inputs.dropFirst(kinds.carried.count + kinds.sequences.count)))
            found = dualBody(operands, active).1.map { $0 != nil }
            return []
        }
        return found
    }
}

extension LoopOperands {
    /// Those that are marked.
    fileprivate func selected(_ marks: LoopOperands<Bool>) -> LoopOperands {
        func chosen(_ values: [Value], _ marks: [Bool]) -> [Value] { zip(marks, values).filter(\.0).map(\.1) }
        return LoopOperands(
            carried: chosen(carried, marks.carried), sequences: chosen(sequences, marks.sequences),
            captures: chosen(captures, marks.captures))
    }
}

/// Values in the places that are marked, nil in the others.
func spread<Value>(_ values: some Collection<Value>, _ marks: [Bool]) -> [Value?] {
    var rest = values[...]
    return marks.map { $0 ? rest.popFirst() : nil }
}

// MARK: Reverse mode

extension Loop {
    package func cotangents(
        _ cotangents: [Tensor?], _ inputs: [Tensor], _ results: [Int: Tensor], needs: [Bool]
    ) throws(TensorError) -> [Tensor?] {
        try body.refuseDraws(label)
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
        let seeds = adjoint.carriedPlaces.map { place in
            arrived[place] ?? Tensor.zeros(types.carried[place].shape.extents, dtype: types.carried[place].dtype)
        }
        let sums = adjoint.capturePlaces.map { place in
            Tensor.zeros(types.captures[place].shape.extents, dtype: types.captures[place].dtype)
        }
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
                carried: seeds + sums,
                sequences: states + operands.sequences + adjoint.outputPlaces.map { arrived[carried + $0]! }
                    + extra.map { $0.element! },
                captures: operands.captures))
        return adjoint.cotangents(carried: found.carried, sequences: found.outputs, types: types)
    }

    /// The number of results.
    var resultCount: Int { carried + outputs + (keepsStates ? carried : 0) }
}

/// One iteration of a loop backwards.
struct LoopAdjoint {
    let loop: Loop
    /// The carried values that have cotangents.
    let carriedPlaces: [Int]
    /// The captures and the sequences whose cotangents are wanted.
    let capturePlaces: [Int]
    let sequencePlaces: [Int]
    /// The outputs from which a cotangent comes.
    let outputPlaces: [Int]

    init(_ loop: Loop, _ needs: LoopOperands<Bool>, outputs: [Bool]) {
        self.loop = loop
        let types = LoopOperands(loop.body.inputTypes, of: loop).map(\.dtype.isDifferentiable)
        carriedPlaces = types.carried.indices.filter { types.carried[$0] }
        capturePlaces = types.captures.indices.filter { types.captures[$0] && needs.captures[$0] }
        sequencePlaces = types.sequences.indices.filter { types.sequences[$0] && needs.sequences[$0] }
        outputPlaces = outputs.indices.filter { outputs[$0] }
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
    func cotangents(
        carried found: [Tensor], sequences: [Tensor], types: LoopOperands<TensorType>
    ) -> [Tensor?] {
        var all = LoopOperands<Tensor?>(
            carried: types.carried.map { _ in nil }, sequences: types.sequences.map { _ in nil },
            captures: types.captures.map { _ in nil })
        for (place, cotangent) in zip(carriedPlaces, found) { all.carried[place] = cotangent }
        for (place, sum) in zip(capturePlaces, found.dropFirst(carriedPlaces.count)) { all.captures[place] = sum }
        for (place, cotangent) in zip(sequencePlaces, sequences) { all.sequences[place] = cotangent }
        return all.all
    }
}

// MARK: Batching

extension Loop {
    package func batched(
        _ inputs: [Tensor], _ mapped: [Bool], _ size: Int
    ) throws(TensorError) -> (results: [Tensor], mapped: [Bool]) {
        let given = LoopOperands(mapped, of: self)
        let exampleTypes = LoopOperands(body.inputTypes, of: self)
        // A carried value that is the same for all may not stay so.
        var marks = given
        var outputMarks: [Bool] = []
        var selects = false
        while true {
            let trace = try tracedMarks(marks, size)
            outputMarks = Array(trace.results.dropFirst(carried))
            selects = trace.predicate
            let next = zip(marks.carried, trace.results).map { $0 || $1 || selects }
            if selects { outputMarks = outputMarks.map { _ in true } }
            if next == marks.carried { break }
            marks.carried = next
        }
        func types(_ types: [TensorType], _ marks: [Bool]) -> [TensorType] {
            zip(types, marks).map { $1 ? $0.stacked(size) : $0 }
        }
        let (flags, each) = (marks, selects)
        func anyGoesOn(_ operands: LoopOperands<Tensor>) -> Tensor {
            underBatch(size) { batch in
                let values =
                    batch.values(operands.carried, flags.carried) + batch.values(operands.captures, flags.captures)
                let (all, isMapped) = batch.parts(of: predicate!.graph.evaluate(values)[0])
                return isMapped ? all.any() : all
            }
        }
        func anyIsWithin(_ operands: LoopOperands<Tensor>) -> Tensor {
            underBatch(size) { batch in
                let (all, isMapped) = batch.parts(
                    of: isWithin!.graph.evaluate(batch.values(operands.all, flags.all))[0])
                return isMapped ? all.any() : all
            }
        }
        let definition = LoopDefinition(
            types: LoopOperands(
                carried: types(exampleTypes.carried, flags.carried),
                sequences: types(exampleTypes.sequences, flags.sequences),
                captures: types(exampleTypes.captures, flags.captures)),
            predicate: predicate == nil ? nil : anyGoesOn,
            isWithin: isWithin == nil ? nil : anyIsWithin,
            body: { (operands) throws(TensorError) in
                underBatch(size) { batch in
                    let old = batch.values(operands.carried, flags.carried)
                    let captured = batch.values(operands.captures, flags.captures)
                    var results = body.graph.evaluate(
                        old + batch.values(operands.sequences, flags.sequences) + captured)
                    if each {
                        // An example that is done keeps what it has.
                        let elements = batch.values(operands.sequences, flags.sequences)
                        let goesOn =
                            (predicate?.graph.evaluate(old + captured)
                            ?? isWithin!.graph.evaluate(old + elements + captured))[0]
                        for index in results.indices {
                            let rest = index < carried ? old[index] : Tensor.zeros(like: results[index])
                            results[index] = which(goesOn, results[index], rest)
                        }
                    }
                    let parts = zip(results, flags.carried + outputMarks).map { result, mark in
                        mark ? batch.examples(of: result) : batch.parts(of: result).all
                    }
                    return (Array(parts.prefix(carried)), Array(parts.dropFirst(carried)))
                }
            }, length: length, isReversed: isReversed, memory: memory, keepsStates: keepsStates)
        var operands = LoopOperands(inputs, of: self)
        for index in operands.carried.indices where marks.carried[index] && !given.carried[index] {
            operands.carried[index] = operands.carried[index].broadcast(
                to: [size] + operands.carried[index].shape.extents)
        }
        for index in operands.sequences.indices where marks.sequences[index] {
            operands.sequences[index] = operands.sequences[index].movedAxis(1, to: 0)
        }
        let found = try definition.bind(operands)
        func inFront(_ stacked: [Tensor], _ marks: [Bool]) -> [Tensor] {
            zip(stacked, marks).map { $1 ? $0.movedAxis(1, to: 0) : $0 }
        }
        let states = keepsStates ? inFront(found.states, marks.carried) : []
        return (
            found.carried + inFront(found.outputs, outputMarks) + states,
            marks.carried + outputMarks + (keepsStates ? marks.carried : [])
        )
    }

    /// Which results of the body differ among examples, and whether the predicate does.
    private func tracedMarks(
        _ marks: LoopOperands<Bool>, _ size: Int
    ) throws(TensorError) -> (results: [Bool], predicate: Bool) {
        let types = zip(body.inputTypes, marks.all).map { $1 ? $0.stacked(size) : $0 }
        var found: ([Bool], Bool) = ([], false)
        _ = try stage("loop", types.map { ("", $0) }) { inputs throws(TensorError) in
            found = underBatch(size) { batch in
                let values = batch.values(inputs, marks.all)
                let results = body.graph.evaluate(values).map { batch.parts(of: $0).isMapped }
                let operands = LoopOperands(values, of: self)
                let decision =
                    predicate?.graph.evaluate(operands.carried + operands.captures)[0]
                    ?? isWithin?.graph.evaluate(values)[0]
                return (results, decision.map { batch.parts(of: $0).isMapped } ?? false)
            }
            return []
        }
        return found
    }
}

/// Runs `body` under a batch of so many examples.
func underBatch<Value>(_ size: Int, _ body: (BatchInterpreter) -> Value) -> Value {
    BatchInterpreter.nested(size: size, randomness: .different) { body($0) }
}

extension BatchInterpreter {
    /// Tensors as values of one example, where they are marked, or of all.
    func values(_ tensors: [Tensor], _ marks: [Bool]) -> [Tensor] {
        zip(tensors, marks).map { batched($0, isMapped: $1) }
    }
}
