import Adjoint

/// softmax_xent and layernorm: functions of rows, bound by memory.
let rowCases: [Case] = [
    Case(name: "softmax_xent.grad", expected: [Expected(value: 8.839447), Expected(value: 1.998072)]) {
        let labels = Data.labels(5002, 1000, [4096])
        return Program(state: [Data.uniform(5001, -4, 4, [4096, 1000])]) { state in
            withGradients(state) { crossEntropy($0[0], labels) }
        }
    },
    Case(name: "layernorm.grad", expected: [Expected(value: 7_333_781.41), Expected(value: 27_011_004)]) {
        let inputs = [
            Data.uniform(6001, -1, 1, [8192, 768]), Data.uniform(6002, 0.5, 1.5, [768]),
            Data.uniform(6003, -0.5, 0.5, [768]),
        ]
        return Program(state: inputs) { state in
            withGradients(state) { layerNorm($0[0], shape: [768], weight: $0[1], bias: $0[2]).square().sum() }
        }
    },
]
