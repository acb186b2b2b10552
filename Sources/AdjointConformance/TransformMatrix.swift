import Adjoint
import AdjointCore
import AdjointRuntime

/// What a recorded case is also run under: other element types, other layouts, batching. What it gives there is compared with what it
/// gives plainly, which the recorded numbers check.
enum MatrixColumn: String, CaseIterable, Sendable {
    case layouts
    case float32
    case float16
    case bfloat16
    case vmap
    case gradientUnderVmap = "vmap(gradient)"
    case gradientOverVmap = "gradient(vmap)"
    case tangentUnderVmap = "vmap(jvp)"
}

/// What became of a case in a column.
enum MatrixOutcome: Sendable {
    case passed
    case failed(String)
    /// The operator says that it does not do this: it reads numbers that differ among examples, or has no such type.
    case refused(String)
    /// There is nothing to run: no tensor of this kind, no derivative.
    case notApplicable
}

/// One recorded case under every column.
struct TransformMatrix {
    let record: Case
    let adapter: Adapter

    func run(_ column: MatrixColumn) -> MatrixOutcome {
        do {
            return try checked { try outcome(column) }
        } catch let error as TensorError where error.kind == .traced || error.kind == .dtype {
            return .refused(error.problem)
        } catch let error as TensorError {
            return .failed("\(error.operation): \(error.problem)")
        } catch {
            return .failed("\(error)")
        }
    }

    /// What is to be known of the primitives that the case and its derivatives of first and second order bind.
    func primitives() -> NamingInterpreter {
        let names = NamingInterpreter()
        try? checked {
            let call = record.call.mappingTensors { tensor in
                let named = names.lift(tensor)
                return tensor.dtype.isDifferentiable ? named.requiringGrad() : named
            }
            var leaves: [Tensor] = []
            _ = call.mappingTensors { tensor in
                if tensor.requiresGrad { leaves.append(tensor) }
                return tensor
            }
            let inputs = try record.wrt.map { try $0.tensor(in: call) }
            let outputs = try outputs(at: inputs, of: call)
            let first = Self.slopes(outputs, leaves)
            _ = Self.slopes(first, leaves)
        }
        return names
    }

    /// The recorded gradient of Σ sin Re y over all results that have one.
    private static func slopes(_ results: [Tensor], _ leaves: [Tensor]) -> [Tensor] {
        let roots = results.filter { $0.requiresGrad }.map { $0.real.sin().sum() }
        guard !roots.isEmpty, !leaves.isEmpty else { return [] }
        return Adjoint.gradients(of: roots, withRespectTo: leaves, unused: .zero, createGraph: true)
    }

    private func outcome(_ column: MatrixColumn) throws -> MatrixOutcome {
        let inputs = try record.wrt.map { try $0.tensor(in: record.call) }
        switch column {
        case .layouts: return try layouts(inputs)
        case .float32: return try element(type: .float32, tolerance: 5e-3)
        case .float16: return try element(type: .float16, tolerance: .infinity)
        case .bfloat16: return try element(type: .bfloat16, tolerance: .infinity)
        case .vmap: return try batched(inputs) { try outputs(at: $0) }
        case .gradientUnderVmap:
            guard record.vjp != nil else { return .notApplicable }
            return try batched(inputs) { try gradients(at: $0) }
        case .gradientOverVmap:
            guard record.vjp != nil else { return .notApplicable }
            return try gradientOverVmap(inputs)
        case .tangentUnderVmap:
            guard record.jvp != nil else { return .notApplicable }
            return try batched(inputs) { x in try tangents(at: x) }
        }
    }

    // MARK: The functions

    private func outputs(at inputs: [Tensor]) throws -> [Tensor] { try outputs(at: inputs, of: record.call) }

    private func outputs(at inputs: [Tensor], of call: Call) throws -> [Tensor] {
        var call = call
        for (path, input) in zip(record.wrt, inputs) { path.put(input, into: &call) }
        return try Composition(pre: record.pre, processed: record.processed).apply(adapter, to: call).compactMap {
            if case .tensor(let tensor) = $0 { tensor } else { nil }
        }
    }

    /// Σ ⟨cotangent, output⟩ with the recorded cotangents.
    private func projection(_ outputs: [Tensor]) throws -> Tensor? {
        guard let vjp = record.vjp, vjp.cotangents.count == outputs.count else { return nil }
        var total: Tensor?
        for (output, cotangent) in zip(outputs, vjp.cotangents) {
            guard let cotangent, output.dtype.isDifferentiable else { continue }
            let weights = try cotangent.tensor(shape: output.shape.extents, dtype: output.dtype)
            let term = (weights.conj() * output).real.sum()
            total = total.map { $0 + term } ?? term
        }
        return total
    }

    private func gradients(at inputs: [Tensor]) throws -> [Tensor] {
        let leaves = inputs.map { $0.requiringGrad() }
        guard let y = try projection(try outputs(at: leaves)), y.requiresGrad else { return [] }
        return Adjoint.gradients(of: [y], withRespectTo: leaves, unused: .zero)
    }

