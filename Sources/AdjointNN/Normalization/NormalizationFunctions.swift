import AdjointCore
import AdjointRuntime

/// Each sample brought to mean 0 and variance 1 over its last axes, scaled and shifted (Ba et al. 2016):
/// (x − mean)/√(variance + ε) · weight + bias.
/// - Parameters:
///   - shape: the extents of the last axes.
///   - weight, bias: of that shape.
/// - Fails: if x does not end in `shape`.
public func layerNorm(
    _ x: Tensor, shape: [Int], weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
) -> Tensor {
    standardized("layerNorm", x, shape, weight, bias, Standardize(epsilon: epsilon, isCentered: true))
}

/// Each sample divided by the root of the mean square over its last axes, and scaled (Zhang and Sennrich 2019):
/// x/√(mean square + ε) · weight. Of complex numbers too it is the mean of squares, not of squared sizes.
/// - Parameters:
///   - shape: the extents of the last axes.
///   - epsilon: the distance from 1 to the next number of x's type if it is not given.
/// - Fails: if x does not end in `shape`.
public func rmsNorm(_ x: Tensor, shape: [Int], weight: Tensor? = nil, epsilon: Double? = nil) -> Tensor {
    let epsilon = epsilon ?? (x.dtype.realType == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne))
    if x.dtype.isComplex, !shape.isEmpty, x.shape.extents.suffix(shape.count) == shape[...] {
        let axes = (1...shape.count).map { -$0 }
        let y = x * (x.square().mean(axes: axes, keepDims: true) + epsilon).rsqrt()
        return weight.map { y * $0 } ?? y
    }
    return standardized("rmsNorm", x, shape, weight, nil, Standardize(epsilon: epsilon, isCentered: false))
}

/// Each group of channels of each sample brought to mean 0 and variance 1, then each channel scaled and shifted (Wu and
/// He 2018).
/// - Parameters:
///   - x: [samples, channels, …].
///   - weight, bias: [channels].
/// - Fails: if the channels do not divide into the groups.
public func groupNorm(
    _ x: Tensor, groups: Int, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
) -> Tensor {
    x.withKernelType("groupNorm", [weight, bias].compactMap { $0 }) { x, _ throws(TensorError) in
        guard x.rank >= 2, groups > 0, x.shape[1] % groups == 0 else {
            throw TensorError(
                .shape, "groupNorm", "\(x.shape) in \(groups) groups",
                "give [samples, channels, …] with channels that divide into the groups")
        }
        let rest = x.shape.extents.dropFirst().reduce(1, *)
        let rows = x.reshaped(x.shape[0], groups, rest / groups)
        let y = bind(Standardize(epsilon: epsilon, isCentered: true), rows).reshaped(x.shape.extents)
        return try y.scaledByChannel("groupNorm", weight, bias)
    }
}

/// Each channel of each sample brought to mean 0 and variance 1, scaled and shifted (Ulyanov et al. 2016).
/// - Parameters:
///   - x: [samples, channels, spatial…].
///   - weight, bias: [channels].
/// - Fails: if there are fewer than two elements a channel.
public func instanceNorm(
    _ x: Tensor, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
) -> Tensor {
    x.withKernelType("instanceNorm", [weight, bias].compactMap { $0 }) { x, _ throws(TensorError) in
        let rest = x.shape.extents.dropFirst(2).reduce(1, *)
        guard x.rank >= 2, rest > 1 || x.count == 0 else {
            throw TensorError(
                .shape, "instanceNorm", "\(x.shape) has one element a channel",
                "give [samples, channels, spatial…] with more than one place")
        }
        let rows = x.reshaped(x.shape[0], x.shape[1], rest)
        let y = bind(Standardize(epsilon: epsilon, isCentered: true), rows).reshaped(x.shape.extents)
        return try y.scaledByChannel("instanceNorm", weight, bias)
    }
}

