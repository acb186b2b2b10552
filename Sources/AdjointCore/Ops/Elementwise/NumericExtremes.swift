import AdjointRuntime
import CKernels

/// z = max(x, y), the other one where one is NaN; the derivative goes to the one taken, half to each at a tie.
package struct NumericMaximum: BinaryElementwise {
    package static let name = "fmax"
    package static let compiled = CompiledElementwise(NumericMaximum.self)
    package static let withNumber = NumberPrograms(NumericMaximum.self)
    package static func value(_ x: Element, _ y: Element) -> Element {
        .select(.apply(ADJ_OP_ISNAN, x), y, .select(x .< y, y, x))
    }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (shareOfFirst(x, y, x .> y), shareOfSecond(x, y, y .> x))
    }
}

/// z = min(x, y), the other one where one is NaN; the derivative goes to the one taken, half to each at a tie.
package struct NumericMinimum: BinaryElementwise {
    package static let name = "fmin"
    package static let compiled = CompiledElementwise(NumericMinimum.self)
    package static let withNumber = NumberPrograms(NumericMinimum.self)
    package static func value(_ x: Element, _ y: Element) -> Element {
        .select(.apply(ADJ_OP_ISNAN, x), y, .select(y .< x, y, x))
    }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (shareOfFirst(x, y, x .< y), shareOfSecond(x, y, y .< x))
    }
}

/// The share of x: all where it wins or y is NaN, half at a tie. Of two NaNs the first is taken.
private func shareOfFirst(_ x: Element, _ y: Element, _ wins: Element) -> Element {
    .select(x .== y, 0.5, .select(.apply(ADJ_OP_OR, wins, .apply(ADJ_OP_ISNAN, y)), 1, 0))
}

private func shareOfSecond(_ x: Element, _ y: Element, _ wins: Element) -> Element {
    .select(x .== y, 0.5, .select(.apply(ADJ_OP_OR, wins, .apply(ADJ_OP_AND, .apply(ADJ_OP_ISNAN, x), y .== y)), 1, 0))
}
