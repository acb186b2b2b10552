import Adjoint

/// mlp_train: a multilayer perceptron, 784-512-256-10.
let perceptronCases: [Case] = [
    perceptronCase("mlp_train.b64.sgd", samples: 64, SGD(learningRate: 0.1), loss: 2.210731, first: 2.311031),
    perceptronCase("mlp_train.b1.sgd", samples: 1, SGD(learningRate: 0.1), loss: 0.0043296, first: 2.442449),
    perceptronCase("mlp_train.b64.adam", samples: 64, Adam(), loss: 1.42174, first: 2.311031),
]

private func perceptronCase(
    _ name: String, samples: Int, _ optimizer: some Optimizer, loss: Double, first: Double
) -> Case {
    Case(
        name: name, expected: [Expected(value: loss, relative: 1e-3), Expected(value: first, relative: 1e-3)]
    ) { perceptronProgram(samples, optimizer) }
}

func perceptronProgram(_ samples: Int, _ optimizer: some Optimizer) -> Program {
    let x = Data.uniform(8001, 0, 1, [64, 784])[..<samples]
    let labels = Data.labels(8002, 10, [64])[..<samples]
    return training(Data.dense(8101, [784, 512, 256, 10]), optimizer) { crossEntropy(dense($0[...], x), labels) }
}

/// Dense layers with ReLU between: parameters are W₀, b₀, W₁, b₁, …
func dense(_ parameters: ArraySlice<Tensor>, _ x: Tensor) -> Tensor {
    var y = x
    for place in stride(from: parameters.startIndex, to: parameters.endIndex, by: 2) {
        if place > parameters.startIndex { y = y.relu() }
        y = y.matmul(parameters[place]) + parameters[place + 1]
    }
    return y
}

/// Steps of an optimizer on a loss; the state is the parameters, then what the optimizer remembers.
func training(
    _ parameters: [Tensor], _ optimizer: some Optimizer, _ loss: @escaping @Sendable ([Tensor]) -> Tensor
) -> Program {
    let count = parameters.count
    return .training(parameters + optimizer.initialState(for: parameters)) { state in
        var (weights, optimizer) = (Array(state[..<count]), optimizer)
        optimizer.state = Array(state[count...])
        state = []
        let (value, gradients) = valueWithGradient(at: weights, of: loss)
        optimizer.update(&weights, along: gradients)
        state = weights + optimizer.state
        return [value]
    }
}
