import AdjointCore
import AdjointRuntime

// A gradient runs the body again, and must find the random numbers of the first time: they are kept as the states are.

extension Loop {
    /// The loop as a program binds it. One that draws is recorded from the start where a graph states it: stated again for a
    /// gradient, it would draw again.
    func stated(with operands: [Tensor]) -> Loop { body.hasEffect && isStaging(operands) ? recorded : self }

    /// The loop whose body puts out what it draws, and what the scans inside it draw. Of a `while` inside, nobody knows how much that is.
    var puttingOutDraws: Loop {
        guard body.hasEffect, isWithin == nil else { return self }
        var writer = GraphWriter(body.graph)
        var numbers: [Int] = []
        for step in body.graph.steps {
            if let inner = step.operation.loop?.recorded, inner.predicate == nil, inner.drawn > 0 {
                let results = writer.append(inner, writer.operands(of: step), like: step, in: body.graph)
                numbers += results.suffix(inner.drawn)
                continue
            }
            writer.copy(step)
            if case .draw = step.operation { numbers.append(writer.place(Int(step.firstResult))) }
        }
        var graph = writer.finished()
        graph.outputs += numbers.enumerated().map { Graph.Port(name: "drawn\($0)", value: $1) }
        return Loop(
            predicate: predicate, body: Subgraph(graph), isWithin: nil, carried: carried, sequences: sequences,
            length: length, isReversed: isReversed, memory: memory, keepsStates: keepsStates, drawn: numbers.count)
    }

    /// The loop that reads the numbers that this one has put out, from sequences behind its own.
    var readingDraws: Loop {
        let numbers = body.graph.outputs.suffix(drawn).map(\.value)
        var writer = GraphWriter(body.graph)
        var places = [Int: Int](minimumCapacity: drawn)
        func read(_ number: Int, _ step: Graph.Step) -> Int {
            let place = writer.append(.input, [], [body.graph.types[number]], like: step).lowerBound
            writer.map(number, to: place)
            places[number] = place
            return place
        }
        let known = Set(numbers)
        for step in body.graph.steps {
            let results = body.graph.results(of: step)
            if case .draw = step.operation, known.contains(results.lowerBound) {
                _ = read(results.lowerBound, step)
            } else if let inner = step.operation.loop, inner.drawn > 0, known.contains(results.upperBound - 1) {
                let sequences = results.suffix(inner.drawn).map { read($0, step) }
                var operands = writer.operands(of: step)
                operands.insert(contentsOf: sequences, at: inner.carried + inner.sequences)
                _ = writer.append(inner.readingDraws, operands, like: step, in: body.graph)
            } else {
                writer.copy(step)
            }
        }
        var graph = writer.finished()
        graph.outputs.removeLast(drawn)
        graph.inputs.insert(
            contentsOf: numbers.enumerated().map { Graph.Port(name: "drawn\($0)", value: places[$1]!) },
            at: carried + sequences)
        return Loop(
            predicate: predicate, body: Subgraph(graph), isWithin: nil, carried: carried, sequences: sequences + drawn,
            length: nil, isReversed: isReversed, memory: memory, keepsStates: keepsStates)
    }

    /// The cotangents of a loop that has put out what it draws: those of the loop that reads the same numbers.
    func cotangentsReadingDraws(
        _ cotangents: [Tensor?], _ inputs: [Tensor], _ results: [Int: Tensor], needs: [Bool]
    ) throws(TensorError) -> [Tensor?] {
        let place = carried + sequences
        var (inputs, needs) = (inputs, needs)
        inputs.insert(contentsOf: draws.map { results[$0]!.withoutNode }, at: place)
        needs.insert(contentsOf: draws.map { _ in false }, at: place)
        var found = try readingDraws.cotangents(
            Array(cotangents.prefix(draws.lowerBound)), inputs, results, needs: needs)
        found.removeSubrange(place..<(place + drawn))
        return found
    }
}

extension GraphWriter {
    /// Writes a loop in the place of one of the source whose first results are the same.
    fileprivate mutating func append(
        _ loop: Loop, _ operands: [Int], like step: Graph.Step, in source: Graph
    ) -> Range<Int> {
        let types = try! loop.resultTypes(operands.map { graph.types[$0] })
        let results = append(.several(loop), operands, types, like: step)
        for (old, new) in zip(source.results(of: step), results) { map(old, to: new) }
        return results
    }
}
