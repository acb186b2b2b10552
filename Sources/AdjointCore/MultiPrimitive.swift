import AdjointRuntime

/// An operation that gives several tensors, none of which is a part of another: a branch, a loop.
///
/// On the tape it is one node, and behind it a node for each result; reverse mode collects the results' cotangents before it
/// asks for the inputs'.
package protocol MultiPrimitive: Sendable, Hashable {
    /// The name that graphs and messages show.
    static var name: String { get }

    /// The name with the parameters that matter to a reader.
    var label: String { get }

    /// The only check of shapes and element types.
    func resultTypes(_ inputs: [TensorType]) throws(TensorError) -> [TensorType]

    /// Computes the results from stored inputs.
    func execute(_ inputs: [TensorValue]) throws(TensorError) -> [TensorValue]

    /// The operation as it has to be run where it is recorded: it may give more results, which its reverse rule reads, behind its own.
    var recorded: Self { get }

    /// Which results the reverse rule reads.
    var readResults: [Int] { get }

    /// The cotangents of the inputs that need one, from those of the results, where nil is zero: x̄ᵢ = Σₖ (∂yₖ/∂xᵢ)ᵀ ȳₖ.
    func cotangents(
        _ cotangents: [Tensor?], _ inputs: [Tensor], _ results: [Int: Tensor], needs: [Bool]
    ) throws(TensorError) -> [Tensor?]

    /// The results and their tangents, nil for zero.
    func jvp(_ inputs: [Tensor], _ tangents: [Tensor?]) throws(TensorError) -> (results: [Tensor], tangents: [Tensor?])

    /// The operation on `size` examples at once, counted by one axis more in front of mapped inputs and results.
    func batched(
        _ inputs: [Tensor], _ mapped: [Bool], _ size: Int
    ) throws(TensorError) -> (results: [Tensor], mapped: [Bool])
}

extension MultiPrimitive {
    package var recorded: Self { self }

    /// A failed tensor in the place of each result; of one, if it is not known how many there are.
    fileprivate func results(_ failed: Tensor, _ inputs: [Tensor]) -> [Tensor] {
        Array(repeating: failed, count: (try? resultTypes(inputs.map(\.type)).count) ?? 1)
    }
}

/// Runs an operation that gives several tensors: the other door, for what `bind` cannot return.
package func bindSeveral<P: MultiPrimitive>(_ operation: P, _ inputs: [Tensor]) -> [Tensor] {
    if let failed = inputs.first(where: { $0.value.kind == .failed }) {
        return operation.results(Tensor(failed.value), inputs)
    }
    let isRecorded = isGradEnabled && inputs.contains { $0.node != nil }
    let operation = isRecorded ? operation.recorded : operation
    guard inputs.allSatisfy({ $0.value.isStored }) else { return interpret(operation, inputs) }
    do throws(TensorError) {
        return recorded(operation, inputs, try operation.execute(inputs.map(\.value)))
    } catch {
        return operation.results(raise(error), inputs)
    }
}

private func interpret<P: MultiPrimitive>(_ operation: P, _ inputs: [Tensor]) -> [Tensor] {
    let interpreter = inputs.compactMap { $0.traced?.interpreter }.max { $0.level < $1.level }!
    do throws(TensorError) {
        if let error = interpreter.scope?.escape(into: operation.label) { throw error }
        let lifted = inputs.map { $0.traced?.interpreter === interpreter ? $0 : interpreter.lift($0) }
        if let failure = lifted.lazy.compactMap(\.failure).first { throw failure }
        let results = try interpreter.interpretSeveral(operation, lifted.map { Tensor($0.value) })
        if let failed = results.first(where: { $0.value.kind == .failed }) { return results.map { _ in failed } }
        return recorded(operation, lifted, results.map(\.value))
    } catch {
        return operation.results(raise(error), inputs)
    }
}

/// The results of an operation with their records, where an input is recorded and recording is on.
private func recorded<P: MultiPrimitive>(
    _ operation: P, _ inputs: [Tensor], _ results: [TensorValue]
) -> [Tensor] {
    guard isGradEnabled, inputs.contains(where: { $0.node != nil }) else { return results.map { Tensor($0) } }
    return record(operation, inputs, results)
}

