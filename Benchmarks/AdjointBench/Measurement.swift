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
    /// What missed its tolerance.
    var failure: String?

    /// The line as JSON, or as a table row.
    func line(_ mode: Mode, threads: Int, json: Bool) -> String {
        let (median, minimum) = (measurement.median, measurement.minimum)
        if json {
            let more = extra.map { ", \"\($0.name)\": \($0.value)" }.joined()
            return
                "{\"workload\": \"\(workload)\", \"peer\": \"adjoint\", \"mode\": \"\(mode)\", \"threads\": \(threads), "
                + "\"median_s\": \(median), \"min_s\": \(minimum), \"n\": \(measurement.samples.count), "
                + "\"checksum\": \(checksum)\(more)}"
        }
        let more = extra.map { "  \($0.name) \(rounded($0.value))" }.joined()
        return "\(workload)  median \(rounded(median * 1e6)) us  min \(rounded(minimum * 1e6)) us  "
            + "n \(measurement.samples.count)  checksum \(checksum)\(more)"
    }

    private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

    /// Judges the checksum and those among the extra numbers that follow it.
    func judged(_ expected: [Expected]) -> Report {
        var copy = self
        let found = [("checksum", checksum)] + extra.map { ($0.name, $0.value) }
        for (wanted, number) in zip(expected, found) where !wanted.accepts(number.1) {
            copy.failure = "\(workload): \(number.0) is \(number.1), expected \(wanted.value)"
        }
        return copy
    }
}

/// Collects samples for about `time`, at least five (fewer if one takes longer), after three warm-ups.
func measure(_ time: Duration = .seconds(1), warmUps: Int = 3, _ body: () -> [Double]) -> [Measurement] {
    for _ in 0..<warmUps { _ = body() }
    let clock = ContinuousClock()
    let start = clock.now
    var measurements: [Measurement] = []
    var count = 0
    while clock.now - start < time || (count < 5 && clock.now - start < time * 5) {
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
