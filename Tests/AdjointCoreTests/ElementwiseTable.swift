import AdjointCore
import AdjointRuntime
import AdjointTesting
import Foundation
import Testing

/// A function of one number, with an independent closed form of itself and of its derivative.
struct UnaryCase: Sendable, CustomTestStringConvertible {
    let name: String
    let domain: ClosedRange<Double>
    let apply: @Sendable (Tensor) -> Tensor
    let value: @Sendable (Double) -> Double
    let slope: @Sendable (Double) -> Double
    var testDescription: String { name }

    init(
        _ name: String, _ domain: ClosedRange<Double>, _ apply: @escaping @Sendable (Tensor) -> Tensor,
        _ value: @escaping @Sendable (Double) -> Double, _ slope: @escaping @Sendable (Double) -> Double
    ) {
        self.name = name
        self.domain = domain
        self.apply = apply
        self.value = value
        self.slope = slope
    }
}

private let ln2 = 0.693147180559945309417
private let ln10 = 2.302585092994045684018
private func logistic(_ x: Double) -> Double { 1 / (1 + Foundation.exp(-x)) }
private func normalDensity(_ x: Double) -> Double { Foundation.exp(-x * x / 2) / Foundation.sqrt(2 * .pi) }
private func normalCDF(_ x: Double) -> Double { 0.5 * Foundation.erfc(-x / Foundation.sqrt(2)) }
private func tanhGELU(_ x: Double) -> Double {
    0.5 * x * (1 + Foundation.tanh(Foundation.sqrt(2 / .pi) * (x + 0.044715 * x * x * x)))
}

private let exponentials: [UnaryCase] = [
    UnaryCase("exp", -3...3, { $0.exp() }, { Foundation.exp($0) }, { Foundation.exp($0) }),
    UnaryCase("exp2", -3...3, { $0.exp2() }, { Foundation.exp2($0) }, { Foundation.exp2($0) * ln2 }),
    UnaryCase("expm1", -1...1, { $0.expm1() }, { Foundation.expm1($0) }, { Foundation.exp($0) }),
    UnaryCase("log", 0.1...5, { $0.log() }, { Foundation.log($0) }, { 1 / $0 }),
    UnaryCase("log2", 0.1...5, { $0.log2() }, { Foundation.log2($0) }, { 1 / ($0 * ln2) }),
    UnaryCase("log10", 0.1...5, { $0.log10() }, { Foundation.log10($0) }, { 1 / ($0 * ln10) }),
    UnaryCase("log1p", -0.8...3, { $0.log1p() }, { Foundation.log1p($0) }, { 1 / (1 + $0) }),
    UnaryCase("sqrt", 0.1...5, { $0.sqrt() }, { Foundation.sqrt($0) }, { 0.5 / Foundation.sqrt($0) }),
    UnaryCase(
        "rsqrt", 0.1...5, { $0.rsqrt() }, { 1 / Foundation.sqrt($0) }, { -0.5 / ($0 * Foundation.sqrt($0)) }),
    UnaryCase("reciprocal", 0.3...4, { $0.reciprocal() }, { 1 / $0 }, { -1 / ($0 * $0) }),
    UnaryCase("square", -3...3, { $0.square() }, { $0 * $0 }, { 2 * $0 }),
]

