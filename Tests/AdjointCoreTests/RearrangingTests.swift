import AdjointCore
import AdjointRuntime
import Testing

/// What `rearrangingCases` cannot say: several results, whole numbers, nothing at all, refusals.
@Suite struct RearrangingTests {
    private let x = Tensor.arange(6).reshaped(2, 3)

    @Test func partsHaveTheirExtents() {
        func extents(_ parts: [Tensor]) -> [Int] { parts.map { $0.shape[0] } }
        let ten = Tensor.arange(10)
        #expect(extents(ten.split(size: 4)) == [4, 4, 2])
        #expect(extents(ten.chunks(6)) == [2, 2, 2, 2, 2])
        #expect(extents(ten.split(evenly: 4)) == [3, 3, 2, 2])
        #expect(extents(ten.split(at: [7, 3, 30])) == [7, 0, 7, 0])
        #expect(extents(Tensor.zeros(0).chunks(3)) == [0, 0, 0])
        #expect(extents(Tensor.zeros(0).split(size: 0)) == [0])
        #expect(Tensor.zeros(0, 2).unstacked().isEmpty)
        #expect(x.unstacked(axis: -1).map(\.ints) == [[0, 3], [1, 4], [2, 5]])
    }

    @Test func wholeNumbersStayWhole() {
        for y in [
            x.tril(), x.tiled([2]), x.rolled(1), x.diagonal(), x.windows(axis: 1, size: 2, step: 1), vstack([x, x]),
        ] {
            #expect(y.dtype == .int64)
        }
        #expect(Tensor([true, true]).reshaped(1, 2).triu(1).bools == [false, true])
        #expect(Tensor([7, -7, 7, -7]).truncDivided(by: Tensor([2, 2, -2, -2])).ints == [3, -3, -3, 3])
        #expect(Tensor([7.0, -7.0]).truncDivided(by: Tensor([2.0, 2.0])).doubles == [3, -3])
    }

    @Test func nothingIsRearrangedToNothing() {
        let none = Tensor.zeros(0, 3)
        #expect(none.tril().shape == [0, 3] && none.rolled([1], axes: [0]).shape == [0, 3])
        #expect(none.diagonal().shape == [0] && none.tiled([2, 2]).shape == [0, 6])
        #expect(Tensor.zeros(0).combinations().shape == [0, 2] && Tensor.arange(2).combinations(3).shape == [0, 3])
        #expect(blockDiagonal([none, x]).shape == [2, 6])
    }

    @Test func triangleIndicesAreThoseOfNumPy() {
        #expect(Tensor.trilIndices(3, 2).ints == [0, 1, 1, 2, 2, 0, 0, 1, 0, 1])
        #expect(Tensor.triuIndices(2, 3, diagonal: 1).ints == [0, 0, 1, 1, 2, 2])
        #expect(Tensor.triuIndices(2, 2, diagonal: .min).shape == [2, 4])
        #expect(Tensor.trilIndices(2, 2, diagonal: .min).shape == [2, 0])
        #expect(Tensor.trilIndices(0, 5).shape == [2, 0])
    }

    @Test func indicesUnravel() {
        let parts = unravelIndex(Tensor([22, 41, 37]), shape: [7, 6])
        #expect(parts.map(\.ints) == [[3, 6, 6], [4, 5, 1]])
        #expect(unravelIndex(Tensor([0]), shape: []).isEmpty)
        // A shape may be larger than that of any tensor.
        #expect(unravelIndex(Tensor([5]), shape: [1, .max]).map(\.ints) == [[0], [5]])
        #expect(failure { _ = unravelIndex(Tensor([0]), shape: [.max, 3]) }?.kind == .shape)
    }

    @Test func logspaceIsThatOfNumPy() {
        let y = Tensor.logspace(0, 2, 4, base: 3, dtype: .float64)
        expect(y, [4], [1, 2.080083823051904, 4.3267487109222245, 9], dtype: .float64, tolerance: 1e-14)
    }

    @Test func closenessKnowsInfinitiesAndNaN() {
        let (a, b) = (Tensor([1, 1, .infinity, .infinity, .nan]), Tensor([1 + 1e-9, 1.1, .infinity, 1, .nan]))
        #expect(a.isClose(to: b).bools == [true, false, true, false, false])
        #expect(a.isClose(to: b, equalNaN: true).bools == [true, false, true, false, true])
        #expect(!a.isAllClose(to: b) && x.isAllClose(to: x) && x.isEqual(to: x) && !x.isEqual(to: x.T))
        #expect(Tensor([10, 20]).isClose(to: Tensor([11, 26]), relativeTolerance: 0.1).bools == [true, false])
    }

