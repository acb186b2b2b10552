import AdjointRuntime

// Variances divide by n − correction; correction 1 by default, as in PyTorch.
extension Tensor {
    /// The variance Σ(x − mean)²/(n − correction). x̄ = 2ȳ(x − mean)/(n − correction).
    /// - Fails: over no elements.
    public func variance(axis: Int..., correction: Double = 1, keepDims: Bool = false) -> Tensor {
        spread("variance", named(axis), correction, keepDims, root: false)
    }
    /// The variance over axes given as an array.
    /// - Fails: over no elements.
    public func variance(axes: [Int]?, correction: Double = 1, keepDims: Bool = false) -> Tensor {
        spread("variance", axes, correction, keepDims, root: false)
    }

    /// The variance, under the name that PyTorch users know.
    public func `var`(axis: Int..., correction: Double = 1, keepDims: Bool = false) -> Tensor {
        spread("var", named(axis), correction, keepDims, root: false)
    }

    /// The standard deviation; its derivative is 0 where all elements are equal.
    /// - Fails: over no elements.
    public func std(axis: Int..., correction: Double = 1, keepDims: Bool = false) -> Tensor {
        std(axes: named(axis), correction: correction, keepDims: keepDims)
    }
    /// The standard deviation over axes given as an array; its derivative is 0 where all elements are equal.
    /// - Fails: over no elements.
    public func std(axes: [Int]?, correction: Double = 1, keepDims: Bool = false) -> Tensor {
        spread("std", axes, correction, keepDims, root: true)
    }

    private func spread(
        _ name: String, _ axes: [Int]?, _ correction: Double, _ keepDims: Bool, root: Bool
    ) -> Tensor {
        floating.reduce(name, axes, keepDims) { x, axes throws(TensorError) in
            let divisor = Swift.max(Double(try x.countReduced(axes, name)) - correction, 0)
            return bind(Variance(axes: axes, divisor: divisor, root: root), x)
        }
    }

    /// The covariance matrix of variables (rows) observed several times (columns); of a vector, its variance. Of complex numbers
    /// the second factor of each product is conjugated.
    /// Observations count `frequencies` times and weigh `weights`.
    /// - Fails: for more than two axes, or if a weight's shape does not fit.
    public func covariance(
        correction: Double = 1, frequencies: Tensor? = nil, weights: Tensor? = nil
    ) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, frequencies, weights].compactMap({ $0 }).first(where: { $0.failure != nil }) {
                return failed
            }
            guard rank <= 2 else {
                throw TensorError(
                    .shape, "covariance", "\(shape) has more than two axes", "give variables as rows of a matrix")
            }
            let x = rank == 2 ? floating : floating.reshaped(1, count)
            let observations = x.shape[1]
            guard [frequencies, weights].allSatisfy({ $0 == nil || $0!.shape.extents == [observations] }) else {
                throw TensorError(
                    .shape, "covariance", "the weights do not have the shape [\(observations)]",
                    "there is one weight an observation")
            }
            guard observations > 0 else {
                throw TensorError(
                    .empty, "covariance", "\(shape) has no observations", "check that the tensor is not empty")
            }
            let real = x.dtype.realType
            let (own, given) = (frequencies?.to(real), weights?.to(real))
            let weight = own.map { own in given.map { own * $0 } ?? own } ?? given
            let total = weight?.sum() ?? Tensor(Double(observations), dtype: real)
            let mean = (weight.map { x * $0 } ?? x).sum(axis: 1, keepDims: true) / total
            var divisor = total - correction
            if let given, let weight, correction != 0 {
                divisor = total - correction * (weight * given).sum() / total
            }
            let deviations = x - mean
            let weighted = weight.map { deviations * $0 } ?? deviations
            let products = deviations.matmul(weighted.conj().matrixTransposed())
            let result = products / maximum(divisor, 0)
            return x.shape[0] == 1 ? result.reshaped([]) : result
        }
    }

    /// The matrix of correlation coefficients of variables (rows) observed several times (columns).
    /// - Fails: for more than two axes.
    public func correlation() -> Tensor {
        let c = covariance()
        if c.failure != nil { return c }
        if c.rank == 0 { return c / c }
        let deviation = c.diagonalVector().real.sqrt()
        let r = c / deviation.expandedAxis(1) / deviation.expandedAxis(0)
        if !r.dtype.isComplex { return r.clamp(min: -1.0, max: 1.0) }
        return complex(r.real.clamp(min: -1.0, max: 1.0), r.imaginary.clamp(min: -1.0, max: 1.0))
    }

    private func diagonalVector() -> Tensor {
        flattened().take(Tensor.arange(shape[0]) * (shape[1] + 1), axis: 0)
    }
}

