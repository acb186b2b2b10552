import AdjointRuntime
import CKernels

/// y = max(x, 0); dy/dx = 1 for x > 0, else 0.
package struct Rectified: UnaryElementwise {
    package static let name = "relu"
    package static let compiled = CompiledElementwise(Rectified.self)
    private static let pytorch = CompiledElementwise(Rectified.self) { x, _ in .select(x .<= 0, 0, 1) }
    let convention = SubgradientConvention.current
    package var programs: CompiledElementwise { convention == .pytorch ? Self.pytorch : Self.compiled }
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_MAX, x, 0) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { .select(x .> 0, 1, 0) }
}

/// y = 1/(1 + e⁻ˣ); dy/dx = y (1 − y).
package struct Sigmoid: UnaryElementwise {
    package static let name = "sigmoid"
    package static let compiled = CompiledElementwise(Sigmoid.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_SIGMOID, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { y * (1 - y) }
}

/// y = ln(1 + eˣ), computed as max(x, 0) + ln(1 + e^−|x|); dy/dx = sigmoid(x).
package struct Softplus: UnaryElementwise {
    package static let name = "softplus"
    package static let compiled = CompiledElementwise(Softplus.self)
    package static let needsFloatingPoint = true
    package init() {}
    package static func value(_ x: Element) -> Element {
        .apply(ADJ_OP_MAX, x, 0) + .apply(ADJ_OP_LOG1P, .apply(ADJ_OP_EXP, -.apply(ADJ_OP_ABS, x)))
    }
    package static func derivative(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_SIGMOID, x) }
}

/// y = ln sigmoid(x), computed as min(x, 0) − ln(1 + e^−|x|); dy/dx = sigmoid(−x).
package struct LogSigmoid: UnaryElementwise {
    package static let name = "log_sigmoid"
    package static let compiled = CompiledElementwise(LogSigmoid.self)
    package static let needsFloatingPoint = true
    package init() {}
    package static func value(_ x: Element) -> Element {
        .apply(ADJ_OP_MIN, x, 0) - .apply(ADJ_OP_LOG1P, .apply(ADJ_OP_EXP, -.apply(ADJ_OP_ABS, x)))
    }
    package static func derivative(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_SIGMOID, -x) }
}

/// y = x sigmoid(x); dy/dx = s (1 + x (1 − s)) with s = sigmoid(x).
package struct SiLU: UnaryElementwise {
    package static let name = "silu"
    package static let compiled = CompiledElementwise(SiLU.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { x * .apply(ADJ_OP_SIGMOID, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        let s = Element.apply(ADJ_OP_SIGMOID, x); return s * (1 + x * (1 - s))
    }
}

/// y = x Φ(x) with the normal distribution function Φ (Hendrycks and Gimpel 2016); dy/dx = Φ(x) + x φ(x).
package struct GELU: UnaryElementwise {
    package static let name = "gelu"
    package static let compiled = CompiledElementwise(GELU.self)
    package static let needsFloatingPoint = true

    private static func normalCDF(_ x: Element) -> Element {
        0.5 * (1 + .apply(ADJ_OP_ERF, x * 0.707106781186547524401))
    }

    package static func value(_ x: Element) -> Element { x * normalCDF(x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        normalCDF(x) + x * (0.398942280401432677940 * .apply(ADJ_OP_EXP, -0.5 * (x * x)))
    }
}

/// y = x (1 + tanh u)/2 with u = √(2/π) (x + 0.044715 x³), an approximation of GELU; dy/dx = (1 + tanh u)/2 + x (1 − tanh² u) u′/2.
package struct GELUTanh: UnaryElementwise {
    package static let name = "gelu_tanh"
    package static let compiled = CompiledElementwise(GELUTanh.self)
    package static let needsFloatingPoint = true

    private static func tanhU(_ x: Element) -> Element {
        .apply(ADJ_OP_TANH, 0.797884560802865355880 * (x + 0.044715 * (x * x * x)))
    }

    package static func value(_ x: Element) -> Element { 0.5 * x * (1 + tanhU(x)) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        0.5 * (1 + tanhU(x)) + 0.5 * x * (1 - tanhU(x) * tanhU(x))
            * (0.797884560802865355880 * (1 + 0.134145 * (x * x)))
    }
}

/// y = erf x; dy/dx = 2/√π e^(−x²).
package struct ErrorFunction: UnaryElementwise {
    package static let name = "erf"
    package static let compiled = CompiledElementwise(ErrorFunction.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_ERF, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        1.12837916709551257390 * .apply(ADJ_OP_EXP, -(x * x))
    }
}

/// y = 1 − erf x; dy/dx = −2/√π e^(−x²).
package struct ComplementaryErrorFunction: UnaryElementwise {
    package static let name = "erfc"
    package static let compiled = CompiledElementwise(ComplementaryErrorFunction.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_ERFC, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        -1.12837916709551257390 * .apply(ADJ_OP_EXP, -(x * x))
    }
}
