import AdjointCore
import AdjointRuntime
import AdjointTransforms

/// Carries a value along a sequence: `body` takes it and one element, and gives the next value and an output; the outputs are stacked.
///
/// Eager, it is a loop that runs `body` on each element. In a graph it is one operation, and its gradient a scan backwards over the
/// carried values, which a run keeps.
///
///     let (last, sums) = scan(Tensor(0), over: x) { sum, element in (sum + element, sum + element) }
///
/// - Parameters:
///   - initial: the first carried value.
///   - sequence: tensors whose first axis counts the elements; all have the same number of them.
///   - reversed: whether the iterations go from the last element to the first; an output stands where its element stood.
///   - checkpointEvery: keeps the carried values of one iteration in so many, and computes the others again for the gradient.
///   - truncateGradientTo: the gradient passes only this many of the last iterations (truncated back-propagation through time).
/// - Fails: for no sequence, sequences of different lengths, or a carried value that changes its structure, shapes or types.
public func scan<Carried: TensorContainer, Element: TensorContainer, Output: TensorContainer>(
    _ initial: Carried, over sequence: Element, reversed: Bool = false, checkpointEvery: Int? = nil,
    truncateGradientTo: Int? = nil, _ body: (Carried, Element) -> (Carried, Output)
) -> (carried: Carried, outputs: Output) {
    let tensors = sequence.tensors
    do throws(TensorError) {
        let length = try length(of: sequence.namedTensors)
        if let kept = truncateGradientTo, kept < 0 {
            throw TensorError(.argument, "scan", "truncateGradientTo is \(kept)", "give a number of iterations from 0")
        }
        if let kept = truncateGradientTo, kept < length {
            return truncated(initial, sequence, reversed, checkpointEvery, length, kept, body)
        }
        if let every = checkpointEvery {
            guard every > 0 else {
                throw TensorError(
                    .argument, "scan", "checkpointEvery is \(every)", "give a number of iterations above 0")
            }
            if every < length { return segmented(initial, sequence, reversed, length, every, body) }
        }
        if length > 0, !isStaging(initial.tensors + tensors) {
            return try eager(initial, sequence, reversed, length, body)
        }
        return try asOperation(initial, sequence, reversed, body)
    } catch {
        return failed(error, initial, sequence, body)
    }
}

private func failed<Carried: TensorContainer, Element: TensorContainer, Output: TensorContainer>(
    _ error: TensorError, _ initial: Carried, _ sequence: Element, _ body: (Carried, Element) -> (Carried, Output)
) -> (carried: Carried, outputs: Output) {
    let failure = raise(error)
    let (carried, outputs) = body(initial.mapTensors { _ in failure }, sequence.mapTensors { _ in failure })
    return (carried.mapTensors { _ in failure }, outputs.mapTensors { _ in failure })
}

private func length(of sequences: [NamedTensor]) throws(TensorError) -> Int {
    guard let first = sequences.first else {
        throw TensorError(.argument, "scan", "there is no sequence", "give at least one tensor to scan over")
    }
    for sequence in sequences {
        if let failure = sequence.tensor.failure { throw failure }
        let name = sequence.name.isEmpty ? "the sequence" : sequence.name
        guard sequence.tensor.rank > 0 else {
            throw TensorError(
                .shape, "scan", "\(name) is a scalar, which has no axis of elements",
                "give it a first axis to scan along")
        }
        guard sequence.tensor.shape[0] == first.tensor.shape[0] else {
            throw TensorError(
                .shape, "scan",
                "\(name) has \(sequence.tensor.shape[0]) elements and another sequence \(first.tensor.shape[0])",
                "give sequences with the same extent along the first axis")
        }
    }
    return first.tensor.shape[0]
}

