import Adjoint
import AdjointCore
import AdjointRuntime

let lossAdapters: [String: Adapter] = [
    "nn.functional.cross_entropy": { call in
        one(
            crossEntropy(
                try call.x, try call.tensor(0, "target"), weight: try call.optionalTensor(1, "weight"),
                ignoreIndex: try call.int(3, "ignore_index", default: -100),
                labelSmoothing: try call.double(6, "label_smoothing", default: 0), reduction: try call.reduction(5)))
    },
    "nn.functional.linear_cross_entropy": { call in
        one(
            linearCrossEntropy(
                try call.x, layer: try call.tensor(0, "linear_weight"),
                layerBias: try call.optionalTensor(nil, "linear_bias"), try call.tensor(1, "target"),
                weight: try call.optionalTensor(nil, "weight"),
                ignoreIndex: try call.int(nil, "ignore_index", default: -100),
                labelSmoothing: try call.double(nil, "label_smoothing", default: 0),
                reduction: try call.reduction(nil, hasOlder: false)))
    },
    "nn.functional.nll_loss": { call in
        one(
            negativeLogLikelihood(
                try call.x, try call.tensor(0, "target"), weight: try call.optionalTensor(1, "weight"),
                ignoreIndex: try call.int(3, "ignore_index", default: -100), reduction: try call.reduction(5)))
    },
    "nn.functional.binary_cross_entropy": { call in
        one(
            binaryCrossEntropy(
                try call.x, try call.tensor(0, "target"), weight: try call.optionalTensor(1, "weight"),
                reduction: try call.reduction(4)))
    },
    "nn.functional.binary_cross_entropy_with_logits": { call in
        one(
            binaryCrossEntropy(
                logits: try call.x, try call.tensor(0, "target"), weight: try call.optionalTensor(1, "weight"),
                positiveWeight: try call.optionalTensor(5, "pos_weight"), reduction: try call.reduction(4)))
    },
    "nn.functional.kl_div": { call in
        one(
            klDivergence(
                try call.x, try call.tensor(0, "target"), hasLogTarget: try call.bool(4, "log_target", default: false),
                reduction: try call.reduction(3)))
    },
    "nn.functional.mse_loss": { call in
        one(
            meanSquaredError(
                try call.x, try call.tensor(0, "target"), weight: try call.optionalTensor(4, "weight"),
                reduction: try call.reduction(3)))
    },
    "nn.functional.l1_loss": { call in
        one(
            absoluteError(
                try call.x, try call.tensor(0, "target"), weight: try call.optionalTensor(4, "weight"),
                reduction: try call.reduction(3)))
    },
    "nn.functional.smooth_l1_loss": { call in
        one(
            smoothAbsoluteError(
                try call.x, try call.tensor(0, "target"), beta: try call.double(4, "beta", default: 1),
                reduction: try call.reduction(3)))
    },
    "nn.functional.huber_loss": { call in
        let delta = try call.double(2, "delta", default: 1)
        let (x, target, reduction) = (try call.x, try call.tensor(0, "target"), try call.reduction(1, hasOlder: false))
        guard let weight = try call.optionalTensor(3, "weight") else {
            return one(huberLoss(x, target, delta: delta, reduction: reduction))
        }
        let losses = huberLoss(x, target, delta: delta, reduction: .none) * weight
        return one(reduction == .none ? losses : reduction == .sum ? losses.sum() : losses.mean())
    },
    "nn.functional.poisson_nll_loss": { call in
        one(
            poissonLoss(
                try call.x, try call.tensor(0, "target"), isLogarithm: try call.bool(1, "log_input", default: true),
                isFull: try call.bool(2, "full", default: false), epsilon: try call.double(4, "eps", default: 1e-8),
                reduction: try call.reduction(6)))
    },
    "nn.functional.gaussian_nll_loss": { call in
        one(
            gaussianLoss(
                try call.x, try call.tensor(0, "target"), variance: try call.tensor(1, "var"),
                isFull: try call.bool(2, "full", default: false), epsilon: try call.double(3, "eps", default: 1e-6),
                reduction: try call.reduction(4, hasOlder: false)))
    },
    "nn.functional.hinge_embedding_loss": { call in
        one(
            hingeEmbeddingLoss(
                try call.x, try call.tensor(0, "target"), margin: try call.double(1, "margin", default: 1),
                reduction: try call.reduction(4)))
    },
    "nn.functional.cosine_embedding_loss": { call in
        one(
            cosineEmbeddingLoss(
                try call.x, try call.tensor(0, "input2"), try call.tensor(1, "target"),
                margin: try call.double(2, "margin", default: 0), reduction: try call.reduction(5)))
    },
    "nn.functional.margin_ranking_loss": { call in
        one(
            marginRankingLoss(
                try call.x, try call.tensor(0, "input2"), try call.tensor(1, "target"),
                margin: try call.double(2, "margin", default: 0), reduction: try call.reduction(5)))
    },
    "nn.functional.multi_margin_loss": { call in
        one(
            multiMarginLoss(
                try call.x, try call.tensor(0, "target"), p: try call.int(1, "p", default: 1),
                margin: try call.double(2, "margin", default: 1), weight: try call.optionalTensor(3, "weight"),
                reduction: try call.reduction(6)))
    },
    "nn.functional.multilabel_margin_loss": { call in
        one(multiLabelMarginLoss(try call.x, try call.tensor(0, "target"), reduction: try call.reduction(3)))
    },
    "nn.functional.multilabel_soft_margin_loss": { call in
        one(
            multiLabelSoftMarginLoss(
                try call.x, try call.tensor(0, "target"), weight: try call.optionalTensor(1, "weight"),
                reduction: try call.reduction(4)))
    },
    "nn.functional.soft_margin_loss": { call in
        one(softMarginLoss(try call.x, try call.tensor(0, "target"), reduction: try call.reduction(3)))
    },
    "nn.functional.triplet_margin_loss": { call in
        one(
            tripletMarginLoss(
                try call.x, try call.tensor(0, "positive"), try call.tensor(1, "negative"),
                margin: try call.double(2, "margin", default: 1), p: try call.double(3, "p", default: 2),
                epsilon: try call.double(4, "eps", default: 1e-6), swaps: try call.bool(5, "swap", default: false),
                reduction: try call.reduction(8)))
    },
    "nn.functional.triplet_margin_with_distance_loss": { call in
        one(
            tripletMarginLoss(
                try call.x, try call.tensor(0, "positive"), try call.tensor(1, "negative"),
                margin: try call.double(nil, "margin", default: 1), swaps: try call.bool(nil, "swap", default: false),
                reduction: try call.reduction(nil, hasOlder: false)))
    },
    "nn.functional.ctc_loss": { call in
        one(
            ctcLoss(
                try call.x, try call.tensor(0, "targets"), inputLengths: try call.lengths(1, "input_lengths"),
                targetLengths: try call.lengths(2, "target_lengths"), blank: try call.int(3, "blank", default: 0),
                zerosInfinite: try call.bool(5, "zero_infinity", default: false),
                reduction: try call.reduction(4, hasOlder: false)))
    },
    "nn.functional.cosine_similarity": { call in
        one(
            cosineSimilarity(
                try call.x, try call.tensor(0, "x2"), axis: try call.int(1, "dim", default: 1),
                epsilon: try call.double(2, "eps", default: 1e-8)))
    },
    "nn.functional.pairwise_distance": { call in
        one(
            pairedDistance(
                try call.x, try call.tensor(0, "x2"), p: try call.double(1, "p", default: 2),
                epsilon: try call.double(2, "eps", default: 1e-6),
                keepDims: try call.bool(3, "keepdim", default: false)))
    },
]

extension Call {
    /// `reduction`, or the older `size_average` and `reduce`, which mostly stand before it.
    fileprivate func reduction(_ position: Int?, hasOlder: Bool = true) throws -> LossReduction {
        let average = hasOlder ? try optionalBool(position.map { $0 - 2 }, "size_average") : nil
        let reduces = hasOlder ? try optionalBool(position.map { $0 - 1 }, "reduce") : nil
        if average != nil || reduces != nil {
            if reduces == false { return .none }
            return average == false ? .sum : .mean
        }
        switch try string(position, "reduction", default: "mean") {
        case "mean": return .mean
        case "sum": return .sum
        case "batchmean": return .batchMean
        case "none": return .none
        case let other: throw CaseError("reduction \(other)")
        }
    }

    /// Whole numbers in a tensor, a list or a tuple.
    fileprivate func lengths(_ position: Int, _ name: String) throws -> [Int] {
        if case .tensor(let tensor)? = argument(position, name) { return tensor.ints }
        return try ints(position, name) ?? []
    }
}

/// The one result of an operator.
func one(_ tensor: Tensor) -> [Output] { [.tensor(tensor)] }
