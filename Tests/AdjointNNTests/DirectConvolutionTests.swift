import AdjointCore
import AdjointNN
import AdjointRuntime
import Testing

/// Convolutions of `float32` without columns against those of `float64` with columns and matrix products.
@Suite struct DirectConvolutionTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var image: [Int]
        var filters: [Int]
        var stride: [Int] = [1, 1]
        var padding: [Int] = [0, 0]
        var dilation: [Int] = [1, 1]
        var testDescription: String { "\(image) \(filters) stride \(stride) padding \(padding) dilation \(dilation)" }

        func run(_ x: Tensor, _ w: Tensor) -> Tensor {
            convolution(
                x, w, stride: .init(stride), padding: .zeros(.init(padding)), dilation: .init(dilation))
        }
    }

    static let rows = [
        Row(image: [3, 5, 9, 11], filters: [7, 5, 3, 3], padding: [1, 1]),
        Row(image: [2, 1, 28, 28], filters: [6, 1, 5, 5], padding: [2, 2]),
        Row(image: [2, 9, 8, 8], filters: [17, 9, 3, 3], padding: [1, 1]),
        Row(image: [2, 4, 12, 7], filters: [33, 4, 1, 4]),
        Row(image: [2, 3, 9, 40], filters: [3, 3, 2, 7], padding: [0, 3]),
        Row(image: [3, 5, 16, 16], filters: [9, 5, 3, 3], stride: [2, 2], padding: [1, 1]),
        Row(image: [3, 5, 15, 17], filters: [9, 5, 3, 3], stride: [2, 2], padding: [1, 1]),
        Row(image: [3, 5, 8, 8], filters: [9, 5, 1, 1], stride: [2, 2]),
        Row(image: [2, 4, 9, 9], filters: [5, 4, 2, 2], stride: [3, 3]),
        Row(image: [2, 4, 13, 20], filters: [5, 4, 4, 5], stride: [3, 2], padding: [2, 0]),
        Row(image: [2, 4, 13, 20], filters: [5, 4, 3, 3], padding: [2, 2], dilation: [2, 2]),
        Row(image: [2, 4, 13, 20], filters: [5, 4, 3, 2], stride: [2, 1], padding: [1, 3], dilation: [2, 3]),
        Row(image: [2, 4, 13, 20], filters: [5, 4, 3, 3], stride: [2, 3], padding: [3, 3], dilation: [3, 2]),
        Row(image: [1, 2, 5, 5], filters: [3, 2, 5, 5], padding: [4, 4]),
        Row(image: [1, 2, 1, 1], filters: [3, 2, 1, 1], stride: [4, 4], padding: [3, 3]),
        // Strides beyond the image, of which the phases would not fit in memory.
        Row(image: [2, 3, 8, 8], filters: [4, 3, 3, 3], stride: [100_000, 90_000], padding: [1, 1]),
        Row(image: [2, 3, 8, 8], filters: [4, 3, 3, 3], stride: [1, 1_000_000], padding: [1, 1]),
    ]

    @Test(arguments: rows) func valuesAndGradientsAreThoseOfColumns(_ row: Row) throws {
        let (wanted, found) = (results(row, .float64), results(row, .float32))
        for (name, pair) in zip(["value", "image", "filters"], zip(wanted, found)) {
            #expect(pair.1.failure == nil && pair.1.dtype == .float32 && pair.0.shape == pair.1.shape)
            let scale = pair.0.abs().amax().item()
            let error = (pair.0 - pair.1.to(.float64)).abs().amax().item()
            #expect(error <= 2e-5 * max(scale, 1e-3), "\(name): \(error) of \(scale)")
        }
    }

    /// A number that is not finite reaches what it is multiplied with, and nothing else.
    @Test(arguments: rows) func notANumberSpreadsNoFurther(_ row: Row) throws {
        let (wanted, found) = (results(row, .float64, spoiled: true), results(row, .float32, spoiled: true))
        for (name, pair) in zip(["value", "image", "filters"], zip(wanted, found)) {
            #expect(pair.0.doubles.map(\.isNaN) == pair.1.doubles.map(\.isNaN), "\(name)")
        }
    }

    private func results(_ row: Row, _ dtype: DType, spoiled: Bool = false) -> [Tensor] {
        var image = numbers(row.image, seed: 1).doubles
        if spoiled { image[image.count / 2] = .nan }
        let x = Tensor(image, shape: row.image).to(dtype).requiringGrad()
        let w = numbers(row.filters, seed: 2).to(dtype).requiringGrad()
        let y = row.run(x, w)
        return [y.detach()]
            + gradients(of: [y], withRespectTo: [x, w], seeds: [numbers(y.shape.extents, seed: 3).to(dtype)])
    }
}
