import AdjointRuntime

// Reductions over all axes, or over the ones named; `keepDims` leaves them with extent 1. `axes: nil` is all axes, and
// `axes: []` none.
extension Tensor {
    /// The sum. Whole numbers and truth values are summed as `int64`. x̄ = ȳ, repeated.
    public func sum(axis: Int..., keepDims: Bool = false) -> Tensor { sum(axes: named(axis), keepDims: keepDims) }
    /// The sum over axes given as an array. x̄ = ȳ, repeated.
    public func sum(axes: [Int]?, keepDims: Bool = false) -> Tensor {
        reduce("sum", axes, keepDims) { bind(Sum(axes: $1), $0) }
    }

    /// The arithmetic mean; whole numbers as `float32`. x̄ = ȳ/n, repeated.
    /// - Fails: over no elements.
    public func mean(axis: Int..., keepDims: Bool = false) -> Tensor { mean(axes: named(axis), keepDims: keepDims) }
    /// The arithmetic mean over axes given as an array; whole numbers as `float32`. x̄ = ȳ/n, repeated.
    /// - Fails: over no elements.
    public func mean(axes: [Int]?, keepDims: Bool = false) -> Tensor {
        floating.reduce("mean", axes, keepDims) { x, axes throws(TensorError) in
            bind(Sum(axes: axes), x) / Double(try x.countReduced(axes, "mean"))
        }
    }

    /// The product. x̄ᵢ = ȳ Πⱼ≠ᵢ xⱼ, also where factors are 0.
    public func prod(axis: Int..., keepDims: Bool = false) -> Tensor { prod(axes: named(axis), keepDims: keepDims) }
    /// The product over axes given as an array. x̄ᵢ = ȳ Πⱼ≠ᵢ xⱼ, also where factors are 0.
    public func prod(axes: [Int]?, keepDims: Bool = false) -> Tensor {
        wholeAsInt64.reduce("prod", axes, keepDims) { bind(Product(axes: $1), $0) }
    }

    /// The largest element, NaN if one is. The cotangent is shared equally among ties.
    /// - Fails: over no elements.
    public func max(axis: Int..., keepDims: Bool = false) -> Tensor {
        extreme("max", named(axis), keepDims, largest: true)
    }
    /// The largest element over axes given as an array, NaN if one is. The cotangent is shared equally among ties.
    /// - Fails: over no elements.
    public func max(axes: [Int]?, keepDims: Bool = false) -> Tensor { extreme("max", axes, keepDims, largest: true) }

    /// The smallest element, NaN if one is. The cotangent is shared equally among ties.
    /// - Fails: over no elements.
    public func min(axis: Int..., keepDims: Bool = false) -> Tensor {
        extreme("min", named(axis), keepDims, largest: false)
    }
    /// The smallest element over axes given as an array, NaN if one is. The cotangent is shared equally among ties.
    /// - Fails: over no elements.
    public func min(axes: [Int]?, keepDims: Bool = false) -> Tensor { extreme("min", axes, keepDims, largest: false) }

    /// The same as `max`, under the name that PyTorch users know; by PyTorch's convention a NaN makes all derivatives NaN.
    public func amax(axis: Int..., keepDims: Bool = false) -> Tensor { amax(axes: named(axis), keepDims: keepDims) }
    /// The same as `max` over axes given as an array.
    public func amax(axes: [Int]?, keepDims: Bool = false) -> Tensor {
        extreme("amax", axes, keepDims, largest: true, spreadsNaN: SubgradientConvention.current == .pytorch)
    }

    /// The same as `min`, under the name that PyTorch users know; by PyTorch's convention a NaN makes all derivatives NaN.
    public func amin(axis: Int..., keepDims: Bool = false) -> Tensor { amin(axes: named(axis), keepDims: keepDims) }
    /// The same as `min` over axes given as an array.
    public func amin(axes: [Int]?, keepDims: Bool = false) -> Tensor {
        extreme("amin", axes, keepDims, largest: false, spreadsNaN: SubgradientConvention.current == .pytorch)
    }

