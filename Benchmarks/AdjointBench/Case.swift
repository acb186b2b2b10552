import Adjoint

/// One case of a workload: what it computes and what must come out.
struct Case {
    let name: String
    /// What the checksums must be; nil for those that are only reported.
    let expected: [Expected]
    /// Which modes can run it; a case whose control flow reads values runs eagerly only.
    var isStageable = true
    /// Makes the data and the computation.
    let program: @Sendable () -> Program
}

/// A checksum and what it may be off by.
struct Expected {
    let value: Double
    var relative = 1e-4
    var absolute = 0.0

    func accepts(_ found: Double) -> Bool { abs(found - value) <= max(abs(value) * relative, absolute) }
}

/// What one repetition computes.
struct Program {
    /// Tensors that go from one repetition to the next, changed by each: parameters, what the optimizer remembers.
    var state: [Tensor] = []
    /// One repetition: results from the state, whose new value it leaves behind.
    let step: @Sendable (inout [Tensor]) -> [Tensor]
    /// After which repetition from the start the results are judged.
    var judged = 1
    /// The checksums that the results make.
    var checksums: ([Tensor]) -> [Double] = Program.valueAndGradients
    /// Whether the first repetition's first result is a checksum too.
    var judgesFirst = false

    /// The value, and the sum of the absolute values of the gradients.
    static func valueAndGradients(_ results: [Tensor]) -> [Double] {
        let gradients = results.dropFirst()
        return [results[0].item()] + (gradients.isEmpty ? [] : [gradients.reduce(0) { $0 + absolute($1) }])
    }

    static func absolute(_ tensor: Tensor) -> Double { tensor.doubles.reduce(0) { $0 + abs($1) } }

    /// Steps of a training: the loss of the tenth is judged, and the first one's.
    static func training(_ state: [Tensor], _ step: @escaping @Sendable (inout [Tensor]) -> [Tensor]) -> Program {
        Program(state: state, step: step, judged: 10, checksums: { [$0[0].item()] }, judgesFirst: true)
    }
}

/// How a program is run.
enum Mode: String, CaseIterable {
    case eager, staged, compiled

    /// The step as this mode runs it.
    func prepared(_ item: Case, _ program: Program) throws(Unavailable) -> (inout [Tensor]) -> [Tensor] {
        switch self {
        case .eager: return program.step
        case .staged:
            guard item.isStageable else { throw Unavailable(workload: item.name, mode: self) }
            let step = program.step
            let function = Adjoint.staged { (state: [Tensor]) -> [[Tensor]] in
                var state = state
                let results = step(&state)
                return [results, state]
            }
            do { _ = try function.graph(for: program.state) } catch {
                throw Unavailable(workload: item.name, mode: self, reason: "\(error)")
            }
            return { state in
                let results = function(state)
                state = results[1]
                return results[0]
            }
        case .compiled: throw Unavailable(workload: item.name, mode: self)
        }
    }
}

/// A mode that cannot run a case.
struct Unavailable: Error {
    let workload: String
    let mode: Mode
    var reason: String?
}
