import AdjointCore
import AdjointFourier
import AdjointRuntime
import Testing

let lengths = Array(1...64) + [97, 128, 1000, 1009, 1024, 1155, 1331, 2048, 2310, 2500, 4099]

@Suite struct FourierTests {
    @Test(arguments: lengths) func transformIsTheDefinition(_ n: Int) {
        var source = Numbers(UInt64(n))
        let x = source.complexes(n)
        #expect(distance(Tensor(x).fft(), definition(x)) < 1e-14)
        #expect(distance(Tensor(x).ifft() * n, definition(x, inverse: true)) < 1e-14)
        #expect(distance(Tensor(x).fft().ifft(), x) < 1e-14)
    }

    @Test(arguments: lengths) func realTransformIsHalfOfIt(_ n: Int) {
        var source = Numbers(UInt64(n))
        let x = source.reals(n)
        let whole = definition(x.map { C($0) })
        let half = Tensor(x).rfft()
        #expect(half.shape.extents == [n / 2 + 1])
        #expect(distance(half, Array(whole[0...n / 2])) < 1e-14)
        #expect(distance(half.irfft(length: n), x.map { C($0) }) < 1e-14)
        #expect(distance(Tensor(x).fft(), whole) < 1e-14)
        // Points 0 and n/2 of real numbers are real.
        #expect(half.imaginary.doubles[0] == 0)
        if n % 2 == 0 { #expect(half.imaginary.doubles[n / 2] == 0) }
    }

    @Test(arguments: [1, 2, 5, 6, 9, 34, 1009, 1030, 2048, 4100]) func everyAxisAndManyRows(_ n: Int) {
        var source = Numbers(7)
        for axis in 0..<3 {
            let extents = [3, 2, 5].enumerated().map { $0.offset == axis ? n : $0.element }
            let x = Tensor(source.complexes(extents.reduce(1, *)), shape: extents)
            let rows = x.movedAxis(axis, to: -1).reshaped(-1, n)
            let expected = stack((0..<rows.shape[0]).map { rows[$0].fft() })
            // A row has the same bits whatever stands beside it.
            #expect(x.fft(axis: axis).movedAxis(axis, to: -1).reshaped(-1, n).isEqual(to: expected))
            let real = x.real
            let half = real.rfft(axis: axis)
            #expect(half.isNear(x.real.fft(axis: axis).narrowed(axis: axis, start: 0, length: n / 2 + 1)))
            #expect(half.irfft(length: n, axis: axis).isNear(real))
            #expect(half.to(.complex64).irfft(length: n, axis: axis).dtype == .float32)
        }
    }

    /// Values from NumPy.
    @Test func normsLengthsAndHermitian() {
        let x = Tensor([1.0, 2, 3, 4, 5], dtype: .float64)
        func close(_ y: Tensor, _ expected: [C]) -> Bool { distance(y, expected) < 1e-14 }
        #expect(close(x.fft(length: 3), [C(6), C(-1.5, 0.8660254037844386), C(-1.5, -0.8660254037844386)]))
        #expect(close(x.fft(length: 2, norm: .forward), [C(1.5), C(-0.5)]))
        #expect(close(x.fft(length: 1), [C(1)]))
        #expect(close(Tensor([1.0, 2], dtype: .float64).fft(length: 4), [C(3), C(1, -2), C(-1), C(1, 2)]))
        #expect(
            close(
                Tensor([1.0, 2], dtype: .float64).fft(length: 4, norm: .ortho),
                [C(1.5), C(0.5, -1), C(-0.5), C(0.5, 1)]))
        #expect(
            close(Tensor([1.0, 2], dtype: .float64).ifft(length: 4, norm: .forward), [C(3), C(1, 2), C(-1), C(1, -2)]))
        let z = Tensor([C(1, 5), C(2, 1), C(3, -1), C(4, 7)])
        let back = [
            2.5, -0.6666666666666666, -0.5773502691896257, -0.16666666666666669, 0.5773502691896257,
            -0.6666666666666666,
        ]
        #expect(close(z.irfft(), back.map { C($0) }))
        let hermitian = [15.0, -4.0, 3.4641016151377544, -1.0000000000000002, -3.4641016151377544, -4.0]
        #expect(close(z.hfft(), hermitian.map { C($0) }))
        #expect(close(x.ihfft(), x.rfft(norm: .forward).conj().array(of: C.self)))
        #expect(close(z.hfft().ihfft(), [C(1), C(2, 1), C(3, -1), C(4)]))
        #expect(Tensor([1, 2, 3]).fft().dtype == .complex64)
        #expect(Tensor([true, false]).rfft().dtype == .complex64)
        #expect(Tensor([1.0, 2], dtype: .float16).fft().dtype == .complex64)
    }

    @Test func severalAxes() {
        var source = Numbers(5)
        let x = Tensor(source.complexes(60), shape: [3, 4, 5])
        #expect(x.fftn().isNear(x.fft(axis: 0).fft(axis: 1).fft(axis: 2)))
        #expect(x.fft2().isNear(x.fft(axis: 1).fft(axis: 2)))
        #expect(x.fftn(lengths: [2, 6]).isNear(x.fft(length: 2, axis: 1).fft(length: 6, axis: 2)))
        #expect(x.fftn(norm: .ortho).ifftn(norm: .ortho).isNear(x))
        #expect(x.fftn(lengths: [-1, 2], axes: [0, 2]).shape.extents == [3, 4, 2])
        let real = x.real
        #expect(real.rfftn().isNear(real.fftn().narrowed(axis: -1, start: 0, length: 3)))
        #expect(real.rfftn().irfftn(lengths: [3, 4, 5]).isNear(real))
        #expect(real.ihfftn().hfftn(lengths: [3, 4, 5]).isNear(real))
        #expect(real.ihfft2().hfft2(lengths: [4, 5]).isNear(real))
        #expect(real.rfft2(norm: .forward).irfft2(lengths: [4, 5], norm: .forward).isNear(real))
        #expect(Tensor.zeros(0, 3).fft().shape.extents == [0, 3])
        #expect(Tensor.zeros(0, 3).rfft().irfft(length: 3).shape.extents == [0, 3])
        #expect(Tensor(2.0).fftn().shape.rank == 0)
    }

    @Test func frequencies() {
        #expect(Tensor.fftfreq(5, dtype: .float64).doubles == [0, 0.2, 0.4, -0.4, -0.2])
        #expect(Tensor.fftfreq(4, spacing: 0.5, dtype: .float64).doubles == [0, 0.5, -1, -0.5])
        #expect(Tensor.rfftfreq(5, dtype: .float64).doubles == [0, 0.2, 0.4])
        #expect(Tensor.rfftfreq(4, spacing: 2).doubles == [0, 0.125, 0.25])
        let x = Tensor.arange(5)
        #expect(x.fftshift().ints == [3, 4, 0, 1, 2])
        #expect(x.fftshift().ifftshift().ints == [0, 1, 2, 3, 4])
        let grid = Tensor.arange(6).reshaped(2, 3)
        #expect(grid.fftshift().ints == [5, 3, 4, 2, 0, 1])
        #expect(grid.fftshift(axes: [-1]).ints == [2, 0, 1, 5, 3, 4])
    }

    @Test func singlePrecisionIsRoundedOnce() {
        var source = Numbers(11)
        for n in [12, 97, 2048] {
            let x = Tensor(source.reals(n)).to(.float32)
            let exact = x.to(.float64)
            #expect(x.fft().isEqual(to: exact.to(.complex128).fft().to(.complex64)))
            #expect(x.rfft().isEqual(to: exact.rfft().to(.complex64)))
            #expect(x.rfft().irfft(length: n).isEqual(to: x.rfft().to(.complex128).irfft(length: n).to(.float32)))
        }
    }

    @Test func badInputIsRefused() {
        let x = Tensor([1.0, 2, 3])
        #expect(failure { _ = x.fft(length: 0) }?.kind == .argument)
        #expect(failure { _ = x.fft(length: -3) }?.kind == .argument)
        #expect(failure { _ = x.fft(axis: 1) }?.kind == .axis)
        #expect(failure { _ = Tensor(1.0).fft() }?.kind == .axis)
        #expect(failure { _ = x.fft(length: 1 << 40) }?.kind == .argument)
        #expect(failure { _ = x.fft().rfft() }?.kind == .dtype)
        #expect(failure { _ = x.fft().ihfft() }?.kind == .dtype)
        #expect(failure { _ = Tensor([1.0]).irfft() }?.kind == .argument)
        #expect(failure { _ = Tensor.zeros(3, 0).fft() }?.kind == .argument)
        #expect(failure { _ = x.fftn(axes: [0, -1]) }?.kind == .axis)
        #expect(failure { _ = x.fftn(lengths: [1, 2]) }?.kind == .axis)
        #expect(failure { _ = x.fftn(lengths: [1, 2], axes: [0]) }?.kind == .argument)
        #expect(failure { _ = x.rfftn(axes: []) }?.kind == .axis)
        #expect(failure { _ = x.fft2() }?.kind == .axis)
        #expect(failure { _ = Tensor.fftfreq(-1) }?.kind == .argument)
    }
}
