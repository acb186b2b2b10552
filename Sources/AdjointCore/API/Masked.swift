import AdjointRuntime

// Reductions and normalizations of the elements where a mask is true; the mask broadcasts to the tensor. Elements that
// are masked out have the derivative 0, whatever they are. `axes: nil` is all axes.
extension Tensor {
    /// The sum of the elements where the mask is true.
    public func sum(where mask: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
        keeping(mask, 0).sum(axes: axes, keepDims: keepDims)
    }

    /// The product of the elements where the mask is true.
    public func prod(where mask: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
        keeping(mask, 1).prod(axes: axes, keepDims: keepDims)
    }

    /// The largest element where the mask is true; the lowest number of the type where none is.
    public func max(where mask: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
        keeping(mask, lowest).max(axes: axes, keepDims: keepDims)
    }

    /// The smallest element where the mask is true; the highest number of the type where none is.
    public func min(where mask: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
        keeping(mask, highest).min(axes: axes, keepDims: keepDims)
    }

    /// The index of the first largest element where the mask is true.
    public func argmax(where mask: Tensor, axis: Int? = nil, keepDims: Bool = false) -> Tensor {
        keeping(mask, lowest).argmax(axis: axis, keepDims: keepDims)
    }

    /// The index of the first smallest element where the mask is true.
    public func argmin(where mask: Tensor, axis: Int? = nil, keepDims: Bool = false) -> Tensor {
        keeping(mask, highest).argmin(axis: axis, keepDims: keepDims)
    }

    /// The mean of the elements where the mask is true; NaN where none is.
    public func mean(where mask: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
        let x = floating
        return x.sum(where: mask, axes: axes, keepDims: keepDims) / x.count(where: mask, axes, keepDims)
    }

    /// The variance of the elements where the mask is true.
    public func variance(
        where mask: Tensor, axes: [Int]? = nil, correction: Double = 1, keepDims: Bool = false
    ) -> Tensor {
        let x = floating
        let deviations = x.keeping(mask, x - x.mean(where: mask, axes: axes, keepDims: true))
        return (deviations * deviations.conj()).real.sum(axes: axes, keepDims: keepDims)
            / maximum(x.count(where: mask, axes, keepDims) - correction, 0)
    }

    /// The standard deviation of the elements where the mask is true; its derivative is 0 where they are equal.
    public func std(
        where mask: Tensor, axes: [Int]? = nil, correction: Double = 1, keepDims: Bool = false
    ) -> Tensor {
        let x = floating
        let deviations = x.keeping(mask, x - x.mean(where: mask, axes: axes, keepDims: true))
        return deviations.norm(axes: axes, keepDims: keepDims)
            / maximum(x.count(where: mask, axes, keepDims) - correction, 0).sqrt()
    }

    /// The median along an axis of the elements where the mask is true, the lower of two middle ones; NaN where none is.
    public func median(where mask: Tensor, axis: Int, keepDims: Bool = false) -> Tensor {
        floating.keeping(mask, .double(.nan)).nanMedianWithIndices(axis: axis, keepDims: keepDims).values
    }

    /// The p-norm of the elements where the mask is true.
    public func norm(_ p: Double = 2, where mask: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
        floating.keeping(mask, .double(p < 0 ? .infinity : 0)).norm(p, axes: axes, keepDims: keepDims)
    }

    /// ln Σ eˣ over the elements where the mask is true; −∞ where none is.
    public func logSumExp(where mask: Tensor, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
        floating.keeping(mask, .double(-.infinity)).logSumExp(axes: axes, keepDims: keepDims)
    }

    /// The running sum along an axis of the elements where the mask is true.
    public func cumulativeSum(where mask: Tensor, axis: Int) -> Tensor { keeping(mask, 0).cumulativeSum(axis: axis) }

    /// The running product along an axis of the elements where the mask is true.
    public func cumulativeProduct(where mask: Tensor, axis: Int) -> Tensor {
        keeping(mask, 1).cumulativeProduct(axis: axis)
    }

    /// The softmax along an axis of the elements where the mask is true, 0 elsewhere: also where the mask is false all
    /// along the axis.
    public func softmax(where mask: Tensor, axis: Int = -1) -> Tensor {
        let (x, some) = logits(mask, axis)
        return which(some, x.softmax(axis: axis), Tensor(0, dtype: x.dtype))
    }

    /// The logarithm of the softmax along an axis of the elements where the mask is true, −∞ elsewhere.
    public func logSoftmax(where mask: Tensor, axis: Int = -1) -> Tensor {
        let (x, some) = logits(mask, axis)
        return which(some, x.logSoftmax(axis: axis), Tensor(-Double.infinity, dtype: x.dtype))
    }

    /// x divided by its p-norm along an axis, or by epsilon if that is larger; elements where the mask is false are 0.
    public func normalized(_ p: Double = 2, where mask: Tensor, axis: Int, epsilon: Double = 1e-12) -> Tensor {
        let x = floating
        return x.keeping(mask, 0) / maximum(x.norm(p, where: mask, axes: [axis], keepDims: true), epsilon)
    }
}

extension Tensor {
    /// The elements where the mask is true, and a number elsewhere.
    private func keeping(_ mask: Tensor, _ other: Scalar) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, mask].first(where: { $0.failure != nil }) { return failed }
            guard mask.rank <= rank, Shape.broadcast(mask.shape, shape) == shape else {
                throw TensorError(
                    .shape, "where", "a mask of shape \(mask.shape) does not broadcast to \(shape)",
                    "aligned at the last axis, each extent of the mask must be equal or 1")
            }
            return which(mask, self, Tensor.repeating(other, TensorType(Shape(), dtype)))
        }
    }

    /// Another tensor of this shape where the mask is true, and 0 elsewhere.
    private func keeping(_ mask: Tensor, _ kept: Tensor) -> Tensor {
        which(mask, kept, Tensor.repeating(0, TensorType(Shape(), dtype)))
    }

    private func count(where mask: Tensor, _ axes: [Int]?, _ keepDims: Bool) -> Tensor {
        if let failed = [self, mask].first(where: { $0.failure != nil }) { return failed }
        return mask.to(.bool).broadcastUnchecked(shape).sum(axes: axes, keepDims: keepDims).to(
            dtype.realType)
    }

    /// Logits with −∞ where the mask is false, 0 where it is false all along the axis, and where it is not.
    private func logits(_ mask: Tensor, _ axis: Int) -> (x: Tensor, some: Tensor) {
        let x = floating.keeping(mask, .double(-.infinity))
        if x.failure != nil { return (x, x) }
        let some = mask.to(.bool).broadcastUnchecked(shape).any(axes: [axis], keepDims: true)
        return (which(some, x, Tensor(0, dtype: x.dtype)), some)
    }

    private var lowest: Scalar { dtype.extremes.lowest }
    private var highest: Scalar { dtype.extremes.highest }
}

extension DType {
    /// The lowest and the highest number of the type.
    fileprivate var extremes: (lowest: Scalar, highest: Scalar) {
        switch self {
        case .bool: (.int(0), .int(1))
        case .uint8: (.int(0), .int(255))
        case .int32: (.int(Int(Int32.min)), .int(Int(Int32.max)))
        case .int64: (.int(.min), .int(.max))
        default: (.double(-.infinity), .double(.infinity))
        }
    }
}
