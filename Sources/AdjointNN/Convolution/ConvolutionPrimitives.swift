import AdjointCore
import AdjointRuntime
import CKernels

// Cross-correlation y = w ∗ x and its two transposes. Each is bilinear, and the derivatives of each are the other two:
// ⟨g, w ∗ x⟩ = ⟨input(g, w), x⟩ = ⟨filter(g, x), w⟩.

/// y [samples, filters, output] from x [samples, channels, input] and w [filters, channels / groups, kernel].
package struct Convolution: BilinearPrimitive {
    package static let name = "convolution"
    let geometry: ConvolutionGeometry
    package var label: String { "convolution \(geometry.kernel) stride \(geometry.stride)" }

    package func resultType(_ x: TensorType, _ w: TensorType) throws(TensorError) -> TensorType {
        try geometry.checked(Self.name, [x.shape[0], w.shape[0]] + geometry.output, x.dtype)
    }

    package func execute(_ x: TensorValue, _ w: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let (x, w) = (try x.contiguous(), try w.contiguous())
        guard x.shape.count > 0, w.shape.count > 0 else { return try Kernels.fill(type, 0) }
        let y = try TensorValue(uninitialized: type)
        if let direct = geometry.direct(x.shape[0], x.shape[1], w.shape[0], x.dtype) {
            direct.convolve(x, w, into: y)
        } else {
            geometry.plan(x, filters: w.shape[0]).convolve(x, w, into: y)
        }
        return y
    }

    package func transposeFirst(_ g: Tensor, _ w: Tensor) -> Tensor { bind(ConvolutionInput(geometry: geometry), g, w) }

    package func transposeSecond(_ g: Tensor, _ x: Tensor) -> Tensor {
        bind(ConvolutionFilter(geometry: geometry), g, x)
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        if !mapped[1] { return bind(self, inputs[0].withExamplesInFirstAxis(), inputs[1]).splittingFirstAxis(size) }
        let x = inputs[0].repeated(mapped[0], size).withExamplesInChannels()
        let w = inputs[1].withExamplesInFirstAxis()
        return bind(Convolution(geometry: geometry.grouped(size)), x, w).splittingChannels(size)
    }
}

/// x [samples, channels, input] from g [samples, filters, output] and w [filters, channels / groups, kernel].
package struct ConvolutionInput: BilinearPrimitive {
    package static let name = "convolution_input"
    let geometry: ConvolutionGeometry

    package func resultType(_ g: TensorType, _ w: TensorType) throws(TensorError) -> TensorType {
        try geometry.checked(Self.name, [g.shape[0], w.shape[1] * geometry.groups] + geometry.input, g.dtype)
    }

    package func execute(_ g: TensorValue, _ w: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let (g, w) = (try g.contiguous(), try w.contiguous())
        if g.shape.count > 0, w.shape.count > 0, type.shape.count > 0,
            let direct = geometry.direct(g.shape[0], type.shape[1], w.shape[0], g.dtype)
        {
            let x = try TensorValue(uninitialized: type)
            direct.transposeInput(g, w, into: x)
            return x
        }
        let x = try Kernels.fill(type, 0)
        guard g.shape.count > 0, w.shape.count > 0, type.shape.count > 0 else { return x }
        geometry.plan(x, filters: w.shape[0]).transposeInput(g, w, into: x)
        return x
    }

    package func transposeFirst(_ h: Tensor, _ w: Tensor) -> Tensor { bind(Convolution(geometry: geometry), h, w) }

    package func transposeSecond(_ h: Tensor, _ g: Tensor) -> Tensor {
        bind(ConvolutionFilter(geometry: geometry), g, h)
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        if !mapped[1] { return bind(self, inputs[0].withExamplesInFirstAxis(), inputs[1]).splittingFirstAxis(size) }
        let g = inputs[0].repeated(mapped[0], size).withExamplesInChannels()
        let w = inputs[1].withExamplesInFirstAxis()
        return bind(ConvolutionInput(geometry: geometry.grouped(size)), g, w).splittingChannels(size)
    }
}

