import AdjointRuntime
import CKernels

/// w = x + z (y − x), from the nearer end; ∂w/∂x = 1 − z, ∂w/∂y = z, ∂w/∂z = y − x.
package struct Lerp: TernaryElementwise {
    package static let name = "lerp"
    package static let compiled = CompiledElementwise(Lerp.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element, _ y: Element, _ z: Element) -> Element {
        let distance = y - x
        return .select(.apply(ADJ_OP_ABS, z) .< 0.5, x + z * distance, y - distance * (1 - z))
    }
    package static func partials(
        _ x: Element, _ y: Element, _ z: Element, _ w: Element
    ) -> (Element, Element, Element) {
        (1 - z, z, y - x)
    }
}

/// w = x + s y z with a number s; ∂w/∂x = 1, ∂w/∂y = s z, ∂w/∂z = s y.
package struct AddProduct: TernaryElementwise {
    package static let name = "addcmul"
    package static let compiled = CompiledElementwise(AddProduct.self)
    let scale: Scalar
    package var parameters: Parameters { Parameters(scale) }
    package static func value(_ x: Element, _ y: Element, _ z: Element) -> Element { x + .parameter(0) * y * z }
    package static func partials(
        _ x: Element, _ y: Element, _ z: Element, _ w: Element
    ) -> (Element, Element, Element) {
        (1, .parameter(0) * z, .parameter(0) * y)
    }
}

/// w = x + s y/z with a number s; ∂w/∂x = 1, ∂w/∂y = s/z, ∂w/∂z = −s y/z².
package struct AddQuotient: TernaryElementwise {
    package static let name = "addcdiv"
    package static let compiled = CompiledElementwise(AddQuotient.self)
    package static let needsFloatingPoint = true
    let scale: Scalar
    package var parameters: Parameters { Parameters(scale) }
    package static func value(_ x: Element, _ y: Element, _ z: Element) -> Element { x + .parameter(0) * (y / z) }
    package static func partials(
        _ x: Element, _ y: Element, _ z: Element, _ w: Element
    ) -> (Element, Element, Element) {
        (1, .parameter(0) / z, -(.parameter(0) * (y / z) / z))
    }
}
