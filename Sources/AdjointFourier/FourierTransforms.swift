import AdjointCore
import AdjointRuntime

/// Which of a transform and its inverse is divided by the number of points n.
public enum FourierNorm: String, Sendable, Hashable, CaseIterable {
    /// The inverse, by n.
    case backward
    /// The transform, by n.
    case forward
    /// Both, by √n: they are unitary.
    case ortho

    /// The factor of a transform, or of an inverse, over this many points.
    func scale(_ count: Double, inverse: Bool) -> Double {
        switch self {
        case .backward: inverse ? 1 / count : 1
        case .forward: inverse ? 1 : 1 / count
        case .ortho: 1 / count.squareRoot()
        }
    }
}

// Transforms along one axis. Real and whole numbers are taken as complex ones where those are needed; `length` trims the axis or
// fills it with zeros first. Any length takes O(n log n); the arithmetic is in double precision and rounded once.
extension Tensor {
    /// The discrete Fourier transform Xₖ = Σⱼ xⱼ exp(−2πijk/n) along an axis. x̄ is the inverse transform of X̄ without 1/n.
    /// - Parameter length: the number of points; the extent of the axis by default.
    /// - Fails: over no points.
    public func fft(length: Int? = nil, axis: Int = -1, norm: FourierNorm = .backward) -> Tensor {
        transform("fft", .complex(inverse: false), length, axis, norm)
    }

    /// The inverse transform xⱼ = (1/n) Σₖ Xₖ exp(2πijk/n) along an axis. X̄ is the transform of x̄, divided by n.
    /// - Fails: over no points.
    public func ifft(length: Int? = nil, axis: Int = -1, norm: FourierNorm = .backward) -> Tensor {
        transform("ifft", .complex(inverse: true), length, axis, norm)
    }

    /// The first n/2 + 1 points of the transform of real numbers; the others are their conjugates. x̄ is the real part of the
    /// inverse transform without 1/n of X̄ followed by zeros.
    /// - Fails: if the tensor is complex, and over no points.
    public func rfft(length: Int? = nil, axis: Int = -1, norm: FourierNorm = .backward) -> Tensor {
        transform("rfft", .real(conjugate: false), length, axis, norm)
    }

    /// The real numbers whose transform begins with these points and goes on with their conjugates: the inverse of `rfft`.
    /// - Parameter length: the number n of real numbers, of which n/2 + 1 points are read; 2(m − 1) for m points by default.
    /// - Fails: over no points.
    public func irfft(length: Int? = nil, axis: Int = -1, norm: FourierNorm = .backward) -> Tensor {
        transform("irfft", .hermitian(conjugate: false), length, axis, norm)
    }

    /// The real transform of n numbers of which the first n/2 + 1 are given and the others are their conjugates.
    /// - Parameter length: the number n of results; 2(m − 1) for m numbers by default.
    /// - Fails: over no points.
    public func hfft(length: Int? = nil, axis: Int = -1, norm: FourierNorm = .backward) -> Tensor {
        transform("hfft", .hermitian(conjugate: true), length, axis, norm)
    }

    /// The first n/2 + 1 points of the inverse transform of real numbers: the inverse of `hfft`.
    /// - Fails: if the tensor is complex, and over no points.
    public func ihfft(length: Int? = nil, axis: Int = -1, norm: FourierNorm = .backward) -> Tensor {
        transform("ihfft", .real(conjugate: true), length, axis, norm)
    }
}

// Transforms along several axes, all by default, the last ones if only lengths are given. A length −1 keeps the extent.
extension Tensor {
    /// The transform along several axes, one after the other.
    /// - Fails: if an axis is named twice or the numbers of lengths and axes differ, and over no points.
    public func fftn(lengths: [Int]? = nil, axes: [Int]? = nil, norm: FourierNorm = .backward) -> Tensor {
        transform("fftn", .complex(inverse: false), lengths, axes, norm)
    }

    /// The inverse transform along several axes.
    public func ifftn(lengths: [Int]? = nil, axes: [Int]? = nil, norm: FourierNorm = .backward) -> Tensor {
        transform("ifftn", .complex(inverse: true), lengths, axes, norm)
    }

    /// The transform of real numbers along several axes: n/2 + 1 points along the last of them.
    /// - Fails: if the tensor is complex or no axis is named, and as `fftn`.
    public func rfftn(lengths: [Int]? = nil, axes: [Int]? = nil, norm: FourierNorm = .backward) -> Tensor {
        transform("rfftn", .real(conjugate: false), lengths, axes, norm)
    }

    /// The inverse of `rfftn`. The last length is that of the result.
    public func irfftn(lengths: [Int]? = nil, axes: [Int]? = nil, norm: FourierNorm = .backward) -> Tensor {
        transform("irfftn", .hermitian(conjugate: false), lengths, axes, norm)
    }

    /// The transform along several axes of numbers of which those behind the middle of the last axis are conjugates of the
    /// others. The last length is that of the result.
    public func hfftn(lengths: [Int]? = nil, axes: [Int]? = nil, norm: FourierNorm = .backward) -> Tensor {
        transform("hfftn", .hermitian(conjugate: true), lengths, axes, norm)
    }

    /// The inverse of `hfftn`.
    /// - Fails: if the tensor is complex or no axis is named, and as `fftn`.
    public func ihfftn(lengths: [Int]? = nil, axes: [Int]? = nil, norm: FourierNorm = .backward) -> Tensor {
        transform("ihfftn", .real(conjugate: true), lengths, axes, norm)
    }

    /// `fftn` along the last two axes.
    public func fft2(lengths: [Int]? = nil, axes: [Int] = [-2, -1], norm: FourierNorm = .backward) -> Tensor {
        fftn(lengths: lengths, axes: axes, norm: norm)
    }

    /// `ifftn` along the last two axes.
    public func ifft2(lengths: [Int]? = nil, axes: [Int] = [-2, -1], norm: FourierNorm = .backward) -> Tensor {
        ifftn(lengths: lengths, axes: axes, norm: norm)
    }

    /// `rfftn` along the last two axes.
    public func rfft2(lengths: [Int]? = nil, axes: [Int] = [-2, -1], norm: FourierNorm = .backward) -> Tensor {
        rfftn(lengths: lengths, axes: axes, norm: norm)
    }

    /// `irfftn` along the last two axes.
    public func irfft2(lengths: [Int]? = nil, axes: [Int] = [-2, -1], norm: FourierNorm = .backward) -> Tensor {
        irfftn(lengths: lengths, axes: axes, norm: norm)
    }

    /// `hfftn` along the last two axes.
    public func hfft2(lengths: [Int]? = nil, axes: [Int] = [-2, -1], norm: FourierNorm = .backward) -> Tensor {
        hfftn(lengths: lengths, axes: axes, norm: norm)
    }

    /// `ihfftn` along the last two axes.
    public func ihfft2(lengths: [Int]? = nil, axes: [Int] = [-2, -1], norm: FourierNorm = .backward) -> Tensor {
        ihfftn(lengths: lengths, axes: axes, norm: norm)
    }
}