private func eager<Carried: TensorContainer, Element: TensorContainer, Output: TensorContainer>(
    _ initial: Carried, _ sequence: Element, _ reversed: Bool, _ length: Int,
    _ body: (Carried, Element) -> (Carried, Output)
) throws(TensorError) -> (carried: Carried, outputs: Output) {
    let names = initial.namedTensors.map(\.name)
    var carried = initial
    var outputs: [Output] = []
    for place in reversed ? Array((0..<length).reversed()) : Array(0..<length) {
        let (next, output) = body(carried, sequence.mapTensors { $0[place] })
        try checkAlike(
            carried.tensors, names.map { $0.isEmpty ? "the carried value" : $0 }, next.tensors, "scan", "next value")
        carried = next
        outputs.append(output)
    }
    if reversed { outputs.reverse() }
    let columns = outputs.map(\.tensors)
    let stacked = columns[0].indices.map { index in stack(columns.map { $0[index] }) }
    return (carried, replacing(in: outputs[0], with: stacked))
}

private func asOperation<Carried: TensorContainer, Element: TensorContainer, Output: TensorContainer>(
    _ initial: Carried, _ sequence: Element, _ reversed: Bool, _ body: (Carried, Element) -> (Carried, Output)
) throws(TensorError) -> (carried: Carried, outputs: Output) {
    let (carried, sequences) = (initial.tensors, sequence.tensors)
    let names = initial.namedTensors.map(\.name)
    let inputs =
        named(names, carried, else: "carried")
        + sequence.namedTensors.map { ($0.name.isEmpty ? "element" : $0.name, $0.tensor.type.element) }
    var parts = StagedParts()
    var structure: Output?
    try parts.add("scan", inputs) { inputs throws(TensorError) in
        let values = Array(inputs.prefix(carried.count))
        let (next, output) = body(
            replacing(in: initial, with: values),
            replacing(in: sequence, with: Array(inputs.dropFirst(carried.count))))
        let results = next.tensors
        try checkAlike(values, names.map { $0.isEmpty ? "the carried value" : $0 }, results, "scan", "next value")
        structure = output
        return results + output.tensors
    }
    let operands = carried + sequences + parts.captures
    let loop = Loop(
        predicate: nil, body: parts.subgraphs[0], isWithin: nil, carried: carried.count, sequences: sequences.count,
        length: nil,
        isReversed: reversed, memory: .all, keepsStates: false)
    let results = LoopResults(bindSeveral(loop.stated(with: operands), operands), of: loop)
    return (replacing(in: initial, with: results.carried), replacing(in: structure!, with: results.outputs))
}

/// A scan of scans: the outer one keeps the values between segments, and its gradient runs a segment again.
private func segmented<Carried: TensorContainer, Element: TensorContainer, Output: TensorContainer>(
    _ initial: Carried, _ sequence: Element, _ reversed: Bool, _ length: Int, _ every: Int,
    _ body: (Carried, Element) -> (Carried, Output)
) -> (carried: Carried, outputs: Output) {
    let whole = length / every * every
    func part(_ range: Range<Int>) -> Element { sequence.mapTensors { $0[range] } }
    func rest(_ start: Carried) -> (carried: Carried, outputs: Output)? {
        whole == length ? nil : scan(start, over: part(whole..<length), reversed: reversed, body)
    }
    func segments(_ start: Carried) -> (carried: Carried, outputs: Output) {
        let rows = part(0..<whole).mapTensors {
            $0.reshaped([whole / every, every] + $0.shape.extents.dropFirst())
        }
        let result: (carried: Carried, outputs: Output)
        do throws(TensorError) {
            result = try asOperation(start, rows, reversed) { carried, row in
                let segment = scan(carried, over: row, reversed: reversed, body)
                return (segment.carried, segment.outputs)
            }
        } catch {
            return failed(error, start, part(0..<1), body)
        }
        let outputs = result.outputs.mapTensors { $0.reshaped([whole] + $0.shape.extents.dropFirst(2)) }
        return (result.carried, outputs)
    }
    // The odd elements stand at the end, which is where a reversed scan starts.
    if reversed {
        guard let last = rest(initial) else { return segments(initial) }
        let first = segments(last.carried)
        return (first.carried, joined(first.outputs, last.outputs))
    }
    let first = segments(initial)
    guard let last = rest(first.carried) else { return first }
    return (last.carried, joined(first.outputs, last.outputs))
}

