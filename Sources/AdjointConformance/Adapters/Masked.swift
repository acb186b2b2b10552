import Adjoint
import AdjointCore
import AdjointRuntime

// torch.masked: reductions and normalizations of the elements where `mask` is true; without a mask, of all.
let maskedAdapters: [String: Adapter] = [
    "masked.sum": { call in try reduced(call) { $0.sum(where: $1, axes: $2, keepDims: $3) } },
    "masked.prod": { call in try reduced(call) { $0.prod(where: $1, axes: $2, keepDims: $3) } },
    "masked.amax": { call in try reduced(call) { $0.max(where: $1, axes: $2, keepDims: $3) } },
    "masked.amin": { call in try reduced(call) { $0.min(where: $1, axes: $2, keepDims: $3) } },
    "masked.mean": { call in try reduced(call) { $0.mean(where: $1, axes: $2, keepDims: $3) } },
    "masked.logsumexp": { call in try reduced(call) { $0.logSumExp(where: $1, axes: $2, keepDims: $3).to($0.dtype) } },
    "masked.norm": { call in
        let order = try call.double(0, "ord", default: 2)
        return try reduced(call, position: 1) { $0.norm(order, where: $1, axes: $2, keepDims: $3) }
    },
    "masked.var": { call in
        let correction = try call.correction
        // PyTorch's masked variance of complex numbers is complex.
        return try reduced(call) { x, mask, axes, keep in
            let spread = x.variance(where: mask, axes: axes, correction: correction, keepDims: keep)
            return x.dtype.isComplex ? spread.to(x.dtype) : spread
        }
    },
    "masked.std": { call in
        let correction = try call.correction
        return try reduced(call) { x, mask, axes, keep in
            let spread = x.std(where: mask, axes: axes, correction: correction, keepDims: keep)
            return x.dtype.isComplex ? spread.to(x.dtype) : spread
        }
    },
    // Positions as numbers of the elements' type.
    "masked.argmax": { call in try searched(call) { $0.argmax(where: $1, axis: $2, keepDims: $3).to($0.dtype) } },
    "masked.argmin": { call in try searched(call) { $0.argmin(where: $1, axis: $2, keepDims: $3).to($0.dtype) } },
    "masked.median": { call in
        let axis = try call.int(0, "dim", default: -1)
        return try searched(call) { $0.median(where: $1, axis: $2 ?? axis, keepDims: $3) }
    },
    "masked.cumsum": { call in try along(call, 0) { $0.cumulativeSum(where: $1, axis: $2).to($0.dtype) } },
    "masked.cumprod": { call in try along(call, 0) { $0.cumulativeProduct(where: $1, axis: $2).to($0.dtype) } },
    "masked.softmax": { call in try along(call, 0) { $0.softmax(where: $1, axis: $2) } },
    "masked.log_softmax": { call in try along(call, 0) { $0.logSoftmax(where: $1, axis: $2) } },
    "masked.softmin": { call in try along(call, 0) { (-$0).softmax(where: $1, axis: $2) } },
    "masked.normalize": { call in
        let (order, epsilon) = (try call.double(0, "ord"), try call.double(nil, "eps", default: 1e-12))
        return try along(call, 1) { $0.normalized(order, where: $1, axis: $2, epsilon: epsilon) }
    },
    "masked.logaddexp": { call in
        let dtype = try call.dtype(nil)
        func kept(_ x: Tensor, _ mask: String) throws -> Tensor {
            let x = dtype.map { x.to($0) } ?? x
            guard let mask = try call.optionalTensor(nil, mask) else { return x }
            return x.filled(where: .!mask, with: -Double.infinity)
        }
        let (x, y) = (try kept(try call.x, "input_mask"), try kept(try call.tensor(0, "other"), "other_mask"))
        return [.tensor(stack(broadcast([x, y])).logSumExp(axis: 0))]
    },
]

extension Call {
    fileprivate var mask: Tensor { get throws { try optionalTensor(nil, "mask") ?? Tensor(true) } }

    fileprivate var correction: Double {
        get throws { try double(nil, "correction", default: optionalBool(1, "unbiased") == false ? 0 : 1) }
    }
}

private func reduced(
    _ call: Call, position: Int = 0, _ body: (Tensor, Tensor, [Int]?, Bool) -> Tensor
) throws -> [Output] {
    let keep = try call.bool(nil, "keepdim", default: false)
    return [.tensor(body(try call.converted, try call.mask, try call.axes(position), keep))]
}

private func searched(_ call: Call, _ body: (Tensor, Tensor, Int?, Bool) -> Tensor) throws -> [Output] {
    let (x, axis) = (try call.converted, try call.optionalInt(0, "dim"))
    let keep = try call.bool(nil, "keepdim", default: false)
    return [
        .tensor(
            x.rank == 0 ? body(x.reshaped(1), try call.mask, 0, false).reshaped([]) : body(x, try call.mask, axis, keep)
        )
    ]
}

private func along(_ call: Call, _ position: Int, _ body: (Tensor, Tensor, Int) -> Tensor) throws -> [Output] {
    let (x, axis) = (try call.converted, try call.int(position, "dim"))
    return [.tensor(x.rank == 0 ? body(x.reshaped(1), try call.mask, axis).reshaped([]) : body(x, try call.mask, axis))]
}
