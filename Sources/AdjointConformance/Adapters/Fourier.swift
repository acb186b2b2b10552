import Adjoint
import AdjointCore
import AdjointRuntime

// torch.fft and torch.stft: names of dimensions and norms become the library's.
let fourierAdapters: [String: Adapter] = [
    "fft.fft": alongOne { $0.fft(length: $1, axis: $2, norm: $3) },
    "fft.ifft": alongOne { $0.ifft(length: $1, axis: $2, norm: $3) },
    "fft.rfft": alongOne { $0.rfft(length: $1, axis: $2, norm: $3) },
    "fft.irfft": alongOne { $0.irfft(length: $1, axis: $2, norm: $3) },
    "fft.hfft": alongOne { $0.hfft(length: $1, axis: $2, norm: $3) },
    "fft.ihfft": alongOne { $0.ihfft(length: $1, axis: $2, norm: $3) },
    "fft.fft2": alongTwo { $0.fft2(lengths: $1, axes: $2, norm: $3) },
    "fft.ifft2": alongTwo { $0.ifft2(lengths: $1, axes: $2, norm: $3) },
    "fft.rfft2": alongTwo { $0.rfft2(lengths: $1, axes: $2, norm: $3) },
    "fft.irfft2": alongTwo { $0.irfft2(lengths: $1, axes: $2, norm: $3) },
    "fft.hfft2": alongTwo { $0.hfft2(lengths: $1, axes: $2, norm: $3) },
    "fft.ihfft2": alongTwo { $0.ihfft2(lengths: $1, axes: $2, norm: $3) },
    "fft.fftn": alongAll { $0.fftn(lengths: $1, axes: $2, norm: $3) },
    "fft.ifftn": alongAll { $0.ifftn(lengths: $1, axes: $2, norm: $3) },
    "fft.rfftn": alongAll { $0.rfftn(lengths: $1, axes: $2, norm: $3) },
    "fft.irfftn": alongAll { $0.irfftn(lengths: $1, axes: $2, norm: $3) },
    "fft.hfftn": alongAll { $0.hfftn(lengths: $1, axes: $2, norm: $3) },
    "fft.ihfftn": alongAll { $0.ihfftn(lengths: $1, axes: $2, norm: $3) },
    "fft.fftshift": { call in [.tensor(try call.x.fftshift(axes: try call.ints(0, "dim")))] },
    "fft.ifftshift": { call in [.tensor(try call.x.ifftshift(axes: try call.ints(0, "dim")))] },
    "stft": { call in
        let x = try call.x
        let size = try call.int(0, "n_fft")
        let modes: [String: PaddingMode] = [
            "constant": .zeros, "reflect": .reflect, "replicate": .replicate, "circular": .circular,
        ]
        let name = try call.string(5, "pad_mode", default: "reflect")
        guard let mode = modes[name] else { throw CaseError("there is no padding \(name)") }
        let spectrum = x.stft(
            size, hop: try call.optionalInt(1, "hop_length"), window: try call.window(size),
            center: try call.bool(4, "center", default: true), padding: mode,
            normalized: try call.bool(6, "normalized", default: false), onesided: try call.optionalBool(7, "onesided"))
        return [.tensor(try call.bool(8, "return_complex", default: true) ? spectrum : spectrum.viewAsReal())]
    },
    "istft": { call in
        let size = try call.int(0, "n_fft")
        let signal = try call.x.istft(
            size, hop: try call.optionalInt(1, "hop_length"), window: try call.window(size),
            center: try call.bool(4, "center", default: true),
            normalized: try call.bool(5, "normalized", default: false),
            onesided: try call.optionalBool(6, "onesided"), length: try call.optionalInt(7, "length"),
            real: !(try call.bool(8, "return_complex", default: false)))
        return [.tensor(signal)]
    },
    "fft.fftfreq": frequencies { Tensor.fftfreq($0, spacing: $1, dtype: $2) },
    "fft.rfftfreq": frequencies { Tensor.rfftfreq($0, spacing: $1, dtype: $2) },
]

extension Call {
    fileprivate func norm(_ position: Int) throws -> FourierNorm {
        let name = try string(position, "norm", default: "backward")
        guard let norm = FourierNorm(rawValue: name) else { throw CaseError("there is no norm \(name)") }
        return norm
    }
}

extension Call {
    /// The window of a short-time transform: that given, or ones of the window's length.
    fileprivate func window(_ size: Int) throws -> Tensor? {
        if let window = try optionalTensor(3, "window") { return window }
        guard let length = try optionalInt(2, "win_length") else { return nil }
        return Tensor.ones(length, dtype: try x.dtype.realType)
    }
}

private func alongOne(
    _ transform: @escaping @Sendable (Tensor, _ length: Int?, _ axis: Int, FourierNorm) -> Tensor
) -> Adapter {
    { call in
        let axis = try call.int(1, "dim", default: -1)
        return [.tensor(transform(try call.x, try call.optionalInt(0, "n"), axis, try call.norm(2)))]
    }
}

private func alongTwo(
    _ transform: @escaping @Sendable (Tensor, _ lengths: [Int]?, _ axes: [Int], FourierNorm) -> Tensor
) -> Adapter {
    { call in
        let axes = try call.ints(1, "dim") ?? [-2, -1]
        return [.tensor(transform(try call.x, try call.ints(0, "s"), axes, try call.norm(2)))]
    }
}

private func alongAll(
    _ transform: @escaping @Sendable (Tensor, _ lengths: [Int]?, _ axes: [Int]?, FourierNorm) -> Tensor
) -> Adapter {
    { call in
        let axes = try call.ints(1, "dim")
        return [.tensor(transform(try call.x, try call.ints(0, "s"), axes, try call.norm(2)))]
    }
}

private func frequencies(_ make: @escaping @Sendable (Int, Double, DType) -> Tensor) -> Adapter {
    { call in
        let dtype = try call.dtype(nil) ?? .float32
        return [.tensor(make(try call.input.asInt("n"), try call.double(0, "d", default: 1), dtype))]
    }
}
