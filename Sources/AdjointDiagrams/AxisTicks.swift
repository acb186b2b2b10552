/// Round numbers along an axis: multiples of 1, 2 or 5 times a power of ten that enclose a range.
struct AxisTicks {
    struct Tick: Equatable {
        let value: Double
        let label: String
    }

    let ticks: [Tick]

    /// Divides the range into at most about `count` intervals.
    ///
    /// With `wholeNumbers`, as for epochs, no tick stands between two integers.
    init(enclosing range: ClosedRange<Double>, count: Int, wholeNumbers: Bool = false) {
        let range = Self.widened(range)
        var (factor, exponent) = Self.step(atLeast: (range.upperBound - range.lowerBound) / Double(count))
        if wholeNumbers, exponent < 0 { (factor, exponent) = (1, 0) }
        let step = Decimal(digits: factor, exponent: exponent).value
        let first = Int((range.lowerBound / step + Self.tolerance).rounded(.down))
        let last = max(Int((range.upperBound / step - Self.tolerance).rounded(.up)), first + 1)
        let numbers = (first...last).map { Decimal(digits: $0 * factor, exponent: exponent) }
        let scientific = exponent < -5 || numbers.contains { abs($0.value) >= 1e6 }
        ticks = numbers.map { Tick(value: $0.value, label: scientific ? $0.scientific : $0.plain) }
    }

    /// The range from the first tick to the last.
    var range: ClosedRange<Double> {
        (ticks.first?.value ?? 0)...(ticks.last?.value ?? 1)
    }

    /// A range in which floating-point numbers can be told apart, even if all values are the same.
    private static func widened(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
        let size = max(abs(range.lowerBound), abs(range.upperBound))
        guard range.upperBound - range.lowerBound <= max(size * 1e-9, 1e-300) else { return range }
        let margin = size < 1e-290 ? 1 : size * 0.1
        return (range.lowerBound - margin)...(range.upperBound + margin)
    }

    /// The part of a step that does not count, lest a rounding error cost a tick.
    private static let tolerance = 1e-9

    private static func step(atLeast length: Double) -> (factor: Int, exponent: Int) {
        let minimum = length * (1 - tolerance)
        var exponent = 0
        while Decimal(digits: 1, exponent: exponent + 1).value <= minimum { exponent += 1 }
        while Decimal(digits: 1, exponent: exponent).value > minimum { exponent -= 1 }
        let factor = [1, 2, 5].first { Decimal(digits: $0, exponent: exponent).value >= minimum }
        return factor.map { ($0, exponent) } ?? (1, exponent + 1)
    }
}

/// An exact decimal number, so that tick labels show no rounding errors.
private struct Decimal {
    let digits: Int
    let exponent: Int

    var value: Double { Double("\(digits)e\(exponent)") ?? 0 }

    private var sign: String { digits < 0 ? "-" : "" }

    var plain: String {
        guard digits != 0 else { return "0" }
        let text = String(digits.magnitude)
        guard exponent < 0 else { return sign + text + String(repeating: "0", count: exponent) }
        let padded = String(repeating: "0", count: max(0, 1 - exponent - text.count)) + text
        return "\(sign)\(padded.dropLast(-exponent)).\(padded.suffix(-exponent))"
    }

    var scientific: String {
        guard digits != 0 else { return "0" }
        let text = String(digits.magnitude)
        var fraction = text.dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        let mantissa = text.prefix(1) + (fraction.isEmpty ? "" : "." + fraction)
        return "\(sign)\(mantissa)e\(exponent + text.count - 1)"
    }
}
