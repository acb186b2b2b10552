import AdjointCore
import AdjointNN
import AdjointRuntime
import Testing

/// A mistake, the kind of its error, and words of the message.
struct NetworkMisuse: Sendable, CustomTestStringConvertible {
    let name: String
    let kind: TensorError.Kind
    let words: [String]
    let make: @Sendable () -> Tensor
    var testDescription: String { name }

    init(_ name: String, _ kind: TensorError.Kind, _ words: [String], _ make: @escaping @Sendable () -> Tensor) {
        (self.name, self.kind, self.words, self.make) = (name, kind, words, make)
    }
}

private let image = numbers([1, 2, 4, 4])
private let logits = numbers([2, 3])

private let networkMisuses = [
    NetworkMisuse("channels", .shape, ["[1, 2, 4, 4]", "[3, 3, 2, 2]"]) { convolution(image, numbers([3, 3, 2, 2])) },
    NetworkMisuse("filter too large", .shape, ["[5, 5]", "[4, 4]"]) { convolution(image, numbers([3, 2, 5, 5])) },
    NetworkMisuse("axes", .shape, ["[2, 3]"]) { convolution(logits, numbers([3, 2, 5, 5])) },
    NetworkMisuse("stride", .argument, ["stride", "[0]"]) { convolution(image, numbers([3, 2, 2, 2]), stride: 0) },
    NetworkMisuse("same with stride", .argument, [".same", "2"]) {
        convolution(image, numbers([3, 2, 2, 2]), stride: 2, padding: .same)
    },
    NetworkMisuse("bias", .shape, ["[2]", "3 filters"]) {
        convolution(image, numbers([3, 2, 2, 2]), bias: numbers([2]))
    },
    NetworkMisuse("output padding", .argument, ["outputPadding", "[2, 2]"]) {
        transposedConvolution(image, numbers([2, 2, 2, 2]), outputPadding: 2)
    },
    NetworkMisuse("complex", .dtype, ["complex"]) { maxPool(image.to(.complex128), kernel: 2) },
    NetworkMisuse("fold", .shape, ["[1, 5, 6]"]) { fold(numbers([1, 5, 6]), to: [3, 4], kernel: 2) },
    NetworkMisuse("pool too large", .shape, ["[5, 5]"]) { maxPool(image, kernel: 5) },
    NetworkMisuse("pool padding", .argument, ["padding", "half"]) { averagePool(image, kernel: 2, padding: 2) },
    NetworkMisuse("pool of nothing", .empty, ["[1, 2, 0, 4]"]) { maxPool(numbers([1, 2, 0, 4]), kernel: 1) },
    NetworkMisuse("divisor", .argument, ["0"]) { averagePool(image, kernel: 2, divisor: 0) },
    NetworkMisuse("unpool", .index, ["position 9"]) {
        maxUnpool(numbers([1, 2]), positions: Tensor([[0, 9]]), to: [5])
    },
    NetworkMisuse("reflection", .argument, ["(4, 0)", "3"]) { image.padded([(4, 0)], mode: .reflect) },
    NetworkMisuse("taking away", .shape, ["(-3, -2)"]) { image.padded([(-3, -2)]) },
    NetworkMisuse("taking away a lot", .shape, ["padded"]) { image.padded([(.min, .min)]) },
    NetworkMisuse("interpolation", .argument, ["both"]) { interpolate(image, to: 3, scale: [2]) },
    NetworkMisuse("interpolation to nothing", .shape, ["[0, 0]"]) { interpolate(image, scale: [0.1]) },
    NetworkMisuse("grid", .shape, ["[1, 2, 3]"]) { gridSample(image, numbers([1, 2, 3])) },
    NetworkMisuse("shuffle", .shape, ["[1, 2, 4, 4]"]) { pixelShuffle(image, factor: 3) },
    NetworkMisuse("layer norm", .shape, ["[2, 3]", "[4]"]) { layerNorm(logits, shape: [4]) },
    NetworkMisuse("layer norm weight", .shape, ["[2]"]) { layerNorm(logits, shape: [3], weight: numbers([2])) },
    NetworkMisuse("group norm", .shape, ["3 groups"]) { groupNorm(image, groups: 3) },
    NetworkMisuse("batch norm of one", .shape, ["[1, 3]"]) { batchNorm(numbers([1, 3])) },
    NetworkMisuse("linear", .shape, ["[2, 3]", "[4, 2]"]) { linear(logits, numbers([4, 2])) },
    NetworkMisuse("attention", .shape, ["[2, 3]", "[4, 2]"]) {
        scaledDotProductAttention(logits, numbers([4, 2]), numbers([4, 2]))
    },
    NetworkMisuse("embedding", .index, ["5"]) { embedding(Tensor([5]), logits) },
    NetworkMisuse("offsets", .argument, ["[0, 4]"]) { embeddingBag(Tensor([0, 1]), logits, offsets: Tensor([0, 4])) },
    NetworkMisuse("one-hot", .index, ["-1"]) { oneHot(Tensor([-1]), classes: 3) },
    NetworkMisuse("cross-entropy shapes", .shape, ["[2, 3]", "[3]"]) { crossEntropy(logits, Tensor([0, 1, 2])) },
    NetworkMisuse("cross-entropy class", .index, ["target 3", "sample 1", "3 classes"]) {
        crossEntropy(logits, Tensor([0, 3]))
    },
    NetworkMisuse("cross-entropy target type", .dtype, ["float64"]) { crossEntropy(logits, numbers([2])) },
    NetworkMisuse("cross-entropy of nothing", .empty, ["[0, 3]"]) {
        crossEntropy(Tensor.zeros(0, 3), Tensor.zeros(0, dtype: .int64))
    },
    NetworkMisuse("weights of classes", .shape, ["[2]", "3 classes"]) {
        crossEntropy(logits, Tensor([0, 1]), weight: numbers([2]))
    },
    NetworkMisuse("no probability", .argument, ["1.5"]) { binaryCrossEntropy(vector(1.5), vector(1.0)) },
    NetworkMisuse("variance", .argument, ["-1.0"]) {
        gaussianLoss(vector(1.0), vector(1.0), variance: vector(-1.0))
    },
    NetworkMisuse("lengths", .argument, ["[5]"]) {
        ctcLoss(logits, Tensor([1]), inputLengths: [5], targetLengths: [1])
    },
]

@Suite struct NetworkMisuseTests {
    @Test(arguments: networkMisuses) func theMessageSaysWhatIsWrong(_ entry: NetworkMisuse) throws {
        let error = try #require(failure(entry.make))
        #expect(error.kind == entry.kind, "\(error)")
        for word in entry.words { #expect(error.description.contains(word), "\(error) lacks \(word)") }
    }

    @Test func aFailedInputIsPassedOn() throws {
        _ = try? checked {
            let bad = vector(1, 2) + vector(1, 2, 3)
            let results = [
                convolution(bad, logits), maxPool(bad, kernel: 2), interpolate(bad, to: 3), layerNorm(bad, shape: [3]),
                crossEntropy(bad, Tensor([1])), binaryCrossEntropy(bad, bad), meanSquaredError(bad, logits),
                scaledDotProductAttention(bad, bad, bad), embedding(Tensor([0]), bad), linear(bad, logits),
                cosineSimilarity(bad, bad), bad.padded([(1, 1)]), groupNorm(bad, groups: 1),
                tripletMarginLoss(bad, bad, bad), normalize(bad), batchNorm(bad),
            ]
            for (place, result) in results.enumerated() { #expect(result.failure != nil, "\(place)") }
        }
    }
}
