import AdjointCore
import AdjointRuntime

/// How an image is read between its elements.
public enum InterpolationMode: Sendable, Hashable {
    /// The element at or before the place, counted from the first element's edge.
    case nearest
    /// The element whose middle is nearest.
    case nearestExact
    /// Linear along each axis: linear, bilinear or trilinear.
    case linear
    /// Cubic convolution along each axis (Keys 1981) with a = −0.75; with `antialias` a = −0.5.
    case cubic
    /// The mean over the part of the image that a place covers.
    case area
}

/// Images [samples, channels, spatial…] resampled to other extents. Linear in x; x̄ is the transpose.
/// - Parameters:
///   - extents: those of the result; or else
///   - scale: by how much the extents grow; they are rounded down.
///   - alignsCorners: whether the first and last elements stay first and last; else images are aligned at their edges.
///   - computesScale: whether the scale between the places is worked out from the extents, even if `scale` is given.
///   - antialias: whether a shrinking linear or cubic filter is widened to cover what lies between its places.
/// - Fails: if neither or both of extents and scale are given, or an extent is not positive.
public func interpolate(
    _ x: Tensor, to extents: SpatialValues? = nil, scale: [Double]? = nil, mode: InterpolationMode = .nearest,
    alignsCorners: Bool = false, computesScale: Bool = false, antialias: Bool = false
) -> Tensor {
    attempt { () throws(TensorError) in
        if x.failure != nil { return x }
        let axes = x.rank - 2
        guard axes >= 1, axes <= 3 else {
            throw TensorError(
                .shape, "interpolate", "an image of shape \(x.shape)",
                "give [samples, channels, spatial…] with one to three spatial axes")
        }
        guard (extents == nil) != (scale == nil) else {
            throw TensorError(
                .argument, "interpolate", "extents and scale: \(extents == nil ? "neither" : "both") given",
                "give one of them")
        }
        let input = x.shape.extents.suffix(axes).map { $0 }
        var factors: [Double]?
        let output: [Int]
        if let extents {
            output = try extents.resolved(axes, "extents", "interpolate", least: 1)
        } else {
            let given = scale!.count == 1 ? Array(repeating: scale![0], count: axes) : scale!
            guard given.count == axes, given.allSatisfy({ $0 > 0 && $0.isFinite }) else {
                throw TensorError(
                    .argument, "interpolate", "scale \(scale!) for \(axes) spatial axes",
                    "give one positive number for all axes or one each")
            }
            output = zip(input, given).map { Int((Double($0) * $1).rounded(.down)) }
            factors = computesScale ? nil : given
        }
        guard (input + output).allSatisfy({ $0 > 0 }) else {
            throw TensorError(
                .shape, "interpolate", "from extents \(input) to \(output)", "every extent must be positive")
        }
        func grid(_ axis: Int) -> ResamplingGrid {
            ResamplingGrid(
                input: input[axis], output: output[axis], scale: factors?[axis], alignsCorners: alignsCorners)
        }
        if mode == .nearest || mode == .nearestExact {
            var y = x
            for axis in 0..<axes where input[axis] != output[axis] || factors != nil {
                y = y.take(Tensor(grid(axis).nearest(exact: mode == .nearestExact)), axis: axis + 2)
            }
            return y
        }
        return x.withKernelType("interpolate") { x, _ throws(TensorError) in
            x.mapped(
                (0..<axes).map { axis in
                    switch mode {
                    case .area: PoolingAxis(input[axis], adaptiveTo: output[axis]).means(input[axis])
                    case .linear: antialias ? grid(axis).antialiased(Filter.triangle) : grid(axis).linear
                    default: antialias ? grid(axis).antialiased(Filter.cubic) : grid(axis).cubic
                    }
                })
        }
    }
}

extension PoolingAxis {
    /// The mean over each window as a matrix.
    func means(_ extent: Int) -> AxisWeights { means(extent) { Double(covered[$0]) } }
}

/// Where the places of a resampled axis lie in the original one.
struct ResamplingGrid {
    let input: Int
    let output: Int
    /// Elements of the original from one place to the next.
    let step: Double
    let alignsCorners: Bool

    init(input: Int, output: Int, scale: Double?, alignsCorners: Bool) {
        (self.input, self.output, self.alignsCorners) = (input, output, alignsCorners)
        if alignsCorners {
            step = output > 1 ? Double(input - 1) / Double(output - 1) : 0
        } else {
            step = scale.map { 1 / $0 } ?? Double(input) / Double(output)
        }
    }

    private func source(_ place: Int) -> Double {
        alignsCorners ? Double(place) * step : (Double(place) + 0.5) * step - 0.5
    }

    func nearest(exact: Bool) -> [Int] {
        // The steps are those of single precision, as in other libraries: at 1/3 and the like it decides which element.
        let step = Float(step)
        return (0..<output).map { place in
            min(Int(((Float(place) + (exact ? 0.5 : 0)) * step).rounded(.down)), input - 1)
        }
    }

    var linear: AxisWeights {
        var matrix = AxisWeights(length: input)
        for place in 0..<output {
            let at = max(source(place), 0)
            let first = min(Int(at), input - 1)
            let part = min(max(at - Double(first), 0), 1)
            matrix.appendRow([(first, 1 - part), (min(first + 1, input - 1), part)].map { (column: $0, weight: $1) })
        }
        return matrix
    }

    var cubic: AxisWeights {
        var matrix = AxisWeights(length: input)
        for place in 0..<output {
            let at = source(place)
            let first = Int(at.rounded(.down))
            let weights = Filter.cubicWeights(at - Double(first), a: -0.75)
            matrix.appendRow(
                weights.enumerated().map { (column: min(max(first - 1 + $0, 0), input - 1), weight: $1) })
        }
        return matrix
    }

    /// The filter stretched over what lies between two places, its weights adding up to 1.
    func antialiased(_ filter: Filter) -> AxisWeights {
        var matrix = AxisWeights(length: input)
        let stretch = max(step, 1)
        let support = filter.radius * stretch
        for place in 0..<output {
            let center = step * (Double(place) + 0.5)
            let first = max(Int(center - support + 0.5), 0)
            let last = min(Int(center + support + 0.5), input)
            let weights = (first..<max(last, first)).map { filter.value((Double($0) - center + 0.5) / stretch) }
            let total = weights.reduce(0, +)
            matrix.appendRow(
                weights.enumerated().map { (column: first + $0, weight: total == 0 ? 0 : $1 / total) })
        }
        return matrix
    }
}

/// A filter of resampling: 0 outside its radius.
struct Filter {
    let radius: Double
    let value: @Sendable (Double) -> Double

    static let triangle = Filter(radius: 1) { max(1 - abs($0), 0) }
    static let cubic = Filter(radius: 2) { cubicWeight(abs($0), a: -0.5) }

    /// Keys 1981, equation 4: continuous with its slope, exact on quadratics for a = −1/2.
    static func cubicWeight(_ x: Double, a: Double) -> Double {
        if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
    }

    /// The weights of the four elements around a place that is `part` behind the second of them.
    static func cubicWeights(_ part: Double, a: Double) -> [Double] {
        [part + 1, part, 1 - part, 2 - part].map { cubicWeight($0, a: a) }
    }
}
