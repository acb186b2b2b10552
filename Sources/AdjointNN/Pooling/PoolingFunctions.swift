import AdjointCore
import AdjointRuntime

/// The largest element of each window of images [samples, channels, spatial…] or [channels, spatial…], padded by −∞. ȳ
/// goes to the first largest element of its window.
/// - Parameters:
///   - kernel: the extent of the windows; one number an axis says how many spatial axes there are.
///   - axes: the number of spatial axes, where `kernel` is one number for all.
///   - stride: from one window to the next; the windows' extent if it is not given.
///   - roundsUp: whether a last window may hang over the end.
/// - Fails: if windows do not fit or hang over by more than half.
public func maxPool(
    _ x: Tensor, kernel: SpatialValues, axes: Int? = nil, stride: SpatialValues? = nil, padding: SpatialValues = 0,
    dilation: SpatialValues = 1, roundsUp: Bool = false
) -> Tensor {
    maxPoolWithPositions(
        x, kernel: kernel, axes: axes, stride: stride, padding: padding, dilation: dilation, roundsUp: roundsUp
    ).values
}

/// `maxPool` and, for each window, the row-major position of its largest element in the plane, `int64`: what `maxUnpool`
/// takes.
public func maxPoolWithPositions(
    _ x: Tensor, kernel: SpatialValues, axes: Int? = nil, stride: SpatialValues? = nil, padding: SpatialValues = 0,
    dilation: SpatialValues = 1, roundsUp: Bool = false
) -> (values: Tensor, positions: Tensor) {
    withPositions("maxPool", x) { x throws(TensorError) in
        let call = try PoolingCall("maxPool", x, axes: axes ?? kernel.axes(of: x))
        let windows = try call.windows(kernel, stride, padding, dilation, roundsUp)
        return try call.largest(windows.axes, dilation: windows.dilation)
    }
}

/// The largest element of each of `extents` windows that cover the image evenly; −1 keeps an extent. ȳ goes to the first
/// largest element of its window.
public func adaptiveMaxPool(_ x: Tensor, to extents: SpatialValues, axes: Int? = nil) -> Tensor {
    adaptiveMaxPoolWithPositions(x, to: extents, axes: axes).values
}

/// `adaptiveMaxPool` and the positions of the largest elements in their planes, `int64`.
public func adaptiveMaxPoolWithPositions(
    _ x: Tensor, to extents: SpatialValues, axes: Int? = nil
) -> (values: Tensor, positions: Tensor) {
    withPositions("adaptiveMaxPool", x) { x throws(TensorError) in
        let call = try PoolingCall("adaptiveMaxPool", x, axes: axes ?? extents.axes(of: x))
        return try call.largest(try call.adaptive(extents), dilation: Array(repeating: 1, count: call.axes))
    }
}

/// The mean of each window of images [samples, channels, spatial…] or [channels, spatial…], padded by zeros. x̄ spreads
/// each ȳ evenly over its window.
/// - Parameters:
///   - kernel, axes, stride, padding, roundsUp: as in `maxPool`.
///   - countsPadding: whether places in the padding count in the mean.
///   - divisor: divides the sums instead of the number of elements.
/// - Fails: if windows do not fit or hang over by more than half, or the divisor is 0.
public func averagePool(
    _ x: Tensor, kernel: SpatialValues, axes: Int? = nil, stride: SpatialValues? = nil, padding: SpatialValues = 0,
    roundsUp: Bool = false, countsPadding: Bool = true, divisor: Int? = nil
) -> Tensor {
    x.withKernelType("averagePool") { x, _ throws(TensorError) in
        let call = try PoolingCall("averagePool", x, axes: axes ?? kernel.axes(of: x))
        guard divisor != 0 else {
            throw TensorError(.argument, call.name, "the divisor is 0", "leave it out for the mean")
        }
        let windows = try call.windows(kernel, stride, padding, 1, roundsUp).axes
        let matrices = zip(windows, call.extents).enumerated().map { index, axis in
            axis.0.means(axis.1) { window in
                if let divisor { return index == 0 ? Double(divisor) : 1 }
                return Double(countsPadding ? axis.0.covered[window] : axis.0.ends[window] - axis.0.starts[window])
            }
        }
        return x.mapped(matrices)
    }
}

/// The mean of each of `extents` windows that cover the image evenly; −1 keeps an extent. x̄ spreads each ȳ evenly over
/// its window.
public func adaptiveAveragePool(_ x: Tensor, to extents: SpatialValues, axes: Int? = nil) -> Tensor {
    x.withKernelType("adaptiveAveragePool") { x, _ throws(TensorError) in
        let call = try PoolingCall("adaptiveAveragePool", x, axes: axes ?? extents.axes(of: x))
        let windows = try call.adaptive(extents)
        return x.mapped(
            zip(windows, call.extents).map { window, extent in
                window.means(extent) { Double(window.covered[$0]) }
            })
    }
}

