import AdjointCore
import AdjointRuntime

extension GraphPass {
    /// Algebra that changes no bit.
    ///
    /// Of numbers: x · 1, x / 1, x − 0 and x + (−0) are x; so is x + 0 where x is never −0 (whole numbers, exp, |x|); −(−x) is x; 0 · x
    /// is 0 for whole numbers only, since 0 · ∞ and 0 · NaN are NaN and 0 · (−1) is −0; a gate of cotangents that are 0 is 0. A constant
    /// of equal elements becomes a number. Of shapes: permutations, reshapes, repetitions and slices one after the other are one, and
    /// go where they change nothing; a slice of joined tensors is a slice of one of them. Of types: there and back through a type
    /// that holds all values is nothing.
    public static let identities = GraphPass("identities", reorders: false) { graph in
        graph.rewritten(by: [sameValue, numberOperand, shapeChain, typeChain, sliceOfParts])
    }

    /// Algebra that may change the last bits or the sign of a zero: x + 0 and x − (−0) are x, a sum over repetitions is a product.
    public static let reassociation = GraphPass("reassociation", reorders: true) { graph in
        graph.rewritten(by: [plusZero, sumOfRepetitions])
    }
}

/// A rewrite of one step: the value that takes its place in the new graph, with what was done; nil to leave it.
typealias StepRule =
    @Sendable (inout GraphWriter, Graph.Step, any Primitive, [Int]) -> (value: Int, note: String)?

extension Graph {
    /// Writes the graph anew, where the first rule that applies to a step gives its value. Operands are rewritten before.
    func rewritten(by rules: [StepRule]) -> (Graph, [String]) {
        var writer = GraphWriter(self)
        var tally = Tally()
        steps: for step in steps {
            if case .primitive(let operation) = step.operation {
                let operands = writer.operands(of: step)
                for rule in rules {
                    guard let found = rule(&writer, step, operation, operands) else { continue }
                    writer.map(Int(step.firstResult), to: found.value)
                    tally.note(found.note)
                    continue steps
                }
            }
            writer.copy(step)
        }
        return (tally.lines.isEmpty ? self : writer.finished(), tally.lines)
    }
}

/// The operation of a number and an operand, whichever way a graph says it.
private struct NumberOperation {
    enum Kind { case add, subtract, multiply, divide }
    let kind: Kind
    let number: Double
    let isInteger: Bool
    let operand: Int

    init?(_ operation: any Primitive, _ operands: [Int], _ graph: Graph) {
        if let with = operation as? WithNumber {
            guard let kind = Self.kind(with.programs) else { return nil }
            self.kind = kind
            number = with.scalar.double
            operand = operands[0]
        } else if operation is Multiply || operation is Add {
            kind = operation is Add ? .add : .multiply
            if let right = graph.splat(operands[1]) {
                (number, operand) = (right, operands[0])
            } else if let left = graph.splat(operands[0]) {
                (number, operand) = (left, operands[1])
            } else {
                return nil
            }
        } else if operation is Subtract || operation is Divide {
            guard let right = graph.splat(operands[1]) else { return nil }
            kind = operation is Subtract ? .subtract : .divide
            (number, operand) = (right, operands[0])
        } else {
            return nil
        }
        let dtype = graph.types[operand].dtype
        guard !dtype.isComplex else { return nil }
        isInteger = !dtype.isFloatingPoint
    }

    private static func kind(_ programs: CompiledElementwise) -> Kind? {
        if programs === Multiply.withNumber.right || programs === Multiply.withNumber.left { return .multiply }
        if programs === Add.withNumber.right || programs === Add.withNumber.left { return .add }
        if programs === Subtract.withNumber.right { return .subtract }
        return programs === Divide.withNumber.right ? .divide : nil
    }

    var isMinusZero: Bool { number == 0 && number.sign == .minus }
}

