import AdjointCore
import AdjointNN
import Foundation
import Testing

// Closed forms, and the conventions where a formula breaks down.
@Suite struct LossTests {
    let logits = matrix([0.5, -1.0, 2.0], [0.0, 0.25, -0.5])

    private func logSoftmax(_ row: [Double]) -> [Double] {
        let sum = row.reduce(0) { $0 + Foundation.exp($1) }
        return row.map { $0 - Foundation.log(sum) }
    }

    @Test func crossEntropyOfClasses() {
        let rows = [logSoftmax([0.5, -1, 2]), logSoftmax([0, 0.25, -0.5])]
        let losses = [-rows[0][2], -rows[1][0]]
        let targets = Tensor([2, 0])
        expect(crossEntropy(logits, targets, reduction: .none), [2], losses)
        expect(crossEntropy(logits, targets), [], [(losses[0] + losses[1]) / 2])
        expect(crossEntropy(logits, targets, reduction: .sum), [], [losses[0] + losses[1]])
        let weighted = crossEntropy(logits, targets, weight: vector(0.5, 1, 2))
        expect(weighted, [], [(2 * losses[0] + 0.5 * losses[1]) / 2.5])
        let smoothed = crossEntropy(logits, targets, labelSmoothing: 0.3, reduction: .none)
        let evenly = rows.map { -$0.reduce(0, +) / 3 }
        expect(smoothed, [2], zip(losses, evenly).map { 0.7 * $0 + 0.3 * $1 })
        let probabilities = matrix([0.0, 0.0, 1.0], [0.5, 0.5, 0.0])
        expect(crossEntropy(logits, probabilities, reduction: .none), [2], [losses[0], -(rows[1][0] + rows[1][1]) / 2])
        expect(crossEntropy(logits[0], Tensor(2)), [], [losses[0]])
    }

    @Test func ignoredSamplesDoNotCount() {
        let one = crossEntropy(logits, Tensor([2, -100]))
        expect(one, [], crossEntropy(logits[0..<1], Tensor([2])).doubles)
        let gradient = gradient({ crossEntropy($0, Tensor([2, 7]), ignoreIndex: 7) }, at: logits)
        #expect(gradient[3...] == [0, 0, 0] && gradient[2] != 0)
        let none = gradientOfIgnored()
        #expect(none.value == 0 && none.gradient == [Double](repeating: 0, count: 6))
    }

    private func gradientOfIgnored() -> (value: Double, gradient: [Double]) {
        let f: (Tensor) -> Tensor = { crossEntropy($0, Tensor([-100, -100])) }
        return (f(logits).item(), gradient(f, at: logits))
    }

    /// The pass that frees the graph writes into what the forward pass kept; those before it must not, and one that is
    /// differentiated itself starts from the logits.
    @Test(arguments: [DType.float64, .float32, .float16, .bfloat16])
    func gradientsOfClassesComeAgain(_ dtype: DType) {
        let x = numbers([5, 7]).to(dtype)
        let (targets, weights) = (Tensor([6, 0, -100, 3, 3]), vector(0.5, -1, 2, 0, 3).to(dtype))
        let leaf = x.requiringGrad()
        let loss = (crossEntropy(leaf, targets, reduction: .none) * weights).sum()
        let passes = [true, true, false].map {
            gradients(of: [loss], withRespectTo: [leaf], retainGraph: $0)[0].doubles
        }
        #expect(passes[0] == passes[1] && passes[0] == passes[2])
        let again = crossEntropy(leaf, targets, reduction: .none) * weights
        let recorded = gradients(of: [again.sum()], withRespectTo: [leaf], createGraph: true)[0]
        let classes = [6, 0, nil, 3, 3]
        var expected: [Double] = []
        for (row, weight) in weights.doubles.enumerated() {
            let logits = Array(x.doubles[(7 * row)..<(7 * row + 7)])
            expected += logSoftmax(logits).enumerated().map { column, log in
                classes[row].map { weight * (Foundation.exp(log) - ($0 == column ? 1 : 0)) } ?? 0
            }
        }
        let tolerance = [DType.float64: 1e-14, .float32: 1e-6, .float16: 2e-3, .bfloat16: 2e-2][dtype]!
        #expect(isClose(passes[0], expected, tolerance))
        #expect(isClose(recorded.doubles, expected, tolerance))
    }

    @Test func infiniteLogits() {
        let x = matrix([0.0, -.infinity])
        expect(crossEntropy(x, Tensor([1])), [], [.infinity])
        expect(crossEntropy(x, matrix([1.0, 0.0])), [], [0])
        #expect(gradient({ crossEntropy($0, matrix([1.0, 0.0])) }, at: x).allSatisfy { $0 == 0 })
        #expect(crossEntropy(matrix([-Double.infinity, -.infinity]), Tensor([0])).item().isNaN)
    }