/// What a quantile is between two elements.
public enum QuantileInterpolation: Sendable {
    /// On the line between them.
    case linear
    /// The lower one.
    case lower
    /// The higher one.
    case higher
    /// The nearer one; half way, the one of even rank.
    case nearest
    /// Their mean.
    case midpoint
}

extension Tensor {
    /// The q-quantile along an axis or of all elements, NaN if an element is: the element of rank q (n − 1), or what
    /// lies between the two around it. The elements carry the derivative with their weights.
    /// - Fails: over no elements, or if q is not in 0 ... 1.
    public func quantile(
        _ q: Double, axis: Int? = nil, interpolation: QuantileInterpolation = .linear, keepDims: Bool = false
    ) -> Tensor {
        quantile(Tensor(q, dtype: floating.dtype), axis: axis, interpolation: interpolation, keepDims: keepDims)
    }

    /// Quantiles for each element of a scalar or a vector q, along a new first axis in the case of a vector. q has a
    /// derivative too.
    /// - Fails: over no elements, or if an element of q is not in 0 ... 1.
    public func quantile(
        _ q: Tensor, axis: Int? = nil, interpolation: QuantileInterpolation = .linear, keepDims: Bool = false
    ) -> Tensor {
        quantile("quantile", q, axis, interpolation, keepDims, skippingNaN: false)
    }

    /// `quantile` of the elements that are numbers; NaN if none is.
    /// - Fails: over no elements, or if an element of q is not in 0 ... 1.
    public func nanQuantile(
        _ q: Tensor, axis: Int? = nil, interpolation: QuantileInterpolation = .linear, keepDims: Bool = false
    ) -> Tensor {
        quantile("nanQuantile", q, axis, interpolation, keepDims, skippingNaN: true)
    }

    private func quantile(
        _ name: String, _ q: Tensor, _ axis: Int?, _ interpolation: QuantileInterpolation, _ keepDims: Bool,
        skippingNaN: Bool
    ) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, q].first(where: { $0.failure != nil }) { return failed }
            let place = try axis.map { a throws(TensorError) in try self.axis(a, name) }
            // Rows along the last axis.
            let x = place.map { $0 == rank - 1 ? floating : floating.movedAxis($0, to: -1) } ?? floating.flattened()
            let length = x.shape[x.rank - 1]
            guard q.rank <= 1, length > 0 else {
                throw TensorError(
                    length > 0 ? .shape : .empty, name,
                    length > 0 ? "q has the shape \(q.shape)" : "\(shape) has no elements along the axis",
                    length > 0 ? "q is a number or a vector" : "check that the tensor is not empty before reducing it")
            }
            if let bad = q.knownElements?.first(where: { !(0...1).contains($0) }) {
                throw TensorError(.argument, name, "q = \(bad) is not in 0 ... 1", "q is a share of the elements")
            }
            let share = q.to(x.dtype).reshaped(q.count)
            let bad = x.isNaN().sum(axis: -1, keepDims: true)
            let last = (skippingNaN ? maximum((length - 1) - bad, 0) : Tensor(length - 1)).to(x.dtype)
            var ranks = share * last.broadcastUnchecked(Shape(x.shape.extents.dropLast() + [1]))
            // The NaNs come last.
            if !skippingNaN { ranks = which(bad .> 0, Tensor(Double(length - 1), dtype: x.dtype), ranks) }
            let between = x.sorted().between(ranks, interpolation)
            var result = q.rank == 0 ? between.squeezed(-1) : between.movedAxis(-1, to: 0)
            if keepDims {
                let kept = place.map { shape.replacing($0, with: 1).extents } ?? shape.extents.map { _ in 1 }
                result = result.reshaped(q.shape.extents + kept)
            }
            return result
        }
    }

    /// The elements of sorted rows at fractional ranks.
    private func between(_ rank: Tensor, _ interpolation: QuantileInterpolation) -> Tensor {
        func element(_ rank: Tensor) -> Tensor {
            bind(GatherAlong(axis: self.rank - 1), self, rank.detach().to(.int64))
        }
        switch interpolation {
        case .lower: return element(rank.floor())
        case .higher: return element(rank.ceil())
        case .nearest: return element(rank.round())
        case .midpoint:
            let (low, high) = (element(rank.floor()), element(rank.ceil()))
            return low + (high - low) * 0.5
        case .linear:
            let (low, high) = (element(rank.floor()), element(rank.ceil()))
            return low + (high - low) * (rank - rank.floor())
        }
    }

    /// The elements, if they are known now.
    private var knownElements: [Double]? { known.map { Tensor($0).doubles } }
}
