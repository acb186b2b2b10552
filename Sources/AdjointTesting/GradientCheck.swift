import AdjointCore
import AdjointRuntime
import AdjointTransforms

/// The ways of differentiating that `gradientCheck` puts to the test.
public enum DerivativeModes: Sendable, Hashable {
    /// Reverse accumulation: `gradients(of:withRespectTo:)`.
    case reverse
    /// Forward accumulation: `jvp`.
    case forward
    /// Each of them, and that they are adjoint to each other: ⟨ȳ, J ẋ⟩ = ⟨Jᵀ ȳ, ẋ⟩.
    case both

    fileprivate var hasReverse: Bool { self != .forward }
    fileprivate var hasForward: Bool { self != .reverse }
}

/// Two values of one derivative that should agree and do not, at the place where they differ most.
public struct GradientCheckFailure: Error, Sendable, CustomStringConvertible {
    /// Which derivative was wrong, as in "reverse mode, order 1".
    public let derivative: String
    /// What the place belongs to, as in "input 0".
    public let subject: String
    /// The place of the worst element.
    public let index: [Int]
    /// The value that differentiation gave there.
    public let analytic: Double
    /// The value that differences of the function gave there.
    public let numeric: Double

    /// The derivative, the place and both values.
    public var description: String {
        "gradientCheck: \(derivative): \(subject) at \(index) is \(analytic), differences give \(numeric) "
            + "(off by \(Swift.abs(analytic - numeric)))"
    }
}

/// Checks the derivatives of `f` at a point against central differences, and against each other.
///
/// The function is contracted with fixed pseudo-random weights v, so that one scalar φ(x) = ⟨v, f(x)⟩ has all of the
/// Jacobian in its gradient. Reverse mode is compared with a central difference for each element of each input,
/// forward mode along pseudo-random tangents with the difference of each element of the output. At order 2 the same
/// is done with the gradient of φ in place of the function: reverse over reverse (`createGraph`) and forward over
/// reverse. The pseudo-random numbers are the same in each call.
///
///     try gradientCheck({ $0[0].matmul($0[1]).tanh() }, at: [a, b], order: 2)
///
/// - Parameters:
///   - f: a function with a floating-point result, differentiable in a neighbourhood of the inputs.
///   - inputs: the point, `float64` tensors.
///   - modes: what is checked; forward mode at order 2 also needs reverse mode, for the gradient.
///   - order: 1 for first derivatives, 2 for first and second ones.
///   - projections: compares reverse mode along so many pseudo-random directions in place of each element, which takes
///     two runs of `f` a direction; nil: 8 for points of more than 1000 elements, else none. Elements are looked at one by one
///     only to find the worst of them when a direction fails.
///   - epsilon: the step of the differences, for elements up to 1; larger ones are stepped in proportion.
///   - relativeTolerance: the error allowed in proportion to the larger of the two values.
///   - absoluteTolerance: the error allowed besides.
/// - Throws: `GradientCheckFailure` for the worst element, or the `TensorError` of an operation that failed.
public func gradientCheck(
    _ f: ([Tensor]) -> Tensor, at inputs: [Tensor], modes: DerivativeModes = .both, order: Int = 1,
    projections: Int? = nil, epsilon: Double = 1e-6, relativeTolerance: Double = 1e-6, absoluteTolerance: Double = 1e-7
) throws {
    guard !inputs.isEmpty, inputs.allSatisfy({ $0.dtype == .float64 }), (1...2).contains(order) else {
        throw TensorError(
            inputs.isEmpty || !(1...2).contains(order) ? .argument : .dtype, "gradientCheck",
            "order \(order) at inputs of types \(inputs.map { "\($0.type)" }.joined(separator: ", "))",
            "give float64 inputs, at least one, and order 1 or 2")
    }
    let point = inputs.map { $0.detach() }
    try checked {
        let y = f(point)
        var numbers = CheckNumbers()
        let weights = numbers.tensor(like: y)
        let check = DerivativeCheck(
            point: point, projections: projections ?? (point.reduce(0) { $0 + $1.count } > 1000 ? 8 : 0),
            epsilon: epsilon, relative: relativeTolerance, absolute: absoluteTolerance)

        try check.run("order 1", f, weights, modes, &numbers) { x in
            gradients(of: [f(x)], withRespectTo: x, seeds: [weights], unused: .zero)
        }
        guard order == 2 else { return }
        // The gradient of φ, each input's part flattened and put one after the other.
        func slope(_ x: [Tensor]) -> Tensor {
            let leaves = x.map { $0.requiresGrad ? $0 : $0.requiringGrad() }
            let output = f(leaves)
            guard output.requiresGrad else { return concatenate(x.map { Tensor.zeros(like: $0).flattened() }) }
            let parts = gradients(
                of: [output], withRespectTo: leaves, seeds: [weights], unused: .zero, createGraph: true)
            return concatenate(parts.map { $0.flattened() })
        }
        let slopeWeights = numbers.tensor(like: slope(point))
        try check.run("order 2", slope, slopeWeights, modes, &numbers) { x in
            let first = slope(x)
            guard first.requiresGrad else { return x.map { Tensor.zeros(like: $0) } }
            return gradients(of: [first], withRespectTo: x, seeds: [slopeWeights], unused: .zero)
        }
    }
}

