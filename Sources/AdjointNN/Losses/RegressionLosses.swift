import AdjointCore
import AdjointRuntime
import Foundation

// Losses of numbers against numbers. Operands broadcast; with `weight`, which multiplies each loss, the mean is over the
// weights.

/// (x − t)². x̄ = 2ȳ (x − t).
public func meanSquaredError(
    _ x: Tensor, _ target: Tensor, weight: Tensor? = nil, reduction: LossReduction = .mean
) -> Tensor {
    difference("meanSquaredError", x, target, weight, reduction) { $0.square() }
}

/// |x − t|. x̄ = ȳ sign(x − t), 0 where they are equal.
public func absoluteError(
    _ x: Tensor, _ target: Tensor, weight: Tensor? = nil, reduction: LossReduction = .mean
) -> Tensor {
    difference("absoluteError", x, target, weight, reduction) { $0.abs() }
}

/// d²/2β for d = |x − t| < β, d − β/2 beyond. x̄ = ȳ (x − t)/β, between −ȳ and ȳ.
/// - Fails: if β is negative.
public func smoothAbsoluteError(
    _ x: Tensor, _ target: Tensor, beta: Double = 1, reduction: LossReduction = .mean
) -> Tensor {
    difference("smoothAbsoluteError", x, target, nil, reduction) { d throws(TensorError) in
        guard beta >= 0 else {
            throw TensorError(.argument, "smoothAbsoluteError", "beta \(beta)", "give a number that is not negative")
        }
        let size = d.abs()
        guard beta > 0 else { return size }
        return which(size .< beta, d.square() * (0.5 / beta), size - 0.5 * beta)
    }
}

/// d²/2 for d = |x − t| ≤ δ, δ (d − δ/2) beyond (Huber 1964). x̄ = ȳ (x − t), between −δȳ and δȳ.
/// - Fails: if δ is not positive.
public func huberLoss(
    _ x: Tensor, _ target: Tensor, delta: Double = 1, reduction: LossReduction = .mean
) -> Tensor {
    difference("huberLoss", x, target, nil, reduction) { d throws(TensorError) in
        guard delta > 0 else {
            throw TensorError(.argument, "huberLoss", "delta \(delta)", "give a positive number")
        }
        let size = d.abs()
        return which(size .<= delta, d.square() * 0.5, (size - 0.5 * delta) * delta)
    }
}

/// The negative logarithm of a Poisson distribution at t whose mean is eˣ, or x: eˣ − t x, or x − t ln(x + ε).
/// - Parameters:
///   - isLogarithm: whether x is the logarithm of the mean.
///   - isFull: whether Stirling's approximation of ln t! is added for t > 1.
public func poissonLoss(
    _ x: Tensor, _ target: Tensor, isLogarithm: Bool = true, isFull: Bool = false, epsilon: Double = 1e-8,
    reduction: LossReduction = .mean
) -> Tensor {
    attempt { () throws(TensorError) in
        let pair = try together("poissonLoss", [x, target])
        let (x, t) = (pair[0], pair[1])
        var losses = isLogarithm ? x.exp() - t * x : x - t * (x + epsilon).log()
        if isFull {
            let isLarge = t .> 1
            let safe = which(isLarge, t, Tensor.ones(like: t))
            let stirling = safe * safe.log() - safe + (safe * (2 * Double.pi)).log() * 0.5
            losses = losses + which(isLarge, stirling, Tensor.zeros(like: t))
        }
        return reduction.apply(losses)
    }
}

/// The negative logarithm of a normal distribution at t: (ln v + (x − t)²/v)/2. A variance below ε counts as ε; the
/// derivative passes as if it did not.
/// - Parameters:
///   - variance: broadcasts with x, or lacks its last axis.
///   - isFull: whether ln(2π)/2 is added.
/// - Fails: if a variance is negative.
public func gaussianLoss(
    _ x: Tensor, _ target: Tensor, variance: Tensor, isFull: Bool = false, epsilon: Double = 1e-6,
    reduction: LossReduction = .mean
) -> Tensor {
    attempt { () throws(TensorError) in
        if let failure = [x, target, variance].lazy.compactMap(\.failure).first { throw failure }
        let lacksAxis = x.rank > 0 && variance.shape != x.shape && variance.shape.extents == x.shape.extents.dropLast()
        let parts = try together("gaussianLoss", [x, target, lacksAxis ? variance.expandedAxis(-1) : variance])
        let (x, t, v) = (parts[0], parts[1], parts[2])
        if let bad = v.knownNumbers?.first(where: { $0 < 0 }) {
            throw TensorError(.argument, "gaussianLoss", "the variance \(bad)", "a variance is not negative")
        }
        let safe = v + (maximum(v, epsilon) - v).detach()
        var losses = (safe.log() + (x - t).square() / safe) * 0.5
        if isFull { losses = losses + 0.5 * Foundation.log(2 * Double.pi) }
        return reduction.apply(losses)
    }
}

private func difference(
    _ name: String, _ x: Tensor, _ target: Tensor, _ weight: Tensor?, _ reduction: LossReduction,
    _ body: (Tensor) throws(TensorError) -> Tensor
) -> Tensor {
    attempt { () throws(TensorError) in
        let pair = try together(name, [x, target])
        let losses = try body(pair[0] - pair[1])
        guard let weight else { return reduction.apply(losses) }
        let weighted = try together(name, [losses, weight])
        let product = weighted[0] * weighted[1]
        return reduction == .mean ? product.sum() / weighted[1].sum() : reduction.apply(product)
    }
}
