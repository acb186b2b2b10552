import AdjointRuntime

/// x + w (y − x); ∂/∂x = 1 − w, ∂/∂y = w, ∂/∂w = y − x. Broadcasts all three.
public func lerp(_ x: Tensor, _ y: Tensor, _ weight: Tensor) -> Tensor {
    // Complex weights have no nearer end.
    if x.dtype.isComplex || y.dtype.isComplex || weight.dtype.isComplex { return x + weight * (y - x) }
    return Tensor.ternary(Lerp(), x, y, weight)
}
/// x + w (y − x) for a number w; ∂/∂x = 1 − w, ∂/∂y = w.
public func lerp(_ x: Tensor, _ y: Tensor, _ weight: some Number) -> Tensor {
    lerp(x, y, Tensor(weight, dtype: DType.promoted(x.floating.dtype, y.dtype)))
}
/// x + s a b, without tensors in between; x̄ = w̄, ā = w̄ s b, b̄ = w̄ s a. Broadcasts all three.
public func addcmul(_ x: Tensor, _ a: Tensor, _ b: Tensor, value: some Number = 1) -> Tensor {
    Tensor.ternary(AddProduct(scale: value.scalar), x, a, b)
}
/// x + s a/b, without tensors in between; x̄ = w̄, ā = w̄ s/b, b̄ = −w̄ s a/b². Broadcasts all three.
public func addcdiv(_ x: Tensor, _ a: Tensor, _ b: Tensor, value: some Number = 1) -> Tensor {
    Tensor.ternary(AddQuotient(scale: value.scalar), x, a, b)
}