/// A scan whose first iterations are constants.
private func truncated<Carried: TensorContainer, Element: TensorContainer, Output: TensorContainer>(
    _ initial: Carried, _ sequence: Element, _ reversed: Bool, _ checkpointEvery: Int?, _ length: Int, _ kept: Int,
    _ body: (Carried, Element) -> (Carried, Output)
) -> (carried: Carried, outputs: Output) {
    let cut = reversed ? kept : length - kept
    func part(_ range: Range<Int>) -> Element { sequence.mapTensors { $0[range] } }
    let (early, late) = reversed ? (part(cut..<length), part(0..<cut)) : (part(0..<cut), part(cut..<length))
    func constant<Value: TensorContainer>(_ value: Value) -> Value { value.mapTensors { $0.detach() } }
    let first = scan(constant(initial), over: constant(early), reversed: reversed) { carried, element in
        let (next, output) = body(carried, element)
        return (constant(next), constant(output))
    }
    let last = scan(
        constant(first.carried), over: late, reversed: reversed, checkpointEvery: checkpointEvery, body)
    return (
        last.carried,
        reversed ? joined(last.outputs, constant(first.outputs)) : joined(constant(first.outputs), last.outputs)
    )
}

private func joined<Output: TensorContainer>(_ first: Output, _ second: Output) -> Output {
    replacing(in: first, with: zip(first.tensors, second.tensors).map { concatenate([$0, $1]) })
}

/// All partial results of an associative function: the k-th is f(… f(f(x₀, x₁), x₂) …, xₖ), in O(log n) steps of vector operations.
///
/// - Parameters:
///   - sequence: tensors whose first axis counts the elements.
///   - reversed: whether the partial results run from the end.
///   - f: associative, of two elements; it is run on many pairs at once.
/// - Fails: for no sequence, or sequences of different lengths.
public func associativeScan<Element: TensorContainer>(
    _ sequence: Element, reversed: Bool = false, _ f: (Element, Element) -> Element
) -> Element {
    do throws(TensorError) {
        let length = try length(of: sequence.namedTensors)
        guard length > 1 else { return sequence }
        if !reversed { return partialResults(sequence, length, f) }
        let flipped = sequence.mapTensors { $0.flipped(0) }
        return partialResults(flipped, length, f).mapTensors { $0.flipped(0) }
    } catch {
        let failure = raise(error)
        return sequence.mapTensors { _ in failure }
    }
}

private func partialResults<Element: TensorContainer>(
    _ x: Element, _ length: Int, _ f: (Element, Element) -> Element
) -> Element {
    guard length > 1 else { return x }
    func every(second start: Int, _ value: Element, to end: Int) -> Element {
        value.mapTensors { $0[TensorIndex.range(from: start, to: end, by: 2)] }
    }
    let half = length / 2
    let pairs = vmap(f, over: every(second: 0, x, to: 2 * half), every(second: 1, x, to: 2 * half))
    // The partial results at odd places, then those at even places from them.
    let odd = partialResults(pairs, half, f)
    let first = x.mapTensors { $0[0..<1] }
    let evenCount = (length + 1) / 2
    guard evenCount > 1 else { return interleaved(first, odd) }
    let even = vmap(
        f, over: odd.mapTensors { $0[0..<(evenCount - 1)] }, every(second: 2, x, to: length))
    return interleaved(joined(first, even), odd)
}

/// The elements of two sequences in turn; the first has as many as the second, or one more.
private func interleaved<Element: TensorContainer>(_ even: Element, _ odd: Element) -> Element {
    let tensors = zip(even.tensors, odd.tensors).map { even, odd in
        let (more, count) = (even.shape[0], odd.shape[0])
        let pairs = stack([even[0..<count], odd], axis: 1).reshaped([2 * count] + odd.shape.extents.dropFirst())
        return more > count ? concatenate([pairs, even[count..<more]]) : pairs
    }
    return replacing(in: even, with: tensors)
}
