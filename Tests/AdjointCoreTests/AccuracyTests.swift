import AdjointCore
import Foundation
import Testing

#if arch(x86_64)
private typealias Wide = Float80
#else
private typealias Wide = Double
#endif

/// An elementary function and the largest error of its values, in units in the last place (ulp), that it may have.
private struct AccuracyCase: Sendable, CustomTestStringConvertible {
    let name: String
    let apply: @Sendable (Tensor) -> Tensor
    let reference: @Sendable (Wide) -> Wide
    let single: Double
    let double: Double
    var testDescription: String { name }

    init(
        _ name: String, _ single: Double, _ double: Double, _ apply: @escaping @Sendable (Tensor) -> Tensor,
        _ reference: @escaping @Sendable (Wide) -> Wide
    ) {
        self.name = name
        self.apply = apply
        self.reference = reference
        self.single = single
        self.double = double
    }
}

private let accuracyCases: [AccuracyCase] = [
    AccuracyCase("exp", 1.02, 1, { $0.exp() }, { Foundation.exp($0) }),
    AccuracyCase("exp2", 0.51, 1.1, { $0.exp2() }, { Foundation.exp2($0) }),
    AccuracyCase("expm1", 0.51, 2, { $0.expm1() }, { Foundation.expm1($0) }),
    AccuracyCase("log", 0.51, 1, { $0.log() }, { Foundation.log($0) }),
    AccuracyCase("log2", 0.51, 1, { $0.log2() }, { Foundation.log2($0) }),
    AccuracyCase("log10", 0.51, 1, { $0.log10() }, { Foundation.log10($0) }),
    AccuracyCase("log1p", 0.51, 1, { $0.log1p() }, { Foundation.log1p($0) }),
    AccuracyCase("sqrt", 0.5, 0.5, { $0.sqrt() }, { $0.squareRoot() }),
    AccuracyCase("rsqrt", 0.51, 2, { $0.rsqrt() }, { 1 / $0.squareRoot() }),
    AccuracyCase("reciprocal", 0.5, 0.5, { $0.reciprocal() }, { 1 / $0 }),
    AccuracyCase("sin", 0.51, 1, { $0.sin() }, { Foundation.sin($0) }),
    AccuracyCase("cos", 0.51, 1, { $0.cos() }, { Foundation.cos($0) }),
    AccuracyCase("tan", 0.51, 1, { $0.tan() }, { Foundation.tan($0) }),
    AccuracyCase("asin", 0.51, 1, { $0.asin() }, { Foundation.asin($0) }),
    AccuracyCase("acos", 0.51, 1, { $0.acos() }, { Foundation.acos($0) }),
    AccuracyCase("atan", 0.51, 1, { $0.atan() }, { Foundation.atan($0) }),
    AccuracyCase("sinh", 0.51, 2, { $0.sinh() }, { Foundation.sinh($0) }),
    AccuracyCase("cosh", 0.51, 2, { $0.cosh() }, { Foundation.cosh($0) }),
    AccuracyCase("tanh", 1.05, 2, { $0.tanh() }, { Foundation.tanh($0) }),
    AccuracyCase("asinh", 0.51, 2, { $0.asinh() }, { Foundation.asinh($0) }),
    AccuracyCase("acosh", 0.51, 2, { $0.acosh() }, { Foundation.acosh($0) }),
    AccuracyCase("atanh", 0.51, 2, { $0.atanh() }, { Foundation.atanh($0) }),
    AccuracyCase("erf", 0.51, 1, { $0.erf() }, { Foundation.erf($0) }),
    AccuracyCase("erfc", 0.51, 3, { $0.erfc() }, { Foundation.erfc($0) }),
    AccuracyCase(
        "sigmoid", 2.4, 2, { $0.sigmoid() },
        { $0 < 0 ? Foundation.exp($0) / (1 + Foundation.exp($0)) : 1 / (1 + Foundation.exp(-$0)) }),
    AccuracyCase("softplus", 1.6, 2, { $0.softplus() }, { max($0, 0) + Foundation.log1p(Foundation.exp(-abs($0))) }),
]

/// Errors over the whole range of a type: every so-manieth bit pattern, denormal numbers, zeros, infinities and NaN among them.
///
/// `make accuracy` takes them denser and prints the table of docs/performance.md.
@Suite struct AccuracyTests {
    private static let density = ProcessInfo.processInfo.environment["ADJOINT_ACCURACY"].flatMap { Int($0) }
    private static let samples = density ?? 40_000

    private static let edges: [Double] = [
        0, -0.0, 1, -1, 0.5, -0.5, 0.8, 88.72, 88.73, -87.33, -103.97, -104, 709.78, 709.79, -708.4, -745.13, -745.14,
        10, 1e6,
        1_000_001, .infinity, -.infinity, .nan, 1e-45, -1e-45, 1.17e-38, .leastNonzeroMagnitude,
        .leastNormalMagnitude / 2, 3.4e38, 1.7e308,
    ]

    @Test(arguments: accuracyCases) fileprivate func errorsStayWithinTheirBound(_ test: AccuracyCase) {
        let step = UInt32.max / UInt32(clamping: Self.samples) | 1
        let near = (0..<Self.samples).flatMap { index -> [Double] in
            let place = (Double(index) + 0.5) / Double(Self.samples) * 2 - 1
            return [8 * place, 750 * place]
        }
        let singles =
            (Self.edges + near).map { Float($0) }
            + stride(from: 0, to: UInt32.max - step, by: Int(step)).map { Float(bitPattern: $0) }
        let single = worst(singles, test.apply(Tensor(singles)).floats, test)
        #expect(single.ulp <= test.single, "float32 at \(single.at)")
        let wideStep = UInt64.max / UInt64(Self.samples) | 1
        let doubles = Self.edges + near + (0..<UInt64(Self.samples)).map { Double(bitPattern: $0 &* wideStep) }
        let double = worst(doubles, test.apply(Tensor(doubles)).doubles, test)
        #if arch(x86_64)
        #expect(double.ulp <= test.double, "float64 at \(double.at)")
        #endif
        if Self.density != nil {
            print("| `\(test.name)` | \(text(single.ulp)) | \(text(double.ulp)) |")
        }
    }

    private func text(_ ulp: Double) -> String { String(format: "%.2f", ulp) }

    private func worst<Number: BinaryFloatingPoint>(
        _ inputs: [Number], _ values: [Number], _ test: AccuracyCase
    ) -> (ulp: Double, at: Number) {
        var found: (ulp: Double, at: Number) = (0, 0)
        for (x, y) in zip(inputs, values) {
            let expected = test.reference(Wide(x))
            let error = error(y, expected)
            if error > found.ulp { found = (error, x) }
        }
        return found
    }

    /// The distance in units in the last place of the type; infinite where one is NaN, infinite, or a zero of another sign.
    private func error<Number: BinaryFloatingPoint>(_ y: Number, _ expected: Wide) -> Double {
        let nearest = Number(expected)
        if nearest.isNaN || y.isNaN { return nearest.isNaN && y.isNaN ? 0 : .infinity }
        if y == nearest {
            return y == 0 && y.sign != nearest.sign
                ? .infinity : Double(abs(Wide(y) - expected) / Wide(max(nearest.ulp, .leastNonzeroMagnitude)))
        }
        if y.isInfinite || nearest.isInfinite {
            // Next to the largest number a neighbour rounds to infinity.
            return min(y.magnitude, nearest.magnitude) >= .greatestFiniteMagnitude.nextDown ? 1 : .infinity
        }
        return Double(abs(Wide(y) - expected) / Wide(nearest.ulp))
    }
}