private let trigonometry: [UnaryCase] = [
    UnaryCase("sin", -4...4, { $0.sin() }, { Foundation.sin($0) }, { Foundation.cos($0) }),
    UnaryCase("cos", -4...4, { $0.cos() }, { Foundation.cos($0) }, { -Foundation.sin($0) }),
    UnaryCase(
        "tan", -1.2...1.2, { $0.tan() }, { Foundation.tan($0) }, { 1 / (Foundation.cos($0) * Foundation.cos($0)) }),
    UnaryCase("asin", -0.9...0.9, { $0.asin() }, { Foundation.asin($0) }, { 1 / Foundation.sqrt(1 - $0 * $0) }),
    UnaryCase("acos", -0.9...0.9, { $0.acos() }, { Foundation.acos($0) }, { -1 / Foundation.sqrt(1 - $0 * $0) }),
    UnaryCase("atan", -3...3, { $0.atan() }, { Foundation.atan($0) }, { 1 / (1 + $0 * $0) }),
    UnaryCase("sinh", -2...2, { $0.sinh() }, { Foundation.sinh($0) }, { Foundation.cosh($0) }),
    UnaryCase("cosh", -2...2, { $0.cosh() }, { Foundation.cosh($0) }, { Foundation.sinh($0) }),
    UnaryCase(
        "tanh", -2...2, { $0.tanh() }, { Foundation.tanh($0) }, { 1 / (Foundation.cosh($0) * Foundation.cosh($0)) }),
    UnaryCase("asinh", -3...3, { $0.asinh() }, { Foundation.asinh($0) }, { 1 / Foundation.sqrt(1 + $0 * $0) }),
    UnaryCase("acosh", 1.2...4, { $0.acosh() }, { Foundation.acosh($0) }, { 1 / Foundation.sqrt($0 * $0 - 1) }),
    UnaryCase("atanh", -0.9...0.9, { $0.atanh() }, { Foundation.atanh($0) }, { 1 / (1 - $0 * $0) }),
]

private let activations: [UnaryCase] = [
    UnaryCase("sigmoid", -4...4, { $0.sigmoid() }, logistic, { logistic($0) * logistic(-$0) }),
    UnaryCase("softplus", -4...4, { $0.softplus() }, { Foundation.log1p(Foundation.exp($0)) }, logistic),
    UnaryCase(
        "logSigmoid", -4...4, { $0.logSigmoid() }, { -Foundation.log1p(Foundation.exp(-$0)) }, { logistic(-$0) }),
    UnaryCase(
        "silu", -4...4, { $0.silu() }, { $0 * logistic($0) }, { logistic($0) * (1 + $0 * logistic(-$0)) }),
    UnaryCase(
        "erf", -2...2, { $0.erf() }, { Foundation.erf($0) },
        { 2 / Foundation.sqrt(.pi) * Foundation.exp(-$0 * $0) }),
    UnaryCase(
        "erfc", -2...2, { $0.erfc() }, { Foundation.erfc($0) },
        { -2 / Foundation.sqrt(.pi) * Foundation.exp(-$0 * $0) }),
    UnaryCase(
        "gelu", -3...3, { $0.gelu() }, { $0 * normalCDF($0) }, { normalCDF($0) + $0 * normalDensity($0) }),
    UnaryCase(
        "gelu tanh", -3...3, { $0.gelu(approximate: true) }, tanhGELU,
        { (tanhGELU($0 + 1e-5) - tanhGELU($0 - 1e-5)) / 2e-5 }),
    UnaryCase("relu", 0.1...2, { $0.relu() }, { max($0, 0) }, { _ in 1 }),
    UnaryCase("relu below 0", -2 ... -0.1, { $0.relu() }, { max($0, 0) }, { _ in 0 }),
    UnaryCase("leakyRelu", -2 ... -0.1, { $0.leakyRelu(slope: 0.2) }, { 0.2 * $0 }, { _ in 0.2 }),
    UnaryCase("leakyRelu above 0", 0.1...2, { $0.leakyRelu() }, { $0 }, { _ in 1 }),
    UnaryCase(
        "elu", -2 ... -0.1, { $0.elu(alpha: 1.5) }, { 1.5 * Foundation.expm1($0) }, { 1.5 * Foundation.exp($0) }),
    UnaryCase("elu above 0", 0.1...2, { $0.elu() }, { $0 }, { _ in 1 }),
]

