import AdjointCore
import AdjointRuntime
import CKernels

/// −(t ln x + (1 − t) ln(1 − x)) for probabilities x, each logarithm at least −100.
/// x̄ = ȳ (x − t)/(x (1 − x)), the divisor at least 10⁻¹²; t̄ = ȳ (ln(1 − x) − ln x).
/// - Parameters:
///   - weight: multiplies each loss; broadcasts.
/// - Fails: if shapes do not fit, or a probability is outside 0 ... 1.
public func binaryCrossEntropy(
    _ x: Tensor, _ target: Tensor, weight: Tensor? = nil, reduction: LossReduction = .mean
) -> Tensor {
    attempt { () throws(TensorError) in
        let pair = try together("binaryCrossEntropy", [x, target])
        if let bad = pair[0].knownNumbers?.first(where: { !($0 >= 0 && $0 <= 1) }) {
            throw TensorError(
                .argument, "binaryCrossEntropy", "\(bad) is no probability",
                "give numbers in 0 ... 1, or logits to binaryCrossEntropy(logits:)")
        }
        let losses = bind(BinaryCrossEntropy(), pair[0], pair[1])
        return reduction.apply(weight.map { losses * $0 } ?? losses)
    }
}

/// `binaryCrossEntropy` of sigmoid(x), finite for all logits x: (1 − t) x + (1 + (w − 1) t) ln(1 + e⁻ˣ), with w the weight
/// of the positive answers. x̄ = ȳ (sigmoid(x) − t) without one.
/// - Parameters:
///   - weight: multiplies each loss; broadcasts.
///   - positiveWeight: multiplies the term of t; broadcasts.
/// - Fails: if shapes do not fit.
public func binaryCrossEntropy(
    logits x: Tensor, _ target: Tensor, weight: Tensor? = nil, positiveWeight: Tensor? = nil,
    reduction: LossReduction = .mean
) -> Tensor {
    attempt { () throws(TensorError) in
        let pair = try together("binaryCrossEntropy", [x, target])
        let (x, t) = (pair[0], pair[1])
        let softplus = -x.logSigmoid()
        let second = positiveWeight.map { (t * ($0 - 1) + 1) * softplus } ?? softplus
        let losses = (1 - t) * x + second
        return reduction.apply(weight.map { losses * $0 } ?? losses)
    }
}

/// The divergence of Kullback and Leibler of t from log-probabilities x, element by element: t (ln t − x), 0 for t = 0,
/// whose derivative in t leaves out the infinite term ln t; by PyTorch's convention it is NaN.
/// - Parameters:
///   - hasLogTarget: whether t is given as its logarithm.
/// - Fails: if shapes do not fit.
public func klDivergence(
    _ x: Tensor, _ target: Tensor, hasLogTarget: Bool = false, reduction: LossReduction = .mean
) -> Tensor {
    attempt { () throws(TensorError) in
        let pair = try together("klDivergence", [x, target])
        let (x, t) = (pair[0], pair[1])
        if hasLogTarget { return reduction.apply(t.exp() * (t - x)) }
        if SubgradientConvention.current == .pytorch { return reduction.apply(xlogy(t, t) - t * x) }
        let safe = which(t .== 0, Tensor.ones(like: t), t)
        return reduction.apply(t * safe.log() - t * x)
    }
}

/// ln(1 + e^(−t x)) for answers t of −1 or 1.
public func softMarginLoss(_ x: Tensor, _ target: Tensor, reduction: LossReduction = .mean) -> Tensor {
    attempt { () throws(TensorError) in
        let pair = try together("softMarginLoss", [x, target])
        return reduction.apply((-(pair[0] * pair[1])).softplus())
    }
}

/// The mean over the last axis of `binaryCrossEntropy(logits:)`: several answers a sample.
/// - Parameters:
///   - weight: multiplies each loss; broadcasts.
public func multiLabelSoftMarginLoss(
    _ x: Tensor, _ target: Tensor, weight: Tensor? = nil, reduction: LossReduction = .mean
) -> Tensor {
    let losses = binaryCrossEntropy(logits: x, target, weight: weight, reduction: .none)
    return losses.failure != nil ? losses : reduction.apply(losses.rank == 0 ? losses : losses.mean(axis: -1))
}

/// z = −(t ln x + (1 − t) ln(1 − x)), logarithms at least −100; ∂z/∂x = (x − t)/max(x (1 − x), 10⁻¹²),
/// ∂z/∂t = ln(1 − x) − ln x.
package struct BinaryCrossEntropy: BinaryElementwise {
    package static let name = "binary_cross_entropy"
    package static let compiled = CompiledElementwise(BinaryCrossEntropy.self)
    package static let withNumber = NumberPrograms(BinaryCrossEntropy.self)
    package static let needsFloatingPoint = true

    package static func value(_ x: Element, _ t: Element) -> Element {
        -(t * logarithm(x)) - (1 - t) * logarithmOfRest(x)
    }

    package static func partials(_ x: Element, _ t: Element, _ z: Element) -> (Element, Element) {
        ((x - t) / .apply(ADJ_OP_MAX, x * (1 - x), 1e-12), logarithmOfRest(x) - logarithm(x))
    }

    private static func logarithm(_ x: Element) -> Element {
        .apply(ADJ_OP_MAX, .apply(ADJ_OP_LOG, x), -100)
    }

    private static func logarithmOfRest(_ x: Element) -> Element {
        .apply(ADJ_OP_MAX, .apply(ADJ_OP_LOG1P, -x), -100)
    }
}
