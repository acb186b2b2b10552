import Adjoint
import AdjointCore
import AdjointRuntime

/// Runs a case: the outputs, then each recorded derivative.
struct CaseRunner {
    let record: Case
    let adapter: Adapter

    /// How a reason starts that says: ours differs from the record, and the record is proven wrong.
    static let refuted = "refuted by "

    /// Numbers that differ from the record: of which check, what the difference is, and both.
    private struct Difference {
        let check: Check
        let problem: String
        let ours: [Double]?
        let recorded: FlatNumbers?
    }

    /// What is wrong, a line a check; empty if the case passes.
    func failures() -> [String] {
        var reasons: [String] = []
        var differences: [Difference] = []
        do {
            try checked {
                try checkReverse(&reasons, &differences)
            }
        } catch {
            reasons.append(Self.oneLine(error))
        }
        if record.jvp != nil {
            do {
                try checked {
                    try checkForward(&differences)
                }
            } catch {
                reasons.append("jvp: " + Self.oneLine(error))
            }
        }
        return reasons + (differences.isEmpty ? [] : judged(differences))
    }

    /// The differences as reasons, with the proof where the record is wrong.
    private func judged(_ differences: [Difference]) -> [String] {
        let inputs = (try? inputs()) ?? []
        let refutation = Refutation(
            record: record, inputs: inputs, outputs: outputs, wrong: Set(differences.map(\.check)))
        return differences.map { difference in
            let proof = refutation.proof(difference.check, difference.ours, difference.recorded)
            return proof.map { "\(Self.refuted)\($0): \(difference.problem)" } ?? difference.problem
        }
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

    private func checkReverse(_ reasons: inout [String], _ differences: inout [Difference]) throws {
        let inputs = try inputs()
        let leaves = record.vjp == nil ? inputs : inputs.map { $0.requiringGrad() }
        let outputs = try outputs(at: leaves)
        if let failed = outputs.lazy.compactMap({ Self.failure($0) }).first { throw failed }
        guard outputs.count == record.outputs.count else {
            throw CaseError("\(outputs.count) outputs, \(record.outputs.count) expected")
        }
        for (index, (got, want)) in zip(outputs, record.outputs).enumerated() {
            guard let difference = record.tolerance.difference(got, want) else { continue }
            let problem = "output \(index): \(difference)"
            if case .tensor(let tensor) = got, case .tensor(let recorded) = want, tensor.dtype == .float64 {
                differences.append(
                    Difference(
                        check: .output(index), problem: problem, ours: tensor.flatNumbers(), recorded: recorded.numbers)
                )
            } else {
                reasons.append(problem)
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
        compare(first, vjp.grads, { .vjp($0) }, &differences)
        guard let gradgrad = record.gradgrad else { return }
        (roots, seeds) = ([], [])
        for (gradient, direction) in zip(first, gradgrad.directions) {
            guard let gradient, let direction, gradient.requiresGrad else { continue }
            roots.append(gradient)
            seeds.append(try direction.tensor(shape: gradient.shape.extents, dtype: gradient.dtype))
        }
        let second = Self.gradients(roots, leaves, seeds, createGraph: false)
        compare(second, gradgrad.grads, { .gradgrad($0) }, &differences)
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
        _ found: [Tensor?], _ wanted: [FlatNumbers?], _ check: (Int) -> Check, _ differences: inout [Difference]
    ) {
        for (index, (got, want)) in zip(found, wanted).enumerated() {
            guard let difference = record.tolerance.difference(got, flow: want) else { continue }
            let check = check(index)
            differences.append(
                Difference(
                    check: check, problem: "\(check.name) of \(record.wrt[index]): \(difference)",
                    ours: got?.flatNumbers(), recorded: want))
        }
    }

    // MARK: Forward mode

    private func checkForward(_ differences: inout [Difference]) throws {
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
            differences.append(
                Difference(
                    check: .jvp(index), problem: "jvp of output \(index): \(difference)",
                    ours: tangent?.flatNumbers(), recorded: want))
        }
    }
}