/// Each channel brought to mean 0 and variance 1 over the samples and places of the batch, scaled and shifted (Ioffe and
/// Szegedy 2015). `batchStatistics` gives the mean and the variance, for running averages.
/// - Parameters:
///   - x: [samples, channels, …].
///   - weight, bias: [channels].
/// - Fails: if a channel has fewer than two elements.
public func batchNorm(_ x: Tensor, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5) -> Tensor {
    x.withKernelType("batchNorm", [weight, bias].compactMap { $0 }) { x, scales throws(TensorError) in
        if x.rank == 1, x.count == 0 { return x }
        guard x.rank >= 2, x.count == 0 || x.count / x.shape[1] > 1 else {
            throw TensorError(
                .shape, "batchNorm", "\(x.shape) has one element a channel or no channels",
                "give [samples, channels, …] with more than one element a channel, or the statistics")
        }
        for part in [weight, bias] where part != nil && part!.shape != Shape([x.shape[1]]) {
            throw TensorError(
                .shape, "batchNorm", "a weight or bias of shape \(part!.shape) for \(x.shape)",
                "give one number a channel")
        }
        let rest = x.shape.extents.dropFirst(2).reduce(1, *)
        let operation = ChannelStandardize(epsilon: epsilon, hasWeight: weight != nil, hasBias: bias != nil)
        return bind(operation, [x.reshaped(x.shape[0], x.shape[1], rest)] + scales).reshaped(x.shape.extents)
    }
}

/// Each channel normalized by given statistics, as a trained network does: (x − mean)/√(variance + ε) · weight + bias.
/// - Parameters:
///   - x: [samples, channels, …], or one axis of channels.
///   - mean, variance, weight, bias: [channels].
/// - Fails: if shapes do not fit.
public func batchNorm(
    _ x: Tensor, mean: Tensor, variance: Tensor, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [x, mean, variance].first(where: { $0.failure != nil }) { return failed }
        let scale = (variance + epsilon).rsqrt()
        let centered = x - (try mean.alongChannels(of: x, "batchNorm", "mean"))
        let y = centered * (try scale.alongChannels(of: x, "batchNorm", "variance"))
        return try y.scaledByChannel("batchNorm", weight, bias)
    }
}

/// `batchNorm` in training, with running averages of the statistics of each channel moved towards those of the batch:
/// r ← (1 − momentum) r + momentum s, with the unbiased variance. No derivative passes through the averages. In prediction the
/// averages are the statistics, and stay as they are.
/// - Parameters:
///   - x: [samples, channels, …].
///   - running: the averages so far, [channels].
///   - weight, bias: [channels].
///   - isTraining: whether the statistics are those of the batch; by default `isTrainingMode`.
/// - Fails: if a channel has fewer than two elements.
public func batchNorm(
    _ x: Tensor, updating running: (mean: Tensor, variance: Tensor), momentum: Double = 0.1, weight: Tensor? = nil,
    bias: Tensor? = nil, epsilon: Double = 1e-5, isTraining: Bool = isTrainingMode
) -> (output: Tensor, mean: Tensor, variance: Tensor) {
    guard isTraining else {
        let output = batchNorm(
            x, mean: running.mean, variance: running.variance, weight: weight, bias: bias, epsilon: epsilon)
        return (output, running.mean, running.variance)
    }
    let output = batchNorm(x, weight: weight, bias: bias, epsilon: epsilon)
    guard output.failure == nil else { return (output, output, output) }
    let places = x.shape.extents.dropFirst(2).reduce(1, *)
    let images = x.dtype == .float64 ? x : x.to(.float32)
    let statistics = bind(ChannelStatistics(), images.detach().reshaped(x.shape[0], x.shape[1], places))
    let count = Double(x.shape[0] * places)
    func moved(_ average: Tensor, _ statistic: Tensor) -> Tensor {
        average + momentum * (statistic.to(average.dtype) - average)
    }
    let variance = statistics[1] * (count / Swift.max(count - 1, 1))
    return (output, moved(running.mean, statistics[0]), moved(running.variance, variance))
}

/// The mean and the variance (divided by the number of elements) of each channel of [samples, channels, …].
public func batchStatistics(_ x: Tensor) -> (mean: Tensor, variance: Tensor) {
    guard x.rank >= 2 else {
        let failed = raise(
            TensorError(.shape, "batchStatistics", "\(x.shape) has no channels", "give [samples, channels, …]"))
        return (failed, failed)
    }
    let rest = x.shape.extents.dropFirst(2).reduce(1, *)
    let rows = x.reshaped(x.shape[0], x.shape[1], rest).swappedAxes(0, 1).reshaped(x.shape[1], x.shape[0] * rest)
    return (rows.mean(axis: 1), rows.variance(axis: 1, correction: 0))
}