/// w [filters, channels / groups, kernel] from g [samples, filters, output] and x [samples, channels, input].
package struct ConvolutionFilter: BilinearPrimitive {
    package static let name = "convolution_filter"
    let geometry: ConvolutionGeometry

    package func resultType(_ g: TensorType, _ x: TensorType) throws(TensorError) -> TensorType {
        try geometry.checked(Self.name, [g.shape[1], x.shape[1] / geometry.groups] + geometry.kernel, g.dtype)
    }

    package func execute(_ g: TensorValue, _ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let (g, x) = (try g.contiguous(), try x.contiguous())
        guard g.shape.count > 0, x.shape.count > 0, type.shape.count > 0 else { return try Kernels.fill(type, 0) }
        let plan = geometry.plan(x, filters: type.shape[0])
        let parts = plan.sampleParts
        let sums = try Kernels.fill(TensorType(Shape([parts, type.shape.count]), type.dtype), 0)
        let result = parts > 1 ? try TensorValue(uninitialized: type) : sums.retyped(type)
        if let direct = geometry.direct(x.shape[0], x.shape[1], type.shape[0], x.dtype) {
            direct.transposeFilter(g, x, into: sums, parts: parts)
        } else {
            plan.transposeFilter(g, x, into: sums, parts: parts)
        }
        // The parts are added to the first one, in their order.
        adj_take_add(
            Int32(type.dtype.rawValue), sums.elements, [Int64](repeating: 0, count: parts - 1),
            sums.elements + type.byteCount, 1, 1, Int64(parts - 1), Int64(type.shape.count))
        if parts > 1 { result.elements.copyMemory(from: sums.elements, byteCount: type.byteCount) }
        return result
    }

    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int {
        let copies = inputs.reduce(0) { $1.isContiguous ? $0 : $0 + $1.type.byteCount }
        guard inputs[0].shape.count > 0, inputs[1].shape.count > 0, type.shape.count > 0 else { return copies }
        let parts = geometry.plan(inputs[1], filters: type.shape[0]).sampleParts
        return copies + (parts > 1 ? parts * type.byteCount : 0)
    }

    package func transposeFirst(_ h: Tensor, _ x: Tensor) -> Tensor { bind(Convolution(geometry: geometry), x, h) }

    package func transposeSecond(_ h: Tensor, _ g: Tensor) -> Tensor {
        bind(ConvolutionInput(geometry: geometry), g, h)
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        let g = inputs[0].repeated(mapped[0], size).withExamplesInChannels()
        let x = inputs[1].repeated(mapped[1], size).withExamplesInChannels()
        return bind(ConvolutionFilter(geometry: geometry.grouped(size)), g, x).splittingFirstAxis(size)
    }
}

extension ConvolutionGeometry {
    fileprivate func checked(_ name: String, _ extents: [Int], _ dtype: DType) throws(TensorError) -> TensorType {
        guard let shape = Shape(checking: extents) else {
            throw TensorError(
                .outOfMemory, name, "a result of extents \(extents) does not fit in memory", "use smaller extents")
        }
        return TensorType(shape, dtype)
    }

    fileprivate func direct(_ samples: Int, _ channels: Int, _ filters: Int, _ dtype: DType) -> DirectConvolution? {
        DirectConvolution(self, dtype, samples: samples, channels: channels, filters: filters)
    }

    fileprivate func plan(_ x: TensorValue, filters: Int) -> ConvolutionPlan {
        ConvolutionPlan(self, x.dtype, samples: x.shape[0], channels: x.shape[1], filters: filters)
    }
}

// Where batching rules put the axis of the examples, which comes first.
extension Tensor {
    /// With the axis of the examples: an input that is the same for all is repeated.
    func repeated(_ isMapped: Bool, _ size: Int) -> Tensor {
        isMapped ? self : broadcast(to: [size] + shape.extents)
    }

    /// [size, n, …] as [size · n, …].
    func withExamplesInFirstAxis() -> Tensor {
        reshaped([shape[0] * shape[1]] + shape.extents.dropFirst(2))
    }

    /// [size · n, …] as [size, n, …].
    func splittingFirstAxis(_ size: Int) -> Tensor {
        reshaped([size, size == 0 ? 0 : shape[0] / size] + shape.extents.dropFirst())
    }

    /// [size, n, c, …] as [n, size · c, …].
    func withExamplesInChannels() -> Tensor {
        swappedAxes(0, 1).reshaped([shape[1], shape[0] * shape[2]] + shape.extents.dropFirst(3))
    }

    /// [n, size · c, …] as [size, n, c, …].
    func splittingChannels(_ size: Int) -> Tensor {
        reshaped([shape[0], size, size == 0 ? 0 : shape[1] / size] + shape.extents.dropFirst(2)).swappedAxes(0, 1)
    }
}
