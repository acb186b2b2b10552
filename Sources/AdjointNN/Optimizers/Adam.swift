import AdjointCore
import AdjointRuntime
import CKernels
import Foundation

/// Steps scaled by running means of the gradient and of its square (Kingma and Ba 2015): m ← β₁ m + (1 − β₁) g;
/// v ← β₂ v + (1 − β₂) g²; p ← p − η m̂/(√v̂ + ε) with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ).
///
/// `weightDecay` λ is decoupled, p ← (1 − η λ) p before the step (AdamW; Loshchilov and Hutter 2019).
public struct Adam: Optimizer {
    /// η.
    public var learningRate: Double
    /// β₁ and β₂: how much of the running means is kept.
    public let betas: (first: Double, second: Double)
    /// ε.
    public let epsilon: Double
    /// λ.
    public let weightDecay: Double
    /// m of each parameter, then v of each, then the number of steps t.
    public var state: [Tensor] = []

    private let rule: UpdateRule

    /// An optimizer before its first step.
    public init(
        learningRate: Double = 0.001, betas: (first: Double, second: Double) = (0.9, 0.999), epsilon: Double = 1e-8,
        weightDecay: Double = 0
    ) {
        (self.learningRate, self.betas, self.epsilon) = (learningRate, betas, epsilon)
        self.weightDecay = weightDecay
        func operand(_ index: Int) -> Element { Element(.operand(index)) }
        let (p, rate, scale) = (operand(0), operand(4), operand(5))
        rule = UpdateRule(changing: 3, numbers: 2) { g in
            let m = Element(betas.first) * operand(1) + Element(1 - betas.first) * g
            let v = Element(betas.second) * operand(2) + Element(1 - betas.second) * (g * g)
            let kept = weightDecay == 0 ? p : Element.parameter(0) * p
            return [kept - rate * m / (.apply(ADJ_OP_SQRT, v) * scale + Element(epsilon)), m, v]
        }
    }

    /// Zeros, two for each parameter, and the number 0.
    public func initialState(for parameters: [Tensor]) -> [Tensor] {
        let zeros = (0..<2).flatMap { _ in parameters.map { Tensor.zeros(like: $0) } }
        return zeros + [Tensor(0.0, dtype: .float64)]
    }

    /// One step; see `Optimizer`.
    public mutating func update(_ parameters: inout [Tensor], along gradients: [Tensor]) {
        do throws(TensorError) { try checkGradients(parameters, gradients, "Adam") } catch { return complain(error) }
        let count = parameters.count
        if state.isEmpty { state = initialState(for: parameters) }
        // η/(1 − β₁ᵗ) and 1/√(1 − β₂ᵗ), in double precision.
        let time = state[2 * count] + 1
        state[2 * count] = time
        func correction(_ beta: Double) -> Tensor { 1 - (time * Foundation.log(beta)).exp() }
        let (rate, scale) = (learningRate / correction(betas.first), correction(betas.second).rsqrt())
        let decay = Parameters(.double(1 - learningRate * weightDecay))
        var numbers: [DType: [Tensor]] = [:]
        for index in 0..<count {
            var changing = [parameters.take(index), state.take(index), state.take(count + index)]
            let dtype = changing[0].dtype
            let scales = numbers[dtype] ?? [rate.to(dtype), scale.to(dtype)]
            numbers[dtype] = scales
            rule.apply(&changing, reading: [gradients[index]] + scales, decay)
            (parameters[index], state[index], state[count + index]) = (changing[0], changing[1], changing[2])
        }
    }
}
