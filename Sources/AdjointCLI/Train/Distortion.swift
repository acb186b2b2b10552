import Adjoint

/// Small random changes to images, so that a network learns shapes rather than pixels: each image is turned, sheared,
/// stretched and moved a little by an affine map of its own, and its pixels get some noise.
struct Distortion {
    /// The largest change of the diagonal of the map's matrix: stretching.
    private static let stretch = 0.15
    /// The largest entries beside the diagonal: turning and shearing.
    private static let slant = 0.3
    /// The largest displacement, in pixels.
    private static let displacement = 0.6
    /// The standard deviation of the noise, where a pixel is at most 1.
    private static let noise = 0.1

    let generator: Generator

    /// The images [count, 64] of the samples, distorted.
    func images(of samples: Digits.Samples) -> Tensor {
        let amplitudes = Tensor([
            Self.stretch, Self.slant, Self.slant, Self.stretch, Self.displacement, Self.displacement,
        ])
        let uniform = Tensor.rand(samples.count, 6, dtype: .float64, generator: generator)
        let parameters = ((2 * uniform - 1) * amplitudes).doubles
        var images: [Float] = []
        images.reserveCapacity(samples.images.count)
        for index in 0..<samples.count {
            let source = samples.images[index * Digits.pixels..<(index + 1) * Digits.pixels]
            append(source, parameters[index * 6..<(index + 1) * 6], to: &images)
        }
        let noise = Self.noise * Tensor.randn(samples.count, Digits.pixels, generator: generator)
        return Tensor(images, shape: [samples.count, Digits.pixels]) + noise
    }

    /// Samples the image where an affine map about its centre sends each pixel, between pixels bilinearly.
    private func append(_ source: ArraySlice<Float>, _ parameters: ArraySlice<Double>, to images: inout [Float]) {
        let first = parameters.startIndex
        let centre = Double(Digits.side - 1) / 2
        for row in 0..<Digits.side {
            for column in 0..<Digits.side {
                let (x, y) = (Double(column) - centre, Double(row) - centre)
                let sourceX = x + parameters[first] * x + parameters[first + 1] * y + parameters[first + 4] + centre
                let sourceY = y + parameters[first + 2] * x + parameters[first + 3] * y + parameters[first + 5] + centre
                images.append(Self.sample(source, sourceX, sourceY))
            }
        }
    }

    /// The brightness between four pixels; outside the image it is 0.
    private static func sample(_ image: ArraySlice<Float>, _ x: Double, _ y: Double) -> Float {
        let (left, top) = (x.rounded(.down), y.rounded(.down))
        func pixel(_ column: Int, _ row: Int) -> Float {
            let range = 0..<Digits.side
            guard range.contains(column), range.contains(row) else { return 0 }
            return image[image.startIndex + row * Digits.side + column]
        }
        let (column, row) = (Int(left), Int(top))
        let (right, bottom) = (Float(x - left), Float(y - top))
        let above = (1 - right) * pixel(column, row) + right * pixel(column + 1, row)
        let below = (1 - right) * pixel(column, row + 1) + right * pixel(column + 1, row + 1)
        return (1 - bottom) * above + bottom * below
    }
}
