import AdjointRuntime
import CKernels

/// y = sin(πx)/(πx), 1 at 0; dy/dx = (cos πx − y)/x, by its series near 0.
package struct Sinc: UnaryElementwise {
    package static let name = "sinc"
    package static let compiled = CompiledElementwise(Sinc.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element {
        let u = Element(Double.pi) * x
        return .select(x .== 0, 1, .apply(ADJ_OP_SIN, u) / u)
    }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        let pi = Element(Double.pi), u = pi * x
        return .select(
            .apply(ADJ_OP_ABS, x) .< 0.2, pi * sphericalBesselSlope(u), (.apply(ADJ_OP_COS, u) - y) / x)
    }
}

/// y = sin(x)/x, the spherical Bessel function j₀, 1 at 0; dy/dx = (cos x − y)/x, by its series near 0.
package struct SphericalBesselJ0: UnaryElementwise {
    package static let name = "spherical_bessel_j0"
    package static let compiled = CompiledElementwise(SphericalBesselJ0.self)
    package static let isHolomorphic = false
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element {
        .select(x .== 0, 1, .select(.apply(ADJ_OP_ABS, x) .== Element(.infinity), 0, .apply(ADJ_OP_SIN, x) / x))
    }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        let size = Element.apply(ADJ_OP_ABS, x)
        let slope = Element.select(size .== Element(.infinity), 0, (.apply(ADJ_OP_COS, x) - y) / x)
        return .select(size .< 0.6, sphericalBesselSlope(x), slope)
    }
}

/// The derivative of sin(u)/u for |u| < 0.7: −u/3 + u³/30 − …
private func sphericalBesselSlope(_ u: Element) -> Element {
    let z = u * u
    var factorial = 1.0
    var terms: [Double] = []
    for k in 1...9 {
        factorial *= Double(2 * k) * Double(2 * k + 1)
        terms.append((k % 2 == 0 ? 2 : -2) * Double(k) / factorial)
    }
    return u * terms.dropLast().reversed().reduce(Element(terms[8])) { $0 * z + Element($1) }
}
