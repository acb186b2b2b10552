import AdjointRuntime
import CKernels

/// z = max(x, y), NaN if either is; the derivative goes to the larger, half to each at a tie, NaN to a NaN.
package struct Maximum: BinaryElementwise {
    package static let name = "maximum"
    package static let compiled = CompiledElementwise(Maximum.self)
    private static let pytorch = CompiledElementwise(Maximum.self) { x, y, _ in
        (.select(x .== y, 0.5, .select(x .< y, 0, 1)), .select(x .== y, 0.5, .select(y .< x, 0, 1)))
    }
    /// Against a number a tie gives 0, the subgradient of least norm: so max(x, 0), relu and clamp agree.
    package static let withNumber = extremeWithNumber(name, ADJ_OP_MAX, .>) { .nanIfNaN($0) }
    private static let withNumberPyTorch = extremeWithNumber(name, ADJ_OP_MAX, .>) { _ in 0 }
    let convention = SubgradientConvention.current
    package var programs: CompiledElementwise { convention == .pytorch ? Self.pytorch : Self.compiled }
    package var numberPrograms: NumberPrograms {
        convention == .pytorch ? Self.withNumberPyTorch : Self.withNumber
    }
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_MAX, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (share(x, x .> y, x .== y), share(y, y .> x, x .== y))
    }
}

/// z = min(x, y), NaN if either is; the derivative goes to the smaller, half to each at a tie, NaN to a NaN.
package struct Minimum: BinaryElementwise {
    package static let name = "minimum"
    package static let compiled = CompiledElementwise(Minimum.self)
    private static let pytorch = CompiledElementwise(Minimum.self) { x, y, _ in
        (.select(x .== y, 0.5, .select(y .< x, 0, 1)), .select(x .== y, 0.5, .select(x .< y, 0, 1)))
    }
    package static let withNumber = extremeWithNumber(name, ADJ_OP_MIN, .<) { .nanIfNaN($0) }
    private static let withNumberPyTorch = extremeWithNumber(name, ADJ_OP_MIN, .<) { _ in 0 }
    let convention = SubgradientConvention.current
    package var programs: CompiledElementwise { convention == .pytorch ? Self.pytorch : Self.compiled }
    package var numberPrograms: NumberPrograms {
        convention == .pytorch ? Self.withNumberPyTorch : Self.withNumber
    }
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_MIN, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (share(x, x .< y, x .== y), share(y, y .< x, x .== y))
    }
}

private func share(_ own: Element, _ wins: Element, _ ties: Element) -> Element {
    .select(wins, 1, .select(ties, 0.5, .nanIfNaN(own)))
}

private func extremeWithNumber(
    _ name: String, _ opcode: adj_opcode, _ wins: (Element, Element) -> Element, otherwise: (Element) -> Element
) -> NumberPrograms {
    NumberPrograms(
        symmetric: CompiledElementwise(name, 1, needsFloatingPoint: false, givesBool: false) {
            .apply(opcode, $0[0], .parameter(0))
        } partials: { x, _ in
            [.select(wins(x[0], .parameter(0)), 1, otherwise(x[0]))]
        })
}

extension Element {
    /// 0, but NaN where x is NaN.
    static func nanIfNaN(_ x: Element) -> Element { .select(.apply(ADJ_OP_ISNAN, x), Element(.nan), 0) }
}

/// y = min(max(x, low), high); dy/dx = 1 strictly between the bounds, else 0; NaN at NaN.
package struct Clamp: UnaryElementwise {
    package static let name = "clamp"
    package static let compiled = CompiledElementwise(Clamp.self)
    private static let pytorch = CompiledElementwise(Clamp.self) { x, _ in inside(x) }
    let low: Scalar
    let high: Scalar
    let convention = SubgradientConvention.current
    package var parameters: Parameters { Parameters(low, high) }
    package var programs: CompiledElementwise { convention == .pytorch ? Self.pytorch : Self.compiled }

    package static func value(_ x: Element) -> Element {
        .apply(ADJ_OP_MIN, .apply(ADJ_OP_MAX, x, .parameter(0)), .parameter(1))
    }

    package static func derivative(_ x: Element, _ y: Element) -> Element {
        .select(.apply(ADJ_OP_ISNAN, x), Element(.nan), inside(x))
    }

    private static func inside(_ x: Element) -> Element {
        .select(.apply(ADJ_OP_AND, x .> .parameter(0), x .< .parameter(1)), 1, 0)
    }
}

/// y = min(max(x, low), high) under the name of an activation; the conventions differ at NaN.
package struct HardTanh: UnaryElementwise {
    package static let name = "hardtanh"
    package static let compiled = CompiledElementwise(HardTanh.self)
    private static let pytorch = CompiledElementwise(HardTanh.self) { x, _ in
        .select(.apply(ADJ_OP_OR, x .<= .parameter(0), x .>= .parameter(1)), 0, 1)
    }
    let low: Scalar
    let high: Scalar
    let convention = SubgradientConvention.current
    package var parameters: Parameters { Parameters(low, high) }
    package var programs: CompiledElementwise { convention == .pytorch ? Self.pytorch : Self.compiled }
    package static func value(_ x: Element) -> Element { Clamp.value(x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { Clamp.derivative(x, y) }
}

/// y = x for x > 0, slope · x otherwise; dy/dx = 1 or slope, slope at 0.
package struct LeakyRectified: UnaryElementwise {
    package static let name = "leaky_relu"
    package static let compiled = CompiledElementwise(LeakyRectified.self)
    package static let needsFloatingPoint = true
    let slope: Scalar
    package var parameters: Parameters { Parameters(slope) }

    package static func value(_ x: Element) -> Element { .select(x .> 0, x, x * .parameter(0)) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { .select(x .> 0, 1, .parameter(0)) }
}

/// y = x for x > 0, α (eˣ − 1) otherwise (Clevert et al. 2015); dy/dx = 1 or y + α.
package struct ExponentialLinear: UnaryElementwise {
    package static let name = "elu"
    package static let compiled = CompiledElementwise(ExponentialLinear.self)
    package static let needsFloatingPoint = true
    private static let pytorch = CompiledElementwise(ExponentialLinear.self) { x, y in
        // The second derivative at 0 is 0.
        .select(x .< 0, y + .parameter(0), .select(x .== 0, .parameter(0), 1))
    }
    let convention = SubgradientConvention.current
    package var programs: CompiledElementwise { convention == .pytorch ? Self.pytorch : Self.compiled }
    let alpha: Scalar
    package var parameters: Parameters { Parameters(alpha) }

    package static func value(_ x: Element) -> Element {
        .select(x .> 0, x, .parameter(0) * .apply(ADJ_OP_EXPM1, x))
    }

    package static func derivative(_ x: Element, _ y: Element) -> Element { .select(x .> 0, 1, y + .parameter(0)) }
}
