import AdjointCore
import AdjointNN
import AdjointTesting
import AdjointTransforms
import Testing

/// `lstm` against its steps by `lstmCell`, in values and in every mode of differentiation.
@Suite struct RecurrentTests {
    /// x [4, 2, 3], wx [3, 12], wh [3, 12], b [12], h and c [2, 3].
    private static let inputs = [[4, 2, 3], [3, 12], [3, 12], [12], [2, 3], [2, 3]].enumerated().map {
        0.6 * numbers($1, seed: Double($0))
    }

    /// Everything that comes out, with weights of its own.
    @Sendable private static func whole(_ x: [Tensor]) -> Tensor {
        let y = lstm(x[0], hidden: x[4], cell: x[5], inputWeight: x[1], hiddenWeight: x[2], bias: x[3])
        return combined(y.outputs, y.hidden, y.cell)
    }

    @Sendable private static func stepwise(_ x: [Tensor]) -> Tensor {
        var (h, c) = (x[4], x[5])
        var outputs: [Tensor] = []
        for step in 0..<x[0].shape[0] {
            (h, c) = lstmCell(x[0][step], hidden: h, cell: c, inputWeight: x[1], hiddenWeight: x[2], bias: x[3])
            outputs.append(h)
        }
        return combined(stack(outputs), h, c)
    }

    private static func combined(_ outputs: Tensor, _ hidden: Tensor, _ cell: Tensor) -> Tensor {
        (outputs * numbers(outputs.shape.extents, seed: 7)).sum() + (hidden * cell.sin()).sum() + cell.square().sum()
    }

    @Test func valuesAndGradientsAreThoseOfTheSteps() {
        let (value, slopes) = valueWithGradient(at: Self.inputs, of: Self.whole)
        let (expected, expectedSlopes) = valueWithGradient(at: Self.inputs, of: Self.stepwise)
        expect(value, [], expected.doubles)
        for (slope, wanted) in zip(slopes, expectedSlopes) { expect(slope, wanted.shape, wanted.doubles) }
    }

    @Test func everyModeAgreesWithDifferences() throws {
        try gradientCheck(Self.whole, at: Self.inputs, order: 2, absoluteTolerance: 1e-6)
    }

    @Test(arguments: [0, 1, 2, 3, 4, 5]) func examplesAreIndependent(_ mapped: Int) {
        let examples = stack([1.0, 0.5, -0.7].map { Self.inputs[mapped] * $0 })
        @Sendable func slope(_ part: Tensor) -> Tensor {
            gradient(
                of: { part in
                    var x = Self.inputs
                    x[mapped] = part
                    return Self.whole(x)
                }, at: part)
        }
        let all = vmap(slope, over: examples)
        for index in 0..<3 { expect(all[index], Self.inputs[mapped].shape, slope(examples[index]).doubles) }
    }

    @Test func shortTypesAndLongRowsAreDone() {
        let half = Self.inputs.map { $0.to(.float16) }
        let y = lstm(half[0], inputWeight: half[1], hiddenWeight: half[2], bias: half[3])
        #expect(y.outputs.dtype == .float16 && y.cell.dtype == .float16)
        let expected = lstm(
            Self.inputs[0], inputWeight: Self.inputs[1], hiddenWeight: Self.inputs[2], bias: Self.inputs[3])
        #expect(isClose(y.outputs.doubles, expected.outputs.doubles, 1e-2))
        // More samples than one piece of work takes.
        let (x, wh) = (numbers([2, 300, 5]).to(.float32), 0.1 * numbers([40, 160], seed: 1).to(.float32))
        let wx = 0.1 * numbers([5, 160], seed: 2).to(.float32)
        let wide = lstm(x, inputWeight: wx, hiddenWeight: wh)
        let first = lstmCell(
            x[0], hidden: Tensor.zeros(300, 40), cell: Tensor.zeros(300, 40), inputWeight: wx, hiddenWeight: wh)
        #expect(isClose(wide.outputs[0].doubles, first.hidden.doubles, 1e-6))
    }

    @Test func shapesAreNamed() {
        let x = Self.inputs
        let cases: [(words: String, run: () -> Tensor)] = [
            ("[3, 9]", { lstm(x[0], inputWeight: x[1], hiddenWeight: numbers([3, 9])).outputs }),
            ("[3, 3]", { lstm(x[0], hidden: numbers([3, 3]), inputWeight: x[1], hiddenWeight: x[2]).outputs }),
            ("[3, 8]", { lstm(x[0], inputWeight: numbers([3, 8]), hiddenWeight: x[2]).outputs }),
        ]
        for item in cases {
            let error = failure(item.run)
            #expect(error?.kind == .shape && "\(error!)".contains(item.words))
        }
    }
}
