import AdjointCore
import AdjointRuntime

/// x wᵀ + b: x [..., inputs], weight [outputs, inputs] or [inputs], bias [outputs]. x̄ = ȳ w, w̄ = ȳᵀ x, b̄ = Σ ȳ.
/// - Fails: if shapes do not fit.
public func linear(_ x: Tensor, _ weight: Tensor, bias: Tensor? = nil) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [x, weight].first(where: { $0.failure != nil }) { return failed }
        guard weight.rank == 1 || weight.rank == 2, x.rank > 0,
            x.shape[x.rank - 1] == weight.shape[weight.rank - 1]
        else {
            throw TensorError(
                .shape, "linear", "inputs of shape \(x.shape) and a weight of shape \(weight.shape)",
                "give [..., inputs] and [outputs, inputs]")
        }
        let y = x.matmul(weight.rank == 1 ? weight : weight.matrixTransposed())
        return bias.map { y + $0 } ?? y
    }
}

/// yₒ = xᵀ wₒ z + bₒ: x [..., m], z [..., n], weight [outputs, m, n], bias [outputs]. Linear in each of x, z and the weight.
/// - Fails: if shapes do not fit.
public func bilinear(_ x: Tensor, _ z: Tensor, _ weight: Tensor, bias: Tensor? = nil) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [x, z, weight].first(where: { $0.failure != nil }) { return failed }
        guard weight.rank == 3, x.rank > 0, x.rank == z.rank,
            x.shape.extents.dropLast() == z.shape.extents.dropLast(), x.shape[x.rank - 1] == weight.shape[1],
            z.shape[z.rank - 1] == weight.shape[2]
        else {
            throw TensorError(
                .shape, "bilinear", "\(x.shape), \(z.shape) and a weight of shape \(weight.shape)",
                "give [..., m], [..., n] and [outputs, m, n]")
        }
        let (outputs, m, n) = (weight.shape[0], weight.shape[1], weight.shape[2])
        let lead = Array(x.shape.extents.dropLast())
        let count = lead.reduce(1, *)
        // x · w for all outputs in one product, then the inner products with z.
        let left = x.reshaped(count, m).matmul(weight.transposed(1, 0, 2).reshaped(m, outputs * n))
        let products = left.reshaped(count, outputs, n) * z.reshaped(count, 1, n)
        let y = products.sum(axis: -1).reshaped(lead + [outputs])
        return bias.map { y + $0 } ?? y
    }
}