/// The results with records, whatever the mode.
package func record<P: MultiPrimitive>(_ operation: P, _ inputs: [Tensor], _ results: [TensorValue]) -> [Tensor] {
    let kept = operation.readResults.map { results[$0] }
    let node = Node(joining: Joined(operation: operation, inputCount: inputs.count), inputs, kept)
    return results.enumerated().map { index, value in
        guard value.dtype.isDifferentiable else { return Tensor(value) }
        return Tensor(value, node.result(index, of: operation.label, value.type))
    }
}

/// An operation with several results as the node that they share. Its cotangent is a tuple, one part a result.
struct Joined<Operation: MultiPrimitive>: Primitive {
    static var name: String { Operation.name }
    let operation: Operation
    let inputCount: Int

    var label: String { operation.label }

    func resultType(_ inputs: [TensorType]) throws(TensorError) -> TensorType {
        preconditionFailure("an operation with several results is recorded, not bound")
    }

    func execute(_ inputs: [TensorValue], _ type: TensorType) throws(TensorError) -> TensorValue {
        preconditionFailure("an operation with several results is recorded, not bound")
    }

    func reads(for needs: InputSet) -> Reads { Reads(inputs: InputSet(rawValue: .max)) }

    func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        preconditionFailure("an operation with several results is recorded, not bound")
    }

    func pullback(_ cotangent: consuming Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        var needs: [Bool] = []
        for index in 0..<inputCount { needs.append(saved.needs(index)) }
        do throws(TensorError) {
            let parts = CotangentTuple.parts(of: cotangent)
            let count = (parts.keys.max() ?? 0) + 1
            var inputs: [Tensor] = []
            for index in 0..<inputCount { inputs.append(saved.input(index)) }
            var results: [Int: Tensor] = [:]
            for (place, index) in operation.readResults.enumerated() {
                let value = saved.input(inputCount + place)
                results[index] =
                    saved.recordsRules && value.dtype.isDifferentiable
                    ? Tensor(value.value, saved.node.result(index, of: label, value.type)) : value
            }
            let found = try operation.cotangents(
                (0..<count).map { parts[$0] }, inputs, results, needs: needs)
            for (index, gradient) in found.enumerated() where needs[index] {
                if let gradient { send.add(gradient, to: index, of: saved) }
            }
        } catch {
            let failed = raise(error)
            for index in 0..<inputCount where needs[index] { send.add(failed, to: index, of: saved) }
        }
    }
}

/// One result of an operation that has several: a step from its node to the node that they share.
struct ResultOf: Primitive {
    static let name = "result"
    let index: Int
    let operation: String

    var label: String { "\(operation).\(index)" }

    func resultType(_ inputs: [TensorType]) throws(TensorError) -> TensorType {
        preconditionFailure("a result is recorded, not bound")
    }

    func execute(_ inputs: [TensorValue], _ type: TensorType) throws(TensorError) -> TensorValue {
        preconditionFailure("a result is recorded, not bound")
    }

    func reads(for needs: InputSet) -> Reads { .nothing }

    func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        preconditionFailure("a result is recorded, not bound")
    }

    func pullback(_ cotangent: consuming Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        send.add(CotangentTuple([index: cotangent]).tensor, to: 0, of: saved)
    }
}

/// The cotangents of an operation's results, so far as they have arrived.
final class CotangentTuple: Sendable {
    private let parts: [Int: Tensor]

    /// The type that stands for a tuple at a node.
    static let type = TensorType(Shape(), .float32)

    init(_ parts: [Int: Tensor]) { self.parts = parts }

    /// The tuple as it travels on the tape.
    var tensor: Tensor { Tensor(TensorValue(.tuple, type: Self.type, owner: self)) }

    static func parts(of tensor: Tensor) -> [Int: Tensor] {
        unsafeDowncast(tensor.value.owner!, to: CotangentTuple.self).parts
    }

    /// The sum of two tuples, part by part.
    static func sum(_ left: Tensor, _ right: Tensor) -> Tensor {
        let sum = parts(of: left).merging(parts(of: right)) { left, right in
            var sum = left
            sum.addCotangent(right)
            return sum
        }
        return CotangentTuple(sum).tensor
    }
}
