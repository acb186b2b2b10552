import AdjointCore
import AdjointNN
import AdjointRuntime
import Testing

/// A function with the shapes of its inputs: its derivatives are compared with differences, its batching with a loop.
struct NetworkCase: Sendable, CustomTestStringConvertible {
    let name: String
    let shapes: [[Int]]
    let apply: @Sendable ([Tensor]) -> Tensor
    var testDescription: String { name }

    init(_ name: String, _ shapes: [[Int]], _ apply: @escaping @Sendable ([Tensor]) -> Tensor) {
        (self.name, self.shapes, self.apply) = (name, shapes, apply)
    }

    func inputs(_ example: Int = 0) -> [Tensor] {
        shapes.enumerated().map { numbers($1, seed: 0.7 * Double($0) + 0.31 * Double(example)) }
    }
}

private let classes = Tensor([2, 0])

let networkCases: [NetworkCase] = convolutionCases + poolingCases + resamplingCases + layerCases + lossCases

private let convolutionCases: [NetworkCase] = [
    NetworkCase("convolution 1-D", [[2, 2, 5], [3, 2, 2], [3]]) {
        convolution($0[0], $0[1], bias: $0[2], stride: 2, padding: 1)
    },
    NetworkCase("convolution 2-D", [[1, 2, 4, 3], [2, 2, 2, 2]]) {
        convolution($0[0], $0[1], padding: [1, 0], dilation: [2, 1])
    },
    NetworkCase("convolution of groups", [[2, 4, 3, 3], [4, 2, 2, 2]]) { convolution($0[0], $0[1], groups: 2) },
    NetworkCase("convolution that keeps extents", [[1, 1, 3, 4], [2, 1, 2, 3]]) {
        convolution($0[0], $0[1], padding: .same)
    },
    NetworkCase("convolution of points", [[2, 3, 2, 2], [2, 3, 1, 1]]) { convolution($0[0], $0[1]) },
    NetworkCase("convolution 3-D", [[1, 1, 2, 3, 2], [1, 1, 2, 2, 1]]) {
        convolution($0[0], $0[1], stride: [1, 2, 1])
    },
    NetworkCase("transposed convolution 1-D", [[2, 2, 3], [2, 1, 3]]) {
        transposedConvolution($0[0], $0[1], stride: 2, padding: 1, outputPadding: 1)
    },
    NetworkCase("transposed convolution of groups", [[1, 2, 2, 2], [2, 2, 2, 2], [4]]) {
        transposedConvolution($0[0], $0[1], bias: $0[2], dilation: 2, groups: 2)
    },
    NetworkCase("unfold", [[1, 2, 3, 4]]) { unfold($0[0], kernel: 2, padding: 1, stride: 2) },
    NetworkCase("fold", [[1, 4, 6]]) { fold($0[0], to: [3, 4], kernel: 2) },
]

private let poolingCases: [NetworkCase] = [
    NetworkCase("max pool", [[2, 5, 5]]) { maxPool($0[0], kernel: [2, 3], stride: 2, padding: 1) },
    NetworkCase("max pool, dilated", [[1, 2, 7]]) { maxPool($0[0], kernel: 2, stride: 2, dilation: 3, roundsUp: true) },
    NetworkCase("adaptive max pool", [[2, 5, 4]]) { adaptiveMaxPool($0[0], to: [2, 3]) },
    NetworkCase("average pool", [[2, 5, 4]]) { averagePool($0[0], kernel: [3, 2], stride: 2, padding: 1) },
    NetworkCase("average pool without padding", [[2, 5]]) {
        averagePool($0[0], kernel: 3, stride: 2, padding: 1, roundsUp: true, countsPadding: false)
    },
    NetworkCase("adaptive average pool", [[1, 5, 4]]) { adaptiveAveragePool($0[0], to: [3, 2]) },
    NetworkCase("max unpool", [[1, 3]]) { maxUnpool($0[0], positions: Tensor([[4, 0, 4]]), to: [5]) },
]

