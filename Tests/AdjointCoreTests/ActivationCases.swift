import AdjointCore
import Foundation

private func logistic(_ x: Double) -> Double { 1 / (1 + Foundation.exp(-x)) }
private func softplus(_ x: Double) -> Double { Foundation.log1p(Foundation.exp(x)) }
private func mishSlope(_ x: Double) -> Double {
    let t = Foundation.tanh(softplus(x))
    return t + x * (1 - t * t) * logistic(x)
}
private let scale = 1.0507009873554804934
private let alpha = 1.6732632423543772848

/// Activations in closed form, with the pieces of piecewise ones apart.
let activationCases: [UnaryCase] = [
    UnaryCase("mish", -4...4, { $0.mish() }, { $0 * Foundation.tanh(softplus($0)) }, mishSlope),
    UnaryCase(
        "softsign", -4...4, { $0.softsign() }, { $0 / (1 + Swift.abs($0)) },
        { 1 / ((1 + Swift.abs($0)) * (1 + Swift.abs($0))) }),
    UnaryCase(
        "softplus of 3x", -1...0.06, { $0.softplus(beta: 3, threshold: 0.2) }, { softplus(3 * $0) / 3 },
        { logistic(3 * $0) }),
    UnaryCase("softplus above", 0.1...2, { $0.softplus(beta: 3, threshold: 0.2) }, { $0 }, { _ in 1 }),
    UnaryCase(
        "celu", -2 ... -0.1, { $0.celu(alpha: 1.5) }, { 1.5 * Foundation.expm1($0 / 1.5) },
        { Foundation.exp($0 / 1.5) }),
    UnaryCase("celu above 0", 0.1...2, { $0.celu() }, { $0 }, { _ in 1 }),
    UnaryCase(
        "selu", -2 ... -0.1, { $0.selu() }, { scale * alpha * Foundation.expm1($0) },
        { scale * alpha * Foundation.exp($0) }),
    UnaryCase("selu above 0", 0.1...2, { $0.selu() }, { scale * $0 }, { _ in scale }),
    UnaryCase("relu6", 0.1...5.9, { $0.relu6() }, { $0 }, { _ in 1 }),
    UnaryCase("hardTanh", -0.9...0.9, { $0.hardTanh() }, { $0 }, { _ in 1 }),
    UnaryCase("hardTanh below", -3 ... -1.1, { $0.hardTanh() }, { _ in -1 }, { _ in 0 }),
    UnaryCase("hardSigmoid", -2.9...2.9, { $0.hardSigmoid() }, { ($0 + 3) / 6 }, { _ in 1.0 / 6 }),
    UnaryCase("hardSwish", -2.9...2.9, { $0.hardSwish() }, { $0 * ($0 + 3) / 6 }, { $0 / 3 + 0.5 }),
    UnaryCase("hardSwish above", 3.1...5, { $0.hardSwish() }, { $0 }, { _ in 1 }),
    UnaryCase("hardShrink", 0.6...2, { $0.hardShrink() }, { $0 }, { _ in 1 }),
    UnaryCase("softShrink", 0.6...2, { $0.softShrink() }, { $0 - 0.5 }, { _ in 1 }),
    UnaryCase("softShrink below", -2 ... -0.6, { $0.softShrink() }, { $0 + 0.5 }, { _ in 1 }),
    UnaryCase("softShrink inside", -0.4...0.4, { $0.softShrink() }, { _ in 0 }, { _ in 0 }),
    UnaryCase(
        "tanhShrink", -2...2, { $0.tanhShrink() }, { $0 - Foundation.tanh($0) },
        { Foundation.tanh($0) * Foundation.tanh($0) }),
    UnaryCase("threshold", 0.6...2, { $0.threshold(0.5, -7.0) }, { $0 }, { _ in 1 }),
    UnaryCase("threshold below", -2...0.4, { $0.threshold(0.5, -7.0) }, { _ in -7 }, { _ in 0 }),
    UnaryCase("frac", 0.1...0.9, { ($0 - 3).frac() }, { $0 - 1 }, { _ in 1 }),
    UnaryCase("deg2rad", -90...90, { $0.deg2rad() }, { $0 * .pi / 180 }, { _ in .pi / 180 }),
    UnaryCase("rad2deg", -2...2, { $0.rad2deg() }, { $0 * 180 / .pi }, { _ in 180 / .pi }),
    UnaryCase(
        "round to hundredths", -2...2, { $0.round(decimals: 2) }, { ($0 * 100).rounded(.toNearestOrEven) / 100 },
        { _ in 0 }),
]
