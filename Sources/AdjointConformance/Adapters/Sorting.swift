import Adjoint
import AdjointCore
import AdjointRuntime

// Order, order statistics, search, and counting.
let sortingAdapters: [String: Adapter] = [
    "sort": { call in
        let descending = try call.bool(1, "descending", default: false)
        return try pair(call, 0, default: -1) { $0.sortedWithIndices(axis: $1, descending: descending) }
    },
    "argsort": { call in
        let descending = try call.bool(1, "descending", default: false)
        let (x, axis) = (try call.x, try call.int(0, "dim", default: -1))
        let order = (x.rank == 0 ? x.reshaped(1) : x).argsort(axis: axis, descending: descending)
        return [.tensor(x.rank == 0 ? order.reshaped([]) : order)]
    },
    "msort": { call in
        let x = try call.x
        return [.tensor(x.rank == 0 ? x : x.sorted(axis: 0))]
    },
    "topk": { call in
        let (k, largest) = (try call.int(0, "k"), try call.bool(2, "largest", default: true))
        return try pair(call, 1, default: -1) { $0.topK(k, axis: $1, largest: largest) }
    },
    "kthvalue": { call in
        let (k, keep) = (try call.int(0, "k"), try call.keepsDims(2))
        return try pair(call, 1, default: -1) { $0.kthSmallest(k, axis: $1, keepDims: keep) }
    },
    "mode": { call in
        let keep = try call.keepsDims(1)
        return try pair(call, 0, default: -1) { $0.mode(axis: $1, keepDims: keep) }
    },
    "median": { call in
        guard let dim = call.argument(0, "dim"), !dim.isNull else { return [.tensor(try call.x.median())] }
        let keep = try call.keepsDims(1)
        return try pair(call, 0) { $0.medianWithIndices(axis: $1, keepDims: keep) }
    },
    "nanmedian": { call in
        guard let dim = call.argument(0, "dim"), !dim.isNull else { return [.tensor(try call.x.nanMedian())] }
        let keep = try call.keepsDims(1)
        return try pair(call, 0) { $0.nanMedianWithIndices(axis: $1, keepDims: keep) }
    },
    "max.reduction_no_dim": largest, "max.reduction_with_dim": largest, "max": largest,
    "min.reduction_no_dim": smallest, "min.reduction_with_dim": smallest, "min": smallest,
    "quantile": { call in
        try quantile(call) { $0.quantile($1, axis: $2, interpolation: $3, keepDims: $4) }
    },
    "nanquantile": { call in
        try quantile(call) { $0.nanQuantile($1, axis: $2, interpolation: $3, keepDims: $4) }
    },

    "searchsorted": { call in
        var sorted = try call.x
        if let order = try call.optionalTensor(nil, "sorter") { sorted = sorted.takeAlong(order, axis: -1) }
        let right = try call.bool(nil, "right", default: false) || call.string(nil, "side", default: "left") == "right"
        return try places(call, sorted.searchSorted(try call.tensor(0, "self"), right: right))
    },
    "bucketize": { call in
        let right = try call.bool(nil, "right", default: false)
        return try places(call, try call.tensor(0, "boundaries").searchSorted(try call.x, right: right))
    },
    "isin": { call in
        let isIn = try call.x.isIn(try call.tensor(0, "test_elements"))
        return [.tensor(try call.bool(nil, "invert", default: false) ? .!isIn : isIn)]
    },
    "unique": { call in
        let found = try call.x.unique(axis: try call.optionalInt(3, "dim"))
        return try kinds(found, inverse: call.bool(1, "return_inverse", default: false), call, counts: 2)
    },
    "unique_consecutive": { call in
        let found = try call.x.uniqueConsecutive(axis: try call.optionalInt(2, "dim"))
        return try kinds(found, inverse: call.bool(0, "return_inverse", default: false), call, counts: 1)
    },
    "bincount": { call in
        let (weights, least) = (try call.optionalTensor(0, "weights"), try call.int(1, "minlength", default: 0))
        return [.tensor(try call.x.binCount(weights: weights, minimumCount: least))]
    },
    "histc": { call in
        let x = try call.x
        var (low, high) = (try call.double(1, "min", default: 0), try call.double(2, "max", default: 0))
        let bins = try call.int(0, "bins", default: 100)
        // Equal bounds stand for those of the elements, and are set apart by 1 if these are equal.
        if low == high, x.count > 0 { (low, high) = (x.min().item(), x.max().item()) }
        if low == high { (low, high) = (low - 1, high + 1) }
        // Bins by arithmetic, not by comparison with edges, which are rounded.
        let inside = (x .>= low) .& (x .<= high)
        let places = (x - low) * Double(bins) / (high - low)
        let indices = which(inside, places, Tensor.zeros(like: x)).to(.int64).clamp(max: bins - 1).flattened()
        let counts = indices.binCount(weights: inside.to(x.dtype).flattened(), minimumCount: bins)
        return [.tensor(counts.to(x.dtype))]
    },
    "histogram": { call in
        let (x, weights) = (try call.x, try call.optionalTensor(nil, "weight"))
        let density = try call.bool(nil, "density", default: false)
        let found: Histogram
        switch try call.scalarOrTensor(0, "bins") {
        case .tensor(let edges): found = x.histogram(edges: edges, weights: weights, density: density)
        case .scalar(let bins):
            let range = try call.argument(nil, "range")?.elements?.map { try $0.asDouble("range") }
            found = x.histogram(
                bins: bins.int, from: range?[0], to: range?[1], weights: weights, density: density)
        }
        return [.tensor(found.counts), .tensor(found.edges)]
    },
]