private let piecewise: [UnaryCase] = [
    UnaryCase("neg", -2...2, { -$0 }, { -$0 }, { _ in -1 }),
    UnaryCase("abs", 0.1...2, { $0.abs() }, { $0 }, { _ in 1 }),
    UnaryCase("abs below 0", -2 ... -0.1, { $0.abs() }, { -$0 }, { _ in -1 }),
    UnaryCase("sign", -2 ... -0.1, { $0.sign() }, { _ in -1 }, { _ in 0 }),
    UnaryCase("floor", 0.1...0.9, { ($0 * 5 + 0.05).floor() }, { ($0 * 5 + 0.05).rounded(.down) }, { _ in 0 }),
    UnaryCase("ceil", -2...2, { $0.ceil() }, { $0.rounded(.up) }, { _ in 0 }),
    UnaryCase("round", -2...2, { $0.round() }, { $0.rounded(.toNearestOrEven) }, { _ in 0 }),
    UnaryCase("trunc", -2...2, { $0.trunc() }, { $0.rounded(.towardZero) }, { _ in 0 }),
    UnaryCase("clamp inside", -0.9...0.9, { $0.clamp(min: -1, max: 1) }, { $0 }, { _ in 1 }),
    UnaryCase("clamp above", 1.1...3, { $0.clamp(min: -1, max: 1) }, { _ in 1 }, { _ in 0 }),
    UnaryCase("clamp below", -3 ... -1.1, { $0.clamp(min: -1.0) }, { _ in -1 }, { _ in 0 }),
    UnaryCase("pow 2", -3...3, { $0.pow(2) }, { $0 * $0 }, { 2 * $0 }),
    UnaryCase("pow 3", -3...3, { $0.pow(3) }, { $0 * $0 * $0 }, { 3 * $0 * $0 }),
    UnaryCase(
        "pow 2.5", 0.1...3, { $0.pow(2.5) }, { Foundation.pow($0, 2.5) }, { 2.5 * Foundation.pow($0, 1.5) }),
    UnaryCase("pow -1", 0.3...3, { $0.pow(-1) }, { 1 / $0 }, { -1 / ($0 * $0) }),
    UnaryCase("pow 0", 0.3...3, { $0.pow(0) }, { _ in 1 }, { _ in 0 }),
    UnaryCase("pow 1", -3...3, { $0.pow(1) }, { $0 }, { _ in 1 }),
]

private let numberOperands: [UnaryCase] = [
    UnaryCase("x + 2.5", -3...3, { $0 + 2.5 }, { $0 + 2.5 }, { _ in 1 }),
    UnaryCase("2 + x", -3...3, { 2 + $0 }, { $0 + 2 }, { _ in 1 }),
    UnaryCase("x - 2.5", -3...3, { $0 - 2.5 }, { $0 - 2.5 }, { _ in 1 }),
    UnaryCase("2 - x", -3...3, { 2 - $0 }, { 2 - $0 }, { _ in -1 }),
    UnaryCase("x * 3", -3...3, { $0 * 3 }, { $0 * 3 }, { _ in 3 }),
    UnaryCase("-1.5 * x", -3...3, { -1.5 * $0 }, { -1.5 * $0 }, { _ in -1.5 }),
    UnaryCase("x / 4", -3...3, { $0 / 4 }, { $0 / 4 }, { _ in 0.25 }),
    UnaryCase("3 / x", 0.5...3, { 3 / $0 }, { 3 / $0 }, { -3 / ($0 * $0) }),
    UnaryCase(
        "remainder 0.7", 0.75...1.35, { $0.remainder(0.7) }, { $0 - 0.7 * ($0 / 0.7).rounded(.down) }, { _ in 1 }),
    UnaryCase("maximum 0.5", 0.6...3, { maximum($0, 0.5) }, { $0 }, { _ in 1 }),
    UnaryCase("minimum 0.5", 0.6...3, { minimum($0, 0.5) }, { _ in 0.5 }, { _ in 0 }),
]

let unaryCases: [UnaryCase] =
    exponentials + trigonometry + activations + activationCases + piecewise + numberOperands

@Suite struct UnaryFunctionTests {
    private static let points = 23

    private func inputs(_ entry: UnaryCase) -> [Double] {
        // Inside the domain and off the kinks of round and trunc at halves and whole numbers.
        var source = Numbers(7)
        return source.array(Self.points, in: entry.domain).map { x in
            let nearest = (x * 2).rounded() / 2
            return Swift.abs(x - nearest) < 1e-3 ? x + 2e-3 : x
        }
    }

