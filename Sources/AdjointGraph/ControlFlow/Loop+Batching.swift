import AdjointCore
import AdjointRuntime
import AdjointTransforms

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
        // Each example would ask again whether an iteration was its own, and of other numbers.
        if selects { try isWithin?.refuseDraws(label, remedy: "draw in the body what the predicate reads") }
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
            }, length: length, isReversed: isReversed, memory: memory, keepsStates: keepsStates, drawn: drawn)
        var operands = LoopOperands(inputs, of: self)
        for index in operands.carried.indices where marks.carried[index] && !given.carried[index] {
            operands.carried[index] = operands.carried[index].broadcast(
                to: [size] + operands.carried[index].shape.extents)
        }
        for index in operands.sequences.indices where marks.sequences[index] {
            operands.sequences[index] = operands.sequences[index].movedAxis(1, to: 0)
        }
        let found = try definition.bind(operands)
        func inFront(_ stacked: [Tensor], _ marks: some Collection<Bool>) -> [Tensor] {
            zip(stacked, marks).map { $1 ? $0.movedAxis(1, to: 0) : $0 }
        }
        let states = keepsStates ? inFront(found.states, marks.carried) : []
        return (
            found.carried + inFront(found.outputs, outputMarks.dropLast(drawn)) + states
                + inFront(found.drawn, outputMarks.suffix(drawn)),
            marks.carried + outputMarks.dropLast(drawn) + (keepsStates ? marks.carried : [])
                + outputMarks.suffix(drawn)
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
