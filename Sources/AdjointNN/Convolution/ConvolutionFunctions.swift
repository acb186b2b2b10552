import AdjointCore
import AdjointRuntime

/// The cross-correlation of an image with filters: yₒ = Σ꜀ wₒ꜀ ∗ x꜀ + bₒ. The number of the filter's axes says how many
/// spatial ones there are, one to three.
///
/// x̄ and w̄ are the two transposes of the convolution, b̄ the sum of ȳ over samples and positions.
/// - Parameters:
///   - x: images [samples, channels, spatial…], or one image without the axis of samples.
///   - filter: [filters, channels / groups, kernel…].
///   - bias: [filters].
///   - groups: channels and filters are cut into so many groups that do not meet.
/// - Fails: if shapes do not fit, or the filter with its dilation is longer than the padded image.
public func convolution(
    _ x: Tensor, _ filter: Tensor, bias: Tensor? = nil, stride: SpatialValues = 1, padding: ConvolutionPadding = 0,
    dilation: SpatialValues = 1, groups: Int = 1
) -> Tensor {
    if x.dtype.isComplex || filter.dtype.isComplex {
        return complexProduct(x, filter, bias) {
            convolution($0, $1, bias: $2, stride: stride, padding: padding, dilation: dilation, groups: groups)
        }
    }
    return x.withKernelType("convolution", [filter] + (bias.map { [$0] } ?? [])) { x, rest throws(TensorError) in
        let filter = rest[0]
        let call = ConvolutionCall("convolution", x, filter, bias, groups, outputs: filter.shape.extents.first ?? 0)
        try call.check(channels: { $0.shape[1] * groups })
        let x = call.batched
        let axes = call.axes
        let kernel = Array(filter.shape.extents.dropFirst(2))
        let stride = try stride.resolved(axes, "stride", call.name, least: 1)
        let dilation = try dilation.resolved(axes, "dilation", call.name, least: 1)
        let reach = (0..<axes).map { dilation[$0] * (kernel[$0] - 1) }
        let input = Array(x.shape.extents.dropFirst(2))
        let (before, total): ([Int], [Int])
        switch padding {
        case .valid: (before, total) = (Array(repeating: 0, count: axes), Array(repeating: 0, count: axes))
        case .same:
            guard stride.allSatisfy({ $0 == 1 }) else {
                throw TensorError(
                    .argument, call.name, "padding .same with stride \(stride)",
                    "a convolution keeps the extents only with stride 1; give the padding in numbers")
            }
            (before, total) = (reach.map { $0 / 2 }, reach)
        case .zeros(let values):
            before = try values.resolved(axes, "padding", call.name, least: 0)
            total = before.map { 2 * $0 }
        }
        let spare = (0..<axes).map { input[$0] + total[$0] - reach[$0] - 1 }
        guard spare.allSatisfy({ $0 >= 0 }), kernel.allSatisfy({ $0 > 0 }) else {
            throw TensorError(
                .shape, call.name,
                "a filter of extents \(kernel) with dilation \(dilation) does not fit images of extents \(input) padded by \(total) in all",
                "use a smaller filter or more padding")
        }
        let geometry = ConvolutionGeometry(
            input: input, output: (0..<axes).map { spare[$0] / stride[$0] + 1 }, kernel: kernel, stride: stride,
            dilation: dilation, padding: before, groups: groups)
        return call.finish(bind(Convolution(geometry: geometry), x, filter))
    }
}

