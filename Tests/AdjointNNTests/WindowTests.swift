import AdjointCore
import AdjointNN
import Testing

/// A geometry of windows over one or two axes.
struct WindowCase: Sendable, CustomTestStringConvertible {
    var input: [Int]
    var kernel: [Int]
    var stride: [Int]
    var padding: [Int]
    var dilation: [Int]
    var groups = 1
    var testDescription: String { "\(input) by \(kernel) stride \(stride) padding \(padding) dilation \(dilation)" }

    var output: [Int] {
        input.indices.map { axis -> Int in
            let reach = dilation[axis] * (kernel[axis] - 1) + 1
            return (input[axis] + 2 * padding[axis] - reach) / stride[axis] + 1
        }
    }
}

private func places(_ extents: [Int]) -> [[Int]] {
    extents.reduce([[]]) { lists, extent in lists.flatMap { list in (0..<extent).map { list + [$0] } } }
}

private let windowCases = [
    WindowCase(input: [7], kernel: [3], stride: [1], padding: [0], dilation: [1]),
    WindowCase(input: [9], kernel: [2], stride: [3], padding: [1], dilation: [4]),
    WindowCase(input: [5, 6], kernel: [3, 2], stride: [1, 1], padding: [1, 1], dilation: [1, 1]),
    WindowCase(input: [6, 5], kernel: [2, 3], stride: [2, 1], padding: [0, 2], dilation: [3, 1], groups: 2),
    WindowCase(input: [4, 9], kernel: [1, 4], stride: [3, 2], padding: [0, 3], dilation: [1, 2]),
    WindowCase(input: [1, 1], kernel: [3, 3], stride: [1, 1], padding: [1, 1], dilation: [1, 1]),
    WindowCase(input: [40, 33], kernel: [3, 3], stride: [1, 2], padding: [1, 1], dilation: [1, 1]),
    WindowCase(input: [3, 4, 5], kernel: [2, 2, 3], stride: [1, 2, 1], padding: [1, 0, 1], dilation: [1, 1, 1]),
]

@Suite struct WindowTests {
    /// Σ over channels and taps, one product after the other.
    private func reference(_ x: Tensor, _ w: Tensor, _ entry: WindowCase) -> [Double] {
        let (samples, channels, filters) = (x.shape[0], x.shape[1], w.shape[0])
        let (perGroup, filtersPerGroup) = (channels / entry.groups, filters / entry.groups)
        let (xs, ws) = (x.doubles, w.doubles)
        func flat(_ place: [Int], _ extents: [Int]) -> Int { zip(place, extents).reduce(0) { $0 * $1.1 + $1.0 } }
        let (size, taps) = (entry.input.reduce(1, *), entry.kernel.reduce(1, *))
        var result: [Double] = []
        for sample in 0..<samples {
            for filter in 0..<filters {
                for place in places(entry.output) {
                    var sum = 0.0
                    for tap in places(entry.kernel) {
                        let at = place.indices.map {
                            place[$0] * entry.stride[$0] + tap[$0] * entry.dilation[$0] - entry.padding[$0]
                        }
                        guard zip(at, entry.input).allSatisfy({ $0 >= 0 && $0 < $1 }) else { continue }
                        for channel in 0..<perGroup {
                            let from = filter / filtersPerGroup * perGroup + channel
                            sum +=
                                xs[(sample * channels + from) * size + flat(at, entry.input)]
                                * ws[(filter * perGroup + channel) * taps + flat(tap, entry.kernel)]
                        }
                    }
                    result.append(sum)
                }
            }
        }
        return result
    }

    @Test(arguments: windowCases) func aConvolutionIsItsSums(_ entry: WindowCase) {
        let x = numbers([2, 4] + entry.input)
        let w = numbers([6, 4 / entry.groups] + entry.kernel, seed: 1)
        let y = convolution(
            x, w, stride: SpatialValues(entry.stride), padding: .zeros(SpatialValues(entry.padding)),
            dilation: SpatialValues(entry.dilation), groups: entry.groups)
        expect(y, Shape(checking: [2, 6] + entry.output)!, reference(x, w, entry))
    }

    @Test(arguments: windowCases) func theTransposesAreAdjoint(_ entry: WindowCase) {
        // ⟨g, w ∗ x⟩ is the same as ⟨x̄, x⟩ and ⟨w̄, w⟩, as it is linear in both.
        let x = numbers([3, 2] + entry.input).requiringGrad()
        let w = numbers([4, 2 / entry.groups] + entry.kernel, seed: 1).requiringGrad()
        let y = convolution(
            x, w, stride: SpatialValues(entry.stride), padding: .zeros(SpatialValues(entry.padding)),
            dilation: SpatialValues(entry.dilation), groups: entry.groups)
        let g = numbers(y.shape.extents, seed: 2)
        let parts = gradients(of: [y], withRespectTo: [x, w], seeds: [g])
        let value = (y * g).sum().item()
        #expect(isClose([(parts[0] * x).sum().item(), (parts[1] * w).sum().item()], [value, value], 1e-10))
    }

