import AdjointCore
import AdjointRuntime
import AdjointTransforms

/// One of two functions of `operand`, chosen by a scalar: like `if`, where the program is staged or differs among examples.
///
/// Where the predicate is known, only the chosen function is run, as it is. In a graph both are staged and a run takes one; a
/// gradient passes the branch that was taken. Under `vmap`, where examples choose differently, both are computed and each example
/// takes its own result; the other contributes nothing.
/// - Parameters:
///   - predicate: one element; anything but zero is true.
///   - operand: handed to the chosen function; both may close over other tensors.
/// - Fails: if the predicate is not a scalar, or the two results differ in structure, shapes or types.
public func cond<Operand: TensorContainer, Value: TensorContainer>(
    _ predicate: Tensor, _ operand: Operand, then whenTrue: (Operand) -> Value, else whenFalse: (Operand) -> Value
) -> Value {
    if predicate.failure == nil, predicate.count == 1, let known = predicate.known {
        return known.isTrue ? whenTrue(operand) : whenFalse(operand)
    }
    let number = (predicate.dtype == .bool ? predicate : predicate .!= 0).to(.int32)
    return withoutActuallyEscaping(whenTrue) { whenTrue in
        withoutActuallyEscaping(whenFalse) { whenFalse in
            choose("cond", predicate, number, operand, [whenFalse, whenTrue])
        }
    }
}

/// One of two values, chosen by a scalar; see `cond(_:_:then:else:)`.
public func cond<Value: TensorContainer>(
    _ predicate: Tensor, then whenTrue: () -> Value, else whenFalse: () -> Value
) -> Value {
    cond(predicate, [Tensor](), then: { _ in whenTrue() }, else: { _ in whenFalse() })
}

/// One of several functions of `operand`, chosen by a whole number from 0; see `cond(_:_:then:else:)`.
/// - Fails: for no cases (which stops the process where the result has a structure of its own), and if there is no such case: when
///   the number is known, or when the graph runs.
public func switchCase<Operand: TensorContainer, Value: TensorContainer>(
    _ index: Tensor, _ operand: Operand, _ cases: [(Operand) -> Value]
) -> Value {
    if index.failure == nil, index.count == 1, index.dtype.isInteger, let known = index.known, !cases.isEmpty {
        let number = Int(Tensor(known).item())
        if cases.indices.contains(number) { return cases[number](operand) }
        let failed = raise(Branch.outOfRange(number, cases.count))
        return cases[0](operand).mapTensors { _ in failed }
    }
    guard !cases.isEmpty else {
        let error = TensorError(.argument, "switchCase", "there are no cases", "give at least one function")
        let failed = raise(error)
        let value = (failed as? Value) ?? ([failed] as? Value) ?? (operand.mapTensors { _ in failed } as? Value)
        // Another structure only a case could have told.
        guard let value else { fatalError("\n\(error)") }
        return value
    }
    return choose("switchCase", index, index, operand, cases)
}

private func choose<Operand: TensorContainer, Value: TensorContainer>(
    _ name: String, _ decision: Tensor, _ number: Tensor, _ operand: Operand, _ cases: [(Operand) -> Value]
) -> Value {
    let tensors = operand.tensors
    var structure: Value?
    do throws(TensorError) {
        if let failure = decision.failure { throw failure }
        guard decision.count == 1 else {
            throw TensorError(
                .shape, name, "what decides has shape \(decision.shape), not one element",
                "reduce it first, as in (x .> 0).all()")
        }
        guard name == "cond" || decision.dtype.isInteger else {
            throw TensorError(
                .dtype, name, "the number of the case has type \(decision.dtype)", "convert it with to(.int32)")
        }
        let inputs = named(operand.namedTensors.map(\.name), tensors, else: "operand")
        var parts = StagedParts()
        for branch in cases {
            var value: Value?
            try parts.add(name, inputs) { inputs throws(TensorError) in
                let result = branch(replacing(in: operand, with: inputs))
                value = result
                return result.tensors
            }
            try checkSame(structure, value!, name)
            structure = structure ?? value
        }
        let results = bindSeveral(Branch(parts.subgraphs), [number.reshaped([])] + tensors + parts.captures)
        return replacing(in: structure!, with: results)
    } catch {
        let failed = raise(error)
        return (structure ?? cases[0](operand)).mapTensors { _ in failed }
    }
}

private func checkSame<Value: TensorContainer>(
    _ first: Value?, _ other: Value, _ name: String
) throws(TensorError) {
    guard let first else { return }
    let (these, those) = (first.namedTensors, other.namedTensors)
    let isSame = these.count == those.count && zip(these, those).allSatisfy { $0.tensor.type == $1.tensor.type }
    guard !isSame else { return }
    func list(_ tensors: [NamedTensor]) -> String {
        tensors.map { $0.name.isEmpty ? "\($0.tensor.type)" : "\($0.name): \($0.tensor.type)" }.joined(separator: ", ")
    }
    throw TensorError(
        these.count == those.count ? .shape : .argument, name,
        "the branches give results of different types: (\(list(these))) and (\(list(those)))",
        "make every branch give the same structure, shapes and element types")
}
