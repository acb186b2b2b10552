import AdjointRuntime
import CKernels

/// y with erf y = x; dy/dx = √π/2 e^(y²).
package struct InverseErrorFunction: UnaryElementwise {
    package static let name = "erfinv"
    package static let compiled = CompiledElementwise(InverseErrorFunction.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_ERFINV, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        0.886226925452758013649 * .apply(ADJ_OP_EXP, y * y)
    }
}

/// y = e^(x²) erfc x; dy/dx = 2xy − 2/√π.
package struct ScaledErrorFunction: UnaryElementwise {
    package static let name = "erfcx"
    package static let compiled = CompiledElementwise(ScaledErrorFunction.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_ERFCX, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { 2 * x * y - 1.12837916709551257390 }
}

/// y = Φ(x), the distribution function of the standard normal distribution; dy/dx = e^(−x²/2)/√(2π).
package struct NormalDistribution: UnaryElementwise {
    package static let name = "ndtr"
    package static let compiled = CompiledElementwise(NormalDistribution.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { 0.5 * .apply(ADJ_OP_ERFC, -0.707106781186547524401 * x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        0.398942280401432677940 * .apply(ADJ_OP_EXP, -0.5 * (x * x))
    }
}

/// y with Φ(y) = x; dy/dx = √(2π) e^(y²/2).
package struct NormalQuantile: UnaryElementwise {
    package static let name = "ndtri"
    package static let compiled = CompiledElementwise(NormalQuantile.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_NDTRI, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        2.50662827463100050242 * .apply(ADJ_OP_EXP, 0.5 * (y * y))
    }
}

/// y = ln Φ(x), by erfcx below −1 so that it does not underflow; dy/dx = φ(x)/Φ(x).
package struct LogNormalDistribution: UnaryElementwise {
    package static let name = "log_ndtr"
    package static let compiled = CompiledElementwise(LogNormalDistribution.self)
    package static let needsFloatingPoint = true

    package static func value(_ x: Element) -> Element {
        let u = 0.707106781186547524401 * x
        let below = Element.apply(ADJ_OP_LOG, 0.5 * .apply(ADJ_OP_ERFCX, -u)) - 0.5 * (x * x)
        return .select(x .< -1, below, .apply(ADJ_OP_LOG1P, -0.5 * .apply(ADJ_OP_ERFC, u)))
    }

    package static func derivative(_ x: Element, _ y: Element) -> Element {
        let below = 0.797884560802865355880 / Element.apply(ADJ_OP_ERFCX, -0.707106781186547524401 * x)
        let above = 0.398942280401432677940 * Element.apply(ADJ_OP_EXP, -0.5 * (x * x) - y)
        return .select(x .< -1, below, above)
    }
}
