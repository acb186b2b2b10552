import AdjointCore

/// A rule that moves parameters along their gradients, with what it remembers from step to step.
///
/// An optimizer is a value: a copy remembers for itself. All it remembers are tensors, so that a whole training step can be
/// traced, saved, and continued.
public protocol Optimizer: Sendable {
    /// Everything that the next step reads; empty before the first step.
    var state: [Tensor] { get set }

    /// What is remembered before the first step, for parameters of these shapes and types.
    func initialState(for parameters: [Tensor]) -> [Tensor]

    /// One step: parameters take new values, each in one pass over memory, in place where nobody else holds it. A leaf stays
    /// the same leaf. Nothing is recorded.
    /// - Fails: if there are not as many gradients as parameters, or a shape or type differs.
    mutating func update(_ parameters: inout [Tensor], along gradients: [Tensor])
}

extension Optimizer {
    /// One step along the gradients that backward passes have accumulated in leaves (`grad`), which are cleared.
    /// - Fails: if a parameter has no gradient.
    public mutating func step(_ parameters: inout [Tensor]) {
        var gradients: [Tensor] = []
        for (index, parameter) in parameters.enumerated() {
            guard let gradient = parameter.grad else {
                return complain(
                    TensorError(
                        .gradient, "step", "parameter \(index) of shape \(parameter.shape) has no gradient",
                        "make it a leaf with requiringGrad(), and call backward() on a loss that depends on it"))
            }
            parameter.grad = nil
            gradients.append(gradient)
        }
        update(&parameters, along: gradients)
    }
}
