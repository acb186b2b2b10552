import AdjointCore
import AdjointRuntime

/// softmax(q kᵀ · scale + mask) v (Vaswani et al. 2017). A row of the mask that hides everything gives 0, and derivative 0.
/// - Parameters:
///   - query: [..., queries, features].
///   - key: [..., keys, features].
///   - value: [..., keys, outputs].
///   - mask: broadcasts to [..., queries, keys]: true where a query may look, or numbers that are added.
///   - isCausal: whether a query looks at no key after its own place.
///   - scale: 1/√features if it is not given.
///   - sharesHeads: whether there may be fewer heads (the axis before queries) of keys than of queries, each shared by
///     several of them.
///   - dropout: the probability with which a weight is left out, drawn from `generator`.
/// - Fails: if shapes do not fit.
public func scaledDotProductAttention(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, mask: Tensor? = nil, isCausal: Bool = false, scale: Double? = nil,
    sharesHeads: Bool = false, dropout: Double = 0, generator: Generator = .default
) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [query, key, value].first(where: { $0.failure != nil }) { return failed }
        guard query.rank >= 2, key.rank >= 2, value.rank >= 2,
            query.shape[query.rank - 1] == key.shape[key.rank - 1],
            key.shape[key.rank - 2] == value.shape[value.rank - 2]
        else {
            throw TensorError(
                .shape, "scaledDotProductAttention",
                "queries \(query.shape), keys \(key.shape) and values \(value.shape) do not fit",
                "give [..., queries, features], [..., keys, features] and [..., keys, outputs]")
        }
        var (key, value) = (key, value)
        if sharesHeads {
            key = try key.repeatingHeads(as: query)
            value = try value.repeatingHeads(as: query)
        }
        let weights = attentionWeights(
            query, key, mask: mask, isCausal: isCausal, scale: scale, dropout: dropout, generator: generator)
        return weights.matmul(value)
    }
}

/// softmax(q kᵀ · scale + mask), [..., queries, keys].
func attentionWeights(
    _ query: Tensor, _ key: Tensor, mask: Tensor?, isCausal: Bool, scale: Double?, dropout: Double,
    generator: Generator
) -> Tensor {
    let factor = scale ?? 1 / Double(query.shape[query.rank - 1]).squareRoot()
    var scores = (query * factor).matmul(key.matrixTransposed())
    var isHidden: Tensor?
    func hide(_ hidden: Tensor) {
        scores = which(hidden, Tensor.full(like: scores, -Double.infinity), scores)
        isHidden = isHidden.map { $0 .| hidden } ?? hidden
    }
    if isCausal {
        let (rows, columns) = (
            Tensor.arange(scores.shape[scores.rank - 2]), Tensor.arange(scores.shape[scores.rank - 1])
        )
        hide(columns .> rows.expandedAxis(-1))
    }
    if let mask {
        if mask.dtype == .bool {
            hide(.!mask)
        } else {
            scores = scores + mask.to(scores.dtype)
            isHidden = isHidden.map { $0 .| (mask .== -Double.infinity) } ?? (mask .== -Double.infinity)
        }
    }
    let weights: Tensor
    if let isHidden, scores.shape[scores.rank - 1] > 0 {
        // Rows that see nothing are computed as if they saw something, and set to 0.
        let isBlind = isHidden.broadcast(to: scores.shape.extents).all(axis: -1, keepDims: true)
        let zeros = Tensor.zeros(like: scores)
        weights = which(isBlind, zeros, which(isBlind, zeros, scores).softmax())
    } else {
        weights = scores.softmax()
    }
    return dropout > 0 ? weights.dropout(dropout, generator: generator) : weights
}

extension Tensor {
    /// Each head of keys repeated for the heads of queries that share it.
    fileprivate func repeatingHeads(as query: Tensor) throws(TensorError) -> Tensor {
        guard rank >= 3, query.rank >= 3, shape[rank - 3] > 0, query.shape[query.rank - 3] % shape[rank - 3] == 0 else {
            throw TensorError(
                .shape, "scaledDotProductAttention", "keys or values \(shape) shared by the heads of \(query.shape)",
                "the heads of the queries must be a multiple of those of the keys")
        }
        let times = query.shape[query.rank - 3] / shape[rank - 3]
        guard times > 1 else { return self }
        var extents = shape.extents
        extents.insert(times, at: rank - 2)
        let repeated = expandedAxis(rank - 2).broadcast(to: extents)
        var joined = shape.extents
        joined[rank - 3] *= times
        return repeated.reshaped(joined)
    }
}
