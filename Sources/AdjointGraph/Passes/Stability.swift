import AdjointCore
import AdjointRuntime

extension GraphPass {
    /// Formulas that overflow, underflow or cancel become the operations that do not: eˣ / Σ eˣ, ln softmax, ln Σ eˣ, ln(1 + eˣ), ln sigmoid,
    /// ln(1 + x), eˣ − 1, √Σx². The numbers change for the better.
    ///
    /// x / √Σx² becomes x / ‖x‖ by the last rule, and `norm` scales squares that overflow or vanish.
    public static let stability = GraphPass("stability", reorders: true) { graph in
        graph.rewritten(by: [logarithms, softmaxByHand, exponentialMinusOne, rootOfSquares])
    }
}

private let logarithms: StepRule = { writer, step, operation, operands in
    guard operation is Logarithm || operation is Logarithm1p else { return nil }
    let graph = writer.graph
    guard let inner = graph.primitive(of: operands[0]) else { return nil }
    if operation is Logarithm1p {
        guard inner.operation is Exponential else { return nil }
        return writer.append(Softplus(), inner.operands, like: step).map { ($0, "ln(1 + eˣ) is softplus") }
    }
    switch inner.operation {
    case let softmax as Softmax where !softmax.log:
        return writer.append(Softmax(log: true), inner.operands, like: step).map { ($0, "ln softmax is log_softmax") }
    case let permute as Permute:
        guard let deeper = graph.primitive(of: inner.operands[0]), let softmax = deeper.operation as? Softmax,
            !softmax.log, let logarithm = writer.append(Softmax(log: true), deeper.operands, like: step)
        else { return nil }
        return writer.append(permute, [logarithm], like: step).map { ($0, "ln softmax is log_softmax") }
    case is Sigmoid:
        return writer.append(LogSigmoid(), inner.operands, like: step).map { ($0, "ln sigmoid is log_sigmoid") }
    case let number as WithNumber where number.isAddition && number.scalar.double == 1:
        if let deeper = graph.primitive(of: inner.operands[0]), deeper.operation is Exponential {
            return writer.append(Softplus(), deeper.operands, like: step).map { ($0, "ln(1 + eˣ) is softplus") }
        }
        return writer.append(Logarithm1p(), inner.operands, like: step).map { ($0, "ln(1 + x) is log1p") }
    case is Sum, is Reshape:
        return logSumExp(&writer, step, operands[0]).map { ($0, "ln Σ eˣ is logsumexp") }
    default: return nil
    }
}

/// ln Σ eˣ over the last axes, the sum reshaped or not.
private func logSumExp(_ writer: inout GraphWriter, _ step: Graph.Step, _ value: Int) -> Int? {
    guard var source = writer.graph.primitive(of: value) else { return nil }
    if source.operation is Reshape {
        guard let inner = writer.graph.primitive(of: source.operands[0]) else { return nil }
        source = inner
    }
    guard let sum = source.operation as? Sum, let inner = writer.graph.primitive(of: source.operands[0]),
        inner.operation is Exponential
    else { return nil }
    let x = inner.operands[0]
    let shape = writer.graph.types[x].shape
    let kept = (0..<shape.rank).filter { !sum.axes.contains($0) }
    guard kept == Array(0..<kept.count), kept.count < shape.rank, shape.count > 0 else { return nil }
    var rows = x
    if shape.rank - kept.count > 1 {
        let length = (kept.count..<shape.rank).reduce(1) { $0 * shape[$1] }
        let flat = Shape(kept.map { shape[$0] } + [length])
        guard let reshaped = writer.append(Reshape(shape: flat), [x], like: step) else { return nil }
        rows = reshaped
    }
    guard let result = writer.append(LogSumExp(), [rows], like: step) else { return nil }
    let wanted = writer.type(ofResultOf: step).shape
    if writer.graph.types[result].shape == wanted { return result }
    return writer.append(Reshape(shape: wanted), [result], like: step)
}

/// eˣ / Σ eˣ over the last axis.
private let softmaxByHand: StepRule = { writer, step, operation, operands in
    guard operation is Divide else { return nil }
    let graph = writer.graph
    guard let numerator = graph.primitive(of: operands[0]), numerator.operation is Exponential,
        let spread = graph.primitive(of: operands[1]), spread.operation is Broadcast,
        let kept = graph.primitive(of: spread.operands[0]), kept.operation is Reshape,
        let summed = graph.primitive(of: kept.operands[0]), let sum = summed.operation as? Sum,
        summed.operands[0] == operands[0]
    else { return nil }
    let shape = graph.types[operands[0]].shape
    var last = AxisSet()
    last.insert(shape.rank - 1)
    guard sum.axes == last, graph.types[kept.operands[0]].shape.rank == shape.rank - 1,
        graph.types[spread.operands[0]].shape == last.kept(in: shape)
    else { return nil }
    return writer.append(Softmax(log: false), numerator.operands, like: step).map { ($0, "eˣ / Σ eˣ is softmax") }
}

private let exponentialMinusOne: StepRule = { writer, step, operation, operands in
    guard let number = operation as? WithNumber,
        number.programs === Subtract.withNumber.right && number.scalar.double == 1
            || number.isAddition && number.scalar.double == -1,
        let inner = writer.graph.primitive(of: operands[0]), inner.operation is Exponential
    else { return nil }
    return writer.append(Exponential1m(), inner.operands, like: step).map { ($0, "eˣ − 1 is expm1") }
}

private let rootOfSquares: StepRule = { writer, step, operation, operands in
    guard operation is SquareRoot, let inner = writer.graph.primitive(of: operands[0]) else { return nil }
    let isReshaped = inner.operation is Reshape
    guard let sum = isReshaped ? writer.graph.primitive(of: inner.operands[0]) : inner,
        let over = sum.operation as? Sum, let squares = writer.graph.primitive(of: sum.operands[0]),
        squares.operation is Square || (squares.operation is Multiply && squares.operands[0] == squares.operands[1]),
        writer.graph.types[squares.operands[0]].dtype.isFloatingPoint
    else { return nil }
    let norm = writer.append(EuclideanNorm(axes: over.axes), [squares.operands[0]], like: step)
    guard isReshaped else { return norm.map { ($0, "√Σx² is norm") } }
    return norm.flatMap { writer.append(inner.operation, [$0], like: step) }.map { ($0, "√Σx² is norm") }
}

extension WithNumber {
    fileprivate var isAddition: Bool {
        programs === Add.withNumber.right || programs === Add.withNumber.left
    }
}
