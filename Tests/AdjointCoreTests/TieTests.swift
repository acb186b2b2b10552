import AdjointCore
import AdjointRuntime
import AdjointTransforms
import Testing

/// A function at a point where several elements could carry the derivative, with the weights 1, 2, 3, … on its results.
struct TieCase: Sendable, CustomTestStringConvertible {
    let name: String
    let x: [Double]
    let apply: @Sendable (Tensor) -> Tensor
    let value: [Double]
    let gradient: [Double]
    var testDescription: String { name }

    init(
        _ name: String, _ x: [Double], _ value: [Double], _ gradient: [Double],
        _ apply: @escaping @Sendable (Tensor) -> Tensor
    ) {
        self.name = name
        self.x = x
        self.value = value
        self.gradient = gradient
        self.apply = apply
    }
}

private let (nan, inf) = (Double.nan, Double.infinity)
private let third = 1.0 / 3

let tieCases: [TieCase] = [
    TieCase("max shares", [3, 1, 3], [3], [0.5, 0, 0.5]) { $0.max() },
    TieCase("max with its place: the first", [1, 3, 3], [3], [0, 1, 0]) { $0.maxWithIndices(axis: 0).values },
    TieCase("min with its place: the first", [2, 1, 1], [1], [0, 1, 0]) { $0.minWithIndices(axis: 0).values },
    TieCase("max with its place: the first NaN", [1, nan, nan], [nan], [0, 1, 0]) {
        $0.maxWithIndices(axis: 0).values
    },
    TieCase("sorting is stable", [2, 2, 1], [1, 2, 2], [2, 3, 1]) { $0.sorted() },
    TieCase("sorting downwards is stable", [2, 1, 2], [2, 2, 1], [1, 3, 2]) { $0.sorted(descending: true) },
    TieCase("NaN is the largest", [nan, 1, -inf, inf], [-inf, 1, inf, nan], [4, 2, 1, 3]) { $0.sorted() },
    TieCase("NaN is the largest downwards", [1, nan, inf], [nan, inf, 1], [3, 1, 2]) { $0.sorted(descending: true) },
    TieCase("-0 equals 0", [0, -0.0, -1], [-1, 0, 0], [2, 3, 1]) { $0.sorted() },
    TieCase("top 1: the first", [1, 2, 2], [2], [0, 1, 0]) { $0.topK(1).values },
    TieCase("second smallest of ties", [2, 2, 1], [2], [1, 0, 0]) { $0.kthSmallest(2).values },
    TieCase("median shares", [2, 2, 2], [2], [third, third, third]) { $0.median() },
    TieCase("median along an axis: the middle place", [2, 2, 2], [2], [0, 1, 0]) {
        $0.medianWithIndices(axis: 0).values
    },
    TieCase("median of an even number: the lower", [4, 1, 3, 2], [2], [0, 0, 0, 1]) { $0.median() },
    TieCase("median with a NaN", [1, nan, 2], [nan], [0, 1, 0]) { $0.median() },
    TieCase("median along an axis with a NaN", [1, nan, 2], [nan], [0, 1, 0]) { $0.medianWithIndices(axis: 0).values },
    TieCase("median of the numbers", [1, nan, 2, 3], [2], [0, 0, 1, 0]) { $0.nanMedian() },
    TieCase("median of no numbers", [nan, nan], [nan], [0.5, 0.5]) { $0.nanMedian() },
    TieCase("mode: the last of the most frequent", [2, 1, 2, 3], [2], [0, 0, 1, 0]) { $0.mode().values },
    TieCase("mode: the smallest of equally frequent", [2, 1, 2, 1], [1], [0, 0, 0, 1]) { $0.mode().values },
    TieCase("running max: the latest", [1, 1, 0], [1, 1, 1], [1, 5, 0]) { $0.cumulativeMax(axis: 0).values },
    TieCase("running min: the latest", [1, 1, 0], [1, 1, 0], [1, 2, 3]) { $0.cumulativeMin(axis: 0).values },
    TieCase("a NaN stays in a running max", [1, nan, 2], [1, nan, nan], [1, 5, 0]) {
        $0.cumulativeMax(axis: 0).values
    },
    TieCase("a NaN stays in a running min", [1, nan, 0], [1, nan, nan], [1, 5, 0]) {
        $0.cumulativeMin(axis: 0).values
    },
    TieCase("running product with a zero", [2, 0, 3], [2, 0, 0], [1, 22, 0]) { $0.cumulativeProduct(axis: 0) },
    TieCase("running product with two zeros", [2, 0, 3, 0, 5], [2, 0, 0, 0, 0], [1, 22, 0, 0, 0]) {
        $0.cumulativeProduct(axis: 0)
    },
    TieCase("product with two zeros", [0, 3, 0], [0], [0, 0, 0]) { $0.prod() },
    TieCase("running ln of a sum of nothing", [-inf, -inf, 0], [-inf, -inf, 0], [0, 0, 3]) {
        $0.logCumulativeSumExp(axis: 0)
    },
    TieCase("running ln of a sum after nothing", [-inf, -900], [-inf, -900], [0, 2]) {
        $0.logCumulativeSumExp(axis: 0)
    },
    TieCase("quantile at ties: the middle place", [2, 2, 2], [2], [0, 1, 0]) { $0.quantile(0.5) },
    TieCase("quantile between two", [1, 2], [1.5], [0.5, 0.5]) { $0.quantile(0.5) },
    TieCase("quantile with a NaN", [1, nan, 2], [nan], [0, 1, 0]) { $0.quantile(0.5) },
    TieCase("quantile of the numbers", [1, nan, 2], [1.5], [0.5, 0, 0.5]) { $0.nanQuantile(Tensor(0.5)) },
    TieCase("sum of the numbers", [nan, 1], [1], [0, 1]) { $0.nanSum() },
    TieCase("mean of no numbers", [nan, nan], [nan], [0, 0]) { $0.nanMean() },
    TieCase("gathered twice", [1, 2], [2, 2], [0, 3]) { $0.gathered(Tensor([1, 1]), axis: 0) },
    TieCase("replaced twice, the last wins: the values", [3, 4], [4, 2], [0, 1]) {
        Tensor([1, 2]).to(.float64).scattered($0, at: Tensor([0, 0]), axis: 0)
    },
    TieCase("replaced twice: what was there", [1, 2], [4, 2], [0, 2]) {
        $0.scattered(Tensor([3, 4]), at: Tensor([0, 0]), axis: 0)
    },
    TieCase("scattered max shares with what was there", [2, 5], [2, 5], [third, 2]) {
        $0.scattered(Tensor([2, 2]), at: Tensor([0, 0]), axis: 0, by: .max)
    },
    TieCase("scattered max shares: the values", [2, 2, 5], [2, 5], [third, third, 1]) {
        Tensor([2, 5]).to(.float64).scattered($0, at: Tensor([0, 0, 1]), axis: 0, by: .max)
    },
    TieCase("scattered min without self", [3, 3], [3, 5], [0.5, 0.5]) {
        Tensor([1, 5]).to(.float64).scattered($0, at: Tensor([0, 0]), axis: 0, by: .min, includingSelf: false)
    },
    TieCase("scattered product with one zero", [0, 3], [0, 2], [3, 0]) {
        Tensor([1, 2]).to(.float64).scattered($0, at: Tensor([0, 0]), axis: 0, by: .product)
    },
    TieCase("scattered product with two zeros", [0, 0, 3], [0, 2], [0, 0, 0]) {
        Tensor([1, 2]).to(.float64).scattered($0, at: Tensor([0, 0, 0]), axis: 0, by: .product)
    },
    TieCase("norm of zeros", [0, 0], [0], [0, 0]) { $0.norm(3) },
    TieCase("largest magnitude at ties", [0, 3, -3], [3], [0, 0.5, -0.5]) { $0.norm(.infinity) },
    TieCase("std of equal elements", [2, 2], [0], [0, 0]) { $0.std() },
    TieCase("std of one, no correction", [2], [0], [0]) { $0.std(correction: 0) },
    TieCase("variance beyond its correction", [1, 2], [inf], [-inf, inf]) { $0.variance(correction: 2) },
    TieCase("masked softmax of nothing", [nan, 1], [0, 0], [0, 0]) { $0.softmax(where: Tensor([false, false])) },
    TieCase("masked sum passes over a NaN", [nan, 1], [1], [0, 1]) { $0.sum(where: Tensor([false, true])) },
    TieCase("masked mean of nothing", [1, 1], [nan], [0, 0]) {
        which(Tensor(false), $0.mean(where: Tensor(false)), Tensor(nan))
    },
    TieCase("unique: the first of a kind", [2, 1, 2], [1, 2], [2, 1, 0]) { $0.unique().values },
]

@Suite struct TieTests {
    @Test func theTableIsWhole() {
        #expect(tieCases.count == 52)
        #expect(Set(tieCases.map(\.name)).count == tieCases.count)
    }

    @Test(arguments: tieCases) func theConventionHoldsInBothModes(_ entry: TieCase) {
        let x = Tensor(entry.x)
        let y = entry.apply(x)
        #expect(isClose(y.doubles, entry.value), "\(y.doubles)")
        let gradient = weightedGradient(entry.apply, at: x)
        #expect(isClose(gradient, entry.gradient), "\(gradient)")
        let weights = Tensor((0..<y.count).map { Double($0 + 1) }, shape: y.shape.extents)
        for (index, derivative) in entry.gradient.enumerated() {
            let t = Tensor(entry.x.indices.map { $0 == index ? 1.0 : 0.0 })
            let tangent = jvp({ entry.apply($0) }, at: x, along: t).tangent
            // A weight times no tangent is nothing.
            let total = zip(weights.doubles, tangent.doubles).reduce(0) { $0 + ($1.1 == 0 ? 0 : $1.0 * $1.1) }
            #expect(isClose([total], [derivative]), "element \(index)")
        }
    }
}
