import AdjointRuntime

// Dropout: random elements are replaced, so that a network does not lean on any of them.
extension Tensor {
    /// Each element 0 with probability p, else divided by 1 − p (Srivastava et al. 2014); the tensor itself when not
    /// training. x̄ is the result's cotangent under the same mask.
    /// - Fails: if p is not in 0 ... 1.
    public func dropout(_ p: Double = 0.5, isTraining: Bool = isTrainingMode, generator: Generator = .default) -> Tensor
    {
        dropped("dropout", p, isTraining) { () throws(TensorError) in
            let kept = Tensor.rand(shape.extents, generator: generator) .>= p
            return which(kept, p < 1 ? self / (1 - p) : self, Tensor(0, dtype: dtype))
        }
    }

    /// Dropout of whole features: what two leading axes (examples, channels) name is kept or 0 as one.
    /// - Fails: if p is not in 0 ... 1, or for fewer than two axes.
    public func featureDropout(_ p: Double = 0.5, isTraining: Bool = isTrainingMode, generator: Generator = .default)
        -> Tensor
    {
        dropped("featureDropout", p, isTraining) { () throws(TensorError) in
            let kept = Tensor.rand(try featureExtents("featureDropout"), generator: generator) .>= p
            return which(kept, p < 1 ? self / (1 - p) : self, Tensor(0, dtype: dtype))
        }
    }

    /// Dropout that keeps the mean and variance of standardized elements (Klambauer et al. 2017): a dropped element takes
    /// the value −λα, and all are mapped by a x + b. `wholeFeatures` keeps or drops two leading axes' features as one.
    /// - Fails: if p is not in 0 ... 1, or for fewer than two axes with `wholeFeatures`.
    public func alphaDropout(
        _ p: Double = 0.5, wholeFeatures: Bool = false, isTraining: Bool = isTrainingMode,
        generator: Generator = .default
    ) -> Tensor {
        dropped("alphaDropout", p, isTraining) { () throws(TensorError) in
            let extents = wholeFeatures ? try featureExtents("alphaDropout") : shape.extents
            let kept = Tensor.rand(extents, generator: generator) .>= p
            // λα of the self-normalizing activation.
            let saturation = 1.7580993408473766
            let a = p < 1 ? 1 / ((saturation * saturation * p + 1) * (1 - p)).squareRoot() : 0
            let b = a * saturation * p
            return which(kept, self * a + b, Tensor(b - a * saturation, dtype: dtype))
        }
    }

    private func dropped(
        _ name: String, _ p: Double, _ isTraining: Bool, _ body: () throws(TensorError) -> Tensor
    ) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            guard (0...1).contains(p) else {
                throw TensorError(.argument, name, "the probability \(p)", "choose a probability in 0 ... 1")
            }
            guard dtype.isDifferentiable else { throw TensorError.needsFloatingPoint(name, type) }
            return isTraining && p > 0 ? try body() : self
        }
    }

    private func featureExtents(_ name: String) throws(TensorError) -> [Int] {
        guard rank >= 2 else {
            throw TensorError(
                .shape, name, "\(shape) has fewer than two axes", "give examples and channels an axis each")
        }
        return [shape[0], shape[1]] + Array(repeating: 1, count: rank - 2)
    }
}
