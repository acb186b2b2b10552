import Adjoint

/// lstm_train: an LSTM by primitive operations, by a loop operator, and the library's own.
let recurrentCases: [Case] = [
    recurrentCase("lstm_train.unrolled") { x, w in
        var state = start
        var outputs: [Tensor] = []
        for step in 0..<64 {
            state = next(state, x[step], w)
            outputs.append(state[0])
        }
        return stack(outputs)
    },
    recurrentCase("lstm_train.scan") { x, w in
        scan(start, over: x) { (state: [Tensor], x: Tensor) in
            let state = next(state, x, w)
            return (state, state[0])
        }.outputs
    },
    recurrentCase("lstm_train.fused") { x, w in
        lstm(x, inputWeight: w[0], hiddenWeight: w[1], bias: w[2]).outputs
    },
]

/// h and c before the first step.
private var start: [Tensor] { [Tensor.zeros(32, 128), Tensor.zeros(32, 128)] }

/// h and c after a step on `x`; the weights are those of x, of h, and the bias.
private func next(_ state: [Tensor], _ x: Tensor, _ w: [Tensor]) -> [Tensor] {
    let z = x.matmul(w[0]) + state[0].matmul(w[1]) + w[2]
    let parts = z.split(evenly: 4, axis: -1)
    let c = parts[1].sigmoid() * state[1] + parts[0].sigmoid() * parts[2].tanh()
    return [parts[3].sigmoid() * c.tanh(), c]
}

private func recurrentCase(_ name: String, _ network: @escaping @Sendable (Tensor, [Tensor]) -> Tensor) -> Case {
    Case(name: name, expected: [Expected(value: 0.00498693), Expected(value: 0.2946736)]) {
        let x = Data.uniform(12001, -1, 1, [64, 32, 64])
        let weights = [
            Data.fan(12101, [64, 512], 128), Data.fan(12102, [128, 512], 128), Data.fan(12103, [512], 128),
        ]
        return Program(state: weights) { state in withGradients(state) { network(x, $0).square().mean() } }
    }
}