private let sameValue: StepRule = { writer, step, operation, operands in
    let graph = writer.graph
    if let arithmetic = NumberOperation(operation, operands, graph) {
        let (x, number) = (arithmetic.operand, arithmetic.number)
        guard operandKeepsType(x, step, writer) else { return nil }
        switch arithmetic.kind {
        case .multiply where number == 1: return (x, "x · 1 is x")
        case .divide where number == 1: return (x, "x / 1 is x")
        case .subtract where number == 0 && (arithmetic.isInteger || !arithmetic.isMinusZero): return (x, "x − 0 is x")
        case .add where number == 0 && (arithmetic.isInteger || arithmetic.isMinusZero || graph.isNeverMinusZero(x)):
            return (x, "x + 0 is x")
        case .multiply where number == 0 && arithmetic.isInteger:
            let zero = Tensor.repeating(0, graph.types[x])
            return (writer.append(.constant(zero), [], [zero.type], like: step).lowerBound, "0 · x is 0")
        default: return nil
        }
    }
    switch operation {
    case is Negate:
        guard let inner = graph.primitive(of: operands[0]), inner.operation is Negate else { return nil }
        return (inner.operands[0], "−(−x) is x")
    case is Gate:
        guard let number = graph.splat(operands[0]) else { return nil }
        if number == 0 { return (operands[0], "a gate of 0 is 0") }
        if number == 1 { return (operands[1], "a gate of 1 is a factor of 1") }
        return writer.append(WithNumber(Multiply.withNumber.right, .double(number)), [operands[1]], like: step)
            .map { ($0, "a gate of a number is a product") }
    case is Where:
        return operands[1] == operands[2] ? (operands[1], "a choice between x and x is x") : nil
    case is Concatenate:
        return operands.count == 1 ? (operands[0], "one tensor is joined already") : nil
    default: return nil
    }
}

/// Whether a step's result has the type of one of its operands.
private func operandKeepsType(_ operand: Int, _ step: Graph.Step, _ writer: GraphWriter) -> Bool {
    writer.graph.types[operand] == writer.type(ofResultOf: step)
}

/// A constant of equal elements becomes a number of the operation: the same arithmetic, one operand less.
private let numberOperand: StepRule = { writer, step, operation, operands in
    guard operands.count == 2,
        operandKeepsType(operands[0], step, writer) || writer.type(ofResultOf: step).dtype == .bool,
        let binary = operation as? any BinaryElementwise
    else { return nil }
    let programs = binary.numberPrograms
    if let number = writer.graph.splat(operands[1]), writer.graph.constant(operands[0]) == nil {
        return writer.append(WithNumber(programs.right, .double(number)), [operands[0]], like: step)
            .map { ($0, "a constant became a number") }
    }
    if let number = writer.graph.splat(operands[0]), writer.graph.constant(operands[1]) == nil {
        return writer.append(WithNumber(programs.left, .double(number)), [operands[1]], like: step)
            .map { ($0, "a constant became a number") }
    }
    return nil
}

private let shapeChain: StepRule = { writer, step, operation, operands in
    let graph = writer.graph
    let x = operands.first ?? 0
    switch operation {
    case let permute as Permute:
        if permute.order == Array(permute.order.indices) { return (x, "a permutation that moves nothing") }
        guard let inner = graph.primitive(of: x), let first = inner.operation as? Permute else { return nil }
        let order = permute.order.map { first.order[$0] }
        if order == Array(order.indices) { return (inner.operands[0], "a permutation and its inverse") }
        return writer.append(Permute(order: order), inner.operands, like: step).map { ($0, "two permutations are one") }
    case let reshape as Reshape:
        if graph.types[x].shape == reshape.shape { return (x, "a reshape to the same shape") }
        guard let inner = graph.primitive(of: x), inner.operation is Reshape else { return nil }
        if graph.types[inner.operands[0]].shape == reshape.shape {
            return (inner.operands[0], "a reshape and its inverse")
        }
        return writer.append(reshape, inner.operands, like: step).map { ($0, "two reshapes are one") }
    case let broadcast as Broadcast:
        if graph.types[x].shape == broadcast.shape { return (x, "a repetition to the same shape") }
        guard let inner = graph.primitive(of: x), inner.operation is Broadcast else { return nil }
        return writer.append(broadcast, inner.operands, like: step).map { ($0, "two repetitions are one") }
    default: return nil
    }
}

private let typeChain: StepRule = { writer, step, operation, operands in
    guard let cast = operation as? Cast else { return nil }
    let graph = writer.graph
    let from = graph.types[operands[0]].dtype
    if from == cast.dtype { return (operands[0], "a conversion to the same type") }
    guard let inner = graph.primitive(of: operands[0]), inner.operation is Cast,
        graph.types[inner.operands[0]].dtype == cast.dtype, from.holdsAll(of: cast.dtype)
    else { return nil }
    return (inner.operands[0], "a conversion and its inverse")
}

