import AdjointRuntime
import Testing

@testable import AdjointCore

/// A primitive with the inputs of one example.
struct BatchingCase: Sendable, CustomTestStringConvertible {
    let name: String
    let operation: any Primitive
    /// The inputs of example `index`.
    let inputs: @Sendable (_ index: Int) -> [Tensor]
    var testDescription: String { name }

    init(_ name: String, _ operation: any Primitive, _ inputs: @escaping @Sendable (Int) -> [Tensor]) {
        self.name = name
        self.operation = operation
        self.inputs = inputs
    }

    /// Inputs of given shapes.
    init(_ name: String, _ operation: any Primitive, _ shapes: [Int]...) {
        self.init(name, operation) { example in
            shapes.enumerated().map { numbers($1, seed: UInt64(100 * example + $0 + 1)) }
        }
    }
}

private func indices(_ list: [Int]...) -> @Sendable (Int) -> Tensor { { Tensor(list[$0]) } }

private let three = indices([2, 0, 2], [1, 1, 0], [3, 2, 1])

/// Indices [2, 3, 2] into an axis of extent 4, some of them repeated.
private func along(_ example: Int) -> Tensor {
    Tensor((0..<12).map { ($0 * $0 + 3 * example) % 4 }, shape: [2, 3, 2])
}

let batchingCases: [BatchingCase] = [
    BatchingCase("sum", Sum(axes: AxisSet(rawValue: 5)), [2, 3, 4]),
    BatchingCase("cumulative sum", CumulativeSum(axis: 1, reversed: true), [2, 3]),
    BatchingCase("max", Extreme(axes: AxisSet(rawValue: 2), largest: true), [2, 3]),
    BatchingCase("argmin", ArgExtreme(axis: 0, largest: false), [4, 2]),
    BatchingCase("any", Quantifier(axes: .all(2), every: false), [4, 2]),
    BatchingCase("norm", EuclideanNorm(axes: AxisSet(rawValue: 1)), [4, 2]),
    BatchingCase("logsumexp", LogSumExp(), [4, 2]),
    BatchingCase("softmax", Softmax(log: false), [4, 2]),
    BatchingCase("softmax pullback", SoftmaxPullback(log: true), [4, 2], [4, 2]),
    BatchingCase("matrix product", MatrixProduct(), [2, 3], [3, 4]),
    BatchingCase("stack of matrix products", MatrixProduct(), [5, 2, 3], [5, 3, 4]),
    BatchingCase("dot", Dot(), [5], [5]),
    BatchingCase("reshape", Reshape(shape: [3, 2]), [2, 3]),
    BatchingCase("permute", Permute(order: [2, 0, 1]), [2, 3, 4]),
    BatchingCase("broadcast", Broadcast(shape: [2, 3, 4]), [3, 1]),
    BatchingCase("broadcast of a scalar", Broadcast(shape: [2, 3]), []),
    BatchingCase("cast", Cast(dtype: .float32), [3]),
    BatchingCase("detach", StopGradient(), [3]),
    BatchingCase("where", Where()) { [numbers([3], seed: UInt64($0 + 1)) .> 0, numbers([3]), numbers([3], seed: 9)] },
    BatchingCase("slice", Slice(region: Region(starts: [3, 0], steps: [-2, 1], shape: [2, 3])), [4, 3]),
    BatchingCase(
        "place", Place(region: Region(starts: [1, 0], steps: [2, 1], shape: [2, 3]), shape: [4, 3]), [2, 3]),
    BatchingCase("replace", Replace(region: Region(starts: [1, 0], steps: [2, 1], shape: [2, 3])), [4, 3], [2, 3]),
    BatchingCase("concatenate", Concatenate(axis: 0, extents: [2, 3]), [2, 4], [3, 4]),
    BatchingCase("take", Take(length: 4)) { [numbers([2, 4, 3], seed: UInt64($0 + 1)), three($0)] },
    BatchingCase("add at", AddAt(length: 4)) { [numbers([2, 3, 2], seed: UInt64($0 + 1)), three($0)] },
    BatchingCase("put at", PutAt()) {
        let wins = bind(Winners(), three($0)).reshaped(1, 3, 1)
        return [numbers([2, 4, 2], seed: UInt64($0 + 1)), numbers([2, 3, 2], seed: UInt64($0 + 5)), three($0), wins]
    },
    BatchingCase("variance", Variance(axes: AxisSet(rawValue: 2), divisor: 2, root: false), [2, 3]),
    BatchingCase("std", Variance(axes: .all(2), divisor: 5, root: true), [2, 3]),
    BatchingCase("product", Product(axes: AxisSet(rawValue: 5)), [2, 3, 2]),
    BatchingCase("shared among ties", SharedAmongTies(axes: AxisSet(rawValue: 1)), [3, 2], [2]),
    BatchingCase("gather", GatherAlong(axis: 1)) { [numbers([2, 4, 2], seed: UInt64($0 + 1)), along($0)] },
    BatchingCase("scatter add", AddAlong(axis: 1, length: 4)) {
        [numbers([2, 3, 2], seed: UInt64($0 + 1)), along($0)]
    },
    BatchingCase("last writer", LastWriter(axis: 1, length: 4)) { [along($0)] },
    BatchingCase("scatter max", ExtremeAlong(axis: 1, largest: true, countsX: false)) {
        [numbers([2, 4, 2], seed: UInt64($0 + 1)), numbers([2, 3, 2], seed: UInt64($0 + 5)), along($0)]
    },
    BatchingCase("argsort", ArgSort(axis: 0, descending: true), [4, 2]),
    BatchingCase("mode", ArgMode(axis: 1)) { [along($0)] },
    BatchingCase("running argmax", CumulativeArgExtreme(axis: 0, largest: true), [5, 2]),
    BatchingCase("searchsorted", SearchSorted(right: false)) {
        [numbers([2, 4], seed: UInt64($0 + 1)).sorted(), numbers([2, 3], seed: UInt64($0 + 7))]
    },
    BatchingCase("linear recurrence", LinearRecurrence(axis: 1, reversed: true), [2, 4, 2], [2, 4, 2]),
    BatchingCase("log cumulative sum exp", LogCumulativeSumExp(axis: 0), [4, 2]),
    BatchingCase("positions", Positions(limit: 4, operation: "test")) { [three($0) - 1] },
    BatchingCase("winners", Winners()) { [three($0)] },
]

@Suite struct BatchingRuleTests {
    @Test(arguments: batchingCases) func theRuleIsTheLoop(_ entry: BatchingCase) {
        let size = 3
        let examples = (0..<size).map(entry.inputs)
        let count = examples[0].count
        for pattern in 1..<(1 << count) {
            let mapped = (0..<count).map { pattern >> $0 & 1 == 1 }
            let inputs = (0..<count).map { place in
                mapped[place] ? stack(examples.map { $0[place] }) : examples[0][place]
            }
            let loop = stack(
                examples.map { example in
                    run(entry.operation, (0..<count).map { mapped[$0] ? example[$0] : examples[0][$0] })
                })
            let found = entry.operation.batched(inputs, mapped, size)
            #expect(found?.type == loop.type, "mapped \(mapped)")
            if let found { #expect(isClose(found.doubles, loop.doubles, 1e-14), "mapped \(mapped)") }
        }
    }

    private func run(_ operation: some Primitive, _ inputs: [Tensor]) -> Tensor { bindDynamically(operation, inputs) }
}