private let resamplingCases: [NetworkCase] = [
    NetworkCase("nearest", [[1, 1, 3, 2]]) { interpolate($0[0], to: [5, 3]) },
    NetworkCase("interpolated", [[1, 2, 4]]) { interpolate($0[0], scale: [1.7], mode: .linear) },
    NetworkCase("bilinear, corners", [[1, 1, 3, 2]]) {
        interpolate($0[0], to: [4, 5], mode: .linear, alignsCorners: true)
    },
    NetworkCase("bicubic", [[1, 1, 3, 4]]) { interpolate($0[0], to: [5, 2], mode: .cubic) },
    NetworkCase("bilinear, antialiased", [[1, 1, 7, 5]]) {
        interpolate($0[0], to: [3, 2], mode: .linear, antialias: true)
    },
    NetworkCase("reflected", [[2, 4]]) { $0[0].padded([(1, 0), (2, 3)], mode: .reflect) },
    NetworkCase("replicated", [[2, 4]]) { $0[0].padded([(-1, 3)], mode: .replicate) },
    NetworkCase("circular", [[2, 4]]) { $0[0].padded([(3, 1)], mode: .circular) },
    NetworkCase("padded by a number", [[2, 4]]) { $0[0].padded([(1, -1), (2, 0)], mode: .constant(2.5)) },
    NetworkCase("grid, linear", [[1, 2, 3, 4], [1, 2, 2, 2]]) { gridSample($0[0], $0[1] * 0.6) },
    NetworkCase("grid, cubic", [[1, 1, 4, 4], [1, 2, 1, 2]]) {
        gridSample($0[0], $0[1] * 0.6, mode: .cubic, padding: .reflection, alignsCorners: true)
    },
    NetworkCase("grid 3-D", [[1, 1, 2, 3, 2], [1, 1, 2, 1, 3]]) { gridSample($0[0], $0[1] * 0.4, padding: .border) },
    NetworkCase("grid 3-D, cubic", [[1, 1, 2, 3, 4], [1, 1, 1, 2, 3]]) {
        gridSample($0[0], $0[1] * 0.4, mode: .cubic)
    },
    NetworkCase("pixel shuffle", [[1, 4, 2, 3]]) {
        pixelUnshuffle(
            channelShuffle(pixelShuffle($0[0], factor: 2), groups: 1).padded([(0, 1), (0, 0)])[.ellipsis, 0..<4, 0..<6],
            factor: 2)
    },
]

private let layerCases: [NetworkCase] = [
    NetworkCase("layer norm", [[2, 2, 3], [2, 3], [2, 3]]) {
        layerNorm($0[0], shape: [2, 3], weight: $0[1], bias: $0[2], epsilon: 0.1)
    },
    NetworkCase("rms norm", [[2, 3], [3]]) { rmsNorm($0[0], shape: [3], weight: $0[1], epsilon: 0.1) },
    NetworkCase("group norm", [[2, 4, 2], [4], [4]]) { groupNorm($0[0], groups: 2, weight: $0[1], bias: $0[2]) },
    NetworkCase("instance norm", [[2, 2, 3]]) { instanceNorm($0[0], epsilon: 0.1) },
    NetworkCase("batch norm", [[3, 2, 2], [2], [2]]) { batchNorm($0[0], weight: $0[1], bias: $0[2], epsilon: 0.1) },
    NetworkCase("batch norm of given statistics", [[3, 2], [2], [2]]) {
        batchNorm($0[0], mean: $0[1], variance: $0[2].square() + 0.5)
    },
    NetworkCase("local response norm", [[1, 4, 2]]) { localResponseNorm($0[0], size: 3, alpha: 0.7, k: 1.5) },
    NetworkCase("normalize", [[2, 3]]) { normalize($0[0], p: 3) },
    NetworkCase("linear", [[2, 3], [4, 3], [4]]) { linear($0[0], $0[1], bias: $0[2]) },
    NetworkCase("bilinear", [[2, 3], [2, 2], [2, 3, 2]]) { bilinear($0[0], $0[1], $0[2]) },
    NetworkCase("embedding", [[4, 2]]) { embedding(Tensor([[1, 3], [1, 0]]), $0[0]) },
    NetworkCase("embedding bag", [[4, 2], [5]]) {
        embeddingBag(
            Tensor([1, 3, 1, 0, 2]), $0[0], offsets: Tensor([0, 2, 2]), reduction: .sum, weights: $0[1])
    },
    NetworkCase("embedding bag, largest", [[4, 2]]) {
        embeddingBag(Tensor([[1, 3], [1, 0]]), $0[0], reduction: .max)
    },
    NetworkCase("attention", [[2, 3, 2], [2, 4, 2], [2, 4, 3]]) {
        scaledDotProductAttention($0[0], $0[1], $0[2], isCausal: true)
    },
    NetworkCase("attention, masked", [[2, 2, 2], [1, 3, 2], [1, 3, 2], [2, 3]]) {
        scaledDotProductAttention($0[0], $0[1], $0[2], mask: $0[3], scale: 0.3, sharesHeads: true)
    },
    NetworkCase("cosine similarity", [[2, 3], [2, 3]]) { cosineSimilarity($0[0], $0[1]) },
    NetworkCase("pairwise distance", [[2, 3], [2, 3]]) { pairedDistance($0[0], $0[1]) },
]