/// One point at which derivatives are compared with differences.
private struct DerivativeCheck {
    let point: [Tensor]
    let projections: Int
    let epsilon: Double
    let relative: Double
    let absolute: Double

    func run(
        _ order: String, _ f: ([Tensor]) -> Tensor, _ weights: Tensor, _ modes: DerivativeModes,
        _ numbers: inout CheckNumbers, reverse: ([Tensor]) -> [Tensor]
    ) throws {
        var gradient: [Tensor] = []
        if modes.hasReverse {
            let leaves = point.map { $0.requiringGrad() }
            gradient = f(leaves).requiresGrad ? reverse(leaves) : point.map { Tensor.zeros(like: $0) }
            if projections > 0 {
                try compareProjections(order, f, weights, gradient, &numbers)
            } else {
                try compareGradient(order, f, weights, gradient)
            }
        }
        guard modes.hasForward else { return }
        for _ in 0..<2 {
            let tangents = point.map { numbers.tensor(like: $0) }
            let tangent = jvp(f, at: point, along: tangents).tangent.detach()
            try compareTangent(order, f, tangents, tangent)
            guard modes.hasReverse else { continue }
            let forward = Self.inner(weights, tangent)
            let backward = zip(gradient, tangents).reduce(0) { $0 + Self.inner($1.0, $1.1) }
            // Sums of many terms that may cancel: the tolerance is that of the terms.
            let size = zip(weights.doubles, tangent.doubles).reduce(0) { $0 + Swift.abs($1.0 * $1.1) }
            guard Swift.abs(forward - backward) <= 1e-10 * max(size, 1) else {
                throw GradientCheckFailure(
                    derivative: "forward against reverse mode, \(order)", subject: "⟨ȳ, J ẋ⟩ = ⟨Jᵀ ȳ, ẋ⟩", index: [],
                    analytic: forward, numeric: backward)
            }
        }
    }

    private func compareGradient(
        _ order: String, _ f: ([Tensor]) -> Tensor, _ weights: Tensor, _ gradient: [Tensor]
    ) throws {
        for (position, x) in point.enumerated() {
            let elements = x.doubles
            let numeric = elements.indices.map { index in
                let step = epsilon * max(Swift.abs(elements[index]), 1)
                func output(_ change: Double) -> Tensor {
                    var moved = elements
                    moved[index] += change
                    var inputs = point
                    inputs[position] = Tensor(moved, shape: x.shape.extents)
                    return f(inputs).detach()
                }
                let width = (elements[index] + step) - (elements[index] - step)
                return Self.inner(weights, output(step) - output(-step)) / width
            }
            try compare("reverse mode, \(order)", "input \(position)", x.shape, gradient[position], numeric)
        }
    }

