import AdjointRuntime
import CKernels

/// z = max(x, y), NaN if either is; the derivative goes to the larger, half to each at a tie.
package struct Maximum: BinaryElementwise {
    package static let name = "maximum"
    package static let compiled = CompiledElementwise(Maximum.self)
    /// Against a number a tie gives 0, the subgradient of least norm: so max(x, 0), relu and clamp agree.
    package static let withNumber = extremeWithNumber(name, ADJ_OP_MAX, .>)
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_MAX, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (share(x .> y, x .== y), share(y .> x, x .== y))
    }
}

/// z = min(x, y), NaN if either is; the derivative goes to the smaller, half to each at a tie.
package struct Minimum: BinaryElementwise {
    package static let name = "minimum"
    package static let compiled = CompiledElementwise(Minimum.self)
    package static let withNumber = extremeWithNumber(name, ADJ_OP_MIN, .<)
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_MIN, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (share(x .< y, x .== y), share(y .< x, x .== y))
    }
}

private func share(_ wins: Element, _ ties: Element) -> Element { .select(wins, 1, .select(ties, 0.5, 0)) }

private func extremeWithNumber(
    _ name: String, _ opcode: adj_opcode, _ wins: (Element, Element) -> Element
) -> NumberPrograms {
    NumberPrograms(
        symmetric: CompiledElementwise(name, 1, needsFloatingPoint: false, givesBool: false) {
            .apply(opcode, $0[0], .parameter(0))
        } partials: { x, _ in
            [.select(wins(x[0], .parameter(0)), 1, 0)]
        })
}

/// y = min(max(x, low), high); dy/dx = 1 strictly between the bounds, else 0.
package struct Clamp: UnaryElementwise {
    package static let name = "clamp"
    package static let compiled = CompiledElementwise(Clamp.self)
    let low: Scalar
    let high: Scalar
    package var parameters: Parameters { Parameters(low, high) }

    package static func value(_ x: Element) -> Element {
        .apply(ADJ_OP_MIN, .apply(ADJ_OP_MAX, x, .parameter(0)), .parameter(1))
    }

    package static func derivative(_ x: Element, _ y: Element) -> Element {
        .select(.apply(ADJ_OP_AND, x .> .parameter(0), x .< .parameter(1)), 1, 0)
    }
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
    let alpha: Scalar
    package var parameters: Parameters { Parameters(alpha) }

    package static func value(_ x: Element) -> Element {
        .select(x .> 0, x, .parameter(0) * .apply(ADJ_OP_EXPM1, x))
    }

    package static func derivative(_ x: Element, _ y: Element) -> Element { .select(x .> 0, 1, y + .parameter(0)) }
}
