import AdjointRuntime

// Reductions over all axes, or over the ones named; `keepDims` leaves them with extent 1.
extension Tensor {
    /// The sum. Whole numbers and truth values are summed as `int64`. x̄ = ȳ, repeated.
    public func sum(axis: Int..., keepDims: Bool = false) -> Tensor {
        reduce("sum", axis, keepDims) { bind(Sum(axes: $1), $0) }
    }

    /// The arithmetic mean; whole numbers as `float32`. x̄ = ȳ/n, repeated.
    /// - Fails: over no elements.
    public func mean(axis: Int..., keepDims: Bool = false) -> Tensor {
        floating.reduce("mean", axis, keepDims) { x, axes throws(TensorError) in
            bind(Sum(axes: axes), x) / Double(try x.countReduced(axes, "mean"))
        }
    }

    /// The product, by a tree of multiplications, so that a factor 0 has the right derivative. x̄ᵢ = ȳ Πⱼ≠ᵢ xⱼ.
    public func prod(axis: Int..., keepDims: Bool = false) -> Tensor {
        let whole = dtype.isDifferentiable || failure != nil ? self : to(.int64)
        return whole.reduce("prod", axis, keepDims) { $0.productTree($1) }
    }

    /// The largest element, NaN if one is. The cotangent is shared equally among ties.
    /// - Fails: over no elements.
    public func max(axis: Int..., keepDims: Bool = false) -> Tensor {
        reduce("max", axis, keepDims) { bind(Extreme(axes: $1, largest: true), $0) }
    }

    /// The smallest element, NaN if one is. The cotangent is shared equally among ties.
    /// - Fails: over no elements.
    public func min(axis: Int..., keepDims: Bool = false) -> Tensor {
        reduce("min", axis, keepDims) { bind(Extreme(axes: $1, largest: false), $0) }
    }

    /// The same as `max`, under the name that PyTorch users know.
    public func amax(axis: Int..., keepDims: Bool = false) -> Tensor {
        reduce("amax", axis, keepDims) { bind(Extreme(axes: $1, largest: true), $0) }
    }

    /// The same as `min`, under the name that PyTorch users know.
    public func amin(axis: Int..., keepDims: Bool = false) -> Tensor {
        reduce("amin", axis, keepDims) { bind(Extreme(axes: $1, largest: false), $0) }
    }

    /// The index of the first largest element along an axis, or in row-major order. `int64`, no derivative.
    public func argmax(axis: Int? = nil, keepDims: Bool = false) -> Tensor {
        argExtreme("argmax", axis, keepDims, true)
    }
    /// The index of the first smallest element along an axis, or in row-major order. `int64`, no derivative.
    public func argmin(axis: Int? = nil, keepDims: Bool = false) -> Tensor {
        argExtreme("argmin", axis, keepDims, false)
    }

    /// The variance Σ(x − mean)²/(n − correction); correction 1 by default, as in PyTorch. x̄ = 2ȳ(x − mean)/(n − correction).
    /// - Fails: over no elements.
    public func variance(axis: Int..., correction: Int = 1, keepDims: Bool = false) -> Tensor {
        floating.reduce("variance", axis, keepDims) { x, axes throws(TensorError) in
            let count = try x.countReduced(axes, "variance")
            return bind(Sum(axes: axes), x.centered(axes, count).square()) / Double(Swift.max(count - correction, 0))
        }
    }

    /// The variance, under the name that PyTorch users know.
    public func `var`(axis: Int..., correction: Int = 1, keepDims: Bool = false) -> Tensor {
        floating.reduce("var", axis, keepDims) { x, axes throws(TensorError) in
            let count = try x.countReduced(axes, "var")
            return bind(Sum(axes: axes), x.centered(axes, count).square()) / Double(Swift.max(count - correction, 0))
        }
    }

    /// The standard deviation; its derivative is 0 where all elements are equal.
    /// - Fails: over no elements.
    public func std(axis: Int..., correction: Int = 1, keepDims: Bool = false) -> Tensor {
        floating.reduce("std", axis, keepDims) { x, axes throws(TensorError) in
            let count = try x.countReduced(axes, "std")
            let scale = Double(Swift.max(count - correction, 0)).squareRoot()
            return bind(EuclideanNorm(axes: axes), x.centered(axes, count)) / scale
        }
    }

