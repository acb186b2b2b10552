import AdjointRuntime
import CKernels

/// y = J₀(x); dy/dx = −J₁(x).
package struct BesselJ0: UnaryElementwise {
    package static let name = "bessel_j0"
    package static let compiled = CompiledElementwise(BesselJ0.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_BESSEL_J0, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { -.apply(ADJ_OP_BESSEL_J1, x) }
}

/// y = J₁(x); dy/dx = J₀(x) − y/x, 1/2 at 0.
package struct BesselJ1: UnaryElementwise {
    package static let name = "bessel_j1"
    package static let compiled = CompiledElementwise(BesselJ1.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_BESSEL_J1, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        .apply(ADJ_OP_BESSEL_J0, x) - quotient(x, y, sign: -1)
    }
}

/// y = Y₀(x); dy/dx = −Y₁(x).
package struct BesselY0: UnaryElementwise {
    package static let name = "bessel_y0"
    package static let compiled = CompiledElementwise(BesselY0.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_BESSEL_Y0, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { -.apply(ADJ_OP_BESSEL_Y1, x) }
}

/// y = Y₁(x); dy/dx = Y₀(x) − y/x.
package struct BesselY1: UnaryElementwise {
    package static let name = "bessel_y1"
    package static let compiled = CompiledElementwise(BesselY1.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_BESSEL_Y1, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_BESSEL_Y0, x) - y / x }
}

/// y = I₀(x); dy/dx = I₁(x).
package struct BesselI0: UnaryElementwise {
    package static let name = "bessel_i0"
    package static let compiled = CompiledElementwise(BesselI0.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_BESSEL_I0, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_BESSEL_I1, x) }
}

/// y = I₁(x); dy/dx = I₀(x) − y/x, 1/2 at 0.
package struct BesselI1: UnaryElementwise {
    package static let name = "bessel_i1"
    package static let compiled = CompiledElementwise(BesselI1.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_BESSEL_I1, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        .apply(ADJ_OP_BESSEL_I0, x) - quotient(x, y, sign: 1)
    }
}

/// y = e^(−|x|) I₀(x); dy/dx = e^(−|x|) I₁(x) − sign(x) y, 0 at 0.
package struct ScaledBesselI0: UnaryElementwise {
    package static let name = "bessel_i0e"
    package static let compiled = CompiledElementwise(ScaledBesselI0.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_BESSEL_I0E, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        .apply(ADJ_OP_BESSEL_I1E, x) - .apply(ADJ_OP_SIGN, x) * y
    }
}

/// y = e^(−|x|) I₁(x); dy/dx = e^(−|x|) I₀(x) − (sign(x) + 1/x) y, 1/2 at 0.
package struct ScaledBesselI1: UnaryElementwise {
    package static let name = "bessel_i1e"
    package static let compiled = CompiledElementwise(ScaledBesselI1.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_BESSEL_I1E, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        .apply(ADJ_OP_BESSEL_I0E, x) - .apply(ADJ_OP_SIGN, x) * y - scaledQuotient(x, y)
    }
}

/// y = K₀(x); dy/dx = −K₁(x).
package struct BesselK0: UnaryElementwise {
    package static let name = "bessel_k0"
    package static let compiled = CompiledElementwise(BesselK0.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_BESSEL_K0, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { -.apply(ADJ_OP_BESSEL_K1, x) }
}

/// y = K₁(x); dy/dx = −K₀(x) − y/x.
package struct BesselK1: UnaryElementwise {
    package static let name = "bessel_k1"
    package static let compiled = CompiledElementwise(BesselK1.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_BESSEL_K1, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { -.apply(ADJ_OP_BESSEL_K0, x) - y / x }
}

/// y = eˣ K₀(x); dy/dx = y − eˣ K₁(x).
package struct ScaledBesselK0: UnaryElementwise {
    package static let name = "bessel_k0e"
    package static let compiled = CompiledElementwise(ScaledBesselK0.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_BESSEL_K0E, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { y - .apply(ADJ_OP_BESSEL_K1E, x) }
}

/// y = eˣ K₁(x); dy/dx = y − eˣ K₀(x) − y/x.
package struct ScaledBesselK1: UnaryElementwise {
    package static let name = "bessel_k1e"
    package static let compiled = CompiledElementwise(ScaledBesselK1.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_BESSEL_K1E, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { y - .apply(ADJ_OP_BESSEL_K0E, x) - y / x }
}

/// y/x for y = J₁(x) (sign −1) or I₁(x) (sign 1), by the series 1/2 Σ (sign x²/4)ᵏ/(k! (k + 1)!) near 0, so that all
/// derivatives exist there.
private func quotient(_ x: Element, _ y: Element, sign: Double) -> Element {
    let z = x * x
    var (coefficient, coefficients) = (0.5, [0.5])
    for k in 1...7 {
        coefficient *= sign / (4 * Double(k) * Double(k + 1))
        coefficients.append(coefficient)
    }
    let series = coefficients.dropLast().reversed().reduce(Element(coefficients[7])) { $0 * z + Element($1) }
    return .select(.apply(ADJ_OP_ABS, x) .< 0.5, series, y / x)
}

/// The same for y = e^(−|x|) I₁(x).
private func scaledQuotient(_ x: Element, _ y: Element) -> Element {
    let size = Element.apply(ADJ_OP_ABS, x)
    let near = Element.apply(ADJ_OP_EXP, -size) * quotient(x, 0, sign: 1)
    return .select(size .< 0.5, near, y / x)
}
