import Adjoint

/// A chain of `nodes` operations in float64, its gradient, and its release.
func deepChain(nodes: Int) -> [Report] {
    var times = [Measurement(), Measurement(), Measurement()]
    var (checksum, gradient, bytes) = (0.0, 0.0, 0.0)
    for _ in 0..<(nodes > 1_000_000 ? 1 : 3) {
        let before = peakResidentBytes()
        let x = Tensor(1.0, dtype: .float64).requiringGrad()
        var y = x
        let forward = seconds {
            for _ in 0..<nodes / 2 { y = y * 1.0000001 + 1e-9 }
        }
        checksum = y.item()
        let backward = seconds {
            y.backward()
            y = x
        }
        gradient = x.grad!.item()
        bytes = max(bytes, Double(peakResidentBytes() - before) / Double(nodes))
        for (index, time) in [forward, backward, forward + backward].enumerated() { times[index].add(time) }
    }
    let name = nodes == 1_000_000 ? "deep_chain" : "deep_chain.\(nodes)"
    return zip(["fwd", "bwd", "total"], times).map { part, measurement in
        Report(
            workload: "\(name).\(part)", measurement: measurement, checksum: checksum,
            extra: [
                ("checksum2", gradient), ("bytes_per_node", bytes),
                ("ns_per_op_median", measurement.median / Double(nodes) * 1e9),
            ]
        ).judged(
            nodes == 1_000_000
                ? [
                    Expected(value: 1.0517838047585, relative: 1e-9), Expected(value: 1.0512710937786, relative: 1e-9),
                ] : [])
    }
}