    /// The p-norm (Σ|x|ᵖ)^(1/p); the Euclidean norm by default, the largest |x| for infinity, the number of nonzero
    /// elements for 0. The derivative where the norm is 0 is 0, the subgradient of least norm.
    public func norm(_ p: Double = 2, axis: Int..., keepDims: Bool = false) -> Tensor {
        floating.reduce("norm", axis, keepDims) { x, axes throws(TensorError) in
            switch p {
            case 2: return bind(EuclideanNorm(axes: axes), x)
            case 1: return bind(Sum(axes: axes), x.abs())
            case 0: return bind(Sum(axes: axes), x .!= 0).to(x.dtype)
            case .infinity: return bind(Extreme(axes: axes, largest: true), x.abs())
            case -.infinity: return bind(Extreme(axes: axes, largest: false), x.abs())
            default:
                let powers = bind(Sum(axes: axes), x.abs().pow(p))
                let isZero = powers .== 0
                return which(isZero, powers * 0, which(isZero, Tensor.ones(like: powers), powers).pow(1 / p))
            }
        }
    }

    /// ln Σ eˣ, without overflow. x̄ = ȳ softmax(x).
    /// - Fails: over no elements.
    public func logSumExp(axis: Int..., keepDims: Bool = false) -> Tensor {
        floating.reduce("logSumExp", axis, keepDims) { bind(LogSumExp(), $0.movedLast($1)) }
    }

    /// Whether any element is nonzero.
    public func any(axis: Int..., keepDims: Bool = false) -> Tensor {
        reduce("any", axis, keepDims) { bind(Quantifier(axes: $1, every: false), $0) }
    }

    /// Whether all elements are nonzero.
    public func all(axis: Int..., keepDims: Bool = false) -> Tensor {
        reduce("all", axis, keepDims) { bind(Quantifier(axes: $1, every: true), $0) }
    }

    /// The running sum along an axis. x̄ is the running sum of ȳ from the other end.
    public func cumulativeSum(axis: Int) -> Tensor {
        attempt { () throws(TensorError) in
            let place = try self.axis(axis, "cumulativeSum")
            let x = dtype.isDifferentiable ? self : to(.int64)
            return bind(CumulativeSum(axis: place, reversed: false), x)
        }
    }
}

extension Tensor {
    /// Resolves the axes, reduces, and puts axes of extent 1 back where they are to be kept.
    private func reduce(
        _ name: String, _ axes: [Int], _ keepDims: Bool, _ body: (Tensor, AxisSet) throws(TensorError) -> Tensor
    ) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            var set = axes.isEmpty ? AxisSet.all(rank) : AxisSet()
            for axis in axes {
                let place = try self.axis(axis, name)
                guard !set.contains(place) else {
                    throw TensorError(.axis, name, "axis \(axis) is named twice in \(axes)", "name each axis once")
                }
                set.insert(place)
            }
            let result = try body(self, set)
            guard keepDims, result.failure == nil else { return result }
            return bind(Reshape(shape: set.kept(in: shape)), result)
        }
    }

    private func argExtreme(_ name: String, _ axis: Int?, _ keepDims: Bool, _ largest: Bool) -> Tensor {
        attempt { () throws(TensorError) in
            guard let axis else {
                let index = bind(ArgExtreme(axis: 0, largest: largest), flattened())
                return keepDims ? index.reshaped(Array(repeating: 1, count: rank)) : index
            }
            let place = try self.axis(axis, name)
            let index = bind(ArgExtreme(axis: place, largest: largest), self)
            return keepDims ? index.expandedAxis(place) : index
        }
    }

    private func countReduced(_ axes: AxisSet, _ name: String) throws(TensorError) -> Int {
        let count = (0..<rank).reduce(1) { axes.contains($1) ? $0 * shape[$1] : $0 }
        guard count > 0 else {
            throw TensorError(
                .empty, name, "\(shape) has no elements along the axes",
                "check that the tensor is not empty before reducing it")
        }
        return count
    }

    private func centered(_ axes: AxisSet, _ count: Int) -> Tensor {
        let mean = bind(Sum(axes: axes), self) / Double(count)
        return self - mean.expanded(over: axes, to: shape)
    }

    /// The reduced axes joined as the last one.
    private func movedLast(_ axes: AxisSet) -> Tensor {
        let order = (0..<rank).filter { !axes.contains($0) } + (0..<rank).filter { axes.contains($0) }
        let moved = order == Array(0..<rank) ? self : bind(Permute(order: order), self)
        let reduced = (0..<rank).reduce(1) { axes.contains($1) ? $0 * shape[$1] : $0 }
        return moved.reshaped(axes.removed(from: shape).extents + [reduced])
    }

    private func productTree(_ axes: AxisSet) -> Tensor {
        var factors = movedLast(axes)
        while factors.shape[factors.rank - 1] > 1 {
            let length = factors.shape[factors.rank - 1]
            let product = factors[.ellipsis, 0..<length / 2] * factors[.ellipsis, length / 2..<length / 2 * 2]
            factors =
                length % 2 == 0 ? product : concatenate([product, factors[.ellipsis, (length - 1)..<length]], axis: -1)
        }
        return factors.shape[factors.rank - 1] == 0
            ? Tensor.full(axes.removed(from: shape).extents, 1, dtype: dtype) : factors.squeezed(-1)
    }
}