    /// The index of the first largest element along an axis, or in row-major order. `int64`, no derivative.
    public func argmax(axis: Int? = nil, keepDims: Bool = false) -> Tensor {
        argExtreme("argmax", axis, keepDims, true)
    }
    /// The index of the first smallest element along an axis, or in row-major order. `int64`, no derivative.
    public func argmin(axis: Int? = nil, keepDims: Bool = false) -> Tensor {
        argExtreme("argmin", axis, keepDims, false)
    }

    /// The p-norm (Σ|x|ᵖ)^(1/p); the Euclidean norm by default, the largest |x| for infinity, the number of nonzero
    /// elements for 0. The derivative where the norm is 0 is 0, the subgradient of least norm.
    public func norm(_ p: Double = 2, axis: Int..., keepDims: Bool = false) -> Tensor {
        norm(p, axes: named(axis), keepDims: keepDims)
    }
    /// The p-norm over axes given as an array.
    public func norm(_ p: Double = 2, axes: [Int]?, keepDims: Bool = false) -> Tensor {
        let magnitudes = dtype.isComplex ? abs() : floating
        return magnitudes.reduce("norm", axes, keepDims) { x, axes throws(TensorError) in
            switch p {
            case 2: return bind(EuclideanNorm(axes: axes), x)
            case 1: return bind(Sum(axes: axes), x.abs())
            case 0: return bind(Sum(axes: axes), x .!= 0).to(x.dtype)
            case .infinity: return bind(Extreme(axes: axes, largest: true), x.abs())
            case -.infinity: return bind(Extreme(axes: axes, largest: false), x.abs())
            default:
                // Elements that are 0 stay out of the powers: their derivative is 0, not 0 · ∞.
                let (isZero, one) = (x .== 0, Tensor(1, dtype: x.dtype))
                let powers = which(
                    isZero, Tensor(p > 0 ? 0 : Double.infinity, dtype: x.dtype), which(isZero, one, x.abs()).pow(p))
                let sum = bind(Sum(axes: axes), powers)
                let normIsZero = p > 0 ? sum .== 0 : sum .== Double.infinity
                return which(normIsZero, Tensor(0, dtype: x.dtype), which(normIsZero, one, sum).pow(1 / p))
            }
        }
    }

    /// ln Σ eˣ, without overflow. x̄ = ȳ softmax(x).
    /// - Fails: over no elements.
    public func logSumExp(axis: Int..., keepDims: Bool = false) -> Tensor {
        logSumExp(axes: named(axis), keepDims: keepDims)
    }
    /// ln Σ eˣ over axes given as an array, without overflow. x̄ = ȳ softmax(x).
    /// - Fails: over no elements.
    public func logSumExp(axes: [Int]?, keepDims: Bool = false) -> Tensor {
        if dtype.isComplex {
            return aroundLargest(axes) { $0.exp().sum(axes: axes, keepDims: true).log() }.squeezed(
                over: axes, keepDims: keepDims)
        }
        return floating.reduce("logSumExp", axes, keepDims) { bind(LogSumExp(), $0.movedLast($1)) }
    }

    /// Whether any element is nonzero.
    public func any(axis: Int..., keepDims: Bool = false) -> Tensor { any(axes: named(axis), keepDims: keepDims) }
    /// Whether any element is nonzero, over axes given as an array.
    public func any(axes: [Int]?, keepDims: Bool = false) -> Tensor {
        reduce("any", axes, keepDims) { bind(Quantifier(axes: $1, every: false), $0) }
    }

    /// Whether all elements are nonzero.
    public func all(axis: Int..., keepDims: Bool = false) -> Tensor { all(axes: named(axis), keepDims: keepDims) }
    /// Whether all elements are nonzero, over axes given as an array.
    public func all(axes: [Int]?, keepDims: Bool = false) -> Tensor {
        reduce("all", axes, keepDims) { bind(Quantifier(axes: $1, every: true), $0) }
    }

    /// How many elements are nonzero, over axes given as an array. `int64`, no derivative.
    public func countNonzero(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
        (self .!= 0).sum(axes: axes, keepDims: keepDims)
    }

    /// The sum of the elements that are numbers. x̄ = ȳ there, 0 at a NaN.
    public func nanSum(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
        zeroedNaN.sum(axes: axes, keepDims: keepDims)
    }

