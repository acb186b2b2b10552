import AdjointCore
import AdjointRuntime

/// Gradient descent, with momentum if it is asked for: g ← g + λ p; v ← μ v + g; p ← p − η v, or with Nesterov's momentum
/// p ← p − η (g + μ v).
public struct SGD: Optimizer {
    /// η.
    public var learningRate: Double
    /// μ: how much of the last direction is kept.
    public let momentum: Double
    /// λ: how strongly parameters are drawn towards 0.
    public let weightDecay: Double
    /// Whether the gradient is taken as if momentum had already been applied (Nesterov 1983, as Sutskever et al. 2013 write it).
    public let isNesterov: Bool
    /// The directions v, one a parameter; empty without momentum.
    public var state: [Tensor] = []

    private let rule: UpdateRule

    /// An optimizer before its first step.
    public init(learningRate: Double, momentum: Double = 0, weightDecay: Double = 0, isNesterov: Bool = false) {
        (self.learningRate, self.momentum, self.weightDecay) = (learningRate, momentum, weightDecay)
        self.isNesterov = isNesterov
        let (p, rate) = (Element(.operand(0)), Element.parameter(0))
        rule = UpdateRule(changing: momentum == 0 ? 1 : 2) { gradient in
            let g = weightDecay == 0 ? gradient : gradient + Element(weightDecay) * p
            guard momentum != 0 else { return [p - rate * g] }
            let v = Element(momentum) * Element(.operand(1)) + g
            return [p - rate * (isNesterov ? g + Element(momentum) * v : v), v]
        }
    }

    /// Zeros, one for each parameter, if there is momentum.
    public func initialState(for parameters: [Tensor]) -> [Tensor] {
        momentum == 0 ? [] : parameters.map { Tensor.zeros(like: $0) }
    }

    /// One step; see `Optimizer`.
    public mutating func update(_ parameters: inout [Tensor], along gradients: [Tensor]) {
        do throws(TensorError) { try checkGradients(parameters, gradients, "SGD") } catch { return complain(error) }
        let rate = Parameters(.double(learningRate))
        if state.isEmpty { state = initialState(for: parameters) }
        for index in parameters.indices {
            var changing = [parameters.take(index)]
            if momentum != 0 { changing.append(state.take(index)) }
            rule.apply(&changing, reading: [gradients[index]], rate)
            parameters[index] = changing[0]
            if momentum != 0 { state[index] = changing[1] }
        }
    }
}
