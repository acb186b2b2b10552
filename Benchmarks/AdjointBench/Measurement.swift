/// Times of one case, in seconds a repetition.
struct Measurement {
    private(set) var samples: [Double] = []

    mutating func add(_ seconds: Double) { samples.append(seconds) }

    var minimum: Double { samples.min() ?? .nan }

    var median: Double {
        let sorted = samples.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

/// One line of results.
struct Report {
    let workload: String
    let measurement: Measurement
    let checksum: Double
    var extra: [(name: String, value: Double)] = []

    /// The line as JSON, or as a table row.
    func line(threads: Int, json: Bool) -> String {
        let (median, minimum) = (measurement.median, measurement.minimum)
        if json {
            let more = extra.map { ", \"\($0.name)\": \($0.value)" }.joined()
            return
                "{\"workload\": \"\(workload)\", \"peer\": \"adjoint\", \"mode\": \"eager\", \"threads\": \(threads), "
                + "\"median_s\": \(median), \"min_s\": \(minimum), \"n\": \(measurement.samples.count), "
                + "\"checksum\": \(checksum)\(more)}"
        }
        let more = extra.map { "  \($0.name) \(rounded($0.value))" }.joined()
        return "\(workload)  median \(rounded(median * 1e6)) us  min \(rounded(minimum * 1e6)) us  "
            + "n \(measurement.samples.count)  checksum \(checksum)\(more)"
    }

    private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}

/// Collects samples for about a second, at least five, after three warm-ups.
func measure(_ body: () -> [Double]) -> [Measurement] {
    for _ in 0..<3 { _ = body() }
    let clock = ContinuousClock()
    let start = clock.now
    var measurements: [Measurement] = []
    var count = 0
    while count < 5 || clock.now - start < .seconds(1) {
        let times = body()
        if measurements.isEmpty { measurements = times.map { _ in Measurement() } }
        for (index, time) in times.enumerated() { measurements[index].add(time) }
        count += 1
    }
    return measurements
}

/// The seconds that `body` takes.
func seconds(_ body: () -> Void) -> Double {
    let duration = ContinuousClock().measure(body).components
    return Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
}
