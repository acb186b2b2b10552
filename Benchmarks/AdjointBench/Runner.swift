import Adjoint
import AdjointRuntime
import CKernels

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
        extra.append(("bytes_moved", bytesMoved { _ = step(&state) }))
        return Report(workload: item.name, measurement: times[0], checksum: checksums[0], extra: extra)
            .judged(item.expected)
    }

    /// The bytes that the kernels of `body` read and write, which they count on their own thread; so that is the only one.
    private func bytesMoved(_ body: () -> Void) -> Double {
        Parallel.threads = 1
        defer { Parallel.threads = threads }
        adj_traffic_start()
        body()
        adj_traffic_stop()
        return Double(adj_traffic_bytes_read() + adj_traffic_bytes_written())
    }
}
