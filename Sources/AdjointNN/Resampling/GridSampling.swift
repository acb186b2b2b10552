import AdjointCore
import AdjointRuntime

/// What a place outside an image reads.
public enum GridPadding: Sendable, Hashable {
    /// 0.
    case zeros
    /// The nearest element.
    case border
    /// The image mirrored at its edge.
    case reflection
}

/// Images read at places that a grid names (Jaderberg et al. 2015): y[s, c, p…] = x[s, c] at grid[s, p…], whose numbers,
/// the innermost axis first, run from −1 at the first edge to 1 at the last. Differentiable in x and in the grid, whose
/// derivative is 0 with mode `.nearest` and where a place was moved to the border.
/// - Parameters:
///   - x: [samples, channels, spatial…], two or three spatial axes.
///   - grid: [samples, places…, spatial axes].
///   - mode: `.linear`, `.nearest` or `.cubic`.
///   - alignsCorners: whether −1 and 1 are the middles of the outer elements, not their edges.
/// - Fails: if shapes do not fit.
public func gridSample(
    _ x: Tensor, _ grid: Tensor, mode: InterpolationMode = .linear, padding: GridPadding = .zeros,
    alignsCorners: Bool = false
) -> Tensor {
    x.withKernelType("gridSample", [grid]) { x, rest throws(TensorError) in
        let grid = rest[0]
        let axes = x.rank - 2
        guard (2...3).contains(axes), grid.rank == x.rank, grid.shape[0] == x.shape[0],
            grid.shape[grid.rank - 1] == axes, x.shape.extents.suffix(axes).allSatisfy({ $0 > 0 })
        else {
            throw TensorError(
                .shape, "gridSample", "an image of shape \(x.shape) and a grid of shape \(grid.shape)",
                "give [samples, channels, spatial…] and [samples, places…, spatial axes]")
        }
        guard mode == .linear || mode == .nearest || mode == .cubic else {
            throw TensorError(.argument, "gridSample", "mode \(mode)", "use .linear, .nearest or .cubic")
        }
        let sampling = GridSampling(x: x, padding: padding, alignsCorners: alignsCorners)
        return sampling.read(grid, mode)
    }
}

private struct GridSampling {
    let x: Tensor
    let padding: GridPadding
    let alignsCorners: Bool

    private var axes: Int { x.rank - 2 }
    private var extents: [Int] { x.shape.extents.suffix(axes) }

    /// One element that a place reads along an axis: where, whether it is inside, and with which weight (nil: 1).
    private struct Tap {
        let place: Tensor
        let weight: Tensor?
    }

    func read(_ grid: Tensor, _ mode: InterpolationMode) -> Tensor {
        let places = Array(grid.shape.extents.dropFirst().dropLast())
        let (samples, count) = (x.shape[0], places.reduce(1, *))
        let flat = grid.reshaped(samples, count, axes)
        // Rows of all channels, one a place of the image.
        let order = [0] + Array(2..<x.rank) + [1]
        let size = extents.reduce(1, *)
        let rows = x.permuted(order).reshaped(samples * size, x.shape[1])
        let taps = (0..<axes).map { axis in
            self.taps(unnormalized(flat[.ellipsis, axes - 1 - axis], extents[axis]), mode, axis)
        }
        guard grid.count > 0, x.count > 0 else {
            return Tensor.zeros([samples, x.shape[1]] + places, dtype: x.dtype)
        }
        let firsts = (Tensor.arange(samples) * size).reshaped(samples, 1)
        var sum: Tensor?
        for choice in choices(taps.map(\.count)) {
            var (index, isInside, weight) = (firsts * 1, Tensor?.none, Tensor?.none)
            var within = Tensor.zeros([samples, count], dtype: .int64)
            for axis in 0..<axes {
                let tap = taps[axis][choice[axis]]
                let place = tap.place.detach()
                let limit = Double(extents[axis] - 1)
                // NaN is no place; it reads the first element and is outside.
                let inside = (place .>= 0) .& (place .<= limit)
                isInside = isInside.map { $0 .& inside } ?? inside
                let position = which(inside, place, Tensor.zeros(like: place)).to(.int64)
                within = within * extents[axis] + position
                if let part = tap.weight { weight = weight.map { $0 * part } ?? part }
            }
            index = index + within
            let taken = rows.take(index.flattened(), axis: 0).reshaped(samples, count, x.shape[1])
            let kept = which(isInside!.expandedAxis(-1), taken, Tensor.zeros(like: taken))
            let term = weight.map { kept * $0.expandedAxis(-1) } ?? kept
            sum = sum.map { $0 + term } ?? term
        }
        return sum!.swappedAxes(1, 2).reshaped([samples, x.shape[1]] + places)
    }

    private func choices(_ counts: [Int]) -> [[Int]] {
        counts.reduce([[]]) { lists, count in lists.flatMap { list in (0..<count).map { list + [$0] } } }
    }

    private func unnormalized(_ place: Tensor, _ extent: Int) -> Tensor {
        alignsCorners
            ? (place + 1) * (Double(extent - 1) / 2) : ((place + 1) * Double(extent) - 1) / 2
    }

    /// A place moved into the image as the padding says.
    private func moved(_ place: Tensor, _ extent: Int) -> Tensor {
        switch padding {
        case .zeros: return place
        case .border: return clipped(place, extent)
        case .reflection:
            let (low, span) = alignsCorners ? (0.0, Double(extent - 1)) : (-0.5, Double(extent))
            guard span > 0 else { return place * 0 }
            let distance = (place - low).abs()
            let turns = (distance / span).floor().detach()
            let rest = distance - turns * span
            let isEven = turns.remainder(2.0) .== 0
            return clipped(which(isEven, rest + low, span - rest + low), extent)
        }
    }

    private func clipped(_ place: Tensor, _ extent: Int) -> Tensor { place.clamp(min: 0.0, max: Double(extent - 1)) }

    private func taps(_ place: Tensor, _ mode: InterpolationMode, _ axis: Int) -> [Tap] {
        let extent = extents[axis]
        switch mode {
        case .nearest: return [Tap(place: moved(place, extent).round(), weight: nil)]
        case .linear:
            let at = moved(place, extent)
            let first = at.floor().detach()
            let part = at - first
            return [Tap(place: first, weight: 1 - part), Tap(place: first + 1, weight: part)]
        default:
            // The four elements are moved, not the place itself.
            let first = place.floor().detach()
            let part = place - first
            let a = -0.75
            func inner(_ x: Tensor) -> Tensor { ((a + 2) * x - (a + 3)) * x * x + 1 }
            func outer(_ x: Tensor) -> Tensor { (((x - 5) * x + 8) * x - 4) * a }
            let weights = [outer(part + 1), inner(part), inner(1 - part), outer(2 - part)]
            return weights.enumerated().map { index, weight in
                Tap(place: moved(first + Double(index - 1), extent).detach().round(), weight: weight)
            }
        }
    }
}

extension Tensor {
    /// The axes in another order, given as an array.
    func permuted(_ order: [Int]) -> Tensor {
        var y = self
        var current = Array(0..<rank)
        for (place, axis) in order.enumerated() {
            let from = current.firstIndex(of: axis)!
            guard from != place else { continue }
            y = y.movedAxis(from, to: place)
            current.insert(current.remove(at: from), at: place)
        }
        return y
    }
}