private let lossCases: [NetworkCase] = [
    NetworkCase("cross-entropy", [[2, 3]]) { crossEntropy($0[0], classes) },
    NetworkCase("cross-entropy, weights and smoothing", [[2, 3], [3]]) {
        crossEntropy($0[0], classes, weight: $0[1].square(), labelSmoothing: 0.2)
    },
    NetworkCase("cross-entropy of images", [[2, 3, 2]]) {
        crossEntropy($0[0], Tensor([[2, 0], [-100, 1]]), reduction: .sum)
    },
    NetworkCase("cross-entropy of probabilities", [[2, 3], [2, 3]]) { crossEntropy($0[0], $0[1]) },
    NetworkCase("negative log-likelihood", [[2, 3]]) { negativeLogLikelihood($0[0], classes, reduction: .none) },
    NetworkCase("linear cross-entropy", [[2, 4], [3, 4]]) { linearCrossEntropy($0[0], layer: $0[1], classes) },
    NetworkCase("binary cross-entropy", [[3], [3]]) { binaryCrossEntropy($0[0].sigmoid(), $0[1]) },
    NetworkCase("binary cross-entropy of logits", [[2, 3], [2, 3], [3]]) {
        binaryCrossEntropy(logits: $0[0], $0[1], positiveWeight: $0[2])
    },
    NetworkCase("divergence", [[2, 2], [2, 2]]) { klDivergence($0[0], $0[1].square(), reduction: .batchMean) },
    NetworkCase("divergence of logarithms", [[2], [2]]) { klDivergence($0[0], $0[1], hasLogTarget: true) },
    NetworkCase("squared error", [[2, 2], [2]]) { meanSquaredError($0[0], $0[1]) },
    NetworkCase("absolute error", [[3], [3]]) { absoluteError($0[0], $0[1], reduction: .sum) },
    NetworkCase("smooth absolute error", [[4], [4]]) { smoothAbsoluteError($0[0], $0[1], beta: 0.8) },
    NetworkCase("Huber", [[4], [4]]) { huberLoss($0[0], $0[1], delta: 0.8, reduction: .none) },
    NetworkCase("Poisson", [[3], [3]]) { poissonLoss($0[0], $0[1] + 3, isFull: true) },
    NetworkCase("Gaussian", [[2, 3], [2, 3], [2]]) {
        gaussianLoss($0[0], $0[1], variance: $0[2].square() + 0.3, isFull: true)
    },
    NetworkCase("hinge", [[4]]) { hingeEmbeddingLoss($0[0], vector(1.0, -1, -1, 1).to($0[0].dtype)) },
    NetworkCase("cosine embedding", [[2, 3], [2, 3]]) {
        cosineEmbeddingLoss($0[0], $0[1], Tensor([1, -1]), margin: -0.9)
    },
    NetworkCase("margin ranking", [[3], [3]]) { marginRankingLoss($0[0], $0[1], Tensor([1, -1, 1]), margin: 0.5) },
    NetworkCase("multi margin", [[2, 3], [3]]) { multiMarginLoss($0[0], classes, p: 2, weight: $0[1]) },
    NetworkCase("multi-label margin", [[2, 3]]) { multiLabelMarginLoss($0[0], Tensor([[2, 0, -1], [1, -1, 0]])) },
    NetworkCase("multi-label soft margin", [[2, 3], [2, 3]]) { multiLabelSoftMarginLoss($0[0], $0[1]) },
    NetworkCase("soft margin", [[3], [3]]) { softMarginLoss($0[0], $0[1]) },
    NetworkCase("triplet", [[2, 3], [2, 3], [2, 3]]) { tripletMarginLoss($0[0], $0[1], $0[2], margin: 2, swaps: true) },
    NetworkCase("connectionist temporal classification", [[4, 2, 3]]) {
        ctcLoss(
            $0[0].logSoftmax(), Tensor([[1, 1], [2, 0]]), inputLengths: [4, 3], targetLengths: [2, 1], blank: 0)
    },
]
