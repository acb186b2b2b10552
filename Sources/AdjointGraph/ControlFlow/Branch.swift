import AdjointCore
import AdjointRuntime
import AdjointTransforms

/// A choice among graphs as an operation: `cond` and `switchCase`.
///
/// The first operand is the number of the branch; all branches take the others and give results of the same types.
package struct Branch: ControlFlow {
    package static let name = "branch"
    package let branches: [Subgraph]

    package init(_ branches: [Subgraph]) { self.branches = branches }

    package var label: String { "switch" }
    package var subgraphs: [(name: String, graph: Subgraph)] { branches.enumerated().map { ("case \($0)", $1) } }
    package func replacingSubgraphs(_ graphs: [Subgraph]) -> Branch { Branch(graphs) }

    package func resultTypes(_ inputs: [TensorType]) throws(TensorError) -> [TensorType] { branches[0].outputTypes }

    package func execute(_ inputs: [TensorValue]) throws(TensorError) -> [TensorValue] {
        let number = Int(Tensor(inputs[0]).item())
        guard branches.indices.contains(number) else { throw Branch.outOfRange(number, branches.count) }
        return try branches[number].plan.run(values: Array(inputs.dropFirst()))
    }

    static func outOfRange(_ number: Int, _ count: Int) -> TensorError {
        TensorError(
            .index, "switchCase", "case \(number) was chosen of \(count) cases", "give a number in 0 ..< \(count)")
    }

    package var readResults: [Int] { [] }

    /// The same choice among other graphs.
    private func choose(
        _ index: Tensor, _ operands: [Tensor], _ types: [TensorType],
        _ body: (Subgraph, [Tensor]) throws(TensorError) -> [Tensor]
    ) throws(TensorError) -> [Tensor] {
        let inputs = types.enumerated().map { ("\($0.offset)", $0.element) }
        var graphs: [Subgraph] = []
        for branch in branches {
            let staged = try stage("switch", inputs) { inputs throws(TensorError) in try body(branch, inputs) }
            graphs.append(Subgraph(staged.graph))
        }
        return bindSeveral(Branch(graphs), [index] + operands)
    }

    package func cotangents(
        _ cotangents: [Tensor?], _ inputs: [Tensor], _ results: [Int: Tensor], needs: [Bool]
    ) throws(TensorError) -> [Tensor?] {
        for branch in branches {
            try branch.refuseDraws(label, remedy: "draw before, and pass the numbers as an operand")
        }
        let operands = Array(inputs.dropFirst())
        let types = branches[0].inputTypes
        let arrived = cotangents.indices.filter { cotangents[$0] != nil }
        let places = types.indices.filter { types[$0].dtype.isDifferentiable && needs[$0 + 1] }
        let found = try choose(
            inputs[0], operands + arrived.map { cotangents[$0]! },
            types + arrived.map { branches[0].outputTypes[$0] }
        ) { branch, inputs throws(TensorError) in
            var values = Array(inputs.prefix(types.count))
            for place in places { values[place] = Tensor(values[place].value, Node(leaf: values[place].type)) }
            let outputs = enableGrad { branch.graph.evaluate(values) }
            let seeds = zip(arrived, inputs.dropFirst(types.count)).map { (output: outputs[$0], cotangent: $1) }
            let targets = places.map { values[$0] }
            let gradients = try sendBack(seeds, to: targets, "switch", retainsGraph: false, creation: .never).cotangents
            return zip(gradients, targets).map { $0 ?? Tensor.zeros(like: $1.withoutNode) }
        }
        var all = [Tensor?](repeating: nil, count: inputs.count)
        for (place, cotangent) in zip(places, found) { all[place + 1] = cotangent }
        return all
    }

    package func jvp(
        _ inputs: [Tensor], _ tangents: [Tensor?]
    ) throws(TensorError) -> (results: [Tensor], tangents: [Tensor?]) {
        let types = branches[0].inputTypes
        let active = types.indices.filter { tangents[$0 + 1] != nil }
        let count = branches[0].outputTypes.count
        let moving = branches[0].outputTypes.indices.filter { branches[0].outputTypes[$0].dtype.isDifferentiable }
        let found = try choose(
            inputs[0], Array(inputs.dropFirst()) + active.map { tangents[$0 + 1]! }, types + active.map { types[$0] }
        ) { branch, inputs throws(TensorError) in
            DualInterpreter.nested { interpreter in
                var values = inputs.prefix(types.count).map { interpreter.dual($0, nil) }
                for (place, tangent) in zip(active, inputs.dropFirst(types.count)) {
                    values[place] = interpreter.dual(inputs[place], tangent)
                }
                let parts = branch.graph.evaluate(values).map { interpreter.parts(of: $0) }
                return parts.map(\.primal) + moving.map { parts[$0].tangent ?? Tensor.zeros(like: parts[$0].primal) }
            }
        }
        var all = [Tensor?](repeating: nil, count: count)
        for (place, tangent) in zip(moving, found.dropFirst(count)) { all[place] = tangent }
        return (Array(found.prefix(count)), all)
    }

    package func batched(
        _ inputs: [Tensor], _ mapped: [Bool], _ size: Int
    ) throws(TensorError) -> (results: [Tensor], mapped: [Bool]) {
        let marks = Array(mapped.dropFirst())
        if mapped[0] { return try selected(inputs, mapped, size) }
        let types = zip(branches[0].inputTypes, marks).map { $1 ? $0.stacked(size) : $0 }
        let found = try choose(inputs[0], Array(inputs.dropFirst()), types) { branch, inputs throws(TensorError) in
            underBatch(size) { batch in
                branch.graph.evaluate(batch.values(inputs, marks)).map { batch.examples(of: $0) }
            }
        }
        return (found, found.map { _ in true })
    }

    /// Examples that choose for themselves: every branch is run for all of them, and each takes the result of its own; the
    /// others contribute nothing, in either mode.
    private func selected(
        _ inputs: [Tensor], _ mapped: [Bool], _ size: Int
    ) throws(TensorError) -> (results: [Tensor], mapped: [Bool]) {
        let found = underBatch(size) { batch in
            let values = batch.values(inputs, mapped)
            var results = branches[0].graph.evaluate(Array(values.dropFirst()))
            for (number, branch) in branches.enumerated().dropFirst() {
                let isChosen = values[0] .== Tensor(number).to(values[0].dtype)
                let others = branch.graph.evaluate(Array(values.dropFirst()))
                results = zip(results, others).map { which(isChosen, $1, $0) }
            }
            return results.map { batch.examples(of: $0) }
        }
        return (found, found.map { _ in true })
    }
}