    private func tangents(at inputs: [Tensor]) throws -> [Tensor] {
        let directions = inputs.map { Tensor.ones(like: $0) * 0.5 }
        return try outputs(at: inputs).indices.compactMap { index in
            var isDifferentiable = true
            let result = try Adjoint.jvp(
                { x in
                    let output = try outputs(at: x)[index]
                    isDifferentiable = output.dtype.isDifferentiable
                    return output
                }, at: inputs, along: directions)
            return isDifferentiable ? result.tangent : nil
        }
    }

    // MARK: Columns

    /// Inputs that stand transposed in memory.
    private func layouts(_ inputs: [Tensor]) throws -> MatrixOutcome {
        guard inputs.contains(where: { $0.rank > 1 }) else { return .notApplicable }
        let moved = inputs.map { ($0.transposed() * 1).transposed() }
        if let problem = try differ(try outputs(at: moved), try outputs(at: inputs), 1e-11) { return .failed(problem) }
        if let problem = try differ(try gradients(at: moved), try gradients(at: inputs), 1e-10) {
            return .failed("gradient, \(problem)")
        }
        return .passed
    }

    /// All float64 tensors of the call in another type.
    private func element(type: DType, tolerance: Double) throws -> MatrixOutcome {
        guard !record.wrt.isEmpty, try record.wrt.allSatisfy({ try $0.tensor(in: record.call).dtype == .float64 })
        else {
            return .notApplicable
        }
        // Numbers that the narrow types cannot hold say nothing.
        let numbers = try record.wrt.flatMap { try $0.tensor(in: record.call).doubles }
        guard numbers.allSatisfy({ $0 == 0 || !$0.isFinite || (1e-30...1e30).contains(Swift.abs($0)) }) else {
            return .notApplicable
        }
        let call = record.call.mappingTensors { $0.dtype == .float64 ? $0.to(type) : $0 }
        let inputs = try record.wrt.map { try $0.tensor(in: call) }
        let found = try outputs(at: inputs.map { $0.requiringGrad() }, of: call)
        let wanted = try outputs(at: try record.wrt.map { try $0.tensor(in: record.call) })
        for (output, expected) in zip(found, wanted) {
            if let failure = output.failure { throw failure }
            // An operator that names its result's type keeps it.
            if expected.dtype == .float64, output.dtype != type, output.dtype != .float64, output.dtype != .float32 {
                return .failed("\(type) gives \(output.dtype)")
            }
        }
        guard tolerance.isFinite else { return .passed }
        return try differ(found.map { $0.detach() }, wanted, tolerance, types: false).map { .failed($0) } ?? .passed
    }

    /// Two examples at once against one after the other.
    private func batched(_ inputs: [Tensor], _ f: ([Tensor]) throws -> [Tensor]) throws -> MatrixOutcome {
        guard !inputs.isEmpty else { return .notApplicable }
        let examples = [inputs, inputs.map { $0 * (1 - 1.0 / 1024) }]
        let expected = try examples.map { try f($0) }
        guard !expected[0].isEmpty, expected[0].map(\.shape) == expected[1].map(\.shape) else { return .notApplicable }
        let stacked = inputs.indices.map { input in stack(examples.map { $0[input] }) }
        let found = try vmap(f, over: stacked, randomness: .different)
        let wanted = expected[0].indices.map { output in stack(expected.map { $0[output] }) }
        return try differ(found, wanted, 1e-9).map { .failed($0) } ?? .passed
    }

    private func gradientOverVmap(_ inputs: [Tensor]) throws -> MatrixOutcome {
        guard !inputs.isEmpty else { return .notApplicable }
        let examples = [inputs, inputs.map { $0 * (1 - 1.0 / 1024) }]
        let expected = try examples.map { try gradients(at: $0) }
        guard !expected[0].isEmpty else { return .notApplicable }
        let leaves = inputs.indices.map { input in stack(examples.map { $0[input] }).requiringGrad() }
        let y = try vmap(
            { x in [try projection(try outputs(at: x)) ?? Tensor(0.0, dtype: .float64)] }, over: leaves,
            randomness: .different)[0]
        let found = Adjoint.gradients(of: [y.sum()], withRespectTo: leaves, unused: .zero)
        let wanted = expected[0].indices.map { input in stack(expected.map { $0[input] }) }
        return try differ(found, wanted, 1e-9).map { .failed($0) } ?? .passed
    }

    private func differ(
        _ found: [Tensor], _ wanted: [Tensor], _ tolerance: Double, types: Bool = true
    ) throws -> String? {
        guard found.count == wanted.count else { return "\(found.count) results, \(wanted.count) expected" }
        for (index, (got, want)) in zip(found, wanted).enumerated() {
            if let failure = got.failure ?? want.failure { throw failure }
            guard got.shape == want.shape, !types || got.dtype == want.dtype else {
                return "result \(index) is \(got.type), expected \(want.type)"
            }
            let (a, b) = (got.flatNumbers(), want.flatNumbers())
            let scale = b.lazy.filter(\.isFinite).map { Swift.abs($0) }.max() ?? 1
            for (place, (x, y)) in zip(a, b).enumerated() {
                if x == y || (x.isNaN && y.isNaN) || Swift.abs(x - y) <= tolerance * Swift.max(1, scale) { continue }
                return "result \(index), element \(place) is \(x), expected \(y)"
            }
        }
        return nil
    }
}
