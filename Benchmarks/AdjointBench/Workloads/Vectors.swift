import Adjoint

/// small_vec and elementwise_big: elementwise formulas and a sum.
let vectorCases: [Case] = [
    Case(name: "small_vec", expected: [Expected(value: -2.748791), Expected(value: 90.02929)]) {
        let inputs = [3001, 3002, 3003].map { Data.uniform($0, -1, 1, [64]) }
        return Program(state: inputs) { state in
            // As one writes it with leaves: no function to differentiate, a tape.
            let leaves = state.map { $0.requiringGrad() }
            let y = (leaves[0] * leaves[1] + leaves[2]).tanh().sum()
            return [y] + gradients(of: [y], withRespectTo: leaves)
        }
    },
    Case(name: "elementwise_big.fwd", expected: [Expected(value: 2_086_104.349)]) {
        Program(state: bigVectors()) { [bigFormula($0)] }
    },
    Case(
        name: "elementwise_big.grad", expected: [Expected(value: 2_086_104.349), Expected(value: 5_028_067.18)]
    ) {
        Program(state: bigVectors()) { withGradients($0, of: bigFormula) }
    },
]

private func bigVectors() -> [Tensor] { [4001, 4002].map { Data.uniform($0, -1, 1, [1 << 22]) } }

/// Σ tanh(x y + 0.5) e⁻ˣ.
@Sendable private func bigFormula(_ inputs: [Tensor]) -> Tensor {
    let (x, y) = (inputs[0], inputs[1])
    return ((x * y + 0.5).tanh() * (-x).exp()).sum()
}

/// The value of a scalar function and its gradients.
func withGradients(_ inputs: [Tensor], of f: ([Tensor]) -> Tensor) -> [Tensor] {
    let (value, gradients) = valueWithGradient(at: inputs, of: f)
    return [value] + gradients
}
