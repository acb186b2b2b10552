import Adjoint
import AdjointCore
import AdjointRuntime

/// Runs a case: the outputs, then each recorded derivative.
struct CaseRunner {
    let record: Case
    let adapter: Adapter

    /// What is wrong, a line a check; empty if the case passes.
    func failures() -> [String] {
        var reasons: [String] = []
        do {
            try checked {
                try checkReverse(&reasons)
            }
        } catch {
            reasons.append(Self.oneLine(error))
        }
        guard record.jvp != nil else { return reasons }
        do {
            try checked {
                try checkForward(&reasons)
            }
        } catch {
            reasons.append("jvp: " + Self.oneLine(error))
        }
        return reasons
    }

    private static func oneLine(_ error: any Error) -> String {
        if let error = error as? TensorError { return "\(error.operation): \(error.problem)" }
        return "\(error)"
    }

    /// The flattened outputs of the composition at these tensors in place of the differentiable inputs.
    private func outputs(at inputs: [Tensor]) throws -> [Output] {
        var call = record.call
        for (path, input) in zip(record.wrt, inputs) { path.put(input, into: &call) }
        return try Composition(pre: record.pre, processed: record.processed).apply(adapter, to: call)
    }

    private func inputs() throws -> [Tensor] { try record.wrt.map { try $0.tensor(in: record.call) } }

    // MARK: Outputs and reverse mode

    private func checkReverse(_ reasons: inout [String]) throws {
        let inputs = try inputs()
        let leaves = record.vjp == nil ? inputs : inputs.map { $0.requiringGrad() }
        let outputs = try outputs(at: leaves)
        if let failed = outputs.lazy.compactMap({ Self.failure($0) }).first { throw failed }
        guard outputs.count == record.outputs.count else {
            throw CaseError("\(outputs.count) outputs, \(record.outputs.count) expected")
        }
        for (index, (got, want)) in zip(outputs, record.outputs).enumerated() {
            if let difference = record.tolerance.difference(got, want) {
                reasons.append("output \(index): \(difference)")
            }
        }
        guard let vjp = record.vjp else { return }
        var (roots, seeds): ([Tensor], [Tensor]) = ([], [])
        for (output, cotangent) in zip(outputs, vjp.cotangents) {
            guard let cotangent, case .tensor(let root) = output, root.requiresGrad else { continue }
            roots.append(root)
            seeds.append(try cotangent.tensor(shape: root.shape.extents, dtype: root.dtype))
        }
        let first = Self.gradients(roots, leaves, seeds, createGraph: record.gradgrad != nil)
        compare(first, vjp.grads, "vjp", &reasons)
        guard let gradgrad = record.gradgrad else { return }
        (roots, seeds) = ([], [])
        for (gradient, direction) in zip(first, gradgrad.directions) {
            guard let gradient, let direction, gradient.requiresGrad else { continue }
            roots.append(gradient)
            seeds.append(try direction.tensor(shape: gradient.shape.extents, dtype: gradient.dtype))
        }
        compare(Self.gradients(roots, leaves, seeds, createGraph: false), gradgrad.grads, "gradgrad", &reasons)
    }

    private static func failure(_ output: Output) -> TensorError? {
        if case .tensor(let tensor) = output { tensor.failure } else { nil }
    }

    private static func gradients(
        _ roots: [Tensor], _ leaves: [Tensor], _ seeds: [Tensor], createGraph: Bool
    ) -> [Tensor?] {
        guard !roots.isEmpty, !leaves.isEmpty else { return leaves.map { _ in nil } }
        return optionalGradients(of: roots, withRespectTo: leaves, seeds: seeds, createGraph: createGraph)
    }

    private func compare(
        _ found: [Tensor?], _ wanted: [FlatNumbers?], _ check: String, _ reasons: inout [String]
    ) {
        for (index, (got, want)) in zip(found, wanted).enumerated() {
            if let difference = record.tolerance.difference(got, flow: want) {
                reasons.append("\(check) of \(record.wrt[index]): \(difference)")
            }
        }
    }

    /// How a reason starts that says: ours differs from the record, and differences of the function side with ours.
    static let refuted = "refuted by differences: "

    /// Whether differences along the tangents agree with our derivative, and not with the recorded one, wherever these two differ.
    private func refutes(
        _ recorded: FlatNumbers?, _ ours: Tensor?, _ x: [Tensor], _ t: [Tensor], _ f: ([Tensor]) throws -> Tensor
    ) throws -> Bool {
        guard let recorded = recorded?.doubles, let ours = ours?.flatNumbers(), ours.count == recorded.count,
            x.allSatisfy({ $0.dtype == .float64 })
        else { return false }
        func value(_ step: Double) throws -> [Double] { try f(zip(x, t).map { $0 + $1 * step }).flatNumbers() }
        func slope(_ step: Double) throws -> [Double] {
            zip(try value(step), try value(-step)).map { ($0 - $1) / (2 * step) }
        }
        // At a kink the two sides differ, and differences say nothing.
        let (before, middle, after) = (try value(-1e-6), try value(0), try value(1e-6))
        guard middle.indices.allSatisfy({ Swift.abs(after[$0] - 2 * middle[$0] + before[$0]) < 1e-10 }) else {
            return false
        }
        // Two widths; the error of each is quadratic in it, so that of the combination is of fourth order.
        let (wide, narrow) = (try slope(4e-4), try slope(2e-4))
        guard wide.count == ours.count else { return false }
        return ours.indices.allSatisfy { place in
            if record.tolerance.accepts(ours[place], recorded[place]) { return true }
            let difference = (4 * narrow[place] - wide[place]) / 3
            let doubt = 2e-10 * Swift.max(1, Swift.abs(difference))
            return Swift.abs(ours[place] - difference) < doubt && Swift.abs(recorded[place] - difference) > 10 * doubt
        }
    }

    // MARK: Forward mode

    private func checkForward(_ reasons: inout [String]) throws {
        guard let forward = record.jvp else { return }
        let inputs = try inputs()
        let tangents = try zip(inputs, forward.tangents).map { input, tangent in
            try tangent?.tensor(shape: input.shape.extents, dtype: input.dtype) ?? Tensor.zeros(like: input)
        }
        for (index, want) in forward.outputs.enumerated() {
            // A null for an output that no tensor stands for says nothing.
            if want == nil, case .value = record.outputs[index] { continue }
            var isDifferentiable = true
            let result = try Adjoint.jvp(
                { inputs in
                    let outputs = try self.outputs(at: inputs)
                    guard outputs.indices.contains(index), case .tensor(let output) = outputs[index] else {
                        throw CaseError("output \(index) is no tensor")
                    }
                    isDifferentiable = output.dtype.isDifferentiable
                    return output
                }, at: inputs, along: tangents)
            let tangent = isDifferentiable ? result.tangent : nil
            guard let difference = record.tolerance.difference(tangent, flow: want) else { continue }
            let problem = "jvp of output \(index): \(difference)"
            let isRefuted = try refutes(want, tangent, inputs, tangents) { x in
                guard case .tensor(let output) = try self.outputs(at: x)[index] else { throw CaseError("no tensor") }
                return output
            }
            reasons.append(isRefuted ? Self.refuted + problem : problem)
        }
    }
}
