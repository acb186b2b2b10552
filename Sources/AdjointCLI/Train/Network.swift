import Adjoint

/// A multilayer perceptron with one hidden layer, written with plain tensors.
struct Network {
    /// The width of the hidden layer.
    static let hidden = 256

    /// The weights and the biases of both layers, all of them leaves.
    private var parameters: [Tensor]
    /// The direction in which each parameter moves.
    private var velocities: [Tensor]

    /// A network with random weights of variance 2 / inputs, as He and others proposed in 2015.
    init(generator: Generator) {
        func layer(_ inputs: Int, _ outputs: Int) -> [Tensor] {
            let deviation = (2 / Double(inputs)).squareRoot()
            return [deviation * Tensor.randn(inputs, outputs, generator: generator), Tensor.zeros(outputs)]
        }
        parameters = (layer(Digits.pixels, Self.hidden) + layer(Self.hidden, 10)).map { $0.requiringGrad() }
        velocities = parameters.map { Tensor.zeros(like: $0) }
    }

    /// The number of numbers that are learnt.
    var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

    /// The scores [count, 10] of the ten digits for images [count, 64].
    func logits(_ images: Tensor) -> Tensor {
        relu(images.matmul(parameters[0]) + parameters[1]).matmul(parameters[2]) + parameters[3]
    }

    /// One step of gradient descent with momentum and weight decay; gives the mean loss before it.
    mutating func step(
        _ images: Tensor, _ labels: Tensor, rate: Double, momentum: Double = 0.9, decay: Double = 0.001
    ) -> Double {
        let loss = crossEntropy(logits(images), labels)
        loss.backward()
        noGrad {
            for index in parameters.indices {
                let gradient = parameters[index].grad!
                parameters[index].grad = nil
                velocities[index] *= momentum
                velocities[index] += gradient + decay * parameters[index]
                parameters[index] -= rate * velocities[index]
            }
        }
        return loss.item()
    }

    /// The mean loss and the share of images that are read correctly.
    func evaluate(_ samples: Digits.Samples) -> (loss: Double, accuracy: Double) {
        noGrad {
            let labels = Tensor(samples.labels)
            let logits = logits(samples.tensor)
            let isCorrect = logits.argmax(axis: 1) .== labels
            return (crossEntropy(logits, labels).item(), isCorrect.to(.float64).mean().item())
        }
    }
}
