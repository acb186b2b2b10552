import AdjointCore
import AdjointFourier
import AdjointRuntime
import AdjointTesting
import Testing

@Suite struct ShortTimeTests {
    /// Each column is the transform of a window of the padded signal.
    @Test func columnsAreTransformsOfWindows() {
        var source = Numbers(2)
        let signal = Tensor(source.reals(20))
        let weights = Tensor(source.reals(6))
        let spectrum = signal.stft(8, hop: 3, window: weights)
        #expect(spectrum.shape.extents == [5, 7])
        let mirrored = concatenate([signal[1..<5].flipped(), signal, signal[15..<19].flipped()])
        let window = concatenate([Tensor([0.0]), weights, Tensor([0.0])])
        for place in 0..<7 {
            let frame = mirrored.narrowed(axis: 0, start: 3 * place, length: 8)
            #expect(spectrum[.all, place].isNear((frame * window).rfft()))
        }
        #expect(signal.stft(8, center: false, onesided: false).shape.extents == [8, 7])
        let pair = stack([signal, signal * 2])
        #expect(pair.stft(8, normalized: true)[1].isNear(signal.stft(8) * 2 / 8.0.squareRoot()))
    }

    @Test func inverseGivesTheSignalBack() {
        var source = Numbers(4)
        let signal = Tensor(source.reals(64), shape: [2, 32])
        let weights = Tensor([0.2, 0.7, 1.0, 1.1, 0.8, 0.4, 0.3, 0.6])
        let back = signal.stft(8, hop: 2, window: weights).istft(8, hop: 2, window: weights)
        #expect(back.shape == signal.shape)
        #expect((back - signal).abs().max().item() < 1e-13)
        let whole = signal.stft(8, hop: 4, normalized: true, onesided: false)
        #expect(whole.istft(8, hop: 4, normalized: true, length: 32).isNear(signal))
        #expect(whole.istft(8, hop: 4, normalized: true, real: false).dtype.isComplex)
        // 36 samples are under a window.
        #expect(signal.stft(8, hop: 4).istft(8, hop: 4, length: 40)[.all, 36..<40].abs().max().item() == 0)
        #expect(signal.stft(8, center: false).istft(8, center: false, length: 30).isNear(signal[.all, 0..<30]))
    }

    @Test func derivativesAgreeWithDifferences() throws {
        var source = Numbers(6)
        let inputs = [Tensor(source.reals(12)), Tensor(source.reals(4).map { $0 + 2 })]
        try gradientCheck({ $0[0].stft(6, hop: 2, window: $0[1]).abs().square() }, at: inputs, order: 2)
        try gradientCheck(
            { $0[0].stft(4, window: $0[1]).istft(4, window: $0[1] + 1) }, at: inputs)
    }

    @Test func badInputIsRefused() {
        let x = Tensor.ones(10)
        #expect(failure { _ = Tensor(1.0).stft(4) }?.kind == .shape)
        #expect(failure { _ = x.stft(0) }?.kind == .argument)
        #expect(failure { _ = x.stft(40, center: false) }?.kind == .argument)
        #expect(failure { _ = x.stft(30) } != nil)
        #expect(failure { _ = x.stft(4, hop: 0) }?.kind == .argument)
        #expect(failure { _ = x.stft(4, window: Tensor.ones(5)) }?.kind == .shape)
        #expect(failure { _ = x.to(.complex64).stft(4, onesided: true) }?.kind == .dtype)
        #expect(failure { _ = x.stft(4).istft(6) }?.kind == .argument)
        #expect(failure { _ = x.istft(4) }?.kind == .argument)
        #expect(failure { _ = x.stft(4, hop: 4).istft(4, hop: 4, window: Tensor([1.0])) }?.kind == .argument)
        #expect(failure { _ = Tensor.ones(3).overlapAdded(step: 1) }?.kind == .argument)
    }
}