    @Test(arguments: windowCases) func aTransposedConvolutionIsTheGradient(_ entry: WindowCase) {
        let x = numbers([2, 2] + entry.input).requiringGrad()
        let w = numbers([4, 2 / entry.groups] + entry.kernel, seed: 1)
        let y = convolution(
            x, w, stride: SpatialValues(entry.stride), padding: .zeros(SpatialValues(entry.padding)),
            dilation: SpatialValues(entry.dilation), groups: entry.groups)
        let g = numbers(y.shape.extents, seed: 2)
        let missing = entry.input.indices.map { axis -> Int in
            let reach = entry.dilation[axis] * (entry.kernel[axis] - 1) + 1
            return entry.input[axis] + 2 * entry.padding[axis] - reach - (entry.output[axis] - 1) * entry.stride[axis]
        }
        let transposed = transposedConvolution(
            g, w, stride: SpatialValues(entry.stride), padding: SpatialValues(entry.padding),
            outputPadding: SpatialValues(missing), dilation: SpatialValues(entry.dilation), groups: entry.groups)
        let wanted = gradients(of: [y], withRespectTo: [x], seeds: [g])[0]
        expect(transposed, wanted.shape, wanted.doubles)
    }

    @Test(arguments: windowCases.filter { $0.input.count == 2 }) func foldUndoesUnfoldUpToCounts(_ entry: WindowCase) {
        let (kernel, stride) = (SpatialValues(entry.kernel), SpatialValues(entry.stride))
        let (padding, dilation) = (SpatialValues(entry.padding), SpatialValues(entry.dilation))
        let x = numbers([2, 2] + entry.input)
        func both(_ x: Tensor) -> Tensor {
            fold(
                unfold(x, kernel: kernel, dilation: dilation, padding: padding, stride: stride),
                to: SpatialValues(entry.input), kernel: kernel, dilation: dilation, padding: padding, stride: stride)
        }
        expect(both(x), x.shape, (both(Tensor.ones(like: x)) * x).doubles)
    }

    @Test(arguments: windowCases) func poolingsReadTheirWindows(_ entry: WindowCase) {
        guard zip(entry.padding, entry.kernel).allSatisfy({ 2 * $0 <= $1 }) else { return }
        let x = numbers([2] + entry.input)
        let xs = x.doubles
        let size = entry.input.reduce(1, *)
        var (largest, positions, means) = ([Double](), [Double](), [Double]())
        let plain = WindowCase(
            input: entry.input, kernel: entry.kernel, stride: entry.stride, padding: entry.padding,
            dilation: entry.dilation.map { _ in 1 })
        func window(_ place: [Int], _ entry: WindowCase) -> [Int] {
            places(entry.kernel).compactMap { tap in
                let at = place.indices.map {
                    place[$0] * entry.stride[$0] + tap[$0] * entry.dilation[$0] - entry.padding[$0]
                }
                guard zip(at, entry.input).allSatisfy({ $0 >= 0 && $0 < $1 }) else { return nil }
                return zip(at, entry.input).reduce(0) { $0 * $1.1 + $1.0 }
            }
        }
        for channel in 0..<2 {
            for place in places(entry.output) {
                let read = window(place, entry)
                let best = read.max { xs[channel * size + $0] < xs[channel * size + $1] }!
                largest.append(xs[channel * size + best])
                positions.append(Double(best))
            }
            for place in places(plain.output) {
                let sum = window(place, plain).reduce(0) { $0 + xs[channel * size + $1] }
                means.append(sum / Double(entry.kernel.reduce(1, *)))
            }
        }
        let (kernel, stride) = (SpatialValues(entry.kernel), SpatialValues(entry.stride))
        let padding = SpatialValues(entry.padding)
        let pooled = maxPoolWithPositions(
            x, kernel: kernel, axes: entry.input.count, stride: stride, padding: padding,
            dilation: SpatialValues(entry.dilation))
        let shape = Shape(checking: [2] + entry.output)!
        expect(pooled.values, shape, largest)
        expect(pooled.positions, shape, positions)
        let mean = averagePool(x, kernel: kernel, axes: entry.input.count, stride: stride, padding: padding)
        expect(mean, Shape(checking: [2] + plain.output)!, means)
    }

    @Test func largestElementsAreTheFirstOnesAndNaN() {
        let x = matrix([1.0, 3, 3, 0, .nan, 2, -.infinity, -.infinity])
        let pooled = maxPoolWithPositions(x, kernel: 2)
        expect(pooled.values, [1, 4], [3, 3, .nan, -.infinity])
        expect(pooled.positions, [1, 4], [1, 2, 4, 6])
    }

    @Test func theSameBitsForAnyNumberOfThreads() {
        let x = numbers([5, 3, 30, 31]).to(.float32).requiringGrad()
        let w = numbers([8, 3, 3, 3], seed: 1).to(.float32).requiringGrad()
        func run() -> [[UInt8]] {
            let y = maxPool(convolution(x, w, padding: 1), kernel: 2)
            let z = layerNorm(averagePool(y, kernel: 3, stride: 1, padding: 1), shape: [15, 15])
            return [z.bytes] + gradients(of: [z.square().sum()], withRespectTo: [x, w]).map(\.bytes)
        }
        let threads = Parallel.threads
        defer { Parallel.threads = threads }
        Parallel.threads = 1
        let wanted = run()
        for count in [2, 4] {
            Parallel.threads = count
            #expect(run() == wanted)
        }
    }
}