    @Test func theTableIsWhole() {
        #expect(unaryCases.count == 90)
        #expect(Set(unaryCases.map(\.name)).count == unaryCases.count)
    }

    @Test(arguments: unaryCases) func valueAndSlopeAreTheClosedForms(_ entry: UnaryCase) {
        let x = inputs(entry)
        let leaf = Tensor(x).requiringGrad()
        let y = entry.apply(leaf)
        expect(y, Shape(checking: [x.count])!, x.map(entry.value), dtype: .float64, tolerance: 1e-13)
        guard y.requiresGrad else { return }
        y.sum().backward()
        // One closed form is a difference quotient.
        let tolerance = entry.name == "gelu tanh" ? 1e-9 : 1e-12
        if let gradient = leaf.grad {
            expect(gradient, leaf.shape, x.map(entry.slope), dtype: .float64, tolerance: tolerance)
        } else {
            #expect(x.allSatisfy { entry.slope($0) == 0 }, "no gradient arrived")
        }
    }

    @Test(arguments: unaryCases) func float32IsTheRoundedDouble(_ entry: UnaryCase) {
        let x = inputs(entry).map { Float($0) }
        let leaf = Tensor(x).requiringGrad()
        let y = entry.apply(leaf)
        expect(y, leaf.shape, x.map { entry.value(Double($0)) }, dtype: .float32, tolerance: 2e-6)
        y.sum().backward()
        guard let gradient = leaf.grad else { return }
        expect(gradient, leaf.shape, x.map { entry.slope(Double($0)) }, dtype: .float32, tolerance: 5e-6)
    }

    @Test(arguments: unaryCases) func derivativesOfBothModesAndOrdersAgreeWithDifferences(_ entry: UnaryCase) throws {
        try gradientCheck({ entry.apply($0[0]) }, at: [Tensor(inputs(entry))], order: 2)
    }

    @Test(arguments: unaryCases) func anyLayoutGivesTheSame(_ entry: UnaryCase) {
        let x = Tensor(Array(inputs(entry).prefix(20)), shape: [4, 5])
        let expected = entry.apply(x)
        let slopes = weightedGradient(entry.apply, at: x)
        let layouts: [(String, (Tensor) -> Tensor)] = [
            ("transposed", { ($0.T * 1).T }),
            ("strided", { stack([$0, $0 * 0 + 1], axis: -1)[.ellipsis, 0] }),
            ("backwards", { $0.flipped().reshaped(4, 5).flipped() }),
        ]
        for (name, layout) in layouts {
            let y = entry.apply(layout(x))
            #expect(y.shape == expected.shape && isClose(y.doubles, expected.doubles, 1e-15), "\(name)")
            #expect(isClose(weightedGradient({ entry.apply(layout($0)) }, at: x), slopes, 1e-15), "\(name)")
        }
        let row = x[0]
        let broadcast = entry.apply(row.broadcast(to: [3, 5]))
        #expect(
            isClose(broadcast.doubles, [[Double]](repeating: entry.apply(row).doubles, count: 3).flatMap { $0 }, 1e-15))
    }

    @Test(arguments: unaryCases) func scalarsAndEmptyTensorsHaveTheirShapes(_ entry: UnaryCase) {
        let number = inputs(entry)[0]
        let scalar = Tensor(number, dtype: .float64).requiringGrad()
        expect(entry.apply(scalar), [], [entry.value(number)], dtype: .float64, tolerance: 1e-13)
        let y = entry.apply(scalar)
        if y.requiresGrad { #expect(gradients(of: [y], withRespectTo: [scalar], unused: .zero)[0].shape == []) }
        let empty = Tensor.zeros(2, 0, 3, dtype: .float64).requiringGrad()
        let nothing = entry.apply(empty)
        #expect(nothing.shape == [2, 0, 3] && nothing.dtype == .float64 && nothing.doubles.isEmpty)
        if nothing.requiresGrad {
            nothing.sum().backward()
            #expect(empty.grad?.shape ?? [2, 0, 3] == [2, 0, 3])
        }
    }
}