/// The p-norm of each window, (Σ xᵖ)^(1/p), 0 where the sum is not positive. Windows as in `maxPool`.
public func normPool(
    _ x: Tensor, p: Double, kernel: SpatialValues, axes: Int? = nil, stride: SpatialValues? = nil,
    roundsUp: Bool = false
) -> Tensor {
    attempt { () throws(TensorError) in
        if x.failure != nil { return x }
        let axes = axes ?? kernel.axes(of: x)
        let taps = try kernel.resolved(axes, "kernel", "normPool", least: 1).reduce(1, *)
        let mean = averagePool(x.pow(p), kernel: kernel, axes: axes, stride: stride, roundsUp: roundsUp)
        let sum = mean * Double(taps)
        let isPositive = sum .> 0
        return which(isPositive, which(isPositive, sum, Tensor.ones(like: sum)).pow(1 / p), sum * 0)
    }
}

/// Zeros with the elements of x at `positions` of their planes: what `maxPool` took, put back. Of repeated positions the
/// last wins, and only it has a derivative. x̄ is ȳ at the positions.
/// - Parameters:
///   - x: [samples, channels, spatial…] or [channels, spatial…].
///   - positions: row-major places in the planes of the result, of x's shape.
///   - extents: the spatial extents of the result, one an axis.
/// - Fails: if shapes differ or a position is outside the plane.
public func maxUnpool(_ x: Tensor, positions: Tensor, to extents: [Int]) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [x, positions].first(where: { $0.failure != nil }) { return failed }
        guard positions.shape == x.shape, x.rank > extents.count else {
            throw TensorError(
                .shape, "maxUnpool", "elements \(x.shape) and positions \(positions.shape) for \(extents)",
                "give a position in the plane for each element")
        }
        guard positions.dtype.isInteger, extents.allSatisfy({ $0 > 0 }) else {
            throw TensorError(
                positions.dtype.isInteger ? .shape : .dtype, "maxUnpool",
                "positions of type \(positions.dtype) in planes \(extents)", "give whole numbers and a plane")
        }
        let lead = Array(x.shape.extents.dropLast(extents.count))
        let (planes, size) = (lead.reduce(1, *), extents.reduce(1, *))
        guard x.count > 0 else { return Tensor.zeros(lead + extents, dtype: x.dtype) }
        let places = positions.to(.int64)
        if let bad = places.ints.first(where: { !(0..<size).contains($0) }) {
            throw TensorError(
                .index, "maxUnpool", "position \(bad) is outside a plane of extents \(extents)",
                "positions run from 0 to \(size - 1)")
        }
        let firsts = (Tensor.arange(planes) * size).reshaped(planes, 1)
        var result = Tensor.zeros([planes * size], dtype: x.dtype)
        result[(places.reshaped(planes, x.count / planes) + firsts).flattened()] = x.flattened()
        return result.reshaped(lead + extents)
    }
}

/// `maxUnpool` to the extents of an image whose windows gave so many elements: (n − 1) stride − 2 padding + kernel.
public func maxUnpool(
    _ x: Tensor, positions: Tensor, axes: Int, kernel: SpatialValues, stride: SpatialValues? = nil,
    padding: SpatialValues = 0
) -> Tensor {
    attempt { () throws(TensorError) in
        if x.failure != nil { return x }
        guard x.rank > axes else {
            throw TensorError(
                .shape, "maxUnpool", "elements \(x.shape) with \(axes) spatial axes", "give [channels, spatial…]")
        }
        let kernel = try kernel.resolved(axes, "kernel", "maxUnpool", least: 1)
        let steps = try stride?.resolved(axes, "stride", "maxUnpool", least: 1) ?? kernel
        let padding = try padding.resolved(axes, "padding", "maxUnpool", least: 0)
        let input = Array(x.shape.extents.suffix(axes))
        let extents = (0..<axes).map { axis -> Int in
            (input[axis] - 1) * steps[axis] - 2 * padding[axis] + kernel[axis]
        }
        return maxUnpool(x, positions: positions, to: extents)
    }
}

extension SpatialValues {
    /// The number of spatial axes that these values tell; one value leaves all axes but samples and channels.
    func axes(of x: Tensor) -> Int { values.count > 1 ? values.count : max(x.rank - 2, 1) }
}

private func withPositions(
    _ name: String, _ x: Tensor, _ body: (Tensor) throws(TensorError) -> (values: Tensor, positions: Tensor)
) -> (values: Tensor, positions: Tensor) {
    var positions: Tensor?
    let values = x.withKernelType(name) { x, _ throws(TensorError) in
        let result = try body(x)
        positions = result.positions
        return result.values
    }
    return (values, positions ?? values)
}
