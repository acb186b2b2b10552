import AdjointCore
import AdjointRuntime
import Testing

@Suite struct DropoutTests {
    private let ones = Tensor.ones(100, 100, dtype: .float64)

    @Test func aShareIsDroppedAndTheRestScaled() {
        let y = ones.dropout(0.25, generator: Generator(seed: 3)).doubles
        #expect(Set(y) == [0, 1 / 0.75])
        #expect(abs(y.reduce(0, +) / 10_000 - 1) < 0.03)
        #expect(y == ones.dropout(0.25, generator: Generator(seed: 3)).doubles)
    }

    @Test func wholeFeaturesStayTogether() {
        let y = Tensor.ones(20, 30, 4).featureDropout(0.5, generator: Generator(seed: 1))
        #expect(Set(y.sum(axis: 2).doubles) == [0, 8])
    }

    @Test func alphaDropoutKeepsMeanAndVariance() {
        let x = Tensor.randn(200, 200, dtype: .float64, generator: Generator(seed: 5))
        let y = x.alphaDropout(0.3, generator: Generator(seed: 6))
        #expect(abs(y.mean().item()) < 0.02 && abs(y.variance().item() - 1) < 0.03)
    }

    @Test func gradientsPassTheSameMask() {
        let x = ones.requiringGrad()
        let y = x.dropout(0.5, generator: Generator(seed: 2))
        y.sum().backward()
        #expect(x.grad?.doubles == y.doubles)
    }

    @Test func theEndsAreExact() {
        let x = Tensor([1, .infinity, -2]).requiringGrad()
        #expect(x.dropout(0).isIdentical(to: x) && x.dropout(0.9, isTraining: false).isIdentical(to: x))
        for y in [x.dropout(1), x.alphaDropout(1)] {
            #expect(y.doubles == [0, 0, 0])
            #expect(y.sum().gradient(withRespectTo: x).doubles == [0, 0, 0])
        }
    }

    @Test func badInputIsRefused() {
        #expect(failure { _ = ones.dropout(1.5) }?.kind == .argument)
        #expect(failure { _ = ones.dropout(.nan) }?.kind == .argument)
        #expect(failure { _ = Tensor.ones(3).featureDropout() }?.kind == .shape)
        #expect(failure { _ = Tensor([1, 2]).dropout() }?.kind == .dtype)
    }
}

extension Tensor {
    /// Whether both are the same leaf.
    fileprivate func isIdentical(to other: Tensor) -> Bool { node === other.node }
}
