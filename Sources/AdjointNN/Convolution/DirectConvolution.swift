import AdjointRuntime
import CKernels

/// Flat `float32` convolutions computed without columns: `adj_direct` says how. The transpose in the image is one convolution
/// of the padded cotangent for each phase of the image, with the taps that meet the phase, turned around.
struct DirectConvolution {
    private let geometry: ConvolutionGeometry
    private let samples: Int
    private let channels: Int
    private let filters: Int
    /// The call of a convolution.
    private let forward: adj_direct

    /// Phases beyond which an image would be mostly what no tap reads.
    private static let fewPhases = 16
    /// Filters and channels beyond which matrix products are as fast.
    private static let enough = 128 * 128

    /// nil for a convolution that is left to columns and matrix products.
    init?(_ geometry: ConvolutionGeometry, _ dtype: DType, samples: Int, channels: Int, filters: Int) {
        guard dtype == .float32, geometry.input.count == 2, geometry.groups == 1, !geometry.isPointwise,
            channels * filters <= Self.enough, geometry.positions > 0,
            geometry.stride[0] <= Self.fewPhases, geometry.stride[1] <= Self.fewPhases / geometry.stride[0]
        else { return nil }
        self.geometry = geometry
        (self.samples, self.channels, self.filters) = (samples, channels, filters)
        var call = Self.call(channels: channels, filters: filters, output: geometry.output)
        let fits = adj_direct_forward(
            &call, Self.words(geometry.kernel), Self.words(geometry.stride), Self.words(geometry.dilation))
        guard fits == 1 else { return nil }
        forward = call
    }

    /// y [samples, filters, output] = w ∗ x.
    func convolve(_ x: TensorValue, _ w: TensorValue, into y: TensorValue) {
        let place = Place(top: geometry.padding[0], left: geometry.padding[1], first: 0, output: geometry.output)
        run(
            forward, x, extents: geometry.input, at: place, filters: w, transposed: false, into: y,
            step: [1, 1], plane: geometry.output)
    }

    /// x [samples, channels, image] = the transpose of `convolve` in x.
    func transposeInput(_ g: TensorValue, _ w: TensorValue, into x: TensorValue) {
        for phase in 0..<phases {
            guard let place = place(of: phase) else { continue }
            run(
                backward(phase, output: place.output), g, extents: geometry.output, at: place, filters: w,
                transposed: true, into: x,
                step: geometry.stride, plane: geometry.input)
        }
    }

    /// w [parts, filters, channels, kernel] = the transpose of `convolve` in w, summed over parts of the samples.
    func transposeFilter(_ g: TensorValue, _ x: TensorValue, into w: TensorValue, parts: Int) {
        let (plane, taps) = (Int(forward.plane), geometry.taps)
        let lanes = (filters + Int(ADJ_DIRECT_LANES) - 1) / Int(ADJ_DIRECT_LANES) * Int(ADJ_DIRECT_LANES)
        let (image, cotangent, sums) = (channels * plane, lanes * geometry.positions, lanes * channels * taps)
        Parallel.run(pieces: parts) { part in
            var call = forward
            withZeros(image + cotangent + sums) { memory in
                for sample in samples * part / parts..<samples * (part + 1) / parts {
                    adj_direct_image(
                        &call, floats(x) + sample * channels * geometry.input.reduce(1, *), Int64(channels),
                        Int64(geometry.input[0]), Int64(geometry.input[1]), Int64(geometry.padding[0]),
                        Int64(geometry.padding[1]), memory)
                    adj_direct_cotangent(&call, floats(g) + sample * filters * geometry.positions, memory + image)
                    adj_direct_filter(&call, memory + image, memory, memory + image + cotangent)
                }
                adj_direct_filters_of(&call, memory + image + cotangent, floats(w) + part * filters * channels * taps)
            }
        }
    }

    // MARK: - Phases

    /// Of the image: each holds every stride-th row and column.
    private var phases: Int { geometry.stride[0] * geometry.stride[1] }

    /// Where what is read lies in its padded image, and what is computed from it.
    private struct Place {
        var top: Int
        var left: Int
        /// The offset of the first element in the plane that is written.
        var first: Int
        var output: [Int]
    }

    /// The elements of the image in a phase; nil if there are none.
    private func place(of phase: Int) -> Place? {
        let remainders = [phase / geometry.stride[1], phase % geometry.stride[1]]
        var (starts, counts, tops) = ([0, 0], [0, 0], [0, 0])
        for axis in 0..<2 {
            let (step, padding) = (geometry.stride[axis], geometry.padding[axis])
            // The first element e of the image with (e + padding) mod step = the remainder.
            starts[axis] = ((remainders[axis] - padding) % step + step) % step
            guard starts[axis] < geometry.input[axis] else { return nil }
            counts[axis] = (geometry.input[axis] - starts[axis] + step - 1) / step
            let reach = (geometry.kernel[axis] - 1) * geometry.dilation[axis] / step
            tops[axis] = reach - (starts[axis] + padding) / step
        }
        return Place(top: tops[0], left: tops[1], first: starts[0] * geometry.input[1] + starts[1], output: counts)
    }

    /// The call of the transpose in the image for one phase. Its rows of taps are some of those of `forward`, turned
    /// around, so they fit.
    private func backward(_ phase: Int, output: [Int]) -> adj_direct {
        var call = Self.call(channels: filters, filters: channels, output: output)
        let fits = adj_direct_backward(
            &call, Self.words(geometry.kernel), Self.words(geometry.stride), Self.words(geometry.dilation),
            Self.words([phase / geometry.stride[1], phase % geometry.stride[1]]))
        precondition(fits == 1, "the transpose has more rows of taps than the convolution")
        return call
    }

    private static func call(channels: Int, filters: Int, output: [Int]) -> adj_direct {
        var call = adj_direct()
        (call.channels, call.filters) = (Int64(channels), Int64(filters))
        call.output = (Int64(output[0]), Int64(output[1]))
        return call
    }

    private static func words(_ values: [Int]) -> [Int64] { values.map { Int64($0) } }

    // MARK: - Runs

    private func run(
        _ call: adj_direct, _ x: TensorValue, extents: [Int], at place: Place, filters w: TensorValue, transposed: Bool,
        into y: TensorValue, step: [Int], plane: [Int]
    ) {
        var call = call
        let (channels, filters) = (Int(call.channels), Int(call.filters))
        let block = Int(ADJ_DIRECT_FILTERS)
        let size = plane.reduce(1, *)
        let steps = Self.words([size, step[0] * plane[1], step[1]])
        withZeros((filters + block - 1) / block * block * channels * Int(call.taps)) { blocks in
            adj_direct_filters(&call, floats(w), transposed ? 1 : 0, blocks)
            let work = max(filters * place.output.reduce(1, *) * channels * Int(call.taps), 1)
            Parallel.run(count: samples, grain: max((1 << 19) / work, 1)) { range in
                var call = call
                withZeros(channels * Int(call.plane)) { image in
                    for sample in range {
                        adj_direct_image(
                            &call, floats(x) + sample * channels * extents[0] * extents[1], Int64(channels),
                            Int64(extents[0]), Int64(extents[1]), Int64(place.top), Int64(place.left), image)
                        adj_direct_convolve(
                            &call, image, blocks, floats(y) + sample * filters * size + place.first, steps)
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
