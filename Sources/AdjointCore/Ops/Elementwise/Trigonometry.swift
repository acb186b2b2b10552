import AdjointRuntime
import CKernels

/// y = sin x; dy/dx = cos x.
package struct Sine: UnaryElementwise {
    package static let name = "sin"
    package static let compiled = CompiledElementwise(Sine.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_SIN, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_COS, x) }
}

/// y = cos x; dy/dx = −sin x.
package struct Cosine: UnaryElementwise {
    package static let name = "cos"
    package static let compiled = CompiledElementwise(Cosine.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_COS, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { -.apply(ADJ_OP_SIN, x) }
}

/// y = tan x; dy/dx = 1 + y².
package struct Tangent: UnaryElementwise {
    package static let name = "tan"
    package static let compiled = CompiledElementwise(Tangent.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_TAN, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { 1 + y * y }
}

/// y = arcsin x; dy/dx = 1/√(1 − x²).
package struct ArcSine: UnaryElementwise {
    package static let name = "asin"
    package static let compiled = CompiledElementwise(ArcSine.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_ASIN, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_RSQRT, (1 - x) * (1 + x)) }
}

/// y = arccos x; dy/dx = −1/√(1 − x²).
package struct ArcCosine: UnaryElementwise {
    package static let name = "acos"
    package static let compiled = CompiledElementwise(ArcCosine.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_ACOS, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { -.apply(ADJ_OP_RSQRT, (1 - x) * (1 + x)) }
}

/// y = arctan x; dy/dx = 1/(1 + x²).
package struct ArcTangent: UnaryElementwise {
    package static let name = "atan"
    package static let compiled = CompiledElementwise(ArcTangent.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_ATAN, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { 1 / (1 + x * x) }
}

/// y = sinh x; dy/dx = cosh x.
package struct HyperbolicSine: UnaryElementwise {
    package static let name = "sinh"
    package static let compiled = CompiledElementwise(HyperbolicSine.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_SINH, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_COSH, x) }
}

/// y = cosh x; dy/dx = sinh x.
package struct HyperbolicCosine: UnaryElementwise {
    package static let name = "cosh"
    package static let compiled = CompiledElementwise(HyperbolicCosine.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_COSH, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_SINH, x) }
}

/// y = tanh x; dy/dx = 1 − y².
package struct HyperbolicTangent: UnaryElementwise {
    package static let name = "tanh"
    package static let compiled = CompiledElementwise(HyperbolicTangent.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_TANH, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { 1 - y * y }
}

/// y = arsinh x; dy/dx = 1/√(1 + x²).
package struct ArcHyperbolicSine: UnaryElementwise {
    package static let name = "asinh"
    package static let compiled = CompiledElementwise(ArcHyperbolicSine.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_ASINH, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_RSQRT, 1 + x * x) }
}

/// y = arcosh x; dy/dx = 1/√(x² − 1).
package struct ArcHyperbolicCosine: UnaryElementwise {
    package static let name = "acosh"
    package static let compiled = CompiledElementwise(ArcHyperbolicCosine.self)
    /// PyTorch's one root is real below −1, where there is no function.
    private static let pytorch = CompiledElementwise(ArcHyperbolicCosine.self) { x, _ in .apply(ADJ_OP_RSQRT, x * x - 1)
    }
    let convention = SubgradientConvention.current
    package var programs: CompiledElementwise { convention == .pytorch ? Self.pytorch : Self.compiled }
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_ACOSH, x) }
    /// Two roots: one of the product would take another branch for complex x, and be real for x < −1.
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        .apply(ADJ_OP_RSQRT, x - 1) * .apply(ADJ_OP_RSQRT, x + 1)
    }
}

/// y = artanh x; dy/dx = 1/(1 − x²).
package struct ArcHyperbolicTangent: UnaryElementwise {
    package static let name = "atanh"
    package static let compiled = CompiledElementwise(ArcHyperbolicTangent.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_ATANH, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { 1 / ((1 - x) * (1 + x)) }
}

/// z = atan2(x, y), the angle of the point (y, x); ∂z/∂x = y/(x² + y²), ∂z/∂y = −x/(x² + y²), 0 at the origin.
package struct ArcTangent2: BinaryElementwise {
    package static let name = "atan2"
    package static let compiled = CompiledElementwise(ArcTangent2.self)
    package static let withNumber = NumberPrograms(ArcTangent2.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_ATAN2, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        let square = x * x + y * y
        return (.select(square .== 0, 0, y / square), .select(square .== 0, 0, -(x / square)))
    }
}

/// z = √(x² + y²); ∂z/∂x = x/z, ∂z/∂y = y/z, 0 at the origin.
package struct Hypotenuse: BinaryElementwise {
    package static let name = "hypot"
    package static let compiled = CompiledElementwise(Hypotenuse.self)
    package static let withNumber = NumberPrograms(Hypotenuse.self)
    package static let needsFloatingPoint = true
    private static let pytorch = CompiledElementwise(Hypotenuse.self) { x, y, z in (x / z, y / z) }
    let convention = SubgradientConvention.current
    package var programs: CompiledElementwise { convention == .pytorch ? Self.pytorch : Self.compiled }
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_HYPOT, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (.select(z .== 0, 0, x / z), .select(z .== 0, 0, y / z))
    }
}