/// The transpose of `convolution` in its image: each element of x adds a filter's worth to the result, of extents
/// (n − 1) stride − 2 padding + dilation (kernel − 1) + outputPadding + 1.
///
/// x̄ is the convolution of ȳ with the filter.
/// - Parameters:
///   - x: [samples, channels, spatial…], or without the axis of samples.
///   - filter: [channels, filters / groups, kernel…].
///   - bias: [filters].
///   - outputPadding: further elements at the end of each axis; less than the stride or the dilation.
/// - Fails: if shapes do not fit, or an extent of the result is not positive.
public func transposedConvolution(
    _ x: Tensor, _ filter: Tensor, bias: Tensor? = nil, stride: SpatialValues = 1, padding: SpatialValues = 0,
    outputPadding: SpatialValues = 0, dilation: SpatialValues = 1, groups: Int = 1
) -> Tensor {
    if x.dtype.isComplex || filter.dtype.isComplex {
        return complexProduct(x, filter, bias) {
            transposedConvolution(
                $0, $1, bias: $2, stride: stride, padding: padding, outputPadding: outputPadding, dilation: dilation,
                groups: groups)
        }
    }
    return x.withKernelType("transposedConvolution", [filter] + (bias.map { [$0] } ?? [])) {
        x, rest throws(TensorError) in
        let filter = rest[0]
        let outputs = filter.rank > 1 ? filter.shape[1] * groups : 0
        let call = ConvolutionCall("transposedConvolution", x, filter, bias, groups, outputs: outputs)
        try call.check(channels: { $0.shape[0] })
        let x = call.batched
        let axes = call.axes
        let kernel = Array(filter.shape.extents.dropFirst(2))
        let stride = try stride.resolved(axes, "stride", call.name, least: 1)
        let dilation = try dilation.resolved(axes, "dilation", call.name, least: 1)
        let padding = try padding.resolved(axes, "padding", call.name, least: 0)
        let more = try outputPadding.resolved(axes, "outputPadding", call.name, least: 0)
        guard (0..<axes).allSatisfy({ more[$0] < max(stride[$0], dilation[$0]) }) else {
            throw TensorError(
                .argument, call.name, "outputPadding \(more) with stride \(stride) and dilation \(dilation)",
                "it must be less than the stride or the dilation")
        }
        let extents = Array(x.shape.extents.dropFirst(2))
        let result = (0..<axes).map { axis -> Int in
            let reach = dilation[axis] * (kernel[axis] - 1) + 1
            return (extents[axis] - 1) * stride[axis] - 2 * padding[axis] + reach + more[axis]
        }
        guard result.allSatisfy({ $0 > 0 }) else {
            throw TensorError(
                .shape, call.name, "images of extents \(extents) would become \(result)",
                "use less padding or larger images")
        }
        let geometry = ConvolutionGeometry(
            input: result, output: extents, kernel: kernel, stride: stride, dilation: dilation, padding: padding,
            groups: groups)
        return call.finish(bind(ConvolutionInput(geometry: geometry), x, filter))
    }
}

/// A product of complex images and filters from those of their parts, (a + ib)(c + id) = ac − bd + i(ad + bc).
private func complexProduct(
    _ x: Tensor, _ filter: Tensor, _ bias: Tensor?, _ product: (Tensor, Tensor, Tensor?) -> Tensor
) -> Tensor {
    let real = product(x.real, filter.real, bias?.real) - product(x.imaginary, filter.imaginary, nil)
    let imaginary = product(x.real, filter.imaginary, bias?.imaginary) + product(x.imaginary, filter.real, nil)
    return complex(real, imaginary)
}

/// What the two directions check alike.
private struct ConvolutionCall {
    let name: String
    let x: Tensor
    let filter: Tensor
    let bias: Tensor?
    let groups: Int
    /// The number of channels of the result.
    let outputs: Int

    init(_ name: String, _ x: Tensor, _ filter: Tensor, _ bias: Tensor?, _ groups: Int, outputs: Int) {
        (self.name, self.x, self.filter, self.bias) = (name, x, filter, bias)
        (self.groups, self.outputs) = (groups, outputs)
    }

    var axes: Int { filter.rank - 2 }
    private var isSingle: Bool { x.rank == filter.rank - 1 }
    var batched: Tensor { isSingle ? x.expandedAxis(0) : x }

    func check(channels: (Tensor) -> Int) throws(TensorError) {
        guard (3...5).contains(filter.rank), x.rank == filter.rank || isSingle else {
            throw TensorError(
                .shape, name, "an image of shape \(x.shape) and a filter of shape \(filter.shape)",
                "for n spatial axes (1 to 3) filters have n + 2 axes, images n + 2 or, a single one, n + 1")
        }
        let found = batched.shape[1]
        guard groups > 0, filter.shape[0] % groups == 0, found % groups == 0, channels(filter) == found else {
            throw TensorError(
                .shape, name,
                "an image of shape \(x.shape) has \(found) channels, the filter of shape \(filter.shape) with \(groups) groups does not",
                "the extents of channels must agree and divide into the groups")
        }
        if let bias, bias.shape != [outputs] {
            throw TensorError(
                .shape, name, "a bias of shape \(bias.shape) for \(outputs) filters", "give one number a filter")
        }
    }

    func finish(_ y: Tensor) -> Tensor {
        var y = y
        if let bias {
            // Repeated over the positions first: the sums of the transpose then run over neighbouring axes.
            let column = bias.to(y.dtype).reshaped([outputs] + Array(repeating: 1, count: axes))
            y = y + column.broadcast(to: Array(y.shape.extents.dropFirst()))
        }
        return isSingle ? y.squeezed(0) : y
    }
}
