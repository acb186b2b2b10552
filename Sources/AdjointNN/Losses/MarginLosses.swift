import AdjointCore
import AdjointRuntime

// Losses that ask for a margin. At the edge of the margin the derivative is 0.

/// x where t is 1, max(0, margin − x) where t is −1.
public func hingeEmbeddingLoss(
    _ x: Tensor, _ target: Tensor, margin: Double = 1, reduction: LossReduction = .mean
) -> Tensor {
    attempt { () throws(TensorError) in
        let pair = try together("hingeEmbeddingLoss", [x, target])
        let (x, t) = (pair[0], pair[1])
        let zeros = Tensor.zeros(like: x)
        return reduction.apply(
            which(t .== 1, zeros, (margin - x).relu()) + which(t .== -1, zeros, x))
    }
}

/// 1 − cos(x, y) where t is 1, max(0, cos(x, y) − margin) where t is −1; x and y [samples, features], t [samples], or all
/// without the axis of samples.
/// - Fails: if shapes do not fit.
public func cosineEmbeddingLoss(
    _ x: Tensor, _ y: Tensor, _ target: Tensor, margin: Double = 0, reduction: LossReduction = .mean
) -> Tensor {
    attempt { () throws(TensorError) in
        let pair = try together("cosineEmbeddingLoss", [x, y])
        let (x, y) = (pair[0], pair[1])
        guard (1...2).contains(x.rank), target.rank == x.rank - 1 else {
            throw TensorError(
                .shape, "cosineEmbeddingLoss", "vectors \(x.shape) and targets \(target.shape)",
                "give [samples, features] and [samples], or [features] and a scalar")
        }
        let least = 1e-12
        let (xx, yy) = (x.square().sum(axis: -1) + least, y.square().sum(axis: -1) + least)
        let cosine = (x * y).sum(axis: -1) / (xx * yy).sqrt()
        let all = try together("cosineEmbeddingLoss", [cosine, target])
        let zeros = Tensor.zeros(like: all[0])
        return reduction.apply(
            which(all[1] .== 1, 1 - all[0], zeros) + which(all[1] .== -1, (all[0] - margin).relu(), zeros))
    }
}

/// max(0, margin − t (x − y)) for t of 1, x should be larger, or −1.
public func marginRankingLoss(
    _ x: Tensor, _ y: Tensor, _ target: Tensor, margin: Double = 0, reduction: LossReduction = .mean
) -> Tensor {
    attempt { () throws(TensorError) in
        let all = try together("marginRankingLoss", [x, y, target])
        return reduction.apply((margin - all[2] * (all[0] - all[1])).relu())
    }
}

/// The mean over the classes i other than the right one, y, of w_y max(0, margin − x_y + x_i)ᵖ; the right class counts in
/// the divisor.
/// - Parameters:
///   - x: [samples, classes] or [classes].
///   - targets: the right classes, [samples] or one.
///   - weight: [classes].
/// - Fails: if a target is no class, or shapes do not fit.
public func multiMarginLoss(
    _ x: Tensor, _ targets: Tensor, p: Int = 1, margin: Double = 1, weight: Tensor? = nil,
    reduction: LossReduction = .mean
) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [x, targets].first(where: { $0.failure != nil }) { return failed }
        guard p == 1 || p == 2, x.rank <= 2 else {
            throw TensorError(
                p == 1 || p == 2 ? .shape : .argument, "multiMarginLoss", "scores \(x.shape) with p = \(p)",
                "give [samples, classes], and p of 1 or 2")
        }
        let isSingle = x.rank < 2
        let rows = isSingle ? x.reshaped(1, x.count) : x
        let chosen = try ClassTargets(
            "multiMarginLoss", rows, targets.rank == 0 ? targets.reshaped(1) : targets, weight: weight,
            ignoreIndex: nil)
        let count = rows.shape[1]
        let short = (rows - chosen.chosen.expandedAxis(-1) + margin).relu()
        let each = p == 2 ? short.square() : short
        let others = which(chosen.isRight, Tensor.zeros(like: each), each).sum(axis: 1) / Double(count)
        let losses = chosen.weighted(others)
        return reduction.apply(isSingle && targets.rank == 0 ? losses.squeezed(0) : losses)
    }
}

/// The mean over the classes of Σ max(0, 1 − (x_j − x_i)) over the right classes j and the others i.
/// - Parameters:
///   - x: [samples, classes] or [classes].
///   - targets: of the same shape: the right classes, closed by −1.
/// - Fails: if a target is no class, or shapes differ.
public func multiLabelMarginLoss(_ x: Tensor, _ targets: Tensor, reduction: LossReduction = .mean) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [x, targets].first(where: { $0.failure != nil }) { return failed }
        guard x.rank <= 2, targets.shape == x.shape, targets.dtype.isInteger else {
            throw TensorError(
                targets.dtype.isInteger ? .shape : .dtype, "multiLabelMarginLoss",
                "scores \(x.shape) and targets \(targets.type)", "give whole numbers of the shape of the scores")
        }
        let count = x.rank == 0 ? 1 : x.shape[x.rank - 1]
        let samples = x.rank == 2 ? x.shape[0] : 1
        guard count > 0, samples > 0 else { return Tensor.zeros(x.rank == 2 ? [samples] : [], dtype: x.dtype) }
        var times = [Double](repeating: 0, count: samples * count)
        let listed = targets.ints
        for sample in 0..<samples {
            for place in sample * count..<(sample + 1) * count {
                guard listed[place] >= 0 else { break }
                guard listed[place] < count else {
                    throw TensorError(
                        .index, "multiLabelMarginLoss",
                        "target \(listed[place]) of sample \(sample) is not one of the \(count) classes",
                        "classes are numbered from 0; -1 closes the list")
                }
                times[sample * count + listed[place]] += 1
            }
        }
        let scores = x.reshaped(samples, count)
        let right = Tensor(times, shape: [samples, count]).to(x.dtype)
        let short = (1 - scores.expandedAxis(2) + scores.expandedAxis(1)).relu()
        let pairs = right.expandedAxis(2) * (right .== 0).to(x.dtype).expandedAxis(1)
        let losses = (short * pairs).reshaped(samples, count * count).sum(axis: 1) / Double(count)
        return reduction.apply(x.rank == 2 ? losses : losses.squeezed(0))
    }
}

/// max(0, d(anchor, positive) − d(anchor, negative) + margin) (Balntas et al. 2016).
/// - Parameters:
///   - swaps: whether the distance of positive and negative counts where it is smaller than that of anchor and negative.
///   - distance: of two tensors [samples, features], one number a sample; by default the p-norm of the differences, to
///     which `epsilon` is added.
public func tripletMarginLoss(
    _ anchor: Tensor, _ positive: Tensor, _ negative: Tensor, margin: Double = 1, p: Double = 2,
    epsilon: Double = 1e-6, swaps: Bool = false, reduction: LossReduction = .mean,
    distance: ((Tensor, Tensor) -> Tensor)? = nil
) -> Tensor {
    let distance = distance ?? { pairedDistance($0, $1, p: p, epsilon: epsilon) }
    let near = distance(anchor, positive)
    var far = distance(anchor, negative)
    if swaps { far = minimum(far, distance(positive, negative)) }
    let losses = (near - far + margin).relu()
    return losses.failure != nil ? losses : reduction.apply(losses)
}
