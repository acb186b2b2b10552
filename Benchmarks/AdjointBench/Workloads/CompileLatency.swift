import Adjoint

/// compile_latency: the first step of mlp_train.b64.sgd, and the second.
func compileLatency(_ runner: Runner) throws(Unavailable) -> [Report] {
    let program = perceptronProgram(64, SGD(learningRate: 0.1))
    let item = Case(name: "compile_latency", expected: []) { perceptronProgram(64, SGD(learningRate: 0.1)) }
    var state = program.state
    var loss = 0.0
    var first = Measurement()
    // Preparing is the compiler's time, so it counts.
    var step: ((inout [Tensor]) -> [Tensor])?
    var unavailable: Unavailable?
    first.add(
        seconds {
            do throws(Unavailable) { step = try runner.mode.prepared(item, program) } catch { unavailable = error }
            loss = step?(&state)[0].item() ?? .nan
        })
    if let unavailable { throw unavailable }
    let second = seconds { _ = step!(&state)[0].item() }
    let report = Report(
        workload: "compile_latency", measurement: first, checksum: loss, extra: [("second_step_s", second)])
    return [report.judged([Expected(value: 2.3110313415527344)])]
}
