import AdjointRuntime

extension Tensor {
    /// x divided by its p-norm along an axis, or by epsilon if that is larger.
    public func normalized(_ p: Double = 2, axis: Int, epsilon: Double = 1e-12) -> Tensor {
        let x = floating
        return x / maximum(x.norm(p, axes: [axis], keepDims: true), epsilon)
    }

    /// The tensor with each slice along an axis whose p-norm is above `maximum` scaled down to it, by the factor
    /// maximum/(norm + 10⁻⁷).
    /// - Fails: if the bound is negative.
    public func renormalized(_ p: Double, axis: Int, maximum bound: Double) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let place = try self.axis(axis, "renormalized")
            guard bound >= 0 else {
                throw TensorError(
                    .argument, "renormalized", "the bound \(bound) is negative", "use a bound of at least 0")
            }
            let x = floating
            let norms = x.norm(p, axes: (0..<rank).filter { $0 != place }, keepDims: true)
            return x * which(norms .> bound, bound / (norms + 1e-7), Tensor.ones(like: norms))
        }
    }
}
