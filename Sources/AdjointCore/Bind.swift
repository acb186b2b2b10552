import AdjointRuntime
import CKernels

// `bind` is the only door through which an operation runs. Stored inputs are computed at once, and recorded on the
// tape where one of them is; everything else goes to the interpreter of the highest level among the inputs.

/// Runs an operation of one tensor.
@inline(__always) package func bind<P: UnaryPrimitive>(_ operation: P, _ x: Tensor) -> Tensor {
    guard x.value.isStored else { return interpret(operation, [x]) }
    do throws(TensorError) {
        let type = try operation.resultType(x.value.type)
        let y =
            P.takesHalf || !x.value.dtype.isHalf
            ? try operation.execute(x.value, type) : try executeWidened(operation, [x.value], type)
        guard let node = x.node, isRecording else { return Tensor(y) }
        return record(operation, x, node, y)
    } catch {
        return raise(error)
    }
}

/// Runs an operation of two tensors.
@inline(__always) package func bind<P: BinaryPrimitive>(_ operation: P, _ x: Tensor, _ y: Tensor) -> Tensor {
    guard x.value.isStored, y.value.isStored else { return interpret(operation, [x, y]) }
    do throws(TensorError) {
        let type = try operation.resultType(x.value.type, y.value.type)
        if P.keepsIntermediates, !x.value.dtype.isHalf, x.node != nil || y.node != nil, isRecording {
            let (z, kept) = try operation.executeKeeping([x.value, y.value], type)
            return record(operation, x, y, z, kept)
        }
        let z =
            P.takesHalf || !x.value.dtype.isHalf
            ? try operation.execute(x.value, y.value, type)
            : try executeWidened(operation, [x.value, y.value], type)
        guard x.node != nil || y.node != nil, isRecording else { return Tensor(z) }
        return record(operation, x, y, z)
    } catch {
        return raise(error)
    }
}

/// Runs an operation of any number of tensors.
package func bind<P: Primitive>(_ operation: P, _ inputs: [Tensor]) -> Tensor {
    if P.isComposite, inputs.contains(where: { !$0.value.isStored || $0.node != nil }) {
        return operation.composed(inputs)
    }
    guard inputs.allSatisfy({ $0.value.isStored }) else { return interpret(operation, inputs) }
    do throws(TensorError) {
        let y = try compute(operation, inputs.map { $0.value })
        guard inputs.contains(where: { $0.node != nil }), isRecording else { return Tensor(y) }
        return record(operation, inputs, y)
    } catch {
        return raise(error)
    }
}

/// The result of an operation on stored values.
package func compute<P: Primitive>(_ operation: P, _ values: [TensorValue]) throws(TensorError) -> TensorValue {
    let type = try operation.resultType(values.map { $0.type })
    return P.takesHalf || !values.contains { $0.dtype.isHalf }
        ? try operation.execute(values, type) : try executeWidened(operation, values, type)
}

/// Runs an operation of which only the protocol is known, with its inputs in an array.
package func bindDynamically<P: Primitive>(_ operation: P, _ inputs: [Tensor]) -> Tensor { bind(operation, inputs) }

/// Runs a kernel that does not take 16-bit elements: in `float32`, the result rounded once.
@inline(never) private func executeWidened<P: Primitive>(
    _ operation: P, _ inputs: [TensorValue], _ type: TensorType
) throws(TensorError) -> TensorValue {
    let result = try executeWide(operation, inputs)
    return result.dtype == type.dtype ? result : try Kernels.cast(result, to: type.dtype)
}

/// The kernel on `float32` copies, which go before the result is rounded.
@inline(never) private func executeWide<P: Primitive>(
    _ operation: P, _ inputs: [TensorValue]
) throws(TensorError) -> TensorValue {
    var wide: [TensorValue] = []
    for input in inputs { wide.append(input.dtype.isHalf ? try Kernels.cast(input, to: .float32) : input) }
    return try operation.execute(wide, try operation.resultType(wide.map { $0.type }))
}

/// Whether operations on recorded tensors are recorded now.
@inline(__always) private var isRecording: Bool { adj_no_grad_get() == 0 || isGradEnabled }

