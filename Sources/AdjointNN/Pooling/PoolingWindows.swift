import AdjointCore
import AdjointRuntime

/// The windows of a pooling along one axis.
struct PoolingAxis {
    /// The first place that each window reads.
    var starts: [Int] = []
    /// One past the last place that it may read.
    var ends: [Int] = []
    /// How many places it covers, those in the padding included.
    var covered: [Int] = []

    /// Windows of a fixed extent, `stride` apart, over `extent` elements with `padding` places on both sides. Rounding
    /// up adds a last window if it starts inside the elements or the padding before them.
    init(_ extent: Int, kernel: Int, stride: Int, padding: Int, dilation: Int, roundsUp: Bool) {
        let reach = dilation * (kernel - 1) + 1
        let spare = extent + 2 * padding - reach + (roundsUp ? stride - 1 : 0)
        guard spare >= 0 else { return }
        var count = spare / stride + 1
        if roundsUp, (count - 1) * stride >= extent + padding { count -= 1 }
        for index in 0..<count {
            let start = index * stride - padding
            let end = min(start + reach, extent + padding)
            covered.append(end - start)
            starts.append(start >= 0 ? start : start + (-start + dilation - 1) / dilation * dilation)
            ends.append(min(end, extent))
        }
    }

    /// `count` windows that cover all elements as evenly as they can.
    init(_ extent: Int, adaptiveTo count: Int) {
        for index in 0..<count {
            starts.append(index * extent / count)
            ends.append(((index + 1) * extent + count - 1) / count)
            covered.append(ends[index] - starts[index])
        }
    }

    /// The mean (or, with a divisor, part of the sum) over each window as a matrix.
    func means(_ extent: Int, divisor: (_ window: Int) -> Double) -> AxisWeights {
        var matrix = AxisWeights(length: extent)
        for (index, start) in starts.enumerated() {
            let weight = 1 / divisor(index)
            matrix.appendRow((start..<max(ends[index], start)).lazy.map { ($0, weight) })
        }
        return matrix
    }
}

/// What poolings check and arrange alike: images as [planes, spatial…].
struct PoolingCall {
    let name: String
    let x: Tensor
    let axes: Int

    init(_ name: String, _ x: Tensor, axes: Int) throws(TensorError) {
        (self.name, self.x, self.axes) = (name, x, axes)
        guard (1...3).contains(axes), x.rank == axes + 1 || x.rank == axes + 2 else {
            throw TensorError(
                .shape, name, "an image of shape \(x.shape) with \(axes) spatial axes",
                "give [samples, channels, spatial…], or [channels, spatial…], with one to three spatial axes")
        }
        guard x.shape.extents.suffix(axes).allSatisfy({ $0 > 0 }) else {
            throw TensorError(
                .empty, name, "an image of shape \(x.shape) has no elements along a spatial axis",
                "check that the image is not empty")
        }
    }

    var extents: [Int] { x.shape.extents.suffix(axes) }

    /// The windows of each axis.
    func windows(
        _ kernel: SpatialValues, _ stride: SpatialValues?, _ padding: SpatialValues, _ dilation: SpatialValues,
        _ roundsUp: Bool
    ) throws(TensorError) -> (axes: [PoolingAxis], dilation: [Int], kernel: [Int]) {
        let kernel = try kernel.resolved(axes, "kernel", name, least: 1)
        let steps = try stride?.resolved(axes, "stride", name, least: 1) ?? kernel
        let padding = try padding.resolved(axes, "padding", name, least: 0)
        let dilation = try dilation.resolved(axes, "dilation", name, least: 1)
        guard (0..<axes).allSatisfy({ 2 * padding[$0] <= dilation[$0] * (kernel[$0] - 1) + 1 }) else {
            throw TensorError(
                .argument, name, "padding \(padding) for windows \(kernel)",
                "a window may hang over by half its extent at most")
        }
        let extents = extents
        let windows = (0..<axes).map {
            PoolingAxis(
                extents[$0], kernel: kernel[$0], stride: steps[$0], padding: padding[$0], dilation: dilation[$0],
                roundsUp: roundsUp)
        }
        guard windows.allSatisfy({ !$0.starts.isEmpty }) else {
            throw TensorError(
                .shape, name, "windows \(kernel) do not fit an image of shape \(x.shape)",
                "use smaller windows or more padding")
        }
        return (windows, dilation, kernel)
    }

    /// Windows that give these extents; −1 keeps that of the image.
    func adaptive(_ target: SpatialValues) throws(TensorError) -> [PoolingAxis] {
        let target = try target.resolved(axes, "extents", name, least: -1)
        let extents = extents
        return (0..<axes).map { PoolingAxis(extents[$0], adaptiveTo: target[$0] < 0 ? extents[$0] : target[$0]) }
    }
}
