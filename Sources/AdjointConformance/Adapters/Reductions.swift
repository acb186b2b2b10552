import Adjoint
import AdjointCore
import AdjointRuntime

let reductionAdapters: [String: Adapter] = [
    "sum": { call in try reduced(call, 0) { $0.sum(axes: $1, keepDims: $2) } },
    "mean": { call in try reduced(call, 0) { $0.mean(axes: $1, keepDims: $2) } },
    "prod": { call in
        let dtype = try call.dtype(nil)
        return try reduced(call, 0) { x, axes, keep in
            let product = x.prod(axes: axes, keepDims: keep)
            return dtype.map { product.to($0) } ?? product
        }
    },
    "nansum": { call in try reduced(call, 0) { $0.nanSum(axes: $1, keepDims: $2) } },
    "nanmean": { call in try reduced(call, 0) { $0.nanMean(axes: $1, keepDims: $2) } },
    "amax": { call in try reduced(call, 0) { $0.amax(axes: $1, keepDims: $2) } },
    "amin": { call in try reduced(call, 0) { $0.amin(axes: $1, keepDims: $2) } },
    "all": { call in try reduced(call, 0) { $0.all(axes: $1, keepDims: $2).answering($0) } },
    "any": { call in try reduced(call, 0) { $0.any(axes: $1, keepDims: $2).answering($0) } },
    "logsumexp": { call in try reduced(call, 0) { $0.logSumExp(axes: $1, keepDims: $2) } },
    "count_nonzero": { call in try reduced(call, 0) { $0.countNonzero(axes: $1, keepDims: $2) } },
    "argmax": { call in try searched(call) { $0.argmax(axis: $1, keepDims: $2) } },
    "argmin": { call in try searched(call) { $0.argmin(axis: $1, keepDims: $2) } },
    "aminmax": { call in
        let x = try call.x
        let (axes, keep) = (try call.axes(nil), try call.bool(nil, "keepdim", default: false))
        return [.tensor(x.min(axes: axes, keepDims: keep)), .tensor(x.max(axes: axes, keepDims: keep))]
    },

    "var": { call in [.tensor(try spread(call) { $0.variance(axes: $1, correction: $2, keepDims: $3) })] },
    "var.unbiased": { call in [.tensor(try spread(call) { $0.variance(axes: $1, correction: $2, keepDims: $3) })] },
    "std": { call in [.tensor(try spread(call) { $0.std(axes: $1, correction: $2, keepDims: $3) })] },
    "std.unbiased": { call in [.tensor(try spread(call) { $0.std(axes: $1, correction: $2, keepDims: $3) })] },
    "var_mean": varianceAndMean, "var_mean.unbiased": varianceAndMean,
    "std_mean": deviationAndMean, "std_mean.unbiased": deviationAndMean,
    "cov": { call in
        let (frequencies, weights) = (
            try call.optionalTensor(nil, "fweights"), try call.optionalTensor(nil, "aweights")
        )
        let correction = try call.double(nil, "correction", default: 1)
        return [.tensor(try call.x.covariance(correction: correction, frequencies: frequencies, weights: weights))]
    },
    "corrcoef": unary { $0.correlation() },

    "norm": norm, "norm.fro": norm, "norm.inf": norm,
    "dist": { call in [.tensor((try call.x - call.tensor(0, "other")).norm(try call.double(1, "p", default: 2)))] },
    "renorm": { call in
        let (axis, bound) = (try call.int(1, "dim"), try call.double(2, "maxnorm"))
        return [.tensor(try call.x.renormalized(try call.double(0, "p"), axis: axis, maximum: bound))]
    },

    "cumsum": { call in try scanned(call) { $0.cumulativeSum(axis: $1) } },
    "cumprod": { call in try scanned(call) { $0.cumulativeProduct(axis: $1) } },
    "logcumsumexp": { call in try scanned(call) { $0.logCumulativeSumExp(axis: $1) } },
    "cummax": { call in try pair(call, 0) { $0.cumulativeMax(axis: $1) } },
    "cummin": { call in try pair(call, 0) { $0.cumulativeMin(axis: $1) } },
    "diff": { call in
        let x = try call.x
        let axis = try call.int(1, "dim", default: -1)
        let parts = [try call.optionalTensor(2, "prepend"), x, try call.optionalTensor(3, "append")].compactMap { $0 }
        let order = try call.int(0, "n", default: 1)
        // Nothing is joined to what is not to be changed.
        let joined = parts.count == 1 || order == 0 ? x : concatenate(parts, axis: axis)
        return [.tensor(joined.differences(order: order, axis: axis))]
    },
    "trapezoid": trapezoid, "trapz": trapezoid,
    "cumulative_trapezoid": { call in
        let axis = try call.int(1, "dim", default: -1)
        if let x = try call.optionalTensor(0, "x") {
            return [.tensor(try call.x.cumulativeTrapezoid(at: x, axis: axis))]
        }
        return [.tensor(try call.x.cumulativeTrapezoid(spacing: try call.double(nil, "dx", default: 1), axis: axis))]
    },
    "gradient": gradient,
]

