import AdjointRuntime
import CKernels

/// y = eˣ; dy/dx = y.
package struct Exponential: UnaryElementwise {
    package static let name = "exp"
    package static let compiled = CompiledElementwise(Exponential.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_EXP, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { y }
}

/// y = 2ˣ; dy/dx = y ln 2.
package struct Exponential2: UnaryElementwise {
    package static let name = "exp2"
    package static let compiled = CompiledElementwise(Exponential2.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_EXP2, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { y * 0.693147180559945309417 }
}

/// y = eˣ − 1; dy/dx = y + 1.
package struct Exponential1m: UnaryElementwise {
    package static let name = "expm1"
    package static let compiled = CompiledElementwise(Exponential1m.self)
    package static let needsFloatingPoint = true
    package init() {}
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_EXPM1, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { y + 1 }
}

/// y = ln x; dy/dx = 1/x, NaN for x < 0.
package struct Logarithm: UnaryElementwise {
    package static let name = "log"
    package static let compiled = CompiledElementwise(Logarithm.self)
    package static let needsFloatingPoint = true
    private static let pytorch = CompiledElementwise(Logarithm.self) { x, _ in 1 / x }
    let convention = SubgradientConvention.current
    package var programs: CompiledElementwise { convention == .pytorch ? Self.pytorch : Self.compiled }
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_LOG, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { .select(x .< 0, Element(.nan), 1 / x) }
}

/// y = log₂ x; dy/dx = 1/(x ln 2), NaN for x < 0.
package struct Logarithm2: UnaryElementwise {
    package static let name = "log2"
    package static let compiled = CompiledElementwise(Logarithm2.self)
    package static let needsFloatingPoint = true
    private static let pytorch = CompiledElementwise(Logarithm2.self) { x, _ in 1.44269504088896340736 / x }
    let convention = SubgradientConvention.current
    package var programs: CompiledElementwise { convention == .pytorch ? Self.pytorch : Self.compiled }
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_LOG2, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        .select(x .< 0, Element(.nan), 1.44269504088896340736 / x)
    }
}

/// y = log₁₀ x; dy/dx = 1/(x ln 10), NaN for x < 0.
package struct Logarithm10: UnaryElementwise {
    package static let name = "log10"
    package static let compiled = CompiledElementwise(Logarithm10.self)
    package static let needsFloatingPoint = true
    private static let pytorch = CompiledElementwise(Logarithm10.self) { x, _ in 0.434294481903251827651 / x }
    let convention = SubgradientConvention.current
    package var programs: CompiledElementwise { convention == .pytorch ? Self.pytorch : Self.compiled }
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_LOG10, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        .select(x .< 0, Element(.nan), 0.434294481903251827651 / x)
    }
}

/// y = ln(1 + x); dy/dx = 1/(1 + x), NaN for x < −1.
package struct Logarithm1p: UnaryElementwise {
    package static let name = "log1p"
    package static let compiled = CompiledElementwise(Logarithm1p.self)
    package static let needsFloatingPoint = true
    private static let pytorch = CompiledElementwise(Logarithm1p.self) { x, _ in 1 / (1 + x) }
    let convention = SubgradientConvention.current
    package var programs: CompiledElementwise { convention == .pytorch ? Self.pytorch : Self.compiled }
    package init() {}
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_LOG1P, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        .select(x .< -1, Element(.nan), 1 / (1 + x))
    }
}

/// y = √x; dy/dx = 1/(2y).
package struct SquareRoot: UnaryElementwise {
    package static let name = "sqrt"
    package static let compiled = CompiledElementwise(SquareRoot.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_SQRT, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { 0.5 / y }
}

/// y = 1/√x; dy/dx = −y³/2.
package struct ReciprocalSquareRoot: UnaryElementwise {
    package static let name = "rsqrt"
    package static let compiled = CompiledElementwise(ReciprocalSquareRoot.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_RSQRT, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { -0.5 * (y * (y * y)) }
}

/// z = xʸ; ∂z/∂x = y xʸ⁻¹ (0 where y is 0), ∂z/∂y = z ln x (0 where x is 0 and y ≥ 0).
package struct Power: BinaryElementwise {
    package static let name = "pow"
    package static let compiled = CompiledElementwise(Power.self)
    package static let withNumber = NumberPrograms(Power.self)
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_POW, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (
            .select(
                .apply(ADJ_OP_AND, y .== 0, .apply(ADJ_OP_NOT, .apply(ADJ_OP_ABS, x) .> 0)), 0,
                y * .apply(ADJ_OP_POW, x, y - 1)),
            .select(.apply(ADJ_OP_AND, x .== 0, y .>= 0), 0, z * .apply(ADJ_OP_LOG, x))
        )
    }
}
