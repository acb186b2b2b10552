import AdjointCore
import AdjointRuntime

extension Tensor {
    /// The covariance matrix of variables in rows and observations in columns: Σ w (x − mean)(x − mean)ᴴ / N. A vector is one
    /// variable, and its variance a scalar.
    ///
    /// N is Σw − correction · Σ(w a)/Σw, where w is the product of both weights and a the reliability ones.
    /// - Parameters:
    ///   - correction: 1 for the unbiased estimate.
    ///   - frequencies: how often each observation counts, whole numbers.
    ///   - reliabilities: how much each observation counts.
    /// - Fails: for more than two axes, or if the weights do not fit the observations.
    public func covariance(correction: Int = 1, frequencies: Tensor? = nil, reliabilities: Tensor? = nil) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, frequencies ?? self, reliabilities ?? self].first(where: { $0.failure != nil }) {
                return failed
            }
            guard rank <= 2 else {
                throw TensorError(
                    .shape, "covariance", "\(shape) has more than two axes", "give variables in rows of a matrix")
            }
            var x = floating
            if rank < 2 { x = x.reshaped(1, count) }
            let observations = x.shape[1]
            for weights in [frequencies, reliabilities].compactMap({ $0 }) {
                guard weights.rank <= 1, weights.count == observations else {
                    throw TensorError(
                        .shape, "covariance", "weights of \(weights.shape) do not fit \(observations) observations",
                        "give one weight an observation")
                }
            }
            let real = x.dtype.realType
            let reliability = reliabilities?.to(real).reshaped(observations)
            let frequency = frequencies?.to(real).reshaped(observations)
            let weights = frequency.map { f in reliability.map { f * $0 } ?? f } ?? reliability
            let total = weights?.sum() ?? Tensor(Double(observations), dtype: real)
            let mean = (weights.map { x * $0 } ?? x).sum(axis: 1, keepDims: true) / total
            var scale = total
            if correction != 0 {
                scale =
                    reliability.map { total - (weights! * $0).sum() / total * Double(correction) }
                    ?? total - Double(correction)
            }
            let centered = x - mean
            let product = (weights.map { centered * $0 } ?? centered).matmul(centered.adjointed) / scale.clamp(min: 0)
            return rank < 2 || shape[0] == 1 ? product.reshaped([]) : product
        }
    }

    /// The correlation coefficients of variables in rows: covariances over the product of standard deviations.
    /// - Fails: for more than two axes.
    public func correlation() -> Tensor {
        let covariance = covariance()
        guard covariance.failure == nil, covariance.rank == 2 else { return covariance / covariance }
        let deviations = covariance.diagonal().real.sqrt()
        let result = covariance / deviations.expandedAxis(1) / deviations.expandedAxis(0)
        return result.dtype.isComplex ? result : result.clamp(min: -1, max: 1)
    }
}
