import AdjointRuntime
import CKernels

/// w = the derivative of order z of the polynomial of degree y at x; ∂w/∂x is the derivative of order z + 1. Degree and order are no
/// variables. The polynomials are normalized as in Abramowitz and Stegun, chapter 22.
package protocol OrthogonalPolynomial: TernaryElementwise {
    static var opcode: adj_opcode { get }
    init()
}

extension OrthogonalPolynomial {
    package static var needsFloatingPoint: Bool { true }
    package static func value(_ x: Element, _ y: Element, _ z: Element) -> Element { .apply(opcode, x, y, z) }
    package static func partials(
        _ x: Element, _ y: Element, _ z: Element, _ w: Element
    ) -> (Element, Element, Element) {
        (.apply(opcode, x, y, z + 1), 0, 0)
    }
}

/// Tₙ(x).
package struct ChebyshevT: OrthogonalPolynomial {
    package static let name = "chebyshev_t"
    package static let opcode = ADJ_OP_CHEBYSHEV_T
    package static let compiled = CompiledElementwise(ChebyshevT.self)
    package init() {}
}

/// Uₙ(x).
package struct ChebyshevU: OrthogonalPolynomial {
    package static let name = "chebyshev_u"
    package static let opcode = ADJ_OP_CHEBYSHEV_U
    package static let compiled = CompiledElementwise(ChebyshevU.self)
    package init() {}
}

/// Vₙ(x).
package struct ChebyshevV: OrthogonalPolynomial {
    package static let name = "chebyshev_v"
    package static let opcode = ADJ_OP_CHEBYSHEV_V
    package static let compiled = CompiledElementwise(ChebyshevV.self)
    package init() {}
}

/// Wₙ(x).
package struct ChebyshevW: OrthogonalPolynomial {
    package static let name = "chebyshev_w"
    package static let opcode = ADJ_OP_CHEBYSHEV_W
    package static let compiled = CompiledElementwise(ChebyshevW.self)
    package init() {}
}

/// Hₙ(x).
package struct HermiteH: OrthogonalPolynomial {
    package static let name = "hermite_h"
    package static let opcode = ADJ_OP_HERMITE_H
    package static let compiled = CompiledElementwise(HermiteH.self)
    package init() {}
}

/// Heₙ(x).
package struct HermiteHe: OrthogonalPolynomial {
    package static let name = "hermite_he"
    package static let opcode = ADJ_OP_HERMITE_HE
    package static let compiled = CompiledElementwise(HermiteHe.self)
    package init() {}
}

/// Lₙ(x).
package struct LaguerreL: OrthogonalPolynomial {
    package static let name = "laguerre_l"
    package static let opcode = ADJ_OP_LAGUERRE_L
    package static let compiled = CompiledElementwise(LaguerreL.self)
    package init() {}
}

/// Pₙ(x).
package struct LegendreP: OrthogonalPolynomial {
    package static let name = "legendre_p"
    package static let opcode = ADJ_OP_LEGENDRE_P
    package static let compiled = CompiledElementwise(LegendreP.self)
    package init() {}
}