    @Test func binaryCrossEntropyAtTheEnds() {
        let losses = binaryCrossEntropy(vector(0.0, 1.0, 0.5), vector(1.0, 1.0, 0.5), reduction: .none)
        expect(losses, [3], [100, 0, Foundation.log(2)])
        let large = vector(800.0, -800, 0)
        expect(
            binaryCrossEntropy(logits: large, vector(1.0, 0, 0.5), reduction: .none), [3], [0, 0, Foundation.log(2)])
        expect(
            binaryCrossEntropy(logits: large, vector(0.0, 1, 1), reduction: .none), [3], [800, 800, Foundation.log(2)])
        let positive = binaryCrossEntropy(logits: vector(0.0), vector(1.0), positiveWeight: vector(3.0))
        expect(positive, [], [3 * Foundation.log(2)])
    }

    @Test func kinksHaveTheSmallestDerivative() {
        #expect(gradient({ absoluteError($0, vector(1.0)) }, at: vector(1.0)) == [0])
        #expect(
            gradient({ smoothAbsoluteError($0, vector(0.0, 0, 0), reduction: .sum) }, at: vector(-1.0, 0, 1)) == [
                -1, 0, 1,
            ])
        #expect(gradient({ huberLoss($0, vector(0.0, 0, 0), reduction: .sum) }, at: vector(-1.0, 0, 3)) == [-1, 0, 1])
        #expect(gradient({ hingeEmbeddingLoss($0, vector(-1.0)) }, at: vector(1.0)) == [0])
        #expect(gradient({ multiMarginLoss($0, Tensor([0])) }, at: matrix([1.0, 0])) == [0, 0])
    }

    @Test func divergences() {
        let x = vector(-1.0, -2.0)
        let t = vector(0.0, 0.5)
        expect(klDivergence(x, t, reduction: .none), [2], [0, 0.5 * (Foundation.log(0.5) + 2)])
        expect(klDivergence(x, x, hasLogTarget: true, reduction: .sum), [], [0])
        expect(
            klDivergence(x.reshaped(1, 2), t.reshaped(1, 2), reduction: .batchMean), [],
            [0.5 * (Foundation.log(0.5) + 2)])
    }

    @Test func likelihoods() {
        expect(poissonLoss(vector(0.0), vector(2.0)), [], [1])
        expect(poissonLoss(vector(2.0), vector(3.0), isLogarithm: false, epsilon: 0), [], [2 - 3 * Foundation.log(2)])
        let normal = gaussianLoss(vector(1.0), vector(3.0), variance: vector(2.0), isFull: true)
        expect(normal, [], [0.5 * (Foundation.log(2) + 2 + Foundation.log(2 * Double.pi))])
    }

    /// All ways to stretch the targets, summed one by one.
    @Test func ctcIsTheSumOverAllPaths() {
        let p = matrix([0.2, 0.5, 0.3], [0.6, 0.3, 0.1], [0.1, 0.7, 0.2])
        let table = (0..<3).map { p[$0].doubles }
        func collapsed(_ path: [Int]) -> [Int] {
            path.enumerated().filter { $1 != 0 && ($0 == 0 || path[$0 - 1] != $1) }.map(\.element)
        }
        for target in [[1], [1, 2], [1, 1], [2, 1, 2]] {
            var total = 0.0
            for a in 0..<3 {
                for b in 0..<3 {
                    for c in 0..<3 where collapsed([a, b, c]) == target {
                        total += table[0][a] * table[1][b] * table[2][c]
                    }
                }
            }
            let loss = ctcLoss(
                p.log(), Tensor(target), inputLengths: [3], targetLengths: [target.count], reduction: .sum)
            expect(loss, [], [-Foundation.log(total)])
        }
        let impossible = ctcLoss(p.log(), Tensor([1, 1, 1]), inputLengths: [3], targetLengths: [3], reduction: .none)
        expect(impossible, [], [.infinity])
        let ignored = ctcLoss(
            p.log(), Tensor([1, 1, 1]), inputLengths: [3], targetLengths: [3], zerosInfinite: true, reduction: .none)
        expect(ignored, [], [0])
    }

    @Test func marginsAndTriplets() {
        let x = matrix([1.0, 0.5, 2.0])
        expect(multiMarginLoss(x, Tensor([0])), [], [(0.5 + 2) / 3])
        expect(multiLabelMarginLoss(x, Tensor([[2, -1, 0]])), [], [(0 + 0) / 3])
        expect(marginRankingLoss(vector(1.0), vector(2.0), vector(1.0), margin: 0.5), [], [1.5])
        let triplet = tripletMarginLoss(
            matrix([0.0, 0]), matrix([3.0, 4]), matrix([0.0, 1]), epsilon: 0)
        expect(triplet, [], [5])
        expect(cosineEmbeddingLoss(matrix([1.0, 0]), matrix([0.0, 1]), Tensor([1])), [], [1], tolerance: 1e-11)
    }
}
