import AdjointRuntime

// Running quantities along an axis, differences, and integrals of samples.
extension Tensor {
    /// The running sum along an axis. x̄ is the running sum of ȳ from the other end.
    public func cumulativeSum(axis: Int) -> Tensor {
        running("cumulativeSum", axis) { bind(CumulativeSum(axis: $1, reversed: false), $0) }
    }

    /// The running product along an axis. Its derivative divides by nothing, so factors 0 are right:
    /// x̄ᵢ = Σₖ≥ᵢ ȳₖ Πⱼ≤ₖ, ⱼ≠ᵢ xⱼ.
    public func cumulativeProduct(axis: Int) -> Tensor {
        running("cumulativeProduct", axis) { x, place in
            guard x.shape[place] > 0 else { return x }
            var region = Region(whole: x.shape)
            region.shape = x.shape.replacing(place, with: 1)
            let first = bind(Place(region: region, shape: x.shape), x.part(place, to: 1))
            return bind(LinearRecurrence(axis: place, reversed: false), x, first)
        }
    }

    /// ln Σⱼ≤ᵢ eˣʲ along an axis, without overflow. x̄ⱼ = Σᵢ≥ⱼ ȳᵢ e^(xⱼ − yᵢ).
    public func logCumulativeSumExp(axis: Int) -> Tensor {
        floating.running("logCumulativeSumExp", axis) { x, place in
            guard x.dtype.isComplex else { return bind(LogCumulativeSumExp(axis: place), x) }
            // One after the other, each around the larger of the two: the sums may differ widely in size.
            var sums: [Tensor] = []
            for index in 0..<x.shape[place] {
                let next = x.part(place, from: index, to: index + 1)
                sums.append(sums.last.map { logAddExp($0, next) } ?? next)
            }
            return sums.isEmpty ? x : concatenate(sums, axis: place)
        }
    }

    /// The differences of neighbours along an axis, taken `order` times. Of truth values: whether they differ.
    /// - Fails: if `order` is negative.
    public func differences(order: Int = 1, axis: Int = -1) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let place = try self.axis(axis, "differences")
            guard order >= 0 else {
                throw TensorError(.argument, "differences", "the order is \(order)", "use an order of at least 0")
            }
            var x = self
            for _ in 0..<Swift.min(order, shape[place]) {
                let (upper, lower) = (x.part(place, from: 1), x.part(place, to: x.shape[place] - 1))
                x = dtype == .bool ? upper .!= lower : upper - lower
            }
            return x
        }
    }

    /// The integral of samples along an axis by the trapezoidal rule, at distance `spacing`.
    public func trapezoid(spacing: Double = 1, axis: Int = -1) -> Tensor {
        pairs("trapezoid", axis) { $0.sum(axis: $1) * (spacing / 2) }
    }

    /// The integral of samples at the points `x`, a vector or a tensor that broadcasts to this one.
    /// - Fails: if the shapes do not fit.
    public func trapezoid(at x: Tensor, axis: Int = -1) -> Tensor {
        pairs("trapezoid", axis) { pairs, place throws(TensorError) in
            (pairs * (try self.steps(of: x, place, "trapezoid"))).sum(axis: place) / 2
        }
    }

    /// The running integral of samples along an axis by the trapezoidal rule, one element shorter than the axis.
    public func cumulativeTrapezoid(spacing: Double = 1, axis: Int = -1) -> Tensor {
        pairs("cumulativeTrapezoid", axis) { $0.cumulativeSum(axis: $1) * (spacing / 2) }
    }

    /// The running integral of samples at the points `x`, a vector or a tensor that broadcasts to this one.
    /// - Fails: if the shapes do not fit.
    public func cumulativeTrapezoid(at x: Tensor, axis: Int = -1) -> Tensor {
        pairs("cumulativeTrapezoid", axis) { pairs, place throws(TensorError) in
            (pairs * (try self.steps(of: x, place, "cumulativeTrapezoid"))).cumulativeSum(axis: place) / 2
        }
    }

    /// The derivative of samples along an axis by second-order differences, at distance `spacing`; at the ends
    /// one-sided, of order `edgeOrder` (1 or 2).
    /// - Fails: if the axis has fewer than edgeOrder + 1 samples.
    public func differentiated(spacing: Double = 1, axis: Int, edgeOrder: Int = 1) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let place = try self.axis(axis, "differentiated")
            let points = Tensor.arange(shape[place]).to(floating.dtype) * spacing
            return floating.differentiated(at: points, axis: place, edgeOrder: edgeOrder)
        }
    }

    /// The derivative of samples along an axis at the points of a vector, by differences that are exact for parabolas;
    /// at the ends one-sided, of order `edgeOrder` (1 or 2).
    /// - Fails: if the axis has fewer than edgeOrder + 1 samples, or there is not one point a sample.
    public func differentiated(at points: Tensor, axis: Int, edgeOrder: Int = 1) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, points].first(where: { $0.failure != nil }) { return failed }
            let place = try self.axis(axis, "differentiated")
            let n = shape[place]
            guard (1...2).contains(edgeOrder), n > edgeOrder, points.shape.extents == [n] else {
                throw TensorError(
                    .shape, "differentiated",
                    "axis \(axis) of \(shape), points of shape \(points.shape) and edge order \(edgeOrder) do not fit",
                    "there is one point a sample, the edge order is 1 or 2, and there are more samples than that")
            }
            let y = floating
            let column = (0..<rank).map { $0 == place ? n - 1 : 1 }
            let steps = points.to(y.dtype).differences().reshaped(column)
            let slopes = y.differences(axis: place) / steps
            func at(_ x: Tensor, _ index: Int) -> Tensor {
                let index = index < 0 ? x.shape[place] + index : index
                return x.part(place, from: index, to: index + 1)
            }
            var (first, last) = (at(slopes, 0), at(slopes, -1))
            if edgeOrder == 2 {
                first = first - (at(slopes, 1) - first) * at(steps, 0) / (at(steps, 0) + at(steps, 1))
                last = last + (last - at(slopes, -2)) * at(steps, -1) / (at(steps, -1) + at(steps, -2))
            }
            guard n > 2 else { return concatenate([first, last], axis: place) }
            let (left, right) = (steps.part(place, to: n - 2), steps.part(place, from: 1))
            let inner =
                (right * slopes.part(place, to: n - 2) + left * slopes.part(place, from: 1)) / (left + right)
            return concatenate([first, inner, last], axis: place)
        }
    }
}