    /// ⟨x̄, v⟩ against the difference of φ along v.
    private func compareProjections(
        _ order: String, _ f: ([Tensor]) -> Tensor, _ weights: Tensor, _ gradient: [Tensor],
        _ numbers: inout CheckNumbers
    ) throws {
        let largest = point.flatMap { $0.doubles.map { Swift.abs($0) } }.max() ?? 1
        let step = epsilon * max(largest, 1)
        for direction in 0..<projections {
            let vector = point.map { numbers.tensor(like: $0) }
            let above = f(zip(point, vector).map { $0 + $1 * step })
            let below = f(zip(point, vector).map { $0 - $1 * step })
            let numeric = Self.inner(weights, (above - below).detach()) / (2 * step)
            let terms = zip(gradient, vector).flatMap { zip($0.doubles, $1.doubles).map { $0 * $1 } }
            let analytic = terms.reduce(0, +)
            // The terms may cancel: the tolerance is that of their size.
            let size = terms.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let allowed = absolute + relative * max(size, Swift.abs(numeric))
            guard !(Swift.abs(analytic - numeric) <= allowed) else { continue }
            try compareGradient(order, f, weights, gradient)
            throw GradientCheckFailure(
                derivative: "reverse mode, \(order)", subject: "the derivative along direction \(direction)", index: [],
                analytic: analytic, numeric: numeric)
        }
    }

    private func compareTangent(
        _ order: String, _ f: ([Tensor]) -> Tensor, _ tangents: [Tensor], _ tangent: Tensor
    ) throws {
        let largest = point.flatMap { $0.doubles.map { Swift.abs($0) } }.max() ?? 1
        let step = epsilon * max(largest, 1)
        let above = f(zip(point, tangents).map { $0 + $1 * step })
        let below = f(zip(point, tangents).map { $0 - $1 * step })
        let numeric = ((above - below) / (2 * step)).detach()
        try compare("forward mode, \(order)", "the tangent of the result", numeric.shape, tangent, numeric.doubles)
    }

    private func compare(
        _ derivative: String, _ subject: String, _ shape: Shape, _ analytic: Tensor, _ numeric: [Double]
    ) throws {
        guard analytic.shape == shape else {
            throw TensorError(
                .shape, "gradientCheck", "\(derivative): \(subject) has shape \(analytic.shape), not \(shape)",
                "correct the derivative rule")
        }
        var worst: (excess: Double, index: Int)?
        let values = analytic.doubles
        for (index, (a, n)) in zip(values, numeric).enumerated() {
            let allowed = absolute + relative * max(Swift.abs(a), Swift.abs(n))
            // NaN is never within the tolerance.
            let excess = a.isFinite && n.isFinite ? Swift.abs(a - n) / allowed : a == n ? 0 : Double.infinity
            if excess > 1, excess > worst?.excess ?? 0 { worst = (excess, index) }
        }
        guard let worst else { return }
        var (rest, place) = (worst.index, [Int]())
        for extent in shape.extents.reversed() {
            place.insert(rest % extent, at: 0)
            rest /= extent
        }
        throw GradientCheckFailure(
            derivative: derivative, subject: subject, index: place, analytic: values[worst.index],
            numeric: numeric[worst.index])
    }

    private static func inner(_ x: Tensor, _ y: Tensor) -> Double {
        zip(x.doubles, y.doubles).reduce(0) { $0 + $1.0 * $1.1 }
    }
}

/// Pseudo-random weights away from 0, the same in each check: SplitMix64 of Steele, Lea and Flood, 2014.
private struct CheckNumbers {
    private var state: UInt64 = 0x5DEE_CE66

    private mutating func next() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        bits ^= bits >> 31
        let size = 0.5 + Double(bits >> 11) / Double(1 << 53)
        return bits & 1 == 0 ? size : -size
    }

    mutating func tensor(like other: Tensor) -> Tensor {
        Tensor((0..<other.count).map { _ in next() }, shape: other.shape.extents).to(other.dtype)
    }
}
