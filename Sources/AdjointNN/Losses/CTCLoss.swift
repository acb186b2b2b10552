import AdjointCore
import AdjointRuntime

/// Connectionist temporal classification (Graves et al. 2006): −ln of the probability that the log-probabilities give the
/// targets, summed over all ways to stretch them with blanks. Computed by the forward recursion in logarithms; impossible
/// targets have an infinite loss.
/// - Parameters:
///   - logProbabilities: [time, samples, classes] or [time, classes].
///   - targets: [samples, length], or all joined on one axis.
///   - inputLengths, targetLengths: how much of each sample counts.
///   - blank: the class that stands for nothing.
///   - zerosInfinite: whether an infinite loss, and its derivative, count as 0.
///   - reduction: the mean divides each loss by the length of its targets first.
/// - Fails: if lengths or classes are out of range.
public func ctcLoss(
    _ logProbabilities: Tensor, _ targets: Tensor, inputLengths: [Int], targetLengths: [Int], blank: Int = 0,
    zerosInfinite: Bool = false, reduction: LossReduction = .mean
) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [logProbabilities, targets].first(where: { $0.failure != nil }) { return failed }
        let isSingle = logProbabilities.rank == 2
        let scores = isSingle ? logProbabilities.expandedAxis(1) : logProbabilities
        let paths = try CTCPaths(scores, targets, inputLengths, targetLengths, blank)
        // Paths that cannot be taken have the logarithm −∞, and contribute nothing by any convention.
        var losses = SubgradientConvention.minimumNorm.scope { paths.losses(scores) }
        let impossible = zerosInfinite ? Tensor.zeros(like: losses) : infinityWithoutDerivative(of: scores)
        losses = which(losses .== Double.infinity, impossible, losses)
        guard reduction == .mean else { return reduction.apply(isSingle ? losses.squeezed(0) : losses) }
        return (losses / Tensor(targetLengths.map { Double(max($0, 1)) }).to(losses.dtype)).mean()
    }
}

/// ∞ for each sample, whose derivative by the sample's scores is NaN: targets that do not fit into the time have no
/// alignment, and nothing that one could descend. ln |Γ| is so at −1.
private func infinityWithoutDerivative(of scores: Tensor) -> Tensor {
    let sums = which(scores.isFinite(), scores, Tensor.zeros(like: scores)).sum(axes: [0, 2])
    return (sums - sums.detach() - 1).lgamma()
}

/// The targets of each sample with blanks around and between them, all of one length.
private struct CTCPaths {
    let inputLengths: [Int]
    let targetLengths: [Int]
    /// [samples][2 · longest + 1].
    var labels: [[Int]] = []

    init(
        _ scores: Tensor, _ targets: Tensor, _ inputLengths: [Int], _ targetLengths: [Int], _ blank: Int
    ) throws(TensorError) {
        func wrong(_ problem: String) -> TensorError {
            TensorError(
                .argument, "ctcLoss", problem,
                "give [time, samples, classes], targets [samples, length] or joined, and one length a sample")
        }
        guard scores.rank == 3, scores.count > 0, (0..<scores.shape[2]).contains(blank) else {
            throw wrong("log-probabilities of shape \(scores.shape) with blank \(blank)")
        }
        let samples = scores.shape[1]
        guard inputLengths.count == samples, targetLengths.count == samples,
            inputLengths.allSatisfy({ (0...scores.shape[0]).contains($0) }), targetLengths.allSatisfy({ $0 >= 0 }),
            targets.dtype.isInteger, targets.rank <= 2
        else { throw wrong("lengths \(inputLengths) and \(targetLengths) for \(scores.shape)") }
        (self.inputLengths, self.targetLengths) = (inputLengths, targetLengths)
        let isJoined = targets.rank < 2 || samples != targets.shape[0]
        let width = targets.rank == 2 ? targets.shape[1] : 0
        let joined = targets.ints
        let longest = targetLengths.max() ?? 0
        var start = 0
        for (sample, length) in targetLengths.enumerated() {
            let first = isJoined ? start : sample * width
            guard first + length <= joined.count, isJoined || length <= width else {
                throw wrong("\(joined.count) targets for lengths \(targetLengths)")
            }
            start += length
            var row = [Int](repeating: blank, count: 2 * longest + 1)
            for place in 0..<length {
                let label = joined[first + place]
                guard (0..<scores.shape[2]).contains(label) else {
                    throw TensorError(
                        .index, "ctcLoss",
                        "target \(label) of sample \(sample) is not one of \(scores.shape[2]) classes",
                        "classes are numbered from 0")
                }
                row[2 * place + 1] = label
            }
            labels.append(row)
        }
    }

    func losses(_ scores: Tensor) -> Tensor {
        let (samples, classes, width) = (labels.count, scores.shape[2], labels[0].count)
        // The log-probability of each label of each path at each time: [time, samples, width].
        let index = Tensor(labels.enumerated().flatMap { sample, row in row.map { sample * classes + $0 } })
        let emissions = scores.reshaped(scores.shape[0], samples * classes).take(index, axis: 1)
            .reshaped(scores.shape[0], samples, width)
        let impossible = Tensor.full([samples, width], -Double.infinity, dtype: scores.dtype)
        // Skipping a blank is allowed between different labels.
        let mayJump = Tensor(
            labels.flatMap { row in
                row.indices.map { $0 >= 2 && $0 % 2 == 1 && row[$0] != row[$0 - 2] }
            }
        ).reshaped(samples, width)
        let isStart = Tensor.arange(width) .< 2
        func shifted(_ x: Tensor, _ places: Int) -> Tensor {
            x.padded([(places, -places)], mode: .constant(.double(-.infinity)))
        }
        var alpha = which(isStart, Tensor.zeros(like: impossible), impossible)
        for time in 0..<scores.shape[0] {
            var next = alpha
            if time > 0 {
                var ways = [alpha, shifted(alpha, 1)]
                if width > 2 { ways.append(which(mayJump, shifted(alpha, 2), impossible)) }
                next = stack(ways, axis: -1).logSumExp(axis: -1)
            }
            next = next + emissions[time]
            // A sample whose time is over stays as it is.
            let isRunning = Tensor(inputLengths.map { time < $0 }).expandedAxis(-1)
            alpha = which(isRunning, next, alpha)
        }
        // Paths end with the last label or the blank behind it.
        let isEnd = Tensor(
            targetLengths.flatMap { length in (0..<width).map { $0 == 2 * length || $0 == 2 * length - 1 } }
        ).reshaped(samples, width)
        return -which(isEnd, alpha, impossible).logSumExp(axis: -1)
    }
}
