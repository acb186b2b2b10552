import AdjointCore
import AdjointRuntime
import AdjointTesting
import AdjointTransforms
import Testing

/// Operations of three tensors, and parts and bits of numbers.
@Suite struct BlendingTests {
    private let x = vector(0.5, -1, 2, 3).reshaped(2, 2)
    private let a = vector(1.5, 2)
    private let b = vector(-0.25, 0.75, 1.25, 4).reshaped(2, 2)

    @Test func valuesAreTheFormulas() {
        expect(lerp(x, a, b), [2, 2], [0.25, 1.25, 1.375, -1])
        expect(lerp(x, a, 0.25), [2, 2], [0.75, -0.25, 1.875, 2.75])
        expect(addcmul(x, a, b, value: 2), [2, 2], [-0.25, 2, 5.75, 19])
        expect(addcdiv(x, a, b), [2, 2], [-5.5, -1 + 2 / 0.75, 3.2, 3.5])
        expect(x.clamp(min: vector(0, 0), max: vector(1, 1)), [2, 2], [0.5, 0, 1, 1])
        expect(vector(5).clamp(min: vector(2), max: vector(-2)), [1], [-2])
    }

    @Test func derivativesOfBothModesAndOrders() throws {
        try gradientCheck({ lerp($0[0], $0[1], $0[2]) }, at: [x, a, b], order: 2)
        try gradientCheck({ lerp($0[0], $0[1], 0.75) }, at: [x, a], order: 2)
        try gradientCheck({ addcmul($0[0], $0[1], $0[2], value: -1.5) }, at: [x, a, b], order: 2)
        try gradientCheck({ addcdiv($0[0], $0[1], $0[2], value: 0.5) }, at: [x, a, b], order: 2)
        try gradientCheck({ $0[0].clamp(min: $0[1], max: $0[2]) }, at: [x, a, a + b + 0.6], order: 2)
    }

    @Test func aNumberOfTypesMeet() {
        #expect(addcmul(Tensor([1, 2]), Tensor([3, 4]), Tensor([5, 6])).dtype == .int64)
        #expect(addcdiv(Tensor([1, 2]), Tensor([3, 4]), Tensor([5, 6])).dtype == .float32)
        #expect(lerp(Tensor([1.0]).to(.float16), Tensor([2.0]).to(.float16), 0.5).dtype == .float16)
    }

    @Test func slopesThatAreLearned() throws {
        let channels = vector(0.25, -0.5)
        expect(x.prelu(channels), [2, 2], [0.5, 0.5, 2, 3])
        try gradientCheck({ $0[0].prelu($0[1]) }, at: [x, channels], order: 2)
        try gradientCheck({ $0[0].glu() }, at: [x], order: 2)
        expect(x.randomizedLeakyRelu(lower: 0.25, upper: 0.75), [2, 2], [0.5, -0.5, 2, 3])
        let drawn = x.randomizedLeakyRelu(lower: 0.25, upper: 0.75, training: true).doubles
        #expect(drawn[0] == 0.5 && drawn[1] >= -0.75 && drawn[1] <= -0.25)
    }

    @Test func logarithmsOfTwoNumbers() throws {
        let y = vector(0.5, 2, 0.25, 3).reshaped(2, 2)
        try gradientCheck({ logAddExp($0[0], $0[1]) }, at: [x, x + b], order: 2)
        try gradientCheck({ logAddExp2($0[0], $0[1]) }, at: [x, x + b], order: 2)
        try gradientCheck({ xlogy($0[0], $0[1]) }, at: [x, y], order: 2)
        try gradientCheck({ xlog1py($0[0], $0[1]) }, at: [x, y], order: 2)
        try gradientCheck({ $0[0].ldexp($0[1]) }, at: [x, y], order: 2)
        // At a tie, and at a factor 0, the second derivatives are those of the formula.
        try gradientCheck({ logAddExp($0[0], $0[1]) }, at: [x, x], order: 2)
        try gradientCheck({ xlogy($0[0], $0[1]) }, at: [x * 0, y], order: 2)
        expect(logAddExp(vector(1000, -1000), vector(1000, 0)), [2], [1000.6931471805599453, 0])
    }

