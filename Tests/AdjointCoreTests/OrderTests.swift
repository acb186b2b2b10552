import AdjointCore
import AdjointRuntime
import Testing

/// Indices, counts, and what is refused.
@Suite struct OrderTests {
    @Test func indicesOfOrder() {
        let x = Tensor([[3.0, 1, 2], [1, 1, 0]])
        #expect(x.argsort().ints == [1, 2, 0, 2, 0, 1])
        #expect(x.argsort(axis: 0).ints == [1, 0, 1, 0, 1, 0])
        #expect(x.argsort(descending: true).ints == [0, 2, 1, 0, 1, 2])
        let top = x.topK(2, axis: 1)
        #expect(top.indices.ints == [0, 2, 0, 1] && top.values.doubles == [3, 2, 1, 1])
        #expect(x.kthSmallest(2, axis: 1, keepDims: true).indices.shape == [2, 1])
        #expect(x.medianWithIndices(axis: 1).indices.ints == [2, 0])
        #expect(x.cumulativeMax(axis: 1).indices.ints == [0, 0, 0, 0, 1, 1])
        #expect(x.mode(axis: 1).indices.ints == [1, 1])
        #expect(x.maxWithIndices(axis: 0).indices.ints == [0, 0, 0])
    }

    @Test(arguments: DType.allCases.filter { !$0.isComplex }) func everyTypeIsSorted(_ dtype: DType) {
        var source = Numbers(3)
        for (outer, length, inner) in [(1, 1000, 1), (3, 70, 2), (2, 25, 5), (4, 1, 3), (2, 0, 3)] {
            let x = Tensor(
                source.array(outer * length * inner, in: 0...60), shape: [outer, length, inner]
            ).to(dtype)
            let order = x.argsort(axis: 1).ints
            let elements = x.doubles
            var expected = [Int](repeating: 0, count: order.count)
            for o in 0..<outer {
                for i in 0..<inner {
                    func place(_ r: Int) -> Int { (o * length + r) * inner + i }
                    let column = (0..<length).sorted {
                        (elements[place($0)], $0) < (elements[place($1)], $1)
                    }
                    for (r, index) in column.enumerated() { expected[place(r)] = index }
                }
            }
            #expect(order == expected)
        }
    }

    @Test func sortingDoesNotDependOnThreads() {
        let x = numbers([64, 3000], seed: 11)
        let before = Parallel.threads
        defer { Parallel.threads = before }
        var found: [[Int]] = []
        for threads in [1, 2, 4] {
            Parallel.threads = threads
            found.append(x.argsort().ints)
        }
        #expect(found[0] == found[1] && found[0] == found[2])
    }

    @Test func repeatedIndicesAddInOrder() {
        // 1e16 + 1 loses the 1, so the order is seen in the sum.
        let values = Tensor([1e16, 1, -1e16, 1])
        let zeros = Tensor.zeros([1], dtype: .float64)
        let at = Tensor([0, 0, 0, 0])
        #expect(zeros.scattered(values, at: at, axis: 0, by: .sum).item() == 1)
        #expect(zeros.scatteredSlices(values, at: at, axis: 0, by: .sum).item() == 1)
    }

    @Test(arguments: [2, 1]) func scatteredTruthValuesKeepTheirType(_ columns: Int) {
        // With one column the indices cover a part of the tensor.
        let x = Tensor([[true, false], [false, false]])
        let values = Tensor([[true, true], [true, true]])
        let at = Tensor.zeros([2, columns], dtype: .int64)
        let sum = x.scattered(values, at: at, axis: 0, by: .sum)
        #expect(sum.dtype == .bool && sum.ints == [1, columns - 1, 0, 0])
        let product = x.scattered(values, at: at, axis: 0, by: .product)
        #expect(product.dtype == .bool && product.ints == [1, 0, 0, 0])
        #expect(x.scatteredSlices(values, at: Tensor([0, 0]), axis: 0, by: .sum).dtype == .bool)
    }

