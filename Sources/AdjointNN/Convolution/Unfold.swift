import AdjointCore
import AdjointRuntime
import CKernels

/// x [samples, channels, input] as columns [samples, channels · taps, positions]: what each window reads. Linear; the
/// transpose is `Fold`.
package struct Unfold: LinearPrimitive {
    package static let name = "unfold"
    let geometry: ConvolutionGeometry

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        guard let shape = Shape(checking: [x.shape[0], x.shape[1] * geometry.taps, geometry.positions]) else {
            throw TensorError(.outOfMemory, Self.name, "the columns do not fit in memory", "use smaller extents")
        }
        return TensorType(shape, x.dtype)
    }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let x = try x.contiguous()
        let y = try TensorValue(uninitialized: type)
        let (channels, image) = (x.shape[1], geometry.input.reduce(1, *))
        let row = geometry.taps * geometry.positions
        Parallel.run(count: x.shape[0] * channels, grain: max(Kernels.grain / max(row, 1), 1)) { range in
            var window = geometry.window
            adj_im2col(
                Int32(x.dtype.rawValue), &window, x.elements + range.lowerBound * image * x.dtype.size,
                y.elements + range.lowerBound * row * x.dtype.size, Int64(range.count), 0, Int64(geometry.positions))
        }
        return y
    }

    package func transpose(_ g: Tensor, to x: TensorType) -> Tensor { bind(Fold(geometry: geometry), g) }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(self, inputs[0].withExamplesInFirstAxis()).splittingFirstAxis(size)
    }
}

/// Images [samples, channels, input] to which columns [samples, channels · taps, positions] are added where windows read
/// them. Linear; the transpose of `Unfold`.
package struct Fold: LinearPrimitive {
    package static let name = "fold"
    let geometry: ConvolutionGeometry

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        TensorType(Shape([x.shape[0], x.shape[1] / geometry.taps] + geometry.input), x.dtype)
    }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let x = try x.contiguous()
        let y = try Kernels.fill(type, 0)
        let image = geometry.input.reduce(1, *)
        let row = geometry.taps * geometry.positions
        Parallel.run(count: type.shape[0] * type.shape[1], grain: max(Kernels.grain / max(row, 1), 1)) { range in
            var window = geometry.window
            adj_col2im(
                Int32(x.dtype.rawValue), &window, x.elements + range.lowerBound * row * x.dtype.size,
                y.elements + range.lowerBound * image * x.dtype.size, Int64(range.count), 0, Int64(geometry.positions))
        }
        return y
    }

    package func transpose(_ g: Tensor, to x: TensorType) -> Tensor { bind(Unfold(geometry: geometry), g) }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(self, inputs[0].withExamplesInFirstAxis()).splittingFirstAxis(size)
    }
}

/// What windows that slide over images read, as columns: [samples, channels · taps, positions] from
/// [samples, channels, spatial…], or both without the axis of samples. The kernel says how many spatial axes there are;
/// one number stands for two. x̄ is the fold of ȳ.
/// - Fails: if the image has another number of axes, or a window does not fit.
public func unfold(
    _ x: Tensor, kernel: SpatialValues, dilation: SpatialValues = 1, padding: SpatialValues = 0,
    stride: SpatialValues = 1
) -> Tensor {
    if x.dtype.isComplex {
        return x.byParts { unfold($0, kernel: kernel, dilation: dilation, padding: padding, stride: stride) }
    }
    return x.withKernelType("unfold") { x, _ throws(TensorError) in
        let axes = kernel.values.count == 1 ? 2 : kernel.values.count
        let isSingle = x.rank == axes + 1
        let images = isSingle ? x.expandedAxis(0) : x
        guard images.rank == axes + 2 else {
            throw TensorError(
                .shape, "unfold", "an image of shape \(x.shape) and \(axes) spatial axes",
                "give [samples, channels, spatial…]")
        }
        let geometry = try foldGeometry(
            "unfold", Array(images.shape.extents.dropFirst(2)), kernel, dilation, padding, stride)
        let y = bind(Unfold(geometry: geometry), images)
        return isSingle ? y.squeezed(0) : y
    }
}

/// The sum of columns [samples, channels · taps, positions] at the places of an image that windows read: the transpose
/// of `unfold`, [samples, channels, spatial…]. x̄ unfolds ȳ.
/// - Fails: if the number of rows is no multiple of the taps, or that of columns is not the number of positions.
public func fold(
    _ x: Tensor, to extents: SpatialValues, kernel: SpatialValues, dilation: SpatialValues = 1,
    padding: SpatialValues = 0, stride: SpatialValues = 1
) -> Tensor {
    if x.dtype.isComplex {
        return x.byParts { fold($0, to: extents, kernel: kernel, dilation: dilation, padding: padding, stride: stride) }
    }
    return x.withKernelType("fold") { x, _ throws(TensorError) in
        let axes = max(extents.values.count, kernel.values.count, extents.values.count == 1 ? 2 : 1)
        let size = try extents.resolved(axes, "extents", "fold", least: 1)
        let geometry = try foldGeometry("fold", size, kernel, dilation, padding, stride)
        let columns = x.rank == 2 ? x.expandedAxis(0) : x
        guard columns.rank == 3, columns.shape[1] % geometry.taps == 0, columns.shape[2] == geometry.positions
        else {
            throw TensorError(
                .shape, "fold",
                "columns of shape \(x.shape) for \(geometry.taps) taps and \(geometry.positions) positions",
                "give [samples, channels · taps, positions]")
        }
        let y = bind(Fold(geometry: geometry), columns)
        return x.rank == 2 ? y.squeezed(0) : y
    }
}

private func foldGeometry(
    _ name: String, _ input: [Int], _ kernel: SpatialValues, _ dilation: SpatialValues, _ padding: SpatialValues,
    _ stride: SpatialValues
) throws(TensorError) -> ConvolutionGeometry {
    guard (1...3).contains(input.count) else {
        throw TensorError(.shape, name, "\(input.count) spatial axes", "use one to three")
    }
    let axes = input.count
    let kernel = try kernel.resolved(axes, "kernel", name, least: 1)
    let dilation = try dilation.resolved(axes, "dilation", name, least: 1)
    let padding = try padding.resolved(axes, "padding", name, least: 0)
    let stride = try stride.resolved(axes, "stride", name, least: 1)
    let spare = (0..<axes).map { axis -> Int in
        let reach = dilation[axis] * (kernel[axis] - 1) + 1
        return input[axis] + 2 * padding[axis] - reach
    }
    guard spare.allSatisfy({ $0 >= 0 }) else {
        throw TensorError(
            .shape, name, "windows \(kernel) with dilation \(dilation) do not fit images \(input) padded by \(padding)",
            "use smaller windows or more padding")
    }
    return ConvolutionGeometry(
        input: input, output: (0..<axes).map { spare[$0] / stride[$0] + 1 }, kernel: kernel, stride: stride,
        dilation: dilation, padding: padding, groups: 1)
}
