import Adjoint

/// cnn_train and resnet_train: convolutional networks.
let convolutionCases: [Case] = [
    Case(
        name: "cnn_train",
        expected: [Expected(value: 2.268066, relative: 1e-3), Expected(value: 2.282607, relative: 1e-3)]
    ) {
        let images = Data.uniform(9001, 0, 1, [64, 1, 28, 28])
        let labels = Data.labels(9002, 10, [64])
        let filters = [
            Data.fan(9101, [6, 1, 5, 5], 25), Data.fan(9102, [6], 25), Data.fan(9103, [16, 6, 5, 5], 150),
            Data.fan(9104, [16], 150),
        ]
        let parameters = filters + Data.dense(9105, [400, 120, 84, 10])
        return training(parameters, SGD(learningRate: 0.05)) { p in
            var x = maxPool(convolution(images, p[0], bias: p[1], padding: 2).relu(), kernel: 2)
            x = maxPool(convolution(x, p[2], bias: p[3]).relu(), kernel: 2)
            return crossEntropy(dense(p[4...], x.reshaped(64, 400)), labels)
        }
    },
    Case(
        name: "resnet_train",
        expected: [Expected(value: 2.11898, relative: 1e-3), Expected(value: 2.273778, relative: 1e-3)]
    ) { ResidualNetwork().program() },
]

/// Three residual blocks with batch normalization.
private struct ResidualNetwork {
    /// Filters in the order of their seeds: stem, s1c1, s1c2, s2c1, s2c2, s2sc, s3c1, s3c2, s3sc.
    private static let shapes = [
        [16, 3, 3, 3], [16, 16, 3, 3], [16, 16, 3, 3], [32, 16, 3, 3], [32, 32, 3, 3], [32, 16, 1, 1],
        [64, 32, 3, 3], [64, 64, 3, 3], [64, 32, 1, 1],
    ]
    private let images = Data.uniform(10001, -1, 1, [32, 3, 32, 32])
    private let labels = Data.labels(10002, 10, [32])

    /// State: a filter, γ and β for each convolution, W and b, then the running means and variances.
    func program() -> Program {
        let layers = Self.shapes.enumerated().flatMap { index, shape in
            [
                Data.fan(10101 + UInt32(index), shape, shape[1] * shape[2] * shape[3], gain: 6),
                Tensor.ones(shape[0]), Tensor.zeros(shape[0]),
            ]
        }
        let parameters = layers + [Data.fan(10110, [64, 10], 64), Data.fan(10111, [10], 64)]
        let running = Self.shapes.flatMap { [Tensor.zeros($0[0]), Tensor.ones($0[0])] }
        let count = parameters.count
        return .training(parameters + running) { state in
            var (weights, statistics) = (Array(state[..<count]), Array(state[count...]))
            state = []
            let (value, gradients, new) = valueWithGradient(at: weights) { p in
                let (logits, statistics) = self.logits(p, statistics)
                return (crossEntropy(logits, self.labels), statistics)
            }
            statistics = new
            var optimizer = SGD(learningRate: 0.05)
            optimizer.update(&weights, along: gradients)
            state = weights + statistics
            return [value]
        }
    }

    private func logits(_ p: [Tensor], _ running: [Tensor]) -> (Tensor, [Tensor]) {
        var statistics: [Tensor] = []
        func layer(_ index: Int, _ x: Tensor, stride: Int = 1) -> Tensor {
            let (filter, gamma, beta) = (p[3 * index], p[3 * index + 1], p[3 * index + 2])
            let padding = SpatialValues(integerLiteral: filter.shape[2] / 2)
            let y = convolution(x, filter, stride: .init(integerLiteral: stride), padding: .zeros(padding))
            let result = batchNorm(
                y, updating: (mean: running[2 * index], variance: running[2 * index + 1]), momentum: 0.1, weight: gamma,
                bias: beta)
            statistics += [result.mean, result.variance]
            return result.output
        }
        // Layers are used in the order of their numbers, and so are their statistics.
        func block(_ first: Int, _ x: Tensor, stride: Int, shortcut: Int?) -> Tensor {
            let y = layer(first + 1, layer(first, x, stride: stride).relu())
            return (y + (shortcut.map { layer($0, x, stride: stride) } ?? x)).relu()
        }
        var x = layer(0, images).relu()
        x = block(1, x, stride: 1, shortcut: nil)
        x = block(3, x, stride: 2, shortcut: 5)
        x = block(6, x, stride: 2, shortcut: 8)
        return (x.mean(axis: 2, 3).matmul(p[27]) + p[28], statistics)
    }
}
