import AdjointCore
import AdjointRuntime
import AdjointTesting
import Testing

/// The largest ranks.
@Suite struct ManyAxesTests {
    private let extents = [1, 2, 1, 3, 1, 2, 1, 1, 2, 1]
    private var x: Tensor { Tensor.arange(24, dtype: .float64).reshaped(extents) }

    @Test func shapesOfEveryRankKeepTheirExtents() {
        for rank in 0...10 {
            let extents = (0..<rank).map { $0 % 3 + 1 }
            let shape = Shape(checking: extents)
            #expect(shape?.extents == extents && shape?.count == extents.reduce(1, *))
            #expect(shape.map { Shape($0.extents) } == shape)
        }
        #expect(Shape(checking: Array(repeating: 1, count: 11)) == nil)
    }

    @Test func operationsWorkAsWithFewAxes() {
        let order = Array((0..<10).reversed())
        #expect(x.transposed(order).transposed(order).doubles == x.doubles)
        #expect(x.transposed().flattened().doubles == x.reshaped(2, 3, 2, 2).transposed().flattened().doubles)
        #expect(x.sum(axis: 1, 8, 9).shape == [1, 1, 3, 1, 2, 1, 1] && x.sum().item() == 276)
        #expect(x.sum(axis: -2).flattened().doubles == x.reshaped(12, 2).sum(axis: 1).doubles)
        #expect((x + x.transposed().transposed() * 2).doubles == (x * 3).doubles)
        #expect(x.flipped().flattened().doubles == (0..<24).reversed().map(Double.init))
        #expect(x.squeezed().shape == [2, 3, 2, 2] && concatenate([x, x], axis: 8).shape.extents[8] == 4)
        #expect(x[0, 1].doubles == (12..<24).map(Double.init))
    }

    @Test func derivativesPass() throws {
        try gradientCheck({ ($0[0].transposed() * $0[0].transposed().sin()).sum(axis: 0, 2) }, at: [x / 10], order: 2)
    }

    @Test func thereIsNoLargerRank() {
        #expect(failure { _ = x.expandedAxis(0) }?.kind == .shape)
        #expect(failure { _ = stack([x, x]) }?.kind == .shape)
    }
}
