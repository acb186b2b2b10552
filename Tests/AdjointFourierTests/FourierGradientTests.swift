import AdjointCore
import AdjointFourier
import AdjointRuntime
import AdjointTesting
import AdjointTransforms
import ComplexModule
import Testing

/// A function with complex or real results, of complex numbers given by their parts.
struct FourierCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var shape = [2, 3, 4]
    let apply: @Sendable (Tensor) -> Tensor
}

let fourierCases: [FourierCase] = [
    FourierCase(testDescription: "fft") { $0.fft() },
    FourierCase(testDescription: "fft along 0, ortho") { $0.fft(axis: 0, norm: .ortho) },
    FourierCase(testDescription: "fft, longer") { $0.fft(length: 6, axis: 1) },
    FourierCase(testDescription: "ifft, shorter") { $0.ifft(length: 3) },
    FourierCase(testDescription: "fft of 17 points", shape: [17]) { $0.fft() },
    FourierCase(testDescription: "rfft, even") { $0.real.rfft() },
    FourierCase(testDescription: "rfft, odd") { $0.imaginary.rfft(axis: 1, norm: .forward) },
    FourierCase(testDescription: "irfft, even") { $0.irfft() },
    FourierCase(testDescription: "irfft, odd") { $0.irfft(length: 7, axis: 1) },
    FourierCase(testDescription: "irfft of real numbers") { $0.real.irfft(axis: 2) },
    FourierCase(testDescription: "hfft") { $0.hfft(norm: .ortho) },
    FourierCase(testDescription: "ihfft") { $0.real.ihfft(length: 5) },
    FourierCase(testDescription: "fftn") { $0.fftn(norm: .ortho) },
    FourierCase(testDescription: "ifft2") { $0.ifft2() },
    FourierCase(testDescription: "rfftn") { $0.real.rfftn() },
    FourierCase(testDescription: "irfftn") { $0.irfftn(lengths: [3, 5]) },
    FourierCase(testDescription: "hfftn") { $0.hfftn(axes: [0, 2]) },
    FourierCase(testDescription: "ihfftn") { $0.real.ihfftn(norm: .forward) },
    FourierCase(testDescription: "fftshift") { $0.fftshift() * $0 },
    FourierCase(testDescription: "power spectrum") { $0.real.rfft().abs().square() },
]

@Suite struct FourierGradientTests {
    /// The parts are real numbers, so real differences check complex derivatives.
    @Test(arguments: fourierCases) func derivativesAgreeWithDifferences(_ entry: FourierCase) throws {
        var source = Numbers(3)
        let count = entry.shape.reduce(1, *)
        let parts = (0..<2).map { _ in Tensor(source.reals(count), shape: entry.shape) }
        try gradientCheck(
            { x in
                let w = entry.apply(complex(x[0], x[1]))
                return w.real * 0.7 + w.imaginary * -1.3
            }, at: parts, order: 2)
    }

    /// ⟨ȳ, F x⟩ = ⟨Fᵀ ȳ, x⟩ for lengths of every method.
    @Test(arguments: [1, 2, 7, 34, 101, 1024, 1100, 2053]) func transposesAreTransposes(_ n: Int) {
        var source = Numbers(UInt64(n))
        let x = Tensor(source.reals(n)).requiringGrad()
        let weights = Tensor(source.complexes(n / 2 + 1))
        (x.rfft() * weights.conj()).real.sum().backward()
        let expected = x.detach().rfft()
        let left = (expected * weights.conj()).real.sum().item()
        let right = (x.grad! * x.detach()).sum().item()
        #expect(abs(right - left) < 1e-11 * Double(n))
        let z = Tensor(source.complexes(n / 2 + 1)).requiringGrad()
        let reals = Tensor(source.reals(n))
        (z.irfft(length: n) * reals).sum().backward()
        let value = (z.detach().irfft(length: n) * reals).sum().item()
        let paired = (z.grad!.conj() * z.detach()).real.sum().item()
        #expect(abs(paired - value) < 1e-11 * Double(n))
    }

    @Test func gradientsKeepTheirType() {
        for dtype in [DType.float16, .bfloat16, .float32, .float64] {
            let x = Tensor([1.0, 2, 3, 4]).to(dtype).requiringGrad()
            x.rfft().abs().sum().backward()
            #expect(x.grad?.dtype == dtype)
            let y = Tensor([1.0, 2, 3, 4]).to(dtype).requiringGrad()
            y.ifft().abs().sum().backward()
            #expect(y.grad?.dtype == dtype)
        }
    }
}
