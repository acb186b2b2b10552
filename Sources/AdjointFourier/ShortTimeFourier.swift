import AdjointCore
import AdjointNN
import AdjointRuntime

extension Tensor {
    /// The short-time Fourier transform: transforms of overlapping windows of a signal [samples] or [batch, samples], as
    /// [frequencies, windows] or [batch, frequencies, windows]. Linear in the signal and in the window.
    /// - Parameters:
    ///   - size: points of each transform.
    ///   - hop: samples from one window to the next; size/4 by default.
    ///   - window: weights of the samples of a window, at most `size`, the same zeros added on both sides; ones by default.
    ///   - center: whether the signal is padded by size/2 on both sides, so that windows are centred at their samples.
    ///   - padding: how it is padded.
    ///   - normalized: whether the transforms are unitary.
    ///   - onesided: whether size/2 + 1 frequencies are given; by default where signal and window are real.
    /// - Fails: if the signal is shorter than a window, or an argument does not fit.
    public func stft(
        _ size: Int, hop: Int? = nil, window: Tensor? = nil, center: Bool = true, padding: PaddingMode = .reflect,
        normalized: Bool = false, onesided: Bool? = nil
    ) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, window].compactMap({ $0 }).first(where: { $0.failure != nil }) { return failed }
            let hop = hop ?? size / 4
            guard rank == 1 || rank == 2 else {
                throw TensorError(.shape, "stft", "the signal is \(type)", "give [samples] or [batch, samples]")
            }
            let samples = shape[rank - 1] + (center ? size / 2 * 2 : 0)
            guard size > 0, size <= samples, hop > 0 else {
                throw TensorError(
                    .argument, "stft", "windows of \(size) samples, \(hop) apart, of a signal \(shape)",
                    "choose a size up to \(samples) and a positive hop")
            }
            let window = try window.map { (window) throws(TensorError) in try window.centered("stft", size) }
            let signal = floating
            guard !(onesided ?? false) || !(signal.dtype.isComplex || window?.dtype.isComplex ?? false) else {
                throw TensorError(
                    .dtype, "stft", "one half of the frequencies does not tell the other for \(type)",
                    "ask for all of them with onesided: false")
            }
            let extended = center ? signal.padded([(size / 2, size / 2)], mode: padding) : signal
            let pieces = extended.windows(axis: -1, size: size, step: hop)
            let frames = window.map { pieces * $0 } ?? pieces
            let norm: FourierNorm = normalized ? .ortho : .backward
            let isHalf = onesided ?? !frames.dtype.isComplex
            return (isHalf ? frames.rfft(norm: norm) : frames.fft(norm: norm)).swappedAxes(-1, -2)
        }
    }

    /// The signal whose short-time Fourier transform comes nearest to this one [(batch,) frequencies, windows]: transforms are
    /// inverted, weighted, added where they overlap and divided by the sum of the squared weights (Griffin and Lim 1984).
    /// - Parameters:
    ///   - length: samples of the result; by default those that the windows tell.
    ///   - onesided: whether size/2 + 1 frequencies are given; by default if there are as many.
    ///   - real: whether the signal is real.
    /// - Fails: if the windows leave a sample out, or an argument does not fit.
    public func istft(
        _ size: Int, hop: Int? = nil, window: Tensor? = nil, center: Bool = true, normalized: Bool = false,
        onesided: Bool? = nil, length: Int? = nil, real: Bool = true
    ) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, window].compactMap({ $0 }).first(where: { $0.failure != nil }) { return failed }
            let hop = hop ?? size / 4
            let points = rank >= 2 ? shape[rank - 2] : 0
            let isHalf = onesided ?? (real && points == size / 2 + 1)
            guard rank == 2 || rank == 3, dtype.isComplex, size > 0, hop > 0, shape[rank - 1] > 0,
                points == (isHalf ? size / 2 + 1 : size), real || !isHalf
            else {
                throw TensorError(
                    .argument, "istft", "transforms of \(size) points, \(hop) samples apart, from \(type)",
                    "give complex [(batch,) frequencies, windows] with \(size / 2 + 1) or \(size) frequencies")
            }
            let ones = Tensor.ones(size, dtype: dtype.realType)
            let weights =
                try window.map { (window) throws(TensorError) in
                    try window.centered("istft", size).to(DType.promoted(window.dtype, dtype.realType))
                } ?? ones
            let norm: FourierNorm = normalized ? .ortho : .backward
            let spectra = swappedAxes(-1, -2)
            let whole = isHalf ? spectra.irfft(length: size, norm: norm) : spectra.ifft(norm: norm)
            let frames = (isHalf || !real ? whole : whole.real) * weights
            let count = shape[rank - 1]
            let signal = frames.overlapAdded(step: hop)
            let envelope = weights.square().broadcast(to: [count, size]).overlapAdded(step: hop)
            let total = envelope.count
            let start = center ? size / 2 : 0
            let end = Swift.min(length.map { start + $0 } ?? (center ? total - size / 2 : total), total)
            guard start < end else {
                throw TensorError(
                    .argument, "istft", "\(total) samples, of which \(start) are cut off in front", "give more windows")
            }
            let (kept, divisor) = (
                signal.part(of: signal.rank - 1, start..<end), envelope.part(of: 0, start..<end)
            )
            guard divisor.abs().min().item() > 1e-11 else {
                throw TensorError(
                    .argument, "istft", "samples between the windows have weight 0",
                    "use a smaller hop, or a window without zeros")
            }
            let result = kept / divisor
            guard let length, length > end - start else { return result }
            return result.padded([(0, length - (end - start))])
        }
    }

    /// A window with the same number of zeros on both sides.
    private func centered(_ name: String, _ size: Int) throws(TensorError) -> Tensor {
        guard rank == 1, count > 0, count <= size else {
            throw TensorError(
                .shape, name, "a window \(shape) for transforms of \(size) points",
                "give a vector of at most \(size) weights")
        }
        let before = (size - count) / 2
        return floating.padded([(before, size - count - before)])
    }
}