    @Test(arguments: refusals) func badInputIsRefused(_ refusal: Refusal) {
        #expect(failure { _ = refusal.run() }?.kind == refusal.kind)
    }

    @Test func failuresPassThrough() {
        try? checked {
            let failed = Tensor.ones(2).matmul(Tensor.ones(3))
            let results = [
                failed.tril(), failed.diagonal(), failed.tiled([2]), hstack([failed]), failed.chunks(2)[0],
                failed.combinations(), cartesianProduct([failed]), failed.windows(axis: 0, size: 1, step: 1),
            ]
            #expect(results.allSatisfy { $0.failure?.operation == "matmul" })
        }
    }
}

struct Refusal: Sendable, CustomTestStringConvertible {
    let name: String
    let kind: TensorError.Kind
    let run: @Sendable () -> [Tensor]
    var testDescription: String { name }
}

private let a = Tensor.ones(2, 3)
private let refusals: [Refusal] = [
    Refusal(name: "sizes that do not add up", kind: .shape) { a.split(sizes: [1, 2]) },
    Refusal(name: "sizes that overflow", kind: .shape) { a.split(sizes: [.max, .max]) },
    Refusal(name: "a size of 0", kind: .argument) { a.split(size: 0) },
    Refusal(name: "no chunks", kind: .argument) { a.chunks(0) },
    Refusal(name: "too many parts", kind: .argument) { a.split(evenly: .max) },
    Refusal(name: "a split of a missing axis", kind: .axis) { a.split(at: [1], axis: 2) },
    Refusal(name: "a range outside", kind: .index) { [a.narrowed(axis: 1, start: 2, length: 2)] },
    Refusal(name: "a range that overflows", kind: .index) { [a.narrowed(axis: 1, start: .max, length: .max)] },
    Refusal(name: "one axis twice", kind: .axis) { [a.diagonal(axis1: 1, axis2: -1)] },
    Refusal(name: "a huge offset", kind: .outOfMemory) { [a.diagonalEmbedded(offset: .min)] },
    Refusal(name: "values of another shape", kind: .shape) { [a.replacingDiagonal(with: a)] },
    Refusal(name: "values of another type", kind: .dtype) {
        [a.to(.int64).replacingDiagonal(with: Tensor.ones(2))]
    },
    Refusal(name: "a triangle of a vector", kind: .shape) { [Tensor.ones(2).tril()] },
    Refusal(name: "a huge triangle", kind: .outOfMemory) { [.trilIndices(1 << 31, 1 << 31)] },
    Refusal(name: "a turn in no plane", kind: .axis) { [a.rotated90(1, axes: (0, 0))] },
    Refusal(name: "shifts without axes", kind: .argument) { [a.rolled([1, 2], axes: [0])] },
    Refusal(name: "a negative repetition", kind: .argument) { [a.tiled([-1])] },
    Refusal(name: "too many repetitions", kind: .outOfMemory) { [a.tiled([.max, 2])] },
    Refusal(name: "counts of other slices", kind: .argument) { [a.repeatedElements(Tensor([1, 2, 3]), axis: 0)] },
    Refusal(name: "a negative count", kind: .argument) { [a.repeatedElements(Tensor([1, -2]), axis: 0)] },
    Refusal(name: "too many repeated elements", kind: .outOfMemory) { [a.repeatedElements(.max, axis: 0)] },
    Refusal(name: "a window too wide", kind: .argument) { [a.windows(axis: 0, size: 3, step: 1)] },
    Refusal(name: "places outside", kind: .index) { [a.strided(shape: [2, 2], strides: [3, 3], offset: 0)] },
    Refusal(name: "strides that overflow", kind: .outOfMemory) { [a.strided(shape: [9], strides: [.max])] },
    Refusal(name: "a sum to another shape", kind: .shape) { [a.sum(to: [3, 2])] },
    Refusal(name: "parts of another product", kind: .shape) { [a.unflattened(axis: 1, into: [2, -1])] },
    Refusal(name: "axes that move to nowhere", kind: .axis) { [a.movedAxes([0, 1], to: [0])] },
    Refusal(name: "blocks of three axes", kind: .shape) { [blockDiagonal([Tensor.ones(1, 1, 1)])] },
    Refusal(name: "a grid of matrices", kind: .shape) { meshgrid([a]) },
    Refusal(name: "too many combinations", kind: .argument) { [Tensor.ones(2).combinations(.max)] },
    Refusal(name: "an index outside the shape", kind: .index) { unravelIndex(Tensor([6]), shape: [2, 3]) },
    Refusal(name: "shapes that do not meet", kind: .shape) { broadcast([a, Tensor.ones(2)]) },
]