/// A new record, shown to those who watch this thread's recording.
@inline(__always) private func made(_ y: consuming TensorValue, _ node: consuming Node) -> Tensor {
    let result = Tensor(y, node)
    if adj_no_grad_get() != 0 { Recording.show(result) }
    return result
}

private func record<P: UnaryPrimitive>(
    _ operation: consuming P, _ x: Tensor, _ node: consuming Node, _ y: consuming TensorValue
) -> Tensor {
    guard operation.nonDifferentiableReason == nil else { return Tensor(y) }
    let reads = operation.reads(for: .first)
    let depth = node.depth + 1
    let type = y.type
    let input = consume node
    let links = Links(
        first: Link(node: consume input, value: reads.inputs.isEmpty ? nil : x.value), second: Link(),
        output: reads.output ? y : nil)
    return made(y, Node(operation, type, depth: depth, consume links))
}

private func record<P: BinaryPrimitive>(
    _ operation: consuming P, _ x: Tensor, _ y: Tensor, _ z: consuming TensorValue,
    _ intermediates: [TensorValue]? = nil
) -> Tensor {
    guard operation.nonDifferentiableReason == nil else { return Tensor(z) }
    var needs: InputSet = []
    if x.node != nil { needs.insert(.first) }
    if y.node != nil { needs.insert(.second) }
    let reads = operation.reads(for: needs)
    let links = Links(
        first: Link(node: x.node, value: reads.inputs.contains(.first) ? x.value : nil),
        second: Link(node: y.node, value: reads.inputs.contains(.second) ? y.value : nil),
        rest: intermediates?.map { Link(value: $0) }, output: reads.output ? z : nil)
    let type = z.type
    let depth = max(x.node?.depth ?? 0, y.node?.depth ?? 0) + 1
    return made(z, Node(operation, type, depth: depth, consume links))
}

/// A result with its record: `inputs` may be more tensors than the operation computed with.
package func record<P: Primitive>(_ operation: P, _ inputs: [Tensor], _ y: TensorValue) -> Tensor {
    guard operation.nonDifferentiableReason == nil else { return Tensor(y) }
    var needs: InputSet = []
    var depth: UInt32 = 0
    for (index, input) in inputs.enumerated() {
        guard let node = input.node else { continue }
        needs.insert(.input(index))
        depth = max(depth, node.depth)
    }
    let reads = operation.reads(for: needs)
    let kept = inputs.enumerated().map { index, input in
        Link(node: input.node, value: reads.inputs.contains(.input(index)) ? input.value : nil)
    }
    let links = Links(
        first: kept[0], second: kept.count > 1 ? kept[1] : Link(),
        rest: kept.count > 2 ? Array(kept.dropFirst(2)) : nil,
        output: reads.output ? y : nil)
    return made(y, Node(operation, y.type, depth: depth + 1, consume links))
}

/// The way of every input that is not stored: a failure is passed on, a traced value is interpreted, and what the
/// interpreter gives is recorded if an input is recorded at its level.
private func interpret<P: Primitive>(_ operation: P, _ inputs: [Tensor]) -> Tensor {
    var highest: (any Interpreter)?
    for input in inputs {
        if input.value.kind == .failed { return Tensor(input.value) }
        guard let found = input.traced?.interpreter else { continue }
        if highest == nil || found.level > highest!.level { highest = found }
    }
    let interpreter = highest!
    if let error = interpreter.scope?.escape(into: operation.label) { return raise(error) }
    // A tensor of a lower level goes inside this level's value, its node included.
    var lifted = inputs
    var isRecorded = false
    for index in inputs.indices {
        if inputs[index].traced?.interpreter !== interpreter {
            lifted[index] = interpreter.lift(inputs[index])
            if lifted[index].value.kind == .failed { return lifted[index] }
        }
        if lifted[index].node != nil { isRecorded = true }
    }
    guard isRecorded else { return interpreter.interpret(operation, lifted) }
    let result = interpreter.interpret(operation, lifted.map { Tensor($0.value) })
    guard result.value.kind != .failed, isRecording else { return result }
    return record(operation, lifted, result.value)
}
