import AdjointRuntime
import CKernels

/// y = x where |x| > λ, else 0; dy/dx = 1 or 0, 0 at ±λ.
package struct HardShrink: UnaryElementwise {
    package static let name = "hardshrink"
    package static let compiled = CompiledElementwise(HardShrink.self)
    package static let needsFloatingPoint = true
    let lambda: Scalar
    package var parameters: Parameters { Parameters(lambda) }
    package static func value(_ x: Element) -> Element { .select(.apply(ADJ_OP_ABS, x) .<= .parameter(0), 0, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        .select(.apply(ADJ_OP_ABS, x) .<= .parameter(0), 0, 1)
    }
}

/// y = x ∓ λ where |x| > λ, else 0; dy/dx = 1 or 0, 0 at ±λ.
package struct SoftShrink: UnaryElementwise {
    package static let name = "softshrink"
    package static let compiled = CompiledElementwise(SoftShrink.self)
    package static let needsFloatingPoint = true
    let lambda: Scalar
    package var parameters: Parameters { Parameters(lambda) }
    package static func value(_ x: Element) -> Element {
        .select(
            .apply(ADJ_OP_ABS, x) .<= .parameter(0), 0,
            .select(x .< 0, x + .parameter(0), x - .parameter(0)))
    }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        .select(.apply(ADJ_OP_ABS, x) .<= .parameter(0), 0, 1)
    }
}

/// y = x − tanh x; dy/dx = tanh² x.
package struct TanhShrink: UnaryElementwise {
    package static let name = "tanhshrink"
    package static let compiled = CompiledElementwise(TanhShrink.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { x - .apply(ADJ_OP_TANH, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        let t = Element.apply(ADJ_OP_TANH, x)
        return t * t
    }
}

/// y = x where x > θ, else v; dy/dx = 1 or 0, 0 at θ.
package struct Threshold: UnaryElementwise {
    package static let name = "threshold"
    package static let compiled = CompiledElementwise(Threshold.self)
    let threshold: Scalar
    let replacement: Scalar
    package var parameters: Parameters { Parameters(threshold, replacement) }
    package static func value(_ x: Element) -> Element { .select(x .<= .parameter(0), .parameter(1), x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { .select(x .<= .parameter(0), 0, 1) }
}