extension Call {
    fileprivate func keepsDims(_ position: Int) throws -> Bool { try bool(position, "keepdim", default: false) }
}

extension Argument {
    fileprivate var isNull: Bool { if case .null = self { true } else { false } }
}

/// Of all elements, along an axis, or of two tensors element by element.
private func largest(_ call: Call) throws -> [Output] {
    if let other = call.other { return [.tensor(maximum(try call.x, try other.asTensor("other")))] }
    guard call.argument(0, "dim") != nil else { return [.tensor(try call.x.max())] }
    let keep = try call.keepsDims(1)
    return try pair(call, 0) { $0.maxWithIndices(axis: $1, keepDims: keep) }
}

private func smallest(_ call: Call) throws -> [Output] {
    if let other = call.other { return [.tensor(minimum(try call.x, try other.asTensor("other")))] }
    guard call.argument(0, "dim") != nil else { return [.tensor(try call.x.min())] }
    let keep = try call.keepsDims(1)
    return try pair(call, 0) { $0.minWithIndices(axis: $1, keepDims: keep) }
}

extension Call {
    fileprivate var other: Argument? {
        if let other = argument(nil, "other") { return other }
        if case .tensor? = positional.first { return positional[0] }
        return nil
    }
}

private func quantile(
    _ call: Call, _ body: (Tensor, Tensor, Int?, QuantileInterpolation, Bool) -> Tensor
) throws -> [Output] {
    let interpolations: [String: QuantileInterpolation] = [
        "linear": .linear, "lower": .lower, "higher": .higher, "nearest": .nearest, "midpoint": .midpoint,
    ]
    let name = try call.string(nil, "interpolation", default: "linear")
    guard let interpolation = interpolations[name] else { throw CaseError("there is no interpolation \(name)") }
    let (x, axis, keep) = (try call.x, try call.optionalInt(1, "dim"), try call.bool(2, "keepdim", default: false))
    let q = try call.tensor(0, "q").to(x.dtype)
    if x.rank == 0 { return [.tensor(body(x.reshaped(1), q, axis, interpolation, false))] }
    return [.tensor(body(x, q, axis, interpolation, keep))]
}

private func places(_ call: Call, _ found: Tensor) throws -> [Output] {
    [.tensor(try call.bool(nil, "out_int32", default: false) ? found.to(.int32) : found)]
}

private func kinds(_ found: UniqueElements, inverse: Bool, _ call: Call, counts position: Int) throws -> [Output] {
    var results: [Output] = [.tensor(found.values)]
    if inverse { results.append(.tensor(found.inverse)) }
    if try call.bool(position, "return_counts", default: false) { results.append(.tensor(found.counts)) }
    return results
}