private let sliceOfParts: StepRule = { writer, step, operation, operands in
    guard let slice = operation as? Slice else { return nil }
    let (graph, region) = (writer.graph, slice.region)
    let shape = graph.types[operands[0]].shape
    if region.shape == shape, region.starts.allSatisfy({ $0 == 0 }), region.steps.allSatisfy({ $0 == 1 }) {
        return (operands[0], "a slice of all")
    }
    guard region.shape.count > 0, let inner = graph.primitive(of: operands[0]) else { return nil }
    switch inner.operation {
    case let first as Slice:
        var whole = region
        for axis in 0..<shape.rank {
            whole.starts[axis] = first.region.starts[axis] + first.region.steps[axis] * region.starts[axis]
            whole.steps[axis] = first.region.steps[axis] * region.steps[axis]
        }
        return writer.append(Slice(region: whole), inner.operands, like: step).map { ($0, "two slices are one") }
    case let place as Place:
        return place.region == region ? (inner.operands[0], "a slice of what was placed there") : nil
    case let joined as Concatenate:
        let axis = joined.axis
        let ends = [region.starts[axis], region.starts[axis] + region.steps[axis] * (region.shape[axis] - 1)]
        var start = 0
        for part in inner.operands {
            let extent = graph.types[part].shape[axis]
            if ends.allSatisfy({ $0 >= start && $0 < start + extent }) {
                var own = region
                own.starts[axis] -= start
                let type = graph.types[part]
                if own.shape == type.shape, own.starts.allSatisfy({ $0 == 0 }), own.steps.allSatisfy({ $0 == 1 }) {
                    return (part, "a slice of joined tensors is one of them")
                }
                return writer.append(Slice(region: own), [part], like: step)
                    .map { ($0, "a slice of joined tensors is one of them") }
            }
            start += extent
        }
        return nil
    default: return nil
    }
}

private let plusZero: StepRule = { writer, step, operation, operands in
    guard let arithmetic = NumberOperation(operation, operands, writer.graph), arithmetic.number == 0,
        operandKeepsType(arithmetic.operand, step, writer)
    else { return nil }
    switch arithmetic.kind {
    case .add: return (arithmetic.operand, "x + 0 is x")
    case .subtract: return (arithmetic.operand, "x − 0 is x")
    default: return nil
    }
}

private let sumOfRepetitions: StepRule = { writer, step, operation, operands in
    guard let sum = operation as? Sum, let inner = writer.graph.primitive(of: operands[0]),
        let broadcast = inner.operation as? Broadcast
    else { return nil }
    let x = inner.operands[0]
    let type = writer.graph.types[x]
    // All axes along which x is repeated have to go, and no other.
    let lead = broadcast.shape.rank - type.shape.rank
    var repetitions = 1
    for axis in 0..<broadcast.shape.rank {
        let own = axis < lead ? 1 : type.shape[axis - lead]
        guard sum.axes.contains(axis) == (own != broadcast.shape[axis] || (own == 1 && sum.axes.contains(axis))) else {
            return nil
        }
        if sum.axes.contains(axis) { repetitions *= broadcast.shape[axis] }
    }
    guard type.dtype.isFloatingPoint, repetitions > 0, repetitions < 1 << 24 else { return nil }
    let result = sum.axes.removed(from: broadcast.shape)
    var value = x
    if type.shape != result {
        guard let reshaped = writer.append(Reshape(shape: result), [x], like: step) else { return nil }
        value = reshaped
    }
    let note = "a sum over repetitions is a product"
    if repetitions == 1 { return (value, note) }
    return writer.append(WithNumber(Multiply.withNumber.right, .double(Double(repetitions))), [value], like: step)
        .map { ($0, note) }
}

extension Graph {
    /// Whether no element of a value is −0, as far as its operation tells.
    fileprivate func isNeverMinusZero(_ value: Int) -> Bool {
        guard let operation = primitive(of: value)?.operation else { return false }
        return operation is Exponential || operation is Absolute || operation is Square || operation is Sigmoid
            || operation is Softplus
    }
}

extension DType {
    /// Whether every value of `other` is one of this type, and comes back unchanged.
    fileprivate func holdsAll(of other: DType) -> Bool {
        switch other {
        case .bool: true
        case .uint8: self > .uint8
        case .int32: self == .int64 || self == .float64 || self == .complex128
        case .float16, .bfloat16: self >= .float32
        case .float32: self >= .float64
        case .complex64: self == .complex128
        case .int64, .float64, .complex128: false
        }
    }
}
