import AdjointCore
import AdjointRuntime

extension Tensor {
    /// Moves the frequency 0 from the front to the middle of axes, all by default: axis by axis the elements move on by n/2.
    public func fftshift(axes: [Int]? = nil) -> Tensor { shifted(axes) { $0 / 2 } }

    /// The inverse of `fftshift`, which differs from it where n is odd.
    public func ifftshift(axes: [Int]? = nil) -> Tensor { shifted(axes) { ($0 + 1) / 2 } }

    private func shifted(_ axes: [Int]?, _ distance: (Int) -> Int) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let axes = axes ?? Array(0..<rank)
            var shifts: [Int] = []
            for axis in axes { shifts.append(distance(shape[try self.axis(axis, "fftshift")])) }
            return axes.isEmpty ? self : rolled(shifts, axes: axes)
        }
    }

    /// The frequencies of the points of `fft`, 0, 1, …, −2, −1 divided by n times the distance between samples.
    /// - Fails: if n is negative.
    public static func fftfreq(_ n: Int, spacing: Double = 1, dtype: DType = .float32) -> Tensor {
        frequencies("fftfreq", n, n, spacing, dtype)
    }

    /// The frequencies of the n/2 + 1 points of `rfft`: 0, 1, …, n/2 divided by n times the distance between samples.
    /// - Fails: if n is negative.
    public static func rfftfreq(_ n: Int, spacing: Double = 1, dtype: DType = .float32) -> Tensor {
        frequencies("rfftfreq", n, n / 2 + 1, spacing, dtype)
    }

    private static func frequencies(
        _ name: String, _ n: Int, _ count: Int, _ spacing: Double, _ dtype: DType
    ) -> Tensor {
        attempt { () throws(TensorError) in
            guard n >= 0, n <= Shape.maximumExtent else {
                throw TensorError(.argument, name, "frequencies of \(n) points", "choose a number from 0 on")
            }
            let places = Tensor.arange(count)
            let signed = count == n ? places - (places .>= (n + 1) / 2).to(.int64) * n : places
            return (signed.to(.float64) / (Double(n) * spacing)).to(dtype)
        }
    }
}
