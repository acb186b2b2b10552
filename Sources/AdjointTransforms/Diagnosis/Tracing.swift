import AdjointCore
import AdjointRuntime
import Synchronization

/// Runs a program as it is and writes down every operation on the way from its inputs, recorded or not: an interpreter that
/// lives outside the core like any other transform.
final class TracingInterpreter: Interpreter {
    /// What an operation was, as a value of the trace.
    struct Record: Sendable {
        let label: String
        let type: TensorType
        /// The records of the operands; nil for a constant.
        let operands: [Int?]
        /// Why no derivative passes, if none does.
        let cut: GradientCut?
        let site: CallSite?
    }

    let level: Int
    let scope: TransformScope?
    private let contents = Mutex<[Record]>([])
    private let reads = Mutex<[(record: Int, site: CallSite)]>([])
    /// Sees each operation with its operands.
    private let inspect: @Sendable (String, [Tensor], Tensor) -> Void

    init(_ name: String, inspect: @escaping @Sendable (String, [Tensor], Tensor) -> Void = { _, _, _ in }) {
        level = (Transforms.innermost?.level ?? 0) + 1
        scope = TransformScope(name)
        self.inspect = inspect
    }

    /// Runs `body` under this interpreter.
    func run<Result>(_ body: () throws -> Result) rethrows -> Result {
        defer { scope?.end() }
        return try Transforms.$innermost.withValue(self) { try body() }
    }

    var records: [Record] { contents.withLock { $0 } }
    /// Which values the program read as numbers, and where.
    var hostReads: [(record: Int, site: CallSite)] { reads.withLock { $0 } }

    func lift(_ tensor: Tensor) -> Tensor { value(tensor, nil) }

    /// A tensor as an input of the traced program.
    func input(_ tensor: Tensor) -> Tensor {
        value(tensor, add(Record(label: "input", type: tensor.type, operands: [], cut: nil, site: nil)))
    }

    /// The record of a result; nil if it does not depend on an input.
    func record(of tensor: Tensor) -> Int? { own(tensor)?.record }
    func primal(of tensor: Tensor) -> Tensor { own(tensor)?.primal ?? tensor }

    func interpret<P: Primitive>(_ operation: P, _ inputs: [Tensor]) -> Tensor {
        let values = inputs.map { $0.traced as! TracedTensor }
        let primals = values.map(\.primal)
        let result = bindDynamically(operation, primals)
        let operands = values.map(\.record)
        guard result.failure == nil, operands.contains(where: { $0 != nil }) else {
            return result.failure == nil ? value(result, nil) : result
        }
        inspect(operation.label, primals, result)
        let record = Record(
            label: operation.label, type: result.type, operands: operands,
            cut: Self.cut(operation, primals, operands, result), site: CallSite())
        return value(result, add(record))
    }

    func interpretSeveral<P: MultiPrimitive>(_ operation: P, _ inputs: [Tensor]) throws(TensorError) -> [Tensor] {
        let values = inputs.map { $0.traced as! TracedTensor }
        let results = bindSeveral(operation, values.map(\.primal))
        let operands = values.map(\.record)
        guard operands.contains(where: { $0 != nil }) else { return results.map { value($0, nil) } }
        return results.map { result in
            inspect(operation.label, values.map(\.primal), result)
            let cut: GradientCut? = result.dtype.isDifferentiable ? nil : .notReal(result.dtype)
            return value(
                result,
                add(
                    Record(
                        label: operation.label, type: result.type, operands: operands, cut: cut, site: CallSite())))
        }
    }

    private static func cut<P: Primitive>(
        _ operation: P, _ primals: [Tensor], _ operands: [Int?], _ result: Tensor
    ) -> GradientCut? {
        if P.name == "detach" { return .detached }
        if let reason = operation.nonDifferentiableReason {
            return result.dtype.isDifferentiable ? .notDifferentiable(reason) : .notReal(result.dtype)
        }
        if !isGradEnabled { return .notRecorded }
        let tangents = zip(primals, operands).map { primal, operand in
            operand != nil && primal.dtype.isDifferentiable ? Tensor.ones(like: primal) : nil
        }
        guard tangents.contains(where: { $0 != nil }) else { return nil }
        return operation.jvp(primals, tangents, result) == nil ? .zeroDerivative : nil
    }

    private func add(_ record: Record) -> Int {
        contents.withLock {
            $0.append(record)
            return $0.count - 1
        }
    }

    private func value(_ primal: Tensor, _ record: Int?) -> Tensor {
        Tensor(TracedTensor(tracer: self, primal: primal, record: record), type: primal.type)
    }

    private func own(_ tensor: Tensor) -> TracedTensor? {
        guard let value = tensor.traced as? TracedTensor, value.tracer === self else { return nil }
        return value
    }

    fileprivate func read(_ record: Int) {
        let site = CallSite()
        reads.withLock { $0.append((record, site)) }
    }
}

private struct TracedTensor: TracedValue {
    let tracer: TracingInterpreter
    let primal: Tensor
    let record: Int?

    var interpreter: any Interpreter { tracer }

    /// A number that leaves for Swift code is noted: what is computed from it there is a constant.
    var concrete: Tensor? {
        if let record { tracer.read(record) }
        return primal
    }
}
