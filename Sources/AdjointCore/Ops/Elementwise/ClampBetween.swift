import AdjointRuntime
import CKernels

/// w = min(max(x, y), z), x between bounds y and z; the derivative goes to the one that w is, half to each of two that tie.
/// Where all three tie, x cannot move w, and only the upper bound has half a derivative; crossed bounds give the upper one. PyTorch's convention is x's share of 1 within
/// and at the bounds.
package struct ClampBetween: TernaryElementwise {
    package static let name = "clamp"
    package static let compiled = CompiledElementwise(ClampBetween.self)
    private static let pytorch = CompiledElementwise(ClampBetween.self) { x, y, z, _ in
        let inside = Element.apply(ADJ_OP_AND, x .>= y, x .<= z)
        let below = Element.apply(ADJ_OP_AND, x .< y, y .< z)
        let above = Element.apply(ADJ_OP_OR, x .> z, z .< y)
        return (.select(inside, 1, 0), .select(below, 1, 0), .select(above, 1, 0))
    }
    let convention = SubgradientConvention.current
    package var programs: CompiledElementwise { convention == .pytorch ? Self.pytorch : Self.compiled }
    package static func value(_ x: Element, _ y: Element, _ z: Element) -> Element {
        .apply(ADJ_OP_MIN, .apply(ADJ_OP_MAX, x, y), z)
    }
    package static func partials(
        _ x: Element, _ y: Element, _ z: Element, _ w: Element
    ) -> (Element, Element, Element) {
        let (apart, joined) = (y .< z, y .== z)
        let inside = Element.apply(ADJ_OP_AND, x .> y, x .< z)
        let edge = Element.apply(ADJ_OP_OR, x .== y, x .== z)
        let low = Element.select(x .< y, 1, .select(x .== y, 0.5, 0))
        let high = Element.select(x .> z, 1, .select(x .== z, 0.5, 0))
        return (
            .select(inside, 1, .select(.apply(ADJ_OP_AND, apart, edge), 0.5, .nanIfNaN(x))),
            .select(apart, low, .select(.apply(ADJ_OP_AND, joined, x .< y), 0.5, .nanIfNaN(y))),
            .select(apart, high, .select(.apply(ADJ_OP_AND, joined, x .<= z), 0.5, .select(x .== x, 1, .nanIfNaN(z))))
        )
    }
}
