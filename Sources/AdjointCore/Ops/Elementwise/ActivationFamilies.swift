import AdjointRuntime
import CKernels

/// y = x where βx > θ, else ln(1 + e^(βx))/β; dy/dx = 1 or sigmoid(βx).
package struct ScaledSoftplus: UnaryElementwise {
    package static let name = "softplus"
    package static let compiled = CompiledElementwise(ScaledSoftplus.self)
    package static let needsFloatingPoint = true
    let beta: Scalar
    let threshold: Scalar
    package var parameters: Parameters { Parameters(beta, threshold) }
    package static func value(_ x: Element) -> Element {
        let u = x * .parameter(0)
        let rest = Element.apply(ADJ_OP_LOG1P, .apply(ADJ_OP_EXP, -.apply(ADJ_OP_ABS, u)))
        return .select(u .> .parameter(1), x, (.apply(ADJ_OP_MAX, u, 0) + rest) / .parameter(0))
    }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        // At the threshold itself the second derivative is that of the straight part, 0.
        let u = x * .parameter(0)
        let curved = Element.apply(ADJ_OP_SIGMOID, .select(u .== .parameter(1), .parameter(1), u))
        return .select(u .> .parameter(1), 1, curved)
    }
}

/// y = x/(1 + |x|); dy/dx = 1/(1 + |x|)².
package struct Softsign: UnaryElementwise {
    package static let name = "softsign"
    package static let compiled = CompiledElementwise(Softsign.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { x / (1 + .apply(ADJ_OP_ABS, x)) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        let scale = 1 / (1 + Element.apply(ADJ_OP_ABS, x))
        return scale * scale
    }
}

/// y = x tanh(ln(1 + eˣ)) (Misra 2019); dy/dx = t + x (1 − t²) sigmoid(x) with t that tanh.
package struct Mish: UnaryElementwise {
    package static let name = "mish"
    package static let compiled = CompiledElementwise(Mish.self)
    package static let needsFloatingPoint = true
    /// tanh(ln(1 + eˣ)) = n/(n + 2) with n = eˣ (eˣ + 2), smooth also at 0; above 20 it is 1.
    private static func tanhSoftplus(_ x: Element) -> Element {
        let power = Element.apply(ADJ_OP_EXP, .apply(ADJ_OP_MIN, x, 20))
        let n = power * (power + 2)
        return n / (n + 2)
    }
    package static func value(_ x: Element) -> Element { x * tanhSoftplus(x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        let t = tanhSoftplus(x)
        return t + x * ((1 - t * t) * .apply(ADJ_OP_SIGMOID, x))
    }
}

/// y = x/6 + 1/2, limited to 0 ... 1 (Courbariaux et al. 2015 with another slope); dy/dx = 1/6 strictly between −3 and 3, else 0.
package struct HardSigmoid: UnaryElementwise {
    package static let name = "hardsigmoid"
    package static let compiled = CompiledElementwise(HardSigmoid.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element {
        .apply(ADJ_OP_MIN, .apply(ADJ_OP_MAX, x + 3, 0), 6) / 6
    }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        .select(.apply(ADJ_OP_AND, x .> -3, x .< 3), Element(1.0 / 6), 0)
    }
}

/// y = x hardsigmoid(x) (Howard et al. 2019); dy/dx = 0 up to −3, x/3 + 1/2 between −3 and 3, 1 from 3 on.
package struct HardSwish: UnaryElementwise {
    package static let name = "hardswish"
    package static let compiled = CompiledElementwise(HardSwish.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { x * HardSigmoid.value(x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        .select(x .<= -3, 0, .select(x .< 3, x / 3 + 0.5, 1))
    }
}

/// y = x for x > 0, α (e^(x/α) − 1) otherwise (Barron 2017); dy/dx = 1 or y/α + 1.
package struct ContinuousExponentialLinear: UnaryElementwise {
    package static let name = "celu"
    package static let compiled = CompiledElementwise(ContinuousExponentialLinear.self)
    package static let needsFloatingPoint = true
    private static let pytorch = CompiledElementwise(ContinuousExponentialLinear.self) { x, _ in
        .select(x .<= 0, .apply(ADJ_OP_EXP, x / .parameter(0)), 1)
    }
    let convention = SubgradientConvention.current
    package var programs: CompiledElementwise { convention == .pytorch ? Self.pytorch : Self.compiled }
    let alpha: Scalar
    package var parameters: Parameters { Parameters(alpha) }
    package static func value(_ x: Element) -> Element {
        .select(x .> 0, x, .parameter(0) * .apply(ADJ_OP_EXPM1, x / .parameter(0)))
    }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        .select(x .> 0, 1, .apply(ADJ_OP_EXP, x / .parameter(0)))
    }
}

/// y = λx for x > 0, λα (eˣ − 1) otherwise (Klambauer et al. 2017); dy/dx = λ or λα eˣ; λ at 0, the smaller of the two.
package struct ScaledExponentialLinear: UnaryElementwise {
    package static let name = "selu"
    package static let compiled = CompiledElementwise(ScaledExponentialLinear.self)
    private static let pytorch = CompiledElementwise(ScaledExponentialLinear.self) { x, _ in
        // The second derivative at 0 is 0.
        .select(
            x .< 0, Element(lambda * alpha) * .apply(ADJ_OP_EXP, x),
            .select(x .== 0, Element(lambda * alpha), Element(lambda)))
    }
    package static let needsFloatingPoint = true
    let convention = SubgradientConvention.current
    package var programs: CompiledElementwise { convention == .pytorch ? Self.pytorch : Self.compiled }

    private static let alpha = 1.6732632423543772848170429916717
    private static let lambda = 1.0507009873554804934193349852946

    package static func value(_ x: Element) -> Element {
        .select(x .> 0, Element(lambda) * x, Element(lambda * alpha) * .apply(ADJ_OP_EXPM1, x))
    }
    package static func derivative(_ x: Element, _ y: Element) -> Element {
        .select(x .>= 0, Element(lambda), Element(lambda * alpha) * .apply(ADJ_OP_EXP, x))
    }
}

/// z = x for x > 0, y x otherwise, with a slope y that is learned (He et al. 2015); ∂z/∂x = 1 or y, y at 0; ∂z/∂y = 0 or x.
package struct ParametricRectified: BinaryElementwise {
    package static let name = "prelu"
    package static let compiled = CompiledElementwise(ParametricRectified.self)
    package static let withNumber = NumberPrograms(ParametricRectified.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element, _ y: Element) -> Element { .select(x .> 0, x, y * x) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (.select(x .> 0, 1, y), .select(x .> 0, 0, x))
    }
}
