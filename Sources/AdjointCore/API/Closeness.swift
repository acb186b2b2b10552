import AdjointRuntime

// Whether numbers agree. No derivative passes.
extension Tensor {
    /// Whether |x − y| ≤ absoluteTolerance + relativeTolerance |y|, element by element; equal infinities are close, and
    /// so are NaNs with `equalNaN`. Broadcasts; the result is bool.
    /// - Fails: if the shapes do not fit together.
    public func isClose(
        to other: Tensor, relativeTolerance: Double = 1e-5, absoluteTolerance: Double = 1e-8, equalNaN: Bool = false
    ) -> Tensor {
        let dtype = DType.promoted(self.dtype, other.dtype)
        let (x, y) = (to(dtype), other.to(dtype))
        var close = x .== y
        if dtype.isFloatingPoint || relativeTolerance != 0 || absoluteTolerance != 0 {
            let (u, v) = dtype.isDifferentiable ? (x, y) : (x.to(.float64), y.to(.float64))
            let bound = v.abs() * relativeTolerance + absoluteTolerance
            // An infinite difference is close to nothing, whatever the bound.
            close = close .| ((u - v).abs() .<= bound .& (u - v).isFinite())
        }
        return equalNaN ? close .| (x.isNaN() .& y.isNaN()) : close
    }

    /// Whether all elements are close; see `isClose`.
    /// - Fails: if the shapes do not fit together.
    public func isAllClose(
        to other: Tensor, relativeTolerance: Double = 1e-5, absoluteTolerance: Double = 1e-8, equalNaN: Bool = false
    ) -> Bool {
        isClose(
            to: other, relativeTolerance: relativeTolerance, absoluteTolerance: absoluteTolerance, equalNaN: equalNaN
        ).all().item() == 1
    }

    /// Whether both have the same shape and equal elements; NaN equals nothing.
    public func isEqual(to other: Tensor) -> Bool { shape == other.shape && (self .== other).all().item() == 1 }
}
