import AdjointCore
import AdjointNN
import AdjointTesting
import Foundation
import Testing

@Suite struct LayerTests {
    /// A product with complex numbers is made of those with their parts.
    @Test func complexImagesConvolve() throws {
        let (x, w) = (
            complex(numbers([1, 2, 4, 3]), numbers([1, 2, 4, 3])),
            complex(numbers([2, 2, 2, 2]), numbers([2, 2, 2, 2]))
        )
        let columns = unfold(x, kernel: 2)
        #expect(columns.dtype == .complex128 && columns.shape == [1, 8, 6])
        let product = w.reshaped(2, 8).matmul(columns)
        let y = convolution(x, w)
        let error = (y.reshaped(1, 2, 6) - product).abs().max().item()
        #expect(y.dtype == .complex128 && error < 1e-14)
        // ⟨conv(x), y⟩ = ⟨x, conv*(y)⟩ without conjugation.
        let back = transposedConvolution(y, w)
        #expect(((y * y).sum() - (x * back).sum()).abs().item() < 1e-12)
        let parts = [
            numbers([1, 1, 3, 3]), numbers([1, 1, 3, 3], seed: 2), numbers([1, 1, 2, 2]),
            numbers([1, 1, 2, 2], seed: 3),
        ]
        try gradientCheck(
            { p in
                let z = convolution(
                    complex(p[0], p[1]), complex(p[2], p[3]), bias: complex(p[2][0, 0, 0, 0..<1], p[3][0, 0, 0, 0..<1]))
                return z.real + 2 * z.imaginary
            }, at: parts)
        let norm = rmsNorm(x, shape: [3], epsilon: 0)
        #expect((norm.square().mean(axis: -1) - 1).abs().max().item() < 1e-12)
    }

    @Test func edgesOfShapesAreTaken() {
        #expect(batchNorm(Tensor.zeros([0])).shape == [0])
        expect(multiMarginLoss(vector(2.0).reshaped([]), Tensor(0)), [], [0])
    }

    @Test func standardizedRowsHaveMeanZeroAndVarianceOne() {
        let y = layerNorm(numbers([4, 9]), shape: [9], epsilon: 0)
        expect(y.mean(axis: 1), [4], [0, 0, 0, 0])
        expect(y.variance(axis: 1, correction: 0), [4], [1, 1, 1, 1])
        expect(rmsNorm(numbers([2, 5]), shape: [5], epsilon: 0).square().mean(axis: 1), [2], [1, 1])
        let batch = batchNorm(numbers([3, 2, 4]), epsilon: 0)
        expect(batch.mean(axis: 0, 2), [2], [0, 0])
        let statistics = batchStatistics(numbers([3, 2, 4]))
        let given = batchNorm(numbers([3, 2, 4]), mean: statistics.mean, variance: statistics.variance, epsilon: 0)
        expect(given, batch.shape, batch.doubles)
        #expect(gradient({ layerNorm($0, shape: [3]).sum() }, at: vector(2.0, 2, 2)) == [0, 0, 0])
    }

    @Test func runningStatisticsMoveTowardsTheBatch() {
        let x = numbers([3, 2, 4])
        let statistics = batchStatistics(x)
        let running = (mean: vector(1, 2), variance: vector(3, 4))
        let (weight, bias) = (vector(2, -1), vector(0.5, 0))
        let result = batchNorm(x, updating: running, momentum: 0.25, weight: weight, bias: bias)
        let plain = batchNorm(x, weight: weight, bias: bias)
        expect(result.output, [3, 2, 4], plain.doubles)
        let rows = x.swappedAxes(0, 1).reshaped(2, 12)
        let standard = layerNorm(rows, shape: [12]) * weight.expandedAxis(-1) + bias.expandedAxis(-1)
        expect(result.output, [3, 2, 4], standard.reshaped(2, 3, 4).swappedAxes(0, 1).doubles)
        expect(result.mean, [2], (0.75 * running.mean + 0.25 * statistics.mean).doubles)
        expect(result.variance, [2], (0.75 * running.variance + 0.25 * 12 / 11 * statistics.variance).doubles)
        // In prediction the averages are the statistics.
        let predicted = predicting { batchNorm(x, updating: running, weight: weight, bias: bias) }
        let given = batchNorm(x, mean: running.mean, variance: running.variance, weight: weight, bias: bias)
        #expect(predicted.output.isEqual(to: given) && !predicted.output.isEqual(to: plain))
        #expect(predicted.mean.isEqual(to: running.mean) && predicted.variance.isEqual(to: running.variance))
        #expect(failure { batchNorm(x, updating: running, weight: vector(1, 2, 3)).output }?.kind == .shape)
    }

    @Test func aRowThatSeesNothingIsZero() {
        let (q, k, v) = (numbers([2, 2]), numbers([3, 2], seed: 1), numbers([3, 2], seed: 2))
        let mask = Tensor([[true, false, true], [false, false, false]])
        let y = scaledDotProductAttention(q, k, v, mask: mask)
        #expect(y[1].doubles == [0, 0] && y[0].doubles.allSatisfy { $0.isFinite && $0 != 0 })
        let gradient = gradient({ scaledDotProductAttention($0, k, v, mask: mask).sum() }, at: q)
        #expect(gradient[2...] == [0, 0] && gradient.allSatisfy { $0.isFinite })
        let numbers = which(mask, Tensor(0.0, dtype: .float64), Tensor(-Double.infinity, dtype: .float64))
        expect(scaledDotProductAttention(q, k, v, mask: numbers), y.shape, y.doubles)
    }