/// Each element divided by a power of the mean square over the channels around it (Krizhevsky et al. 2012):
/// x/(k + α mean x²)^β, over `size` channels.
/// - Parameters:
///   - x: [samples, channels, spatial…].
/// - Fails: if there is no spatial axis.
public func localResponseNorm(
    _ x: Tensor, size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1
) -> Tensor {
    x.withKernelType("localResponseNorm") { x, _ throws(TensorError) in
        guard x.rank >= 3, size > 0 else {
            throw TensorError(
                .shape, "localResponseNorm", "\(x.shape) over \(size) channels",
                "give [samples, channels, spatial…] and a positive size")
        }
        let channels = x.shape[1]
        var matrix = AxisWeights(length: channels)
        for channel in 0..<channels {
            let first = max(channel - size / 2, 0)
            let last = min(channel - size / 2 + size, channels)
            matrix.appendRow((first..<max(last, first)).lazy.map { ($0, 1 / Double(size)) })
        }
        let mean = bind(AxisMap(axis: 1, matrix: matrix), x.square())
        return x / (mean * alpha + k).pow(beta)
    }
}

/// x divided by its p-norm along an axis, or by `epsilon` where the norm is smaller. A vector of zeros stays 0, with
/// derivative 0 through the norm.
public func normalize(_ x: Tensor, p: Double = 2, axis: Int = 1, epsilon: Double = 1e-12) -> Tensor {
    if x.failure != nil { return x }
    if x.rank == 0 { return normalize(x.reshaped(1), p: p, axis: axis, epsilon: epsilon).reshaped([]) }
    let norm = x.norm(p, axis: axis, keepDims: true)
    return x / which(norm .< epsilon, Tensor.full(like: norm, epsilon), norm)
}

private func standardized(
    _ name: String, _ x: Tensor, _ shape: [Int], _ weight: Tensor?, _ bias: Tensor?, _ operation: Standardize
) -> Tensor {
    x.withKernelType(name, [weight, bias].compactMap { $0 }) { x, rest throws(TensorError) in
        guard !shape.isEmpty, x.shape.extents.suffix(shape.count) == shape[...] else {
            throw TensorError(
                .shape, name, "\(x.shape) does not end in \(shape)", "name the extents of the last axes")
        }
        for part in [weight, bias] where part != nil && part!.shape.extents != shape {
            throw TensorError(
                .shape, name, "a weight or bias of shape \(part!.shape) for rows of shape \(shape)",
                "give one number for each element of a row")
        }
        let lead = x.shape.extents.dropLast(shape.count)
        let rows = x.reshaped([lead.reduce(1, *), shape.reduce(1, *)])
        let scales = rest.map { $0.flattened() }
        let y =
            scales.isEmpty
            ? bind(operation, rows)
            : bind(
                ScaledStandardize(standard: operation, hasWeight: weight != nil, hasBias: bias != nil),
                [rows] + scales)
        return y.reshaped(x.shape.extents)
    }
}

extension Tensor {
    /// [channels] repeated over the places of [samples, channels, …], or as one axis of channels.
    func alongChannels(of x: Tensor, _ name: String, _ role: String) throws(TensorError) -> Tensor {
        let channels = x.rank > 1 ? x.shape[1] : x.count
        guard shape == Shape([channels]) else {
            throw TensorError(
                .shape, name, "a \(role) of shape \(shape) for \(x.shape)", "give one number a channel")
        }
        guard x.rank > 1 else { return self }
        // Repeated over the places first: the sums of the transpose then run over neighbouring axes.
        return reshaped([channels] + Array(repeating: 1, count: x.rank - 2)).broadcast(
            to: Array(x.shape.extents.dropFirst()))
    }

    func scaledByChannel(_ name: String, _ weight: Tensor?, _ bias: Tensor?) throws(TensorError) -> Tensor {
        var y = self
        if let weight { y = y * (try weight.to(dtype).alongChannels(of: self, name, "weight")) }
        if let bias { y = y + (try bias.to(dtype).alongChannels(of: self, name, "bias")) }
        return y
    }
}
