import AdjointCore
import AdjointRuntime

/// Tells for each tensor of the arguments whether the gradient of `f` reaches it, and if not, which operation at which line
/// cut the path: it was detached, rounded, converted to integers, compared, computed inside `noGrad`, read out as a number,
/// or not used at all.
///
/// `f` is run a few times, once under a trace of every operation.
///
///     print(whyNoGradient(of: { x in x.round().sum() }, at: x))
///
/// - Parameter f: a function with a scalar value; the sum of the value's elements is looked at.
public func whyNoGradient<each Argument: TensorContainer>(
    of f: (repeat each Argument) throws -> Tensor, at arguments: repeat each Argument
) rethrows -> [GradientReport] {
    let points = tensors(in: repeat each arguments)
    let names = tensorNames(in: repeat each arguments)
    let tracer = TracingInterpreter("whyNoGradient")
    let inputs = points.map { tracer.input($0.withoutNode) }
    let traced = replacing(repeat each arguments, with: inputs)
    let value = try enableGrad { try tracer.run { try f(repeat each traced) } }
    let trace = TracedPaths(tracer.records, from: tracer.record(of: value), hostReads: tracer.hostReads)
    // Where a path of derivatives leads through, the gradient itself tells the rest.
    var backward: BackwardTrace?
    if (0..<points.count).contains(where: { trace.isConnected($0) }), value.dtype.isDifferentiable {
        let leaves = points.map { $0.dtype.isDifferentiable ? Tensor($0.value, Node(leaf: $0.type)) : $0.withoutNode }
        let again = replacing(repeat each arguments, with: leaves)
        let result = try enableGrad { try f(repeat each again) }
        backward = BackwardTrace(of: result, leaves)
    }
    return points.indices.map { index in
        if let backward, trace.isConnected(index) {
            return backward.report(index, names[index])
        }
        let places = trace.cuts(of: index)
        let isZero = !places.isEmpty && places.allSatisfy { $0.cut == .zeroDerivative }
        return GradientReport(name: names[index], answer: isZero ? .zero : .disconnected, places: places)
    }
}

/// Tells from the recorded graph of a value whether its gradient reaches a tensor, and if not, which operations took a constant
/// on the way, where a path may have ended.
///
/// A constant keeps no history, so why it is one is known only to `whyNoGradient(of:at:)`, which runs the function. Nothing is
/// recorded for this question: the graph is walked, and where a path leads through, the sum of the value's elements is sent
/// back once, which keeps the graph.
///
///     print(whyNoGradient(of: loss, withRespectTo: weight))
///
/// - Parameters:
///   - value: the result of a computation.
///   - x: a tensor that asked for a gradient, or was computed from one.
public func whyNoGradient(of value: Tensor, withRespectTo x: Tensor) -> GradientReport {
    func disconnected(_ places: [GradientReport.Place]) -> GradientReport {
        GradientReport(name: "the tensor", answer: .disconnected, places: places)
    }
    func cut(_ operation: String, _ cut: GradientCut) -> GradientReport {
        disconnected([.init(operation: operation, location: nil, cut: cut)])
    }
    guard let leaf = x.graphNode else { return cut("the tensor", .noLeaf) }
    let nodes = value.graphNodes
    guard !nodes.isEmpty else { return cut("the value", .constantValue) }
    let freed = nodes.filter(\.isFreed)
    guard freed.isEmpty else {
        return disconnected(freed.map { .init(operation: $0.name, location: $0.location, cut: .freed) })
    }
    guard nodes.contains(leaf) else {
        let meeting = nodes.filter { !$0.isLeaf && $0.inputs.contains(nil) }
        return disconnected(meeting.map { .init(operation: $0.name, location: $0.location, cut: .constantOperand) })
    }
    return BackwardTrace(of: value, [x]).report(0, "the tensor")
}

extension BackwardTrace {
    /// What became of the gradient of a leaf to which a path leads.
    fileprivate func report(_ index: Int, _ name: String) -> GradientReport {
        switch gradients[index].map(CotangentState.init) ?? .zero {
        case .notFinite: GradientReport(name: name, answer: .undefined, places: firstPlaces(.notFinite))
        case .zero: GradientReport(name: name, answer: .zero, places: places(.zero, towards: index))
        case .usual: GradientReport(name: name, answer: .present, places: [])
        }
    }
}

/// The paths of a trace, from the inputs to the value.
private struct TracedPaths {
    private let records: [TracingInterpreter.Record]
    /// The records on paths of derivatives to the value.
    private var connected: Set<Int> = []
    /// The records on any path to the value.
    private var reached: Set<Int> = []
    private let hostReads: [(record: Int, site: CallSite)]

    init(_ records: [TracingInterpreter.Record], from root: Int?, hostReads: [(record: Int, site: CallSite)]) {
        self.records = records
        self.hostReads = hostReads
        // Operands come before results, so one sweep from the end will do.
        if let root {
            reached.insert(root)
            connected.insert(root)
        }
        for index in records.indices.reversed() where reached.contains(index) {
            let record = records[index]
            let passes = connected.contains(index) && record.cut == nil
            for operand in record.operands.compactMap({ $0 }) {
                reached.insert(operand)
                if passes, records[operand].type.dtype.isDifferentiable { connected.insert(operand) }
            }
        }
    }

    func isConnected(_ input: Int) -> Bool { connected.contains(input) }

    /// The operations that cut the paths from an input.
    func cuts(of input: Int) -> [GradientReport.Place] {
        var dependents: Set<Int> = [input]
        var places: [GradientReport.Place] = []
        for index in records.indices
        where records[index].operands.contains(where: { $0.map(dependents.contains) == true }) {
            let record = records[index]
            if let cut = record.cut {
                // What is cut off matters only on the way to the value.
                if reached.contains(index) {
                    places.append(.init(operation: record.label, location: record.site?.location, cut: cut))
                }
            } else {
                dependents.insert(index)
            }
        }
        for (record, site) in hostReads where dependents.contains(record) {
            places.append(.init(operation: records[record].label, location: site.location, cut: .readByHost))
        }
        return places
    }
}
