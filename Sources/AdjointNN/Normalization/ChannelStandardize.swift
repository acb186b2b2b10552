import AdjointCore
import AdjointRuntime
import CKernels

/// Channels of [samples, channels, places] brought to mean 0 and variance 1 over samples and places, times a weight and plus
/// a bias [channels]: what `ScaledStandardize` is for rows, on images as they lie. With s the standardized channels: x̄ is the
/// pullback of `Standardize` for ȳ w, w̄ = Σ ȳ s, b̄ = Σ ȳ.
package struct ChannelStandardize: WeightedStandardization {
    package static let name = "channel_standardize"
    let epsilon: Double
    package let hasWeight: Bool
    package let hasBias: Bool

    package func execute(_ inputs: [TensorValue], _ type: TensorType) throws(TensorError) -> TensorValue {
        let (x, weight, bias) = try operands(inputs)
        let y = try TensorValue(uninitialized: type)
        Channels.run(type.shape) { samples, channels, inner, range in
            adj_channel_standardize(
                Int32(type.dtype.rawValue), x.elements, weight?.elements, bias?.elements, y.elements, samples, channels,
                inner, epsilon, Int64(range.lowerBound), Int64(range.upperBound))
        }
        return y
    }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        let biasPlace = hasWeight ? 2 : 1
        let (needsWeight, needsBias) = (hasWeight && saved.needs(1), hasBias && saved.needs(biasPlace))
        guard saved.needs(0) || needsWeight else {
            if needsBias { send.add(g.sum(axis: 0, 2), to: biasPlace, of: saved) }
            return
        }
        let x = saved.input(0)
        let weight = hasWeight && saved.needs(0) ? saved.input(1) : nil
        if [g, x, weight].allSatisfy({ $0 == nil || ($0!.node == nil && $0!.value.isStored) }) {
            do throws(TensorError) {
                let parts = try cotangents(g.value, x.value, weight?.value)
                send.add(Tensor(parts.x), to: 0, of: saved)
                if needsWeight { send.add(Tensor(parts.weight), to: 1, of: saved) }
                if needsBias { send.add(Tensor(parts.bias), to: biasPlace, of: saved) }
            } catch {
                send.add(raise(error), to: 0, of: saved)
            }
            return
        }
        if saved.needs(0) {
            let scaled = weight.map { g * $0.expandedAxis(-1) } ?? g
            send.add(bind(standard.pullback, scaled.channelRows, x.channelRows).images(x.shape), to: 0, of: saved)
        }
        if needsWeight {
            send.add((g.channelRows * bind(standard, x.channelRows)).sum(axis: 1), to: 1, of: saved)
        }
        if needsBias { send.add(g.sum(axis: 0, 2), to: biasPlace, of: saved) }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        let x = inputs[0]
        var sum = tangents[0].map { tangent in
            let change = bind(standard.pullback, tangent.channelRows, x.channelRows).images(x.shape)
            return hasWeight ? change * inputs[1].expandedAxis(-1) : change
        }
        if hasWeight, let tangent = tangents[1] {
            let change = bind(standard, x.channelRows).images(x.shape) * tangent.expandedAxis(-1)
            sum = sum.map { $0 + change } ?? change
        }
        if hasBias, let tangent = tangents.last! {
            sum =
                sum.map { $0 + tangent.expandedAxis(-1) }
                ?? tangent.expandedAxis(-1).broadcast(to: result.shape.extents)
        }
        return sum
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        let rest = zip(inputs, mapped).dropFirst().map { $0.repeated($1, size).flattened() }
        let x = inputs[0].repeated(mapped[0], size).withExamplesInChannels()
        return bind(self, [x] + rest).splittingChannels(size)
    }

    private var standard: Standardize { Standardize(epsilon: epsilon, isCentered: true) }

    private func cotangents(
        _ g: TensorValue, _ x: TensorValue, _ weight: TensorValue?
    ) throws(TensorError) -> (x: TensorValue, weight: TensorValue, bias: TensorValue) {
        let (g, x, weight) = (try g.contiguous(), try x.contiguous(), try weight?.contiguous())
        let result = try TensorValue(uninitialized: x.type)
        let each = TensorType(Shape([x.shape[1]]), x.dtype)
        let (scale, shift) = (try TensorValue(uninitialized: each), try TensorValue(uninitialized: each))
        Channels.run(x.shape) { samples, channels, inner, range in
            adj_channel_pullback(
                Int32(x.dtype.rawValue), g.elements, x.elements, weight?.elements, result.elements, scale.elements,
                shift.elements, samples, channels, inner, epsilon, Int64(range.lowerBound), Int64(range.upperBound))
        }
        return (result, scale, shift)
    }
}

/// The mean and the variance (divided by the number of elements) of each channel of [samples, channels, places], as
/// `float64` [2, channels]: for running averages, which have no derivative.
struct ChannelStatistics: UnaryPrimitive, NonDifferentiable {
    static let name = "channel_statistics"
    static let reason = "running averages are constants"

    func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        TensorType(Shape([2, x.shape[1]]), .float64)
    }

    func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let x = try x.contiguous()
        let result = try TensorValue(uninitialized: type)
        let means = result.elements.assumingMemoryBound(to: Double.self)
        Channels.run(x.shape) { samples, channels, inner, range in
            adj_channel_statistics(
                Int32(x.dtype.rawValue), x.elements, means, means + Int(channels), samples, channels, inner,
                Int64(range.lowerBound), Int64(range.upperBound))
        }
        return result
    }

    func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        let all = bind(self, inputs[0].withExamplesInChannels())
        return all.reshaped(2, size, size == 0 ? 0 : all.shape[1] / size).swappedAxes(0, 1)
    }
}

private enum Channels {
    /// Calls `body` with the extents and ranges of the channels.
    static func run(_ shape: Shape, _ body: (_ samples: Int64, _ channels: Int64, _ inner: Int64, Range<Int>) -> Void) {
        guard shape.count > 0 else { return }
        let (samples, channels, inner) = (shape[0], shape[1], shape[2])
        Parallel.run(count: channels, grain: max(Kernels.grain / 4 / (samples * inner), 1)) {
            body(Int64(samples), Int64(channels), Int64(inner), $0)
        }
    }
}

extension Tensor {
    /// [samples, channels, places] as [channels, samples · places].
    fileprivate var channelRows: Tensor { swappedAxes(0, 1).reshaped(shape[1], shape[0] * shape[2]) }

    /// The inverse of `channelRows`.
    fileprivate func images(_ shape: Shape) -> Tensor {
        reshaped(shape[1], shape[0], shape[2]).swappedAxes(0, 1)
    }
}
