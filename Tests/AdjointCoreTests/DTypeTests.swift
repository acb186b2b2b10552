import AdjointCore
import AdjointRuntime
import Testing

@Suite struct DTypeTests {
    static let all: [DType] = DType.allCases

    @Test func aNumberHasNoTypeOfItsOwn() {
        let table: [(DType, whole: DType, real: DType)] = [
            (.bool, .int64, .float32), (.uint8, .uint8, .float32), (.int32, .int32, .float32),
            (.int64, .int64, .float32), (.float32, .float32, .float32), (.float64, .float64, .float64),
        ]
        for (dtype, whole, real) in table {
            let x = Tensor([1, 0], dtype: dtype)
            for y in [2 * x, x * 2, x + 2, 2 + x, x - 0, maximum(x, 1)] { #expect(y.dtype == whole, "\(dtype)") }
            for y in [2.5 * x, x * 2.5, x + 0.5, 0.5 - x, minimum(x, 0.5)] { #expect(y.dtype == real, "\(dtype)") }
            for y in [x / 2, 2 / (x + 1), x / x.to(.float32)] {
                #expect(y.dtype == (dtype == .float64 ? .float64 : .float32))
            }
            for y in [x .< 2, x .== 0.5, x .!= 1, .!x, x.isNaN()] { #expect(y.dtype == .bool && y.shape == [2]) }
        }
        expect(2 * Tensor([1, 2]), [2], [2, 4], dtype: .int64)
        expect(2.5 * Tensor([1, 2]), [2], [2.5, 5], dtype: .float32)
    }

    @Test func literalsMeetFloat64Exactly() {
        let elements: [Double] = [0.1, 1.0 / 3]
        let x = Tensor(elements)
        let (products, sums, differences) = ((x * 0.1).doubles, (x + 1e-9).doubles, (0.3 - x).doubles)
        #expect(products == elements.map { $0 * 0.1 })
        #expect(sums == elements.map { $0 + 1e-9 })
        #expect(differences == elements.map { 0.3 - $0 })
        #expect((Tensor([1.0]) * 0.1).floats == [Float(0.1)])
        // 2⁵³ + 1 has no Double.
        #expect((Tensor([9_007_199_254_740_993]) + 2).ints == [9_007_199_254_740_995])
        #expect((Tensor([1]) * 9_007_199_254_740_993).ints == [9_007_199_254_740_993])
    }

    @Test(arguments: all) func twoTensorsComputeInTheLaterType(_ left: DType) {
        for right in Self.all {
            let (x, y) = (Tensor([1, 1], dtype: left), Tensor([1, 0], dtype: right))
            let later = DType.promoted(left, right)
            let promoted = later == .bool ? DType.int64 : later
            expect(x + y, [2], [2, 1], dtype: promoted, "\(left) + \(right)")
            expect(x * y, [2], [1, 0], dtype: promoted, "\(left) * \(right)")
            expect(x .== y, [2], [1, 0], dtype: .bool)
            expect(concatenate([x, y]), [4], [1, 1, 1, 0], dtype: later)
            expect(which(Tensor([true, false]), x, y), [2], [1, 0], dtype: later)
            expect(x.matmul(y), [], [1], dtype: promoted)
        }
    }

    @Test func wholeNumbersDivideRoundDownAndWrap() {
        let (x, y) = (Tensor([7, -7, 7, -7]), Tensor([2, 2, -2, -2]))
        expect(x / y, [4], [3.5, -3.5, -3.5, 3.5], dtype: .float32)
        expect(x.floorDivided(by: y), [4], [3, -4, -4, 3], dtype: .int64)
        expect(x.remainder(y), [4], [1, 1, -1, -1], dtype: .int64)
        expect(x.fmod(y), [4], [1, -1, 1, -1], dtype: .int64)
        expect(Tensor([250], dtype: .uint8) + 10, [1], [4], dtype: .uint8)
        expect(Tensor([2, 3]).pow(3), [2], [8, 27], dtype: .int64)
        expect(Tensor([-2, 3]).abs(), [2], [2, 3], dtype: .int64)
        expect(-Tensor([true, false]), [2], [-1, 0], dtype: .int64)
        expect(Tensor([-2, 3]).relu().sign(), [2], [0, 1], dtype: .int64)
        expect(Tensor([5, -5]).clamp(min: -1, max: 3), [2], [3, -1], dtype: .int64)
        expect(Tensor([1, 2]).floor(), [2], [1, 2], dtype: .int64)
    }

    @Test func reductionsOfWholeNumbers() {
        for dtype in [DType.bool, .uint8, .int32, .int64] {
            let x = Tensor([[1, 0], [1, 1]], dtype: dtype)
            expect(x.sum(), [], [3], dtype: .int64)
            expect(x.sum(axis: 0), [2], [2, 1], dtype: .int64)
            expect(x.prod(axis: 1), [2], [0, 1], dtype: .int64)
            expect(x.mean(), [], [0.75], dtype: .float32)
            expect(x.max(axis: 1), [2], [1, 1], dtype: dtype)
            expect(x.cumulativeSum(axis: 1), [2, 2], [1, 1, 1, 2], dtype: .int64)
            expect(x.exp(), [2, 2], [2.718281828, 1, 2.718281828, 2.718281828], dtype: .float32, tolerance: 1e-6)
        }
        expect(dot(Tensor([true, true]), Tensor([true, true])), [], [2], dtype: .int64)
        expect(Tensor([255, 255], dtype: .uint8).sum(), [], [510], dtype: .int64)
    }

    @Test(arguments: all) func conversionsKeepWhatFits(_ from: DType) {
        for to in Self.all {
            let x = Tensor([0, 1], dtype: from).to(to)
            expect(x, [2], [0, 1], dtype: to)
        }
        expect(Tensor([-1.7, 1.7, 0]).to(.int32), [3], [-1, 1, 0], dtype: .int32)
        expect(Tensor([0.5, 0, -2]).to(.bool), [3], [1, 0, 1], dtype: .bool)
        #expect(Tensor([1.5, -1.5]).ints == [1, -1] && Tensor([2, 0]).bools == [true, false])
    }

    @Test func bytesOfTruthAreTrueOrFalse() {
        let x = Tensor(bytes: [0, 1, 2, 255], shape: [4], dtype: .bool)
        #expect(x.bools == [false, true, true, true] && x.bytes == [0, 1, 1, 1] && x.sum().item() == 3)
    }

    @Test func logicTreatsNonzeroAsTrue() {
        let (x, y) = (Tensor([0.0, 2, -1, 0]), Tensor([0, 1, 0, 3]))
        expect(x .& y, [4], [0, 1, 0, 0], dtype: .bool)
        expect(x .| y, [4], [0, 1, 1, 1], dtype: .bool)
        expect(x .^ y, [4], [0, 0, 1, 1], dtype: .bool)
        expect(.!x, [4], [1, 0, 0, 1], dtype: .bool)
    }

    @Test func gradientsKeepTheTypeOfTheirTensor() {
        let (x, y) = (Tensor([1.0, 2]).requiringGrad(), Tensor([3, 4], dtype: .float64).requiringGrad())
        let z = x * y
        #expect(z.dtype == .float64)
        z.sum().backward()
        expect(x.grad!, [2], [3, 4], dtype: .float32)
        expect(y.grad!, [2], [1, 2], dtype: .float64)
        #expect(!x.to(.int64).requiresGrad && !(x .> 0).requiresGrad && !x.argmax().requiresGrad)
    }

    @Test func creation() {
        expect(Tensor.arange(5), [5], [0, 1, 2, 3, 4], dtype: .int64)
        expect(Tensor.arange(1, 2, step: 0.25), [4], [1, 1.25, 1.5, 1.75], dtype: .float32)
        expect(Tensor.arange(5, 0, step: -2), [3], [5, 3, 1], dtype: .int64)
        expect(Tensor.arange(3, 1), [0], [], dtype: .int64)
        expect(Tensor.linspace(0, 1, 3, dtype: .float64), [3], [0, 0.5, 1], dtype: .float64)
        expect(Tensor.linspace(2, 9, 1), [1], [2])
        expect(Tensor.eye(2, 3), [2, 3], [1, 0, 0, 0, 1, 0], dtype: .float32)
        expect(Tensor.full([2], 7), [2], [7, 7], dtype: .int64)
        expect(Tensor.full([], true), [], [1], dtype: .bool)
        expect(Tensor.ones(like: Tensor([[1, 2]])), [1, 2], [1, 1], dtype: .int64)
        expect(Tensor([[1, 2.5], [3, 4]]), [2, 2], [1, 2.5, 3, 4], dtype: .float32)
        expect(Tensor([[], []]), [2, 0], [])
        let (a, b) = (
            Tensor.rand(1000, generator: Generator(seed: 4)), Tensor.rand(1000, generator: Generator(seed: 4))
        )
        #expect(a.floats == b.floats && a.floats.allSatisfy { 0 <= $0 && $0 < 1 } && abs(a.mean().item() - 0.5) < 0.05)
        let normal = Tensor.randn(100_000, dtype: .float64, generator: Generator(seed: 1))
        #expect(abs(normal.mean().item()) < 0.02 && abs(normal.std().item() - 1) < 0.02)
        let dice = Tensor.randint(1..<7, 6000, generator: Generator(seed: 2))
        #expect(dice.min().item() == 1 && dice.max().item() == 6 && abs(dice.mean().item() - 3.5) < 0.1)
    }
}