    @Test func search() {
        let sorted = Tensor([1.0, 2, 2, 4])
        #expect(sorted.searchSorted(Tensor([0.0, 1, 2, 3, 5])).ints == [0, 0, 1, 3, 4])
        #expect(sorted.searchSorted(Tensor([0.0, 1, 2, 3, 5]), right: true).ints == [0, 1, 3, 3, 4])
        #expect(sorted.searchSorted(Tensor(2)).shape == [])
        let rows = Tensor([[1, 3], [2, 2]])
        #expect(rows.searchSorted(Tensor([[2, 4, 3], [2, 1, 3]])).ints == [1, 2, 1, 0, 0, 2])
        #expect(Tensor([[1, 5], [9, 3]]).isIn(Tensor([3, 5, 7])).bools == [false, true, false, true])
        #expect(Tensor([1]).isIn(Tensor.zeros([0])).bools == [false])
        #expect(Tensor([Double.nan]).isIn(Tensor([Double.nan])).bools == [false])
    }

    @Test func kinds() {
        let found = Tensor([3, 1, 3, 2]).unique()
        #expect(
            found.values.ints == [1, 2, 3] && found.inverse.ints == [2, 0, 2, 1] && found.counts.ints == [1, 1, 2])
        let rows = Tensor([[1, 2], [0, 9], [1, 2], [1, 0]]).unique(axis: 0)
        #expect(rows.values.ints == [0, 9, 1, 0, 1, 2] && rows.inverse.ints == [2, 0, 2, 1])
        #expect(rows.counts.ints == [1, 1, 2])
        let runs = Tensor([1, 1, 2, 1]).uniqueConsecutive()
        #expect(runs.values.ints == [1, 2, 1] && runs.inverse.ints == [0, 0, 1, 2] && runs.counts.ints == [2, 1, 1])
        let columns = Tensor([[1, 1, 2], [3, 3, 3]]).uniqueConsecutive(axis: 1)
        #expect(columns.values.ints == [1, 2, 3, 3])
        let none = Tensor.zeros([0, 3]).unique()
        #expect(none.values.shape == [0] && none.inverse.shape == [0, 3] && none.counts.shape == [0])
    }

    @Test func counts() {
        #expect(Tensor([2, 0, 2]).binCount(minimumCount: 4).ints == [1, 0, 2, 0])
        #expect(Tensor([2, 0, 2]).binCount(weights: Tensor([1, 2, 4])).doubles == [2, 0, 5])
        let x = Tensor([0.0, 0.5, 1, 2, -3, .nan])
        let found = x.histogram(bins: 2, from: 0, to: 1)
        #expect(found.counts.doubles == [1, 2] && found.edges.doubles == [0, 0.5, 1])
        let spread = Tensor([0.0, 1, 1, 3]).histogram(edges: Tensor([0.0, 1, 3]), density: true)
        #expect(isClose(spread.counts.doubles, [0.25, 0.375]))
        let equal = Tensor([2.0, 2]).histogram(bins: 2)
        #expect(equal.counts.doubles == [0, 2] && equal.edges.doubles == [1.5, 2, 2.5])
        #expect(Tensor.zeros([0]).histogram(bins: 2).edges.doubles == [0, 0.5, 1])
        #expect(Tensor([[0, 3], [4, 0]]).countNonzero(axes: [0]).ints == [1, 1])
        #expect(Tensor([[0, 3], [4, 0]]).nonzeroIndices().ints == [0, 1, 1, 0])
        #expect(Tensor(1).nonzeroIndices().shape == [1, 0])
    }

    @Test func nothingIsHandled() {
        let none = Tensor.zeros([0, 3], dtype: .float64)
        #expect(none.sorted(axis: 0).shape == [0, 3] && none.cumulativeProduct(axis: 0).shape == [0, 3])
        #expect(
            none.logCumulativeSumExp(axis: 0).shape == [0, 3] && none.cumulativeMax(axis: 0).values.shape == [0, 3])
        #expect(none.prod(axis: 0).doubles == [1, 1, 1] && none.nanSum(axes: [0]).doubles == [0, 0, 0])
        #expect(none.gathered(Tensor.zeros([0, 3], dtype: .int64), axis: 0).shape == [0, 3])
        #expect(none.scattered(none, at: Tensor.zeros([0, 3], dtype: .int64), axis: 0).shape == [0, 3])
        #expect(none.differences(axis: 0).shape == [0, 3] && none.trapezoid(axis: 0).doubles == [0, 0, 0])
        #expect(Tensor(2.0).quantile(0.3).item() == 2 && Tensor(2.0).median().item() == 2)
        #expect(Tensor(2.0).sum(axes: []).item() == 2 && Tensor(2.0).max(axes: []).item() == 2)
    }

    static let refused: [(String, TensorError.Kind, @Sendable () -> Void)] = [
        ("sorted", .axis, { _ = Tensor([1.0]).sorted(axis: 1) }),
        ("topK", .argument, { _ = Tensor([1.0]).topK(2) }),
        ("kthSmallest", .argument, { _ = Tensor([1.0]).kthSmallest(0) }),
        ("median", .empty, { _ = Tensor.zeros([0]).median() }),
        ("argmax", .empty, { _ = Tensor.zeros([0]).maxWithIndices(axis: 0) }),
        ("mode", .empty, { _ = Tensor.zeros([0]).mode() }),
        ("quantile", .argument, { _ = Tensor([1.0]).quantile(1.5) }),
        ("quantile", .empty, { _ = Tensor.zeros([0]).quantile(0.5) }),
        ("gathered", .index, { _ = Tensor([1.0]).gathered(Tensor([1]), axis: 0) }),
        ("gathered", .shape, { _ = Tensor([[1.0]]).gathered(Tensor([0]), axis: 0) }),
        ("gathered", .dtype, { _ = Tensor([1.0]).gathered(Tensor([0.0]), axis: 0) }),
        ("takeAlong", .shape, { _ = Tensor([[1.0, 2], [3, 4]]).takeAlong(Tensor([[0], [0], [0]]), axis: 1) }),
        ("scattered", .index, { _ = Tensor([1.0]).scattered(Tensor([1.0]), at: Tensor([-2]), axis: 0) }),
        ("scattered", .shape, { _ = Tensor([1.0]).scattered(Tensor([1.0]), at: Tensor([0, 0]), axis: 0) }),
        ("scattered", .dtype, { _ = Tensor([1]).scattered(Tensor([1.0]), at: Tensor([0]), axis: 0) }),
        ("scatteredSlices", .shape, { _ = Tensor([1.0]).scatteredSlices(Tensor([1.0, 2]), at: Tensor([0]), axis: 0) }),
        ("replacing", .shape, { _ = Tensor([1.0]).replacing(where: Tensor(true), with: Tensor.zeros([0])) }),
        ("elements", .shape, { _ = Tensor([1.0, 2]).elements(where: Tensor([true, false, true])) }),
        ("where", .shape, { _ = Tensor([1.0, 2]).sum(where: Tensor([true, false, true])) }),
        ("searchSorted", .shape, { _ = Tensor([[1.0, 2]]).searchSorted(Tensor([1.0])) }),
        ("binCount", .index, { _ = Tensor([-1]).binCount() }),
        ("binCount", .argument, { _ = Tensor([1.0]).binCount() }),
        ("histogram", .argument, { _ = Tensor([1.0]).histogram(bins: 0) }),
        ("histogram", .shape, { _ = Tensor([1.0]).histogram(edges: Tensor([1.0])) }),
        ("covariance", .shape, { _ = Tensor.zeros(2, 2, 2).covariance() }),
        ("differentiated", .shape, { _ = Tensor([1.0]).differentiated(axis: 0) }),
        ("differences", .argument, { _ = Tensor([1.0]).differences(order: -1) }),
        ("linearRecurrence", .shape, { _ = linearRecurrence(Tensor([1.0, 2]), Tensor([1.0, 2, 3]), axis: 0) }),
        ("renormalized", .argument, { _ = Tensor([1.0]).renormalized(2, axis: 0, maximum: -1) }),
        ("argsort", .dtype, { _ = complex(Tensor([1.0]), Tensor([1.0])).argsort() }),
        ("sum", .axis, { _ = Tensor([[1.0]]).sum(axes: [0, -2]) }),
    ]

    @Test(arguments: refused.indices) func badInputIsNamed(_ index: Int) {
        let (operation, kind, body) = Self.refused[index]
        let error = failure(body)
        #expect(error?.kind == kind && error?.operation == operation, "\(String(describing: error))")
    }
}