    @Test func attentionIsItsSums() {
        let (q, k, v) = (numbers([2, 2]), numbers([3, 2], seed: 1), numbers([3, 2], seed: 2))
        let scores = (0..<2).map { i in (0..<3).map { j in (q[i] * k[j]).sum().item() / 2.0.squareRoot() } }
        let wanted = scores.flatMap { row -> [Double] in
            let weights = row.map { Foundation.exp($0) }
            let total = weights.reduce(0, +)
            return (0..<2).map { c in (0..<3).reduce(0) { $0 + weights[$1] / total * v[$1, c].item() } }
        }
        expect(scaledDotProductAttention(q, k, v), [2, 2], wanted)
        let shared = scaledDotProductAttention(
            stack([q, q, q, q]), stack([k, k * 2]), stack([v, v]), sharesHeads: true)
        expect(shared[1], [2, 2], wanted)
    }

    @Test func headsAreAttendedOneByOne() {
        let x = numbers([2, 3, 4])
        let weights = (0..<4).map { numbers([4, 4], seed: Double($0)) }
        let parameters = AttentionParameters(
            query: weights[0], key: weights[1], value: weights[2], output: weights[3])
        let both = multiHeadAttention(query: x, key: x, value: x, heads: 2, parameters: parameters)
        let (q, k, v) = (linear(x, weights[0]), linear(x, weights[1]), linear(x, weights[2]))
        let heads = [0..<2, 2..<4].map { range in
            scaledDotProductAttention(q[.ellipsis, range], k[.ellipsis, range], v[.ellipsis, range])
        }
        let wanted = linear(concatenate(heads, axis: -1), weights[3])
        expect(both.result, [2, 3, 4], wanted.doubles)
        expect(both.weights.sum(axis: -1), [2, 2, 3], [Double](repeating: 1, count: 12))
    }

    @Test func embeddings() {
        let table = matrix([1.0, 2], [3, 4], [5, 6])
        expect(embedding(Tensor([2, 0]), table), [2, 2], [5, 6, 1, 2])
        let padded = gradient({ embedding(Tensor([2, 0, 2]), $0, paddingIndex: 2).sum() }, at: table)
        #expect(padded == [1, 1, 0, 0, 0, 0])
        let shared = gradient({ embedding(Tensor([2, 0, 2]), $0, scalesByFrequency: true).sum() }, at: table)
        #expect(shared == [1, 1, 0, 0, 1, 1])
        let limited = embedding(Tensor([1]), table, maxNorm: 1)
        expect(limited, [1, 2], [0.6, 0.8], tolerance: 1e-7)
        let bags = embeddingBag(Tensor([0, 1, 2]), table, offsets: Tensor([0, 2, 2]), reduction: .mean)
        expect(bags, [3, 2], [2, 3, 0, 0, 5, 6])
        let skipping = embeddingBag(Tensor([[0, 1], [1, 1]]), table, reduction: .max, paddingIndex: 1)
        expect(skipping, [2, 2], [1, 2, 0, 0])
        expect(oneHot(Tensor([1, 0]), classes: 3), [2, 3], [0, 1, 0, 1, 0, 0])
    }

    @Test func interpolationIsExactOnLines() {
        let line = (Tensor.arange(6, dtype: .float64) * 2 + 1).reshaped(1, 1, 6)
        expect(
            interpolate(line, to: 11, mode: .linear, alignsCorners: true), [1, 1, 11], (0..<11).map { 1 + Double($0) })
        // Keys's filter with a = -0.75, from its polynomials in Python.
        let middle = interpolate(line, scale: [2], mode: .cubic)[0, 0, 4..<8]
        expect(middle, [4], [4.40625, 5.59375, 6.40625, 7.59375])
        expect(interpolate(line, to: 3), [1, 1, 3], [1, 5, 9])
        expect(interpolate(line, to: 3, mode: .area), [1, 1, 3], [2, 6, 10])
        let ones = Tensor.ones(1, 1, 7, 5, dtype: .float64)
        for mode in [InterpolationMode.linear, .cubic] {
            for antialias in [false, true] {
                let y = interpolate(ones, to: [3, 9], mode: mode, antialias: antialias)
                expect(y, [1, 1, 3, 9], [Double](repeating: 1, count: 27))
            }
        }
    }

    @Test func paddings() {
        let x = vector(1.0, 2, 3)
        expect(x.padded([(2, 1)]), [6], [0, 0, 1, 2, 3, 0])
        expect(x.padded([(2, 2)], mode: .reflect), [7], [3, 2, 1, 2, 3, 2, 1])
        expect(x.padded([(1, 2)], mode: .replicate), [6], [1, 1, 2, 3, 3, 3])
        expect(x.padded([(1, 2)], mode: .circular), [6], [3, 1, 2, 3, 1, 2])
        expect(x.padded([(-1, 2)], mode: .constant(7)), [4], [2, 3, 7, 7])
        #expect(Tensor([1, 2]).padded([(0, 1)]).dtype == .int64)
    }

    @Test func gridsReadTheImage() {
        let x = matrix([1.0, 2], [3, 4]).reshaped(1, 1, 2, 2)
        let corners = matrix([-1.0, -1], [1, -1], [0, 0], [3, 3]).reshaped(1, 1, 4, 2)
        expect(gridSample(x, corners, alignsCorners: true), [1, 1, 1, 4], [1, 2, 2.5, 0])
        expect(gridSample(x, corners, padding: .border), [1, 1, 1, 4], [1, 2, 2.5, 4])
        expect(gridSample(x, corners, mode: .nearest, padding: .reflection), [1, 1, 1, 4], [1, 2, 1, 1])
    }
}
