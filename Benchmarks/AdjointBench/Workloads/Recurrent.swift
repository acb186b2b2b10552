import Adjoint

/// lstm_train: an LSTM by primitive operations, and the library's own.
let recurrentCases: [Case] = [
    recurrentCase("lstm_train.unrolled") { x, w in
        let units = 128
        var (h, c) = (Tensor.zeros(32, units), Tensor.zeros(32, units))
        var outputs: [Tensor] = []
        for step in 0..<64 {
            let z = x[step].matmul(w[0]) + h.matmul(w[1]) + w[2]
            let parts = z.split(evenly: 4, axis: -1)
            c = parts[1].sigmoid() * c + parts[0].sigmoid() * parts[2].tanh()
            h = parts[3].sigmoid() * c.tanh()
            outputs.append(h)
        }
        return stack(outputs)
    },
    recurrentCase("lstm_train.fused") { x, w in
        lstm(x, inputWeight: w[0], hiddenWeight: w[1], bias: w[2]).outputs
    },
]

private func recurrentCase(_ name: String, _ network: @escaping @Sendable (Tensor, [Tensor]) -> Tensor) -> Case {
    Case(name: name, expected: [Expected(value: 0.00498693), Expected(value: 0.2946736)]) {
        let x = Data.uniform(12001, -1, 1, [64, 32, 64])
        let weights = [
            Data.fan(12101, [64, 512], 128), Data.fan(12102, [128, 512], 128), Data.fan(12103, [512], 128),
        ]
        return Program(state: weights) { state in withGradients(state) { network(x, $0).square().mean() } }
    }
}