    /// The mean of the elements that are numbers; NaN if none is. x̄ = ȳ/n there, 0 at a NaN.
    public func nanMean(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
        if failure != nil { return self }
        let x = floating
        let count = (.!x.isNaN()).sum(axes: axes, keepDims: keepDims)
        return x.zeroedNaN.sum(axes: axes, keepDims: keepDims) / count.to(x.dtype)
    }
}

extension Tensor {
    /// The axes of a variadic parameter: none named are all.
    func named(_ axes: [Int]) -> [Int]? { axes.isEmpty ? nil : axes }

    /// Resolves the axes, reduces, and puts axes of extent 1 back where they are to be kept.
    func reduce(
        _ name: String, _ axes: [Int]?, _ keepDims: Bool, _ body: (Tensor, AxisSet) throws(TensorError) -> Tensor
    ) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let set = try axisSet(axes, name)
            let result = try body(self, set)
            guard keepDims, result.failure == nil else { return result }
            return bind(Reshape(shape: set.kept(in: shape)), result)
        }
    }

    /// Axes as a set; nil is all.
    func axisSet(_ axes: [Int]?, _ name: String) throws(TensorError) -> AxisSet {
        guard let axes else { return .all(rank) }
        var set = AxisSet()
        for axis in axes {
            let place = try self.axis(axis, name)
            guard !set.contains(place) else {
                throw TensorError(.axis, name, "axis \(axis) is named twice in \(axes)", "name each axis once")
            }
            set.insert(place)
        }
        return set
    }

    private func extreme(
        _ name: String, _ axes: [Int]?, _ keepDims: Bool, largest: Bool, spreadsNaN: Bool = false
    ) -> Tensor {
        reduce(name, axes, keepDims) { x, axes throws(TensorError) in
            bind(Extreme(axes: axes, largest: largest, spreadsNaN: spreadsNaN && x.dtype.isFloatingPoint), x)
        }
    }

    private func argExtreme(_ name: String, _ axis: Int?, _ keepDims: Bool, _ largest: Bool) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            guard let axis else {
                let index = bind(ArgExtreme(axis: 0, largest: largest), flattened())
                return keepDims ? index.reshaped(Array(repeating: 1, count: rank)) : index
            }
            let place = try self.axis(axis, name)
            let index = bind(ArgExtreme(axis: place, largest: largest), self)
            return keepDims ? index.expandedAxis(place) : index
        }
    }

    /// How many elements a mean or a variance is of; none is an error, but by PyTorch's convention, whose result is NaN.
    func countReduced(_ axes: AxisSet, _ name: String) throws(TensorError) -> Int {
        let count = (0..<rank).reduce(1) { axes.contains($1) ? $0 * shape[$1] : $0 }
        guard count > 0 || SubgradientConvention.current == .pytorch else {
            throw TensorError(
                .empty, name, "\(shape) has no elements along the axes",
                "check that the tensor is not empty before reducing it")
        }
        return count
    }

    /// f(x − m) + m of complex numbers, m being the largest real part along the axes: what exp takes does not overflow.
    func aroundLargest(_ axes: [Int]?, _ body: (Tensor) -> Tensor) -> Tensor {
        guard failure == nil, count > 0 else { return body(self) }
        let largest = real.detach().max(axes: axes, keepDims: true)
        let shift = which(largest.isFinite(), largest, Tensor.zeros(like: largest))
        return body(self - shift) + shift
    }

    /// Without the axes that a reduction has kept with extent 1, if they are not wanted.
    private func squeezed(over axes: [Int]?, keepDims: Bool) -> Tensor {
        guard failure == nil, !keepDims else { return self }
        let places = Set((axes ?? Array(0..<rank)).map { $0 < 0 ? $0 + rank : $0 })
        return reshaped((0..<rank).filter { !places.contains($0) }.map { shape[$0] })
    }

    /// Whole numbers and truth values as `int64`.
    var wholeAsInt64: Tensor { dtype.isDifferentiable || failure != nil ? self : to(.int64) }

    private var zeroedNaN: Tensor {
        dtype.isFloatingPoint && failure == nil ? which(isNaN(), Tensor.repeating(0, type), self) : self
    }
}
