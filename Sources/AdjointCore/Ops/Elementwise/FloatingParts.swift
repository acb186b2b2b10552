import AdjointRuntime
import CKernels

/// z = |x| with the sign of y; ∂z/∂x = 1 or −1, 0 at 0; ∂z/∂y = 0.
package struct CopySign: BinaryElementwise {
    package static let name = "copysign"
    package static let compiled = CompiledElementwise(CopySign.self)
    package static let withNumber = NumberPrograms(CopySign.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_COPYSIGN, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (.apply(ADJ_OP_SIGN, x) * .apply(ADJ_OP_COPYSIGN, 1, y), 0)
    }
}

/// z = the number next to x in the direction of y; ∂z/∂x = 1, ∂z/∂y = 0, exchanged where both are equal.
package struct NextAfter: BinaryElementwise {
    package static let name = "nextafter"
    package static let compiled = CompiledElementwise(NextAfter.self)
    package static let withNumber = NumberPrograms(NextAfter.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_NEXTAFTER, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (.select(x .!= y, 1, 0), .select(x .== y, 1, 0))
    }
}

/// y = x/2ᵉ with |y| from 1/2 to 1; dy/dx = 2⁻ᵉ.
package struct Mantissa: UnaryElementwise {
    package static let name = "mantissa"
    package static let compiled = CompiledElementwise(Mantissa.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_MANTISSA, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        .apply(ADJ_OP_EXP2, -.apply(ADJ_OP_EXPONENT, x))
    }
}

/// y = e with |x|/2ᵉ from 1/2 to 1; piecewise constant, dy/dx = 0.
package struct Exponent: UnaryElementwise {
    package static let name = "exponent"
    package static let compiled = CompiledElementwise(Exponent.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_EXPONENT, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { 0 }
}

/// z = 0, y or 1 for x below, at or above 0; ∂z/∂x = 0, ∂z/∂y = 1 where x is 0, else 0.
package struct Heaviside: BinaryElementwise {
    package static let name = "heaviside"
    package static let compiled = CompiledElementwise(Heaviside.self)
    package static let withNumber = NumberPrograms(Heaviside.self)
    package static func value(_ x: Element, _ y: Element) -> Element { .select(x .== 0, y, x .> 0) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (0, .select(x .== 0, 1, 0))
    }
}

/// y = x − trunc x; dy/dx = 1.
package struct FractionalPart: UnaryElementwise {
    package static let name = "frac"
    package static let compiled = CompiledElementwise(FractionalPart.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { x - .apply(ADJ_OP_TRUNC, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { 1 }
}
