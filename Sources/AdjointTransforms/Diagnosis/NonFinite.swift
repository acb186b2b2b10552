import AdjointCore
import AdjointRuntime
import Synchronization

/// The first operation that made a number that is not finite, with what it made it of.
public struct NonFiniteReport: Sendable, CustomStringConvertible {
    /// Where it happened.
    public enum Phase: Sendable, Hashable {
        /// In the function's own computation.
        case forward
        /// In the reverse rule of the operation.
        case backward
    }

    /// An operand at the element in question.
    public struct Operand: Sendable {
        /// The shape and the element type.
        public let type: TensorType
        /// The element that met the first one that is not finite; nil where the shapes do not tell.
        public let element: Double?
    }

    /// Whether it was made on the way forward or back.
    public let phase: Phase
    /// The operation's name.
    public let operation: String
    /// The line that called the operation; nil where the system cannot tell.
    public let location: SourceLocation?
    /// The place of the first element that is not finite.
    public let index: [Int]
    /// The operands on the way forward, what the reverse rule reads on the way back.
    public let operands: [Operand]

    /// The operation, its line, the element and the operands.
    public var description: String {
        let place = location.map { " at \($0)" } ?? ""
        let what = phase == .forward ? "the value of \(operation)" : "the gradient that passes \(operation)"
        let inputs = operands.enumerated().map { number, operand in
            "\n  operand \(number), \(operand.type)\(operand.element.map { ": \($0) there" } ?? "")"
        }
        return "\(what)\(place) is the first that is not finite, at \(index)" + inputs.joined()
    }

    fileprivate init(
        _ phase: Phase, _ operation: String, _ location: SourceLocation?, _ type: TensorType, _ element: Int,
        _ operands: [Tensor]
    ) {
        self.phase = phase
        self.operation = operation
        self.location = location
        var (rest, place) = (element, [Int]())
        for extent in type.shape.extents.reversed() {
            place.insert(rest % extent, at: 0)
            rest /= extent
        }
        index = place
        self.operands = operands.map { operand in
            let isAlike = operand.shape == type.shape || operand.count == 1
            let elements = isAlike ? operand.doubles : []
            return Operand(
                type: operand.type, element: elements.isEmpty ? nil : elements[min(element, elements.count - 1)])
        }
    }
}

/// Finds the operation that made the value or the gradient of `f` infinite or NaN; nil if both are finite.
///
/// Nothing is watched until this is called: the function is run again under a trace. What is not finite but reaches neither
/// the value nor the gradient (the branch that `which` did not take) is not blamed.
public func explainNonFinite<each Argument: TensorContainer>(
    of f: (repeat each Argument) throws -> Tensor, at arguments: repeat each Argument
) rethrows -> NonFiniteReport? {
    let points = tensors(in: repeat each arguments).map(\.withoutNode)
    let births = Births()
    let tracer = TracingInterpreter("explainNonFinite") { births.inspect($0, $1, $2) }
    let traced = replacing(repeat each arguments, with: points.map { tracer.input($0) })
    let value = try enableGrad { try tracer.run { try f(repeat each traced) } }
    if tracer.primal(of: value).firstNotFinite != nil {
        return births.report(tracer.records, tracer.record(of: value), points.count)
    }
    let leaves = points.map { $0.dtype.isDifferentiable ? Tensor($0.value, Node(leaf: $0.type)) : $0 }
    let again = replacing(repeat each arguments, with: leaves)
    let backward = BackwardTrace(of: try enableGrad { try f(repeat each again) }, leaves)
    guard let sender = backward.firstSenders(.notFinite).first,
        let input = sender.inputs.compactMap({ $0 }).first(where: { backward.firstNotFinite(at: $0) != nil })
    else { return nil }
    let read = sender.node.kept.compactMap { try? $0.unpacked() }.map { Tensor($0) }
    return NonFiniteReport(
        .backward, sender.name, sender.location, input.type, backward.firstNotFinite(at: input)!, read)
}

/// What `valueWithGradient` checks about its results.
public enum DerivativeChecks: Sendable, Hashable {
    /// Nothing.
    case none
    /// That value and gradient are finite; if not, the function is run again to find the first operation to blame.
    case finite
}

/// The value of a scalar function and its gradient, checked: if one of them is not finite, the function is run again to find the
/// operation that made it so. Until then the check costs one look at the results.
/// - Fails: if the value or the gradient is not finite, naming the first operation, its line, the element and the
///   operands; and as `gradient(of:at:)` does.
public func valueWithGradient<each Argument: TensorContainer>(
    of f: (repeat each Argument) throws -> Tensor, at arguments: repeat each Argument, check: DerivativeChecks
) rethrows -> (value: Tensor, gradient: (repeat each Argument)) {
    let result = try valueWithGradient(of: f, at: repeat each arguments)
    guard check == .finite else { return result }
    let found = [result.value] + tensors(in: repeat each result.gradient)
    guard found.contains(where: { $0.failure == nil && $0.firstNotFinite != nil }) else { return result }
    let report = try explainNonFinite(of: f, at: repeat each arguments)
    let failed = raise(
        TensorError(
            .gradient, "gradient", report?.description ?? "the value or the gradient is not finite",
            "keep the operand away from the point where the derivative ends, or mask it with which"))
    return (failed, replacing(repeat each arguments, with: tensors(in: repeat each arguments).map { _ in failed }))
}

/// Which operations made something that is not finite, in the order in which they ran.
private final class Births: Sendable {
    private struct Birth {
        let operands: [Tensor]
        let element: Int
    }
    private struct Contents {
        var count = 0
        /// By the number of the operation.
        var notFinite: [Int: Birth] = [:]
    }
    private let contents = Mutex(Contents())

    func inspect(_ operation: String, _ operands: [Tensor], _ result: Tensor) {
        let element = result.firstNotFinite
        contents.withLock {
            if let element { $0.notFinite[$0.count] = Birth(operands: operands, element: element) }
            $0.count += 1
        }
    }

    /// The operation at the end of the way back from the value along results that are not finite.
    func report(_ records: [TracingInterpreter.Record], _ root: Int?, _ inputs: Int) -> NonFiniteReport? {
        guard var place = root else { return nil }
        let births = contents.withLock { $0.notFinite }
        while let next = records[place].operands.compactMap({ $0 }).first(where: { births[$0 - inputs] != nil }) {
            place = next
        }
        guard let birth = births[place - inputs] else { return nil }
        let record = records[place]
        return NonFiniteReport(
            .forward, record.label, record.site?.location, record.type, birth.element, birth.operands)
    }
}