extension Call {
    /// The axes of a reduction; nil for all, which are also meant by an empty list. A scalar counts as a vector.
    func axes(_ position: Int?, of x: Tensor? = nil) throws -> [Int]? {
        guard let axes = try ints(position, "dim"), !axes.isEmpty else { return nil }
        guard try (x ?? self.x).rank == 0 else { return axes }
        guard axes == [0] || axes == [-1] else { throw CaseError("axes \(axes) of a scalar") }
        return []
    }

    /// The input in the type that `dtype` names.
    var converted: Tensor { get throws { try dtype(nil).map { try x.to($0) } ?? x } }
}

/// A reduction over `dim` at a position, `keepdim` after it.
private func reduced(_ call: Call, _ position: Int, _ body: (Tensor, [Int]?, Bool) -> Tensor) throws -> [Output] {
    let keep = try call.bool(position + 1, "keepdim", default: false)
    return [.tensor(body(try call.converted, try call.axes(position), keep))]
}

extension Tensor {
    /// PyTorch answers bytes by bytes.
    fileprivate func answering(_ x: Tensor) -> Tensor { x.dtype == .uint8 ? to(.uint8) : self }
}

private func searched(_ call: Call, _ body: (Tensor, Int?, Bool) -> Tensor) throws -> [Output] {
    let (x, axis) = (try call.x, try call.optionalInt(0, "dim"))
    let keep = try call.bool(1, "keepdim", default: false)
    return [.tensor(x.rank == 0 ? body(x.reshaped(1), axis ?? 0, false) : body(x, axis, keep))]
}

/// A function of a tensor and an axis whose result has the tensor's shape; a scalar counts as a vector.
private func scanned(_ call: Call, _ body: (Tensor, Int) -> Tensor) throws -> [Output] {
    let (x, axis) = (try call.converted, try call.int(0, "dim"))
    return [.tensor(x.rank == 0 ? body(x.reshaped(1), axis).reshaped([]) : body(x, axis))]
}

/// Elements and where they were, along an axis at a position; a scalar counts as a vector.
func pair(
    _ call: Call, _ position: Int?, default axis: Int? = nil, _ body: (Tensor, Int) throws -> ElementsAndIndices
) throws -> [Output] {
    let x = try call.x
    let axis = try axis.map { try call.int(position, "dim", default: $0) } ?? call.int(position, "dim")
    let (values, indices) = try body(x.rank == 0 ? x.reshaped(1) : x, axis)
    return [values, indices].map { .tensor(x.rank == 0 ? $0.reshaped([]) : $0) }
}

/// (dim, unbiased, keepdim), (unbiased) alone, or dim with `correction`.
private func spread(_ call: Call, _ body: (Tensor, [Int]?, Double, Bool) -> Tensor) throws -> Tensor {
    var (axes, unbiased): ([Int]?, Bool?)
    if case .bool(let value)? = call.argument(0, "dim") {
        unbiased = value
    } else {
        axes = try call.axes(0)
        unbiased = try call.optionalBool(1, "unbiased")
    }
    let correction = try call.double(nil, "correction", default: unbiased == false ? 0 : 1)
    return body(try call.x, axes, correction, try call.bool(2, "keepdim", default: false))
}

private func varianceAndMean(_ call: Call) throws -> [Output] {
    [
        .tensor(try spread(call) { $0.variance(axes: $1, correction: $2, keepDims: $3) }),
        .tensor(try spread(call) { x, axes, _, keep in x.mean(axes: axes, keepDims: keep) }),
    ]
}

private func deviationAndMean(_ call: Call) throws -> [Output] {
    [
        .tensor(try spread(call) { $0.std(axes: $1, correction: $2, keepDims: $3) }),
        .tensor(try spread(call) { x, axes, _, keep in x.mean(axes: axes, keepDims: keep) }),
    ]
}

private func norm(_ call: Call) throws -> [Output] {
    let p: Double
    switch call.argument(0, "p") {
    case nil, .null?, .string("fro")?: p = 2
    case let order?: p = try order.asDouble("p")
    }
    let keep = try call.bool(2, "keepdim", default: false)
    return [.tensor(try call.converted.norm(p, axes: try call.axes(1), keepDims: keep))]
}

private func trapezoid(_ call: Call) throws -> [Output] {
    let axis = try call.int(1, "dim", default: -1)
    if let x = try call.optionalTensor(0, "x") { return [.tensor(try call.x.trapezoid(at: x, axis: axis))] }
    return [.tensor(try call.x.trapezoid(spacing: try call.double(nil, "dx", default: 1), axis: axis))]
}

/// One result an axis; the spacing is a number for all, a number an axis, or the points of an axis.
private func gradient(_ call: Call) throws -> [Output] {
    let x = try call.x
    let axes = try call.ints(nil, "dim") ?? Array(0..<x.rank)
    let edgeOrder = try call.int(nil, "edge_order", default: 1)
    let spacing = call.argument(nil, "spacing") ?? .null
    return try axes.enumerated().map { place, axis in
        var own = spacing
        if let elements = spacing.elements { own = elements.count == 1 ? elements[0] : elements[place] }
        switch own {
        case .null: return .tensor(x.differentiated(axis: axis, edgeOrder: edgeOrder))
        case .tensor(let points) where points.rank > 0:
            return .tensor(x.differentiated(at: points, axis: axis, edgeOrder: edgeOrder))
        default:
            return .tensor(x.differentiated(spacing: try own.asDouble("spacing"), axis: axis, edgeOrder: edgeOrder))
        }
    }
}
