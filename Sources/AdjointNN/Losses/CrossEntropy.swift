import AdjointCore
import AdjointRuntime

/// Cross-entropy of logits [samples, classes, …] (or [classes]): −Σ t ln softmax(logits), where t is 1 for the class that
/// an integer target names, or the probabilities in floating-point targets of the logits' shape.
/// The gradient of the mean with respect to the logits is (softmax(logits) − t)/n.
/// - Parameters:
///   - targets: class indices [samples, …], or probabilities of the shape of the logits.
///   - weight: [classes], a factor for the loss of each class.
///   - ignoreIndex: a class whose samples do not count.
///   - labelSmoothing: the part of t that is spread evenly over the classes (Szegedy et al. 2016).
///   - reduction: the mean is over the weights of the samples' classes, and 0, with a warning, where no sample counts.
/// - Fails: if a target is no class, or shapes do not fit.
public func crossEntropy(
    _ logits: Tensor, _ targets: Tensor, weight: Tensor? = nil, ignoreIndex: Int? = -100, labelSmoothing: Double = 0,
    reduction: LossReduction = .mean
) -> Tensor {
    attempt { () throws(TensorError) in
        let name = "crossEntropy"
        if let failed = [logits, targets].first(where: { $0.failure != nil }) { return failed }
        guard labelSmoothing >= 0, labelSmoothing <= 1 else {
            throw TensorError(.argument, name, "label smoothing \(labelSmoothing)", "give a number in 0 ... 1")
        }
        guard logits.rank > 0 else {
            throw TensorError(.shape, name, "logits of shape \(logits.shape)", "give [samples, classes, …]")
        }
        let axis = logits.rank > 1 ? 1 : 0
        guard logits.count > 0 || reduction != .mean else {
            throw TensorError(
                .empty, name, "logits of shape \(logits.shape) hold no samples", "check that the batch is not empty")
        }
        let count = logits.shape[axis]
        let isOfClasses = !(targets.dtype.isFloatingPoint && targets.shape == logits.shape)
        if isOfClasses, weight == nil, labelSmoothing == 0, logits.dtype.isFloatingPoint {
            let chosen = try ClassTargets(name, logits, targets, weight: nil, ignoreIndex: ignoreIndex)
            return try chosen.reduced(chosen.crossEntropy, reduction, name)
        }
        let logProbabilities = logits.logSoftmax(axis: axis)
        if !isOfClasses {
            try ClassTargets.check(weight, count, name)
            return soft(logProbabilities, targets, axis, weight, labelSmoothing, reduction)
        }
        let chosen = try ClassTargets(name, logProbabilities, targets, weight: weight, ignoreIndex: ignoreIndex)
        let hard = chosen.weighted(-chosen.chosen)
        guard labelSmoothing > 0 else { return try chosen.reduced(hard, reduction, name) }
        // Spread over all classes, each with its own weight; a sample still counts as its class does.
        let each = weight.map { chosen.scores * $0.to(logProbabilities.dtype) } ?? chosen.scores
        let spread = which(chosen.isIgnored, Tensor.zeros(like: hard), -each.sum(axis: -1))
        let losses = hard * (1 - labelSmoothing) + spread * (labelSmoothing / Double(count))
        return try chosen.reduced(losses, reduction, name)
    }
}

/// −Σ t ln p along the axis of the classes, for probabilities t.
private func soft(
    _ logProbabilities: Tensor, _ targets: Tensor, _ axis: Int, _ weight: Tensor?, _ smoothing: Double,
    _ reduction: LossReduction
) -> Tensor {
    let count = logProbabilities.shape[axis]
    var t = targets.to(logProbabilities.dtype)
    if smoothing > 0 { t = t * (1 - smoothing) + smoothing / Double(count) }
    if let weight {
        t = t * weight.to(t.dtype).reshaped([count] + Array(repeating: 1, count: t.rank - 1 - axis))
    }
    // 0 · (−∞) is 0: what cannot happen and does not happen costs nothing.
    let isNothing = (t .== 0) .& (logProbabilities .== -Double.infinity)
    let terms = which(isNothing, Tensor.zeros(like: t), t * logProbabilities)
    return reduction.apply(-terms.sum(axis: axis))
}

/// −p[target] for log-probabilities p [samples, classes, …] (or [classes]): what `crossEntropy` makes of logits.
/// - Parameters: as in `crossEntropy`.
/// - Fails: if a target is no class, or shapes do not fit.
public func negativeLogLikelihood(
    _ logProbabilities: Tensor, _ targets: Tensor, weight: Tensor? = nil, ignoreIndex: Int? = -100,
    reduction: LossReduction = .mean
) -> Tensor {
    attempt { () throws(TensorError) in
        let name = "negativeLogLikelihood"
        if let failed = [logProbabilities, targets].first(where: { $0.failure != nil }) { return failed }
        let chosen = try ClassTargets(name, logProbabilities, targets, weight: weight, ignoreIndex: ignoreIndex)
        return try chosen.reduced(chosen.weighted(-chosen.chosen), reduction, name)
    }
}

/// `crossEntropy` of the logits that a linear layer makes of x: logits x wᵀ + b.
/// - Parameters:
///   - x: [samples, features] or [features].
///   - layer: [classes, …, features]; the axes between are those of the targets after the samples.
///   - layerBias: [classes, …].
/// - Fails: if shapes do not fit.
public func linearCrossEntropy(
    _ x: Tensor, layer: Tensor, layerBias: Tensor? = nil, _ targets: Tensor, weight: Tensor? = nil,
    ignoreIndex: Int? = -100, labelSmoothing: Double = 0, reduction: LossReduction = .mean
) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [x, layer].first(where: { $0.failure != nil }) { return failed }
        guard layer.rank >= 2, x.rank > 0 else {
            throw TensorError(
                .shape, "linearCrossEntropy", "inputs \(x.shape) and a layer \(layer.shape)",
                "give [samples, features] and [classes, …, features]")
        }
        let outputs = Array(layer.shape.extents.dropLast())
        let matrix = layer.reshaped(outputs.reduce(1, *), layer.shape[layer.rank - 1])
        var logits = linear(x, matrix).reshaped(x.shape.extents.dropLast() + outputs)
        if let layerBias { logits = logits + layerBias }
        return crossEntropy(
            logits, targets, weight: weight, ignoreIndex: ignoreIndex, labelSmoothing: labelSmoothing,
            reduction: reduction)
    }
}
