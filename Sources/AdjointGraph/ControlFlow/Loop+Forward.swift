import AdjointCore
import AdjointRuntime
import AdjointTransforms

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
                var next = Array(results.prefix(carried))
                var outputs = Array(results.dropFirst(carried).dropLast(drawn))
                for index in results.indices {
                    guard index < carried ? marks.carried[index] : outputMarks[index - carried] else { continue }
                    let tangent = tangents[index] ?? Tensor.zeros(like: results[index])
                    if index < carried { next.append(tangent) } else { outputs.append(tangent) }
                }
                return (next, outputs + results.suffix(drawn))
            }, length: length, isReversed: isReversed, memory: memory, keepsStates: keepsStates, drawn: drawn)
        let moving = LoopOperands(zip(inputs, tangents).map { ($0, $1) }, of: self).selected(active).map {
            $0.1 ?? Tensor.zeros(like: $0.0)
        }
        let found = try definition.bind(LoopOperands(inputs, of: self).adding(moving))
        return (
            Array(
                found.carried.prefix(carried) + found.outputs.prefix(outputs)
                    + found.states.prefix(keepsStates ? carried : 0) + found.drawn),
            spread(found.carried.dropFirst(carried), active.carried)
                + spread(found.outputs.dropFirst(outputs), outputActive.dropLast(drawn))
                + (keepsStates ? spread(found.states.dropFirst(carried), active.carried) : [])
                + found.drawn.map { _ in nil }
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
        var found: [Bool] = []
        let kinds = types.adding(types.selected(active))
        _ = try stage("loop", kinds.all.map { ("", $0) }) { inputs throws(TensorError) in
            let operands = LoopOperands(
                inputs, carried: kinds.carried.count, sequences: kinds.sequences.count)
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
func spread<Value>(_ values: some Collection<Value>, _ marks: some Collection<Bool>) -> [Value?] {
    var rest = values[...]
    return marks.map { $0 ? rest.popFirst() : nil }
}
