import Adjoint

/// The comparisons that a program has to stand as a graph: against its eager run, rewritten and not, in every mode.
struct GraphCheck {
    let program: RandomProgram
    let seed: UInt64

    func run() -> ProgramCheck.Outcome {
        do {
            return try checked { try outcome() }
        } catch {
            return .failed("an operation failed: \(error)")
        }
    }

    private func point(_ salt: UInt64) -> [Tensor] {
        program.inputs.enumerated().map { RandomProgram.point($1, seed &+ salt &+ UInt64($0)) }
    }

    /// What the modes give: the value, gradients, the tangent, second order.
    private static func modes(_ program: RandomProgram, _ x: [Tensor], _ t: [Tensor]) -> [Tensor] {
        func value(_ x: [Tensor]) -> Tensor { program.value(x)! }
        func slope(_ x: [Tensor]) -> Tensor { inner(gradient(of: value, at: x), t) }
        let forward = jvp(value, at: x, along: t)
        return [value(x), forward.tangent, slope(x), jvp(slope, at: x, along: t).tangent] + gradient(of: value, at: x)
    }

    private static func inner(_ x: [Tensor], _ y: [Tensor]) -> Tensor {
        zip(x, y).reduce(Tensor(0.0, dtype: .float64)) { $0 + ($1.0 * $1.1).sum() }
    }

    private func outcome() throws -> ProgramCheck.Outcome {
        let (x, t) = (point(0), point(1000))
        guard let value = program.value(x), value.item().isFinite, abs(value.item()) < 1e6 else { return .skipped }
        let program = program
        let eager = Self.modes(program, x, t)
        guard eager.allSatisfy({ $0.isFinite().all().item() == 1 && $0.abs().max().item() < 1e7 }) else {
            return .skipped
        }

        let plain = staged({ @Sendable (x: [Tensor], t: [Tensor]) in Self.modes(program, x, t) }, passes: [])
        let rewritten = staged { @Sendable (x: [Tensor], t: [Tensor]) in Self.modes(program, x, t) }
        if let problem = differ("staged", plain(x, t), eager, 1e-8) { return problem }
        if let problem = differ("rewritten", rewritten(x, t), eager, 1e-8) { return problem }
        if !plain(x, t)[0].isEqual(to: eager[0]) { return .failed("staged value: other bits than eager") }

        // Stated with a builder, and differentiated as a graph.
        let g = GraphBuilder()
        let inputs = program.inputs.enumerated().map { g.input("x\($0)", $1, .float64) }
        let output = program.value(inputs)!
        let gradients = g.gradients(of: [output], withRespectTo: inputs, disconnected: .zero)
        let graph = try g.graph([output] + gradients)
        guard try Graph(parsing: graph.text()) == graph else { return .failed("the text gives another graph") }
        let tangent = g.jvp(of: [output], along: Array(zip(inputs, t)))[0]
        let found = try g.function(inputs, [output, tangent] + gradients, unused: .ignore)(x)
        return differ("symbolic", found, Array(eager.prefix(2) + eager.dropFirst(4)), 1e-8) ?? .passed(smooth: true)
    }

    private func differ(
        _ what: String, _ found: [Tensor], _ expected: [Tensor], _ tolerance: Double
    ) -> ProgramCheck.Outcome? {
        let names = ["value", "tangent", "slope", "second order"]
        for (index, (a, b)) in zip(found, expected).enumerated()
        where !a.isAllClose(to: b, relativeTolerance: tolerance, absoluteTolerance: tolerance) {
            return .failed("\(what), \(index < 4 ? names[index] : "gradient"): \(a) and \(b)")
        }
        return nil
    }
}
