import AdjointRuntime
import CKernels

/// z = ln(eˣ + eʸ), without overflow; ∂z/∂x = 1/(1 + e^(y − x)), ∂z/∂y likewise, half each where both are the same infinity.
package struct LogAddExp: BinaryElementwise {
    package static let name = "logaddexp"
    package static let compiled = CompiledElementwise(LogAddExp.self)
    package static let withNumber = NumberPrograms(LogAddExp.self)
    package static let needsFloatingPoint = true
    private static let pytorch = CompiledElementwise(LogAddExp.self) { x, y, _ in
        (.apply(ADJ_OP_SIGMOID, x - y), .apply(ADJ_OP_SIGMOID, y - x))
    }
    let convention = SubgradientConvention.current
    package var programs: CompiledElementwise { convention == .pytorch ? Self.pytorch : Self.compiled }
    package static func value(_ x: Element, _ y: Element) -> Element {
        let rest = Element.apply(ADJ_OP_LOG1P, .apply(ADJ_OP_EXP, -.apply(ADJ_OP_ABS, x - y)))
        return .apply(ADJ_OP_MAX, x, y) + .select(sameInfinity(x, y), 0, rest)
    }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        let same = sameInfinity(x, y)
        return (
            .select(same, 0.5, .apply(ADJ_OP_SIGMOID, x - y)), .select(same, 0.5, .apply(ADJ_OP_SIGMOID, y - x))
        )
    }
}

/// z = log₂(2ˣ + 2ʸ), without overflow; ∂z/∂x = 1/(1 + 2^(y − x)), ∂z/∂y likewise, half each where both are the same infinity.
package struct LogAddExp2: BinaryElementwise {
    package static let name = "logaddexp2"
    package static let compiled = CompiledElementwise(LogAddExp2.self)
    package static let withNumber = NumberPrograms(LogAddExp2.self)
    package static let needsFloatingPoint = true
    private static let pytorch = CompiledElementwise(LogAddExp2.self) { x, y, _ in
        (
            .apply(ADJ_OP_SIGMOID, 0.693147180559945309417 * (x - y)),
            .apply(ADJ_OP_SIGMOID, 0.693147180559945309417 * (y - x))
        )
    }
    let convention = SubgradientConvention.current
    package var programs: CompiledElementwise { convention == .pytorch ? Self.pytorch : Self.compiled }
    package static func value(_ x: Element, _ y: Element) -> Element {
        let rest = Element.apply(ADJ_OP_LOG1P, .apply(ADJ_OP_EXP2, -.apply(ADJ_OP_ABS, x - y)))
        return .apply(ADJ_OP_MAX, x, y) + .select(sameInfinity(x, y), 0, 1.44269504088896340736 * rest)
    }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        let (same, ln2) = (sameInfinity(x, y), Element(0.693147180559945309417))
        return (
            .select(same, 0.5, .apply(ADJ_OP_SIGMOID, ln2 * (x - y))),
            .select(same, 0.5, .apply(ADJ_OP_SIGMOID, ln2 * (y - x)))
        )
    }
}

/// Whether both are infinite and equal: their difference is NaN.
private func sameInfinity(_ x: Element, _ y: Element) -> Element {
    .apply(ADJ_OP_AND, x .== y, .apply(ADJ_OP_ABS, x) .== Element(.infinity))
}

/// z = x ln y, 0 where x is 0; ∂z/∂x = ln y, ∂z/∂y = x/y; where x is 0, 0 for a y that has no logarithm.
package struct XLogY: BinaryElementwise {
    package static let name = "xlogy"
    package static let compiled = CompiledElementwise(XLogY.self)
    package static let withNumber = NumberPrograms(XLogY.self)
    package static let needsFloatingPoint = true
    private static let pytorch = CompiledElementwise(XLogY.self) { x, y, z in (partials(x, y, z).0, x / y) }
    let convention = SubgradientConvention.current
    package var programs: CompiledElementwise { convention == .pytorch ? Self.pytorch : Self.compiled }
    package static func value(_ x: Element, _ y: Element) -> Element {
        zeroUnlessNaN(x, y, x * .apply(ADJ_OP_LOG, y))
    }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        let outside = Element.apply(ADJ_OP_AND, x .== 0, y .<= 0)
        return (.select(outside, 0, .apply(ADJ_OP_LOG, y)), .select(outside, 0, x / y))
    }
}

/// z = x ln(1 + y), 0 where x is 0; ∂z/∂x = ln(1 + y), ∂z/∂y = x/(1 + y); where x is 0, 0 for a y that has no logarithm.
package struct XLog1pY: BinaryElementwise {
    package static let name = "xlog1py"
    package static let compiled = CompiledElementwise(XLog1pY.self)
    package static let withNumber = NumberPrograms(XLog1pY.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element, _ y: Element) -> Element {
        zeroUnlessNaN(x, y, x * .apply(ADJ_OP_LOG1P, y))
    }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        let outside = Element.apply(ADJ_OP_AND, x .== 0, y .<= -1)
        return (.select(outside, 0, .apply(ADJ_OP_LOG1P, y)), .select(outside, 0, x / (y + 1)))
    }
}

/// The product with a factor x that is 0 there, unless y is NaN.
private func zeroUnlessNaN(_ x: Element, _ y: Element, _ product: Element) -> Element {
    .select(.apply(ADJ_OP_AND, x .== 0, y .== y), 0, product)
}

/// y = −x ln x, the entropy; 0 at 0, −∞ below; dy/dx = −ln x − 1.
package struct Entropy: UnaryElementwise {
    package static let name = "entr"
    package static let compiled = CompiledElementwise(Entropy.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element {
        .select(x .== 0, 0, .select(x .< 0, Element(-.infinity), -x * .apply(ADJ_OP_LOG, x)))
    }
    /// Below 0, where the derivative is NaN, the second one goes on as −1/x.
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        let logarithm = Element.apply(ADJ_OP_LOG, .select(x .< 0, -x, x))
        return .select(x .< 0, Element(.nan), 0) - logarithm - 1
    }
}

/// y = ln(x/(1 − x)); dy/dx = 1/(x (1 − x)), NaN outside 0 ... 1.
package struct Logit: UnaryElementwise {
    package static let name = "logit"
    package static let compiled = CompiledElementwise(Logit.self)
    package static let isHolomorphic = false
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_LOG, x / (1 - x)) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        // x + 0 makes −0 the end of the domain that it is.
        .select(.apply(ADJ_OP_OR, x .< 0, x .> 1), Element(.nan), 1 / ((x + 0) * (1 - x)))
    }
}

/// y = ln(u/(1 − u)) of u = x limited to ε ... 1 − ε; dy/dx = 1/(x (1 − x)), 0 outside the limits.
package struct LimitedLogit: UnaryElementwise {
    package static let name = "logit"
    package static let compiled = CompiledElementwise(LimitedLogit.self)
    package static let needsFloatingPoint = true
    let low: Scalar
    let high: Scalar
    package var parameters: Parameters { Parameters(low, high) }
    package static func value(_ x: Element) -> Element {
        let u = Element.select(x .< .parameter(0), .parameter(0), .select(x .> .parameter(1), .parameter(1), x))
        return .apply(ADJ_OP_LOG, u / (1 - u))
    }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        .select(.apply(ADJ_OP_OR, x .< .parameter(0), x .> .parameter(1)), 0, 1 / (x * (1 - x)))
    }
}
