import AdjointRuntime
import CKernels

/// y = ln |Γ(x)|; dy/dx = ψ(x), the digamma function.
package struct LogGamma: UnaryElementwise {
    package static let name = "lgamma"
    package static let compiled = CompiledElementwise(LogGamma.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_LGAMMA, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_DIGAMMA, x) }
}

/// y = ψ(x) = Γ′(x)/Γ(x); dy/dx = ψ⁽¹⁾(x).
package struct Digamma: UnaryElementwise {
    package static let name = "digamma"
    package static let compiled = CompiledElementwise(Digamma.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_DIGAMMA, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_POLYGAMMA, 1, x) }
}

/// z = ψ⁽ˣ⁾(y), the derivative of order x of the digamma function; ∂z/∂y = ψ⁽ˣ⁺¹⁾(y). The order is no variable.
package struct Polygamma: BinaryElementwise {
    package static let name = "polygamma"
    package static let compiled = CompiledElementwise(Polygamma.self)
    package static let withNumber = NumberPrograms(Polygamma.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_POLYGAMMA, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (0, .apply(ADJ_OP_POLYGAMMA, x + 1, y))
    }
}

/// z = ζ(x, y) = Σ (y + k)⁻ˣ over k = 0, 1, …; ∂z/∂y = −x ζ(x + 1, y). By x there is no rule: NaN.
package struct HurwitzZeta: BinaryElementwise {
    package static let name = "zeta"
    package static let compiled = CompiledElementwise(HurwitzZeta.self)
    package static let withNumber = NumberPrograms(HurwitzZeta.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_ZETA, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (Element(.nan), -x * .apply(ADJ_OP_ZETA, x + 1, y))
    }
}

/// z = P(x, y) = ∫ tˣ⁻¹e⁻ᵗ dt/Γ(x) from 0 to y; ∂z/∂y = yˣ⁻¹e⁻ʸ/Γ(x). By x there is no rule: NaN.
package struct LowerGamma: BinaryElementwise {
    package static let name = "gammainc"
    package static let compiled = CompiledElementwise(LowerGamma.self)
    package static let withNumber = NumberPrograms(LowerGamma.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_GAMMA_P, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        let slope = Element.apply(ADJ_OP_EXP, (x - 1) * .apply(ADJ_OP_LOG, y) - y - .apply(ADJ_OP_LGAMMA, x));
        return (Element(.nan), slope)
    }
}

/// z = Q(x, y) = 1 − P(x, y); ∂z/∂y = −yˣ⁻¹e⁻ʸ/Γ(x). By x there is no rule: NaN.
package struct UpperGamma: BinaryElementwise {
    package static let name = "gammaincc"
    package static let compiled = CompiledElementwise(UpperGamma.self)
    package static let withNumber = NumberPrograms(UpperGamma.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_GAMMA_Q, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        let slope = Element.apply(ADJ_OP_EXP, (x - 1) * .apply(ADJ_OP_LOG, y) - y - .apply(ADJ_OP_LGAMMA, x));
        return (Element(.nan), -slope)
    }
}
