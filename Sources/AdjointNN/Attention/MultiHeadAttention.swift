import AdjointCore
import AdjointRuntime

/// The parameters of `multiHeadAttention`. Each projection is [outputs, inputs], as in `linear`.
public struct AttentionParameters: Sendable {
    /// The projections of queries, keys and values, [features, inputs] each.
    public var query: Tensor, key: Tensor, value: Tensor
    /// What is added to the projected queries, keys and values, [features] each.
    public var queryBias: Tensor?, keyBias: Tensor?, valueBias: Tensor?
    /// The projection of the joined heads, [outputs, features], and what is added to it.
    public var output: Tensor, outputBias: Tensor?

    /// Parameters given one by one.
    public init(
        query: Tensor, key: Tensor, value: Tensor, queryBias: Tensor? = nil, keyBias: Tensor? = nil,
        valueBias: Tensor? = nil, output: Tensor, outputBias: Tensor? = nil
    ) {
        (self.query, self.key, self.value) = (query, key, value)
        (self.queryBias, self.keyBias, self.valueBias) = (queryBias, keyBias, valueBias)
        (self.output, self.outputBias) = (output, outputBias)
    }
}

/// Attention of several heads, each with its own part of the projected features (Vaswani et al. 2017).
/// - Parameters:
///   - query, key, value: [samples, places, features].
///   - heads: divides the features.
///   - mask: broadcasts to [samples, heads, queries, keys]: true where a query may look, or numbers that are added.
///   - extraKey, extraValue: [features], one more key and value that every query sees.
///   - addsZero: whether one more key and value of zeros is seen.
///   - dropout: the probability with which a weight is left out, drawn from `generator`.
/// - Returns: the result [samples, queries, outputs] and the weights [samples, heads, queries, keys].
public func multiHeadAttention(
    query: Tensor, key: Tensor, value: Tensor, heads: Int, parameters: AttentionParameters, mask: Tensor? = nil,
    isCausal: Bool = false, extraKey: Tensor? = nil, extraValue: Tensor? = nil, addsZero: Bool = false,
    dropout: Double = 0, generator: Generator = .default
) -> (result: Tensor, weights: Tensor) {
    var weights: Tensor?
    let result = attempt { () throws(TensorError) in
        if let failed = [query, key, value].first(where: { $0.failure != nil }) { return failed }
        var q = linear(query, parameters.query, bias: parameters.queryBias)
        var k = linear(key, parameters.key, bias: parameters.keyBias)
        var v = linear(value, parameters.value, bias: parameters.valueBias)
        guard q.rank == 3, k.rank == 3, v.rank == 3, heads > 0, q.shape[2] % heads == 0, k.shape[2] % heads == 0,
            v.shape[2] % heads == 0
        else {
            throw TensorError(
                .shape, "multiHeadAttention", "queries \(q.shape), keys \(k.shape), values \(v.shape), \(heads) heads",
                "give [samples, places, features] with features that divide into the heads")
        }
        func appended(_ x: Tensor, _ row: Tensor) -> Tensor {
            concatenate([x, row.to(x.dtype).broadcast(to: [x.shape[0], 1, x.shape[2]])], axis: 1)
        }
        if let extraKey { k = appended(k, extraKey.reshaped(1, 1, k.shape[2])) }
        if let extraValue { v = appended(v, extraValue.reshaped(1, 1, v.shape[2])) }
        if addsZero {
            k = appended(k, Tensor.zeros([1, 1, k.shape[2]], dtype: k.dtype))
            v = appended(v, Tensor.zeros([1, 1, v.shape[2]], dtype: v.dtype))
        }
        func split(_ x: Tensor) -> Tensor {
            x.reshaped(x.shape[0], x.shape[1], heads, x.shape[2] / heads).swappedAxes(1, 2)
        }
        (q, k, v) = (split(q), split(k), split(v))
        let chosen = attentionWeights(
            q, k, mask: mask, isCausal: isCausal, scale: nil, dropout: dropout, generator: generator)
        weights = chosen
        let joined = chosen.matmul(v).swappedAxes(1, 2)
        let flat = joined.reshaped(joined.shape[0], joined.shape[1], heads * v.shape[3])
        return linear(flat, parameters.output, bias: parameters.outputBias)
    }
    return (result, weights ?? result)
}