    @Test func partsOfNumbers() {
        let (mantissa, exponent) = vector(8, -0.3, 0, 0x1p-1030).frexp()
        expect(mantissa, [4], [0.5, -0.6, 0, 0.5])
        #expect(exponent.dtype == .int32 && exponent.ints == [4, -1, 0, -1029])
        #expect(Tensor([0.0, -0.0, -1, Double.nan]).signbit().bools == [false, true, true, false])
        #expect(copysign(Tensor([1.0, -2]), Tensor([-0.0, 3])).doubles == [-1, 2])
        #expect(nextafter(vector(1), vector(2)).doubles == [Double(1).nextUp])
        #expect(nextafter(Tensor([Float(1)]), Tensor([Float(0)])).doubles == [Double(Float(1).nextDown)])
        #expect(heaviside(Tensor([-1.0, 0, 2]), Tensor([0.5])).doubles == [0, 0.5, 1])
        #expect(fmax(Tensor([1.0, .nan]), Tensor([.nan, 3.0])).doubles == [1, 3])
        #expect(fmin(Tensor([1.0, 5]), Tensor([.nan, 3.0])).doubles == [1, 3])
        expect(
            vector(.nan, .infinity, -.infinity, 1).nanToNum(nan: 7, negativeInfinity: -2), [4],
            [7, .greatestFiniteMagnitude, -2, 1])
        #expect(Tensor([1, 2, 3]).isIn(Tensor([3, 1])).bools == [true, false, true])
    }

    @Test func bitsOfWholeNumbers() {
        let (x, y) = (Tensor([12, 10, -7]), Tensor([10, 3, 2]))
        #expect(x.bitwiseAnd(y).ints == [8, 2, 0])
        #expect(x.bitwiseOr(y).ints == [14, 11, -5])
        #expect(x.bitwiseXor(y).ints == [6, 9, -5])
        #expect(x.bitwiseNot().ints == [-13, -11, 6])
        #expect(x.shiftedLeft(by: Tensor([1, 63, 64])).ints == [24, 0, 0])
        #expect(x.shiftedRight(by: Tensor([1, 2, 80])).ints == [6, 2, -1])
        #expect(gcd(x, y).ints == [2, 1, 1])
        #expect(lcm(x, y).ints == [60, 30, 14])
        #expect(gcd(Tensor([0]), Tensor([0])).ints == [0])
        #expect(Tensor([true, false]).bitwiseNot().bools == [false, true])
        #expect(Tensor([true, true]).bitwiseXor(Tensor([true, false])).dtype == .bool)
        let error = failure { _ = Tensor([1.0]).bitwiseAnd(Tensor([1])) }
        #expect(error?.kind == .dtype)
    }

    @Test func examplesAtOnce() {
        let batch = Tensor((0..<6).map { Double($0) - 2.5 }, shape: [3, 2])
        let all = vmap({ addcmul($0, self.a, $0) }, over: batch)
        expect(all, [3, 2], addcmul(batch, a, batch).doubles)
    }

    /// Values of SciPy.
    @Test func windows() {
        expect(Window.hann.weights(4, dtype: .float64), [4], [0, 0.75, 0.75, 0])
        expect(Window.hann.weights(4, symmetric: false, dtype: .float64), [4], [0, 0.5, 1, 0.5])
        expect(Window.bartlett.weights(4, dtype: .float64), [4], [0, 2 / 3.0, 2 / 3.0, 0])
        expect(
            Window.kaiser(beta: 12).weights(4, dtype: .float64), [4],
            [5.2773441320097665e-05, 0.5188447216723606, 0.5188447216723606, 5.2773441320097665e-05])
        expect(
            Window.nuttall.weights(3, dtype: .float64), [3], [0.0003628, 1, 0.0003628])
        #expect(Window.gaussian(std: 1).weights(0).shape == [0])
        #expect(Window.cosine.weights(1).doubles == [1])
    }
}