/// yᵢ = aᵢ yᵢ₋₁ + bᵢ along an axis, with y₀ = b₀. b̄ runs the other way with the same factors, āᵢ = b̄ᵢ yᵢ₋₁.
/// - Fails: if the shapes do not broadcast.
public func linearRecurrence(_ a: Tensor, _ b: Tensor, axis: Int) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [a, b].first(where: { $0.failure != nil }) { return failed }
        guard let shape = Shape.broadcast(a.shape, b.shape) else {
            throw TensorError(
                .shape, "linearRecurrence", "shapes \(a.shape) and \(b.shape) do not fit together",
                "aligned at the last axis, extents must be equal or 1")
        }
        let dtype = DType.promoted(a.dtype, b.dtype)
        let factors = a.to(dtype).broadcastUnchecked(shape)
        return b.to(dtype).broadcastUnchecked(shape).running("linearRecurrence", axis) { b, place in
            bind(LinearRecurrence(axis: place, reversed: false), factors.wholeAsInt64, b)
        }
    }
}

extension Tensor {
    fileprivate func running(_ name: String, _ axis: Int, _ body: (Tensor, Int) -> Tensor) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            return body(wholeAsInt64, try self.axis(axis, name))
        }
    }

    /// The sums of neighbours along an axis, handed on; 0 for no samples.
    private func pairs(_ name: String, _ axis: Int, _ body: (Tensor, Int) throws(TensorError) -> Tensor) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let place = try self.axis(axis, name)
            let y = wholeAsInt64
            guard shape[place] > 0 else { return try body(y, place) }
            return try body(y.part(place, to: shape[place] - 1) + y.part(place, from: 1), place)
        }
    }

    /// The distances of points along an axis, with as many axes as this tensor.
    private func steps(of x: Tensor, _ axis: Int, _ name: String) throws(TensorError) -> Tensor {
        if let failure = x.failure { throw failure }
        guard x.rank > 0, x.rank <= rank, x.rank > 1 || x.count == shape[axis] else {
            throw TensorError(
                .shape, name, "points of shape \(x.shape) do not fit axis \(axis) of \(shape)",
                "there is one point a sample")
        }
        let extents =
            x.rank == 1
            ? (0..<rank).map { $0 == axis ? x.count : 1 }
            : Array(repeating: 1, count: rank - x.rank) + x.shape.extents
        return x.reshaped(extents).differences(axis: axis)
    }
}
