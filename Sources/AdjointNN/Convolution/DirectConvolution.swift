import AdjointRuntime
import CKernels

/// Flat `float32` convolutions with stride 1, computed without columns: `adj_direct_convolve` says how. The transpose in the
/// image is the convolution of the padded cotangent with the filters turned around.
struct DirectConvolution {
    private let geometry: ConvolutionGeometry
    private let samples: Int
    private let channels: Int
    private let filters: Int

    /// Filters and channels beyond which matrix products are as fast.
    private static let enough = 128 * 128

    /// nil for a convolution that is left to columns and matrix products.
    init?(_ geometry: ConvolutionGeometry, _ dtype: DType, samples: Int, channels: Int, filters: Int) {
        guard dtype == .float32, geometry.input.count == 2, geometry.groups == 1, geometry.taps > 1,
            geometry.kernel[1] <= 5, geometry.stride == [1, 1], geometry.dilation == [1, 1],
            channels * filters <= Self.enough, geometry.positions > 0
        else { return nil }
        self.geometry = geometry
        (self.samples, self.channels, self.filters) = (samples, channels, filters)
    }

    /// y [samples, filters, output] = w ∗ x.
    func convolve(_ x: TensorValue, _ w: TensorValue, into y: TensorValue) {
        let call = call(channels: channels, filters: filters, output: geometry.output)
        run(
            call, x, rows: geometry.input, at: geometry.padding, filters: w, transposed: false, into: y,
            outputs: filters * geometry.positions)
    }

    /// x [samples, channels, image] = the transpose of `convolve` in x.
    func transposeInput(_ g: TensorValue, _ w: TensorValue, into x: TensorValue) {
        let call = call(channels: filters, filters: channels, output: geometry.input)
        let place = (0..<2).map { geometry.kernel[$0] - 1 - geometry.padding[$0] }
        run(
            call, g, rows: geometry.output, at: place, filters: w, transposed: true, into: x,
            outputs: channels * geometry.input.reduce(1, *))
    }

    /// w [parts, filters, channels, kernel], zeros before, = the transpose of `convolve` in w, summed over parts of the
    /// samples.
    func transposeFilter(_ g: TensorValue, _ x: TensorValue, into w: TensorValue, parts: Int) {
        var call = call(channels: channels, filters: filters, output: geometry.output)
        let plane = Int(call.plane)
        let planes = (filters + 3) / 4 * 4
        Parallel.run(pieces: parts) { part in
            withZeros((channels + planes) * plane) { image in
                let cotangent = image + channels * plane
                let target = floats(w) + part * filters * channels * geometry.taps
                for sample in samples * part / parts..<samples * (part + 1) / parts {
                    adj_direct_image(
                        &call, floats(x) + sample * channels * geometry.input.reduce(1, *), Int64(channels),
                        Int64(geometry.input[0]), Int64(geometry.input[1]), Int64(geometry.padding[0]),
                        Int64(geometry.padding[1]), image)
                    adj_direct_image(
                        &call, floats(g) + sample * filters * geometry.positions, Int64(filters),
                        Int64(geometry.output[0]), Int64(geometry.output[1]), 0, 0, cotangent)
                    adj_direct_filter(&call, cotangent, image, target)
                }
            }
        }
    }

    private func call(channels: Int, filters: Int, output: [Int]) -> adj_direct {
        let (kernel, rows) = (geometry.kernel, output[0] + geometry.kernel[0] - 1)
        let pitch = output[1] + kernel[1] - 1
        return adj_direct(
            channels: Int64(channels), filters: Int64(filters), kernel: (Int64(kernel[0]), Int64(kernel[1])),
            output: (Int64(output[0]), Int64(output[1])), rows: Int64(rows), pitch: Int64(pitch),
            plane: Int64(rows * pitch) + Int64(ADJ_DIRECT_SLACK))
    }

    private func run(
        _ call: adj_direct, _ x: TensorValue, rows: [Int], at place: [Int], filters w: TensorValue, transposed: Bool,
        into y: TensorValue, outputs: Int
    ) {
        var call = call
        let (channels, filters) = (Int(call.channels), Int(call.filters))
        let block = Int(ADJ_DIRECT_FILTERS)
        withZeros((filters + block - 1) / block * block * channels * geometry.taps) { blocks in
            adj_direct_filters(&call, floats(w), transposed ? 1 : 0, blocks)
            let work = max(outputs * channels * geometry.taps, 1)
            Parallel.run(count: samples, grain: max((1 << 19) / work, 1)) { range in
                var call = call
                withZeros(channels * Int(call.plane)) { image in
                    for sample in range {
                        adj_direct_image(
                            &call, floats(x) + sample * channels * rows[0] * rows[1], Int64(channels), Int64(rows[0]),
                            Int64(rows[1]), Int64(place[0]), Int64(place[1]), image)
                        adj_direct_convolve(&call, image, blocks, floats(y) + sample * outputs)
                    }
                }
            }
        }
    }

    private func floats(_ value: TensorValue) -> UnsafeMutablePointer<Float> {
        value.elements.assumingMemoryBound(to: Float.self)
    }

    private func withZeros(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
        let memory = UnsafeMutablePointer<Float>.allocate(capacity: max(count, 1))
        memory.initialize(repeating: 0, count: max(count, 1))
        body(memory)
        memory.deallocate()
    }
}
