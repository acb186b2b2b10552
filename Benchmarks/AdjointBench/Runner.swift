import Adjoint

/// Runs cases as the rules of WORKLOADS.md ask.
struct Runner {
    let mode: Mode
    let threads: Int
    let time: Duration

    /// The case's line.
    func run(_ item: Case) throws(Unavailable) -> Report {
        let program = item.program()
        let step = try mode.prepared(item, program)
        var state = program.state
        var checksums: [Double] = []
        var first: Double?
        for repetition in 1...program.judged {
            let results = step(&state)
            if repetition == 1, program.judgesFirst { first = results[0].item() }
            if repetition == program.judged { checksums = program.checksums(results) }
        }
        let times = measure(time) { [seconds { _ = step(&state) }] }
        var extra = checksums.dropFirst().enumerated().map { (name: "checksum\($0 + 2)", value: $1) }
        if let first { extra.append(("loss0", first)) }
        extra.append(("peak_mib", Double(peakResidentBytes()) / 1_048_576))
        return Report(workload: item.name, measurement: times[0], checksum: checksums[0], extra: extra)
            .judged(item.expected)
    }
}
