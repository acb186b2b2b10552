import AdjointRuntime

// Activation functions of networks, element by element; gelu, silu, elu and the like are in ElementaryFunctions.swift.
extension Tensor {
    /// ln(1 + e^(βx))/β, and x itself where βx is above the threshold; dy/dx = sigmoid(βx), 1 above it.
    public func softplus(beta: Double, threshold: Double = .infinity) -> Tensor {
        elementary(ScaledSoftplus(beta: .double(beta), threshold: .double(threshold)))
    }
    /// x/(1 + |x|); dy/dx = 1/(1 + |x|)².
    public func softsign() -> Tensor { dtype.isComplex ? self / (abs() + 1) : elementary(Softsign()) }
    /// x tanh(ln(1 + eˣ)) (Misra 2019); dy/dx = t + x (1 − t²) sigmoid(x), t that tanh.
    public func mish() -> Tensor { elementary(Mish()) }
    /// min(max(x, 0), 6); dy/dx = 1 strictly between 0 and 6, else 0.
    public func relu6() -> Tensor { hardTanh(min: 0, max: 6) }

    /// x limited to low ... high; dy/dx = 1 strictly inside, else 0.
    /// - Fails: if low > high.
    public func hardTanh(min low: some Number = -1, max high: some Number = 1) -> Tensor {
        attempt { () throws(TensorError) in
            try Tensor.checkBounds("hardTanh", low.scalar, high.scalar)
            let type = low.scalar.dtype(meeting: high.scalar.dtype(meeting: dtype == .bool ? .int64 : dtype))
            return bind(HardTanh(low: low.scalar, high: high.scalar), to(type))
        }
    }
    /// x/6 + 1/2 limited to 0 ... 1; dy/dx = 1/6 strictly between −3 and 3, else 0.
    public func hardSigmoid() -> Tensor { elementary(HardSigmoid()) }
    /// x hardSigmoid(x) (Howard et al. 2019); dy/dx = 0 up to −3, x/3 + 1/2 to 3, then 1.
    public func hardSwish() -> Tensor { elementary(HardSwish()) }
    /// x where |x| > λ, else 0; dy/dx = 1 or 0.
    public func hardShrink(lambda: Double = 0.5) -> Tensor { elementary(HardShrink(lambda: .double(lambda))) }

    /// x ∓ λ where |x| > λ, else 0; dy/dx = 1 or 0.
    /// - Fails: if λ < 0.
    public func softShrink(lambda: Double = 0.5) -> Tensor {
        attempt { () throws(TensorError) in
            guard lambda >= 0 else {
                throw TensorError(
                    .argument, "softShrink", "lambda is \(lambda)", "give the distance to 0 within which x becomes 0")
            }
            return elementary(SoftShrink(lambda: .double(lambda)))
        }
    }

    /// x − tanh x; dy/dx = tanh² x.
    public func tanhShrink() -> Tensor { elementary(TanhShrink()) }
    /// x where x is above the threshold, else the value; dy/dx = 1 or 0.
    public func threshold(_ threshold: some Number, _ value: some Number) -> Tensor {
        bind(Threshold(threshold: threshold.scalar, replacement: value.scalar), self)
    }
    /// x for x > 0, α (e^(x/α) − 1) otherwise (Barron 2017); dy/dx = 1 or e^(x/α).
    /// - Fails: if α = 0.
    public func celu(alpha: Double = 1) -> Tensor {
        attempt { () throws(TensorError) in
            guard alpha != 0 else {
                throw TensorError(.argument, "celu", "alpha is 0", "x is divided by it: use relu for the limit")
            }
            return elementary(ContinuousExponentialLinear(alpha: .double(alpha)))
        }
    }
    /// λx for x > 0, λα (eˣ − 1) otherwise, with constants that keep mean 0 and variance 1 (Klambauer et al. 2017);
    /// dy/dx = λ or λα eˣ.
    public func selu() -> Tensor { elementary(ScaledExponentialLinear()) }

    /// x for x > 0, w x otherwise, with one slope or one a channel (axis 1) (He et al. 2015); x̄ = ȳ or w ȳ, w̄ = Σ x ȳ over x ≤ 0.
    /// - Fails: if the slopes are neither one nor as many as channels.
    public func prelu(_ slope: Tensor) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            guard slope.failure == nil, slope.count != 1 else {
                return Tensor.binary(ParametricRectified(), self, slope.rank > rank ? slope.reshaped([]) : slope)
            }
            let channels = rank > 1 ? shape[1] : 1
            guard slope.rank == 1, slope.count == channels else {
                throw TensorError(
                    .shape, "prelu",
                    "slopes of shape \(slope.shape) do not fit \(shape), which has \(channels) channels",
                    "give one slope, or one for each element of axis 1")
            }
            let aligned = slope.reshaped([channels] + Array(repeating: 1, count: rank - 2))
            return Tensor.binary(ParametricRectified(), self, aligned)
        }
    }

    /// a sigmoid(b), with a and b the halves along an axis (Dauphin et al. 2017); ā = ȳ s, b̄ = ȳ a s (1 − s).
    /// - Fails: if the extent is odd.
    public func glu(axis: Int = -1) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let place = try self.axis(axis, "glu")
            guard shape[place] % 2 == 0 else {
                throw TensorError(
                    .shape, "glu", "axis \(axis) of \(shape) has no halves", "the extent must be even")
            }
            let halves = split(2, axis: place)
            return halves[0] * halves[1].sigmoid()
        }
    }

    /// x for x > 0, else x times a slope: drawn for each element from lower ..< upper in training, their mean else (Xu et al. 2015).
    public func randomizedLeakyRelu(
        lower: Double = 1.0 / 8, upper: Double = 1.0 / 3, training: Bool = false, generator: Generator = .default
    ) -> Tensor {
        if !training { return leakyRelu(slope: (lower + upper) / 2) }
        let x = floating
        let draw = Tensor.rand(x.count, dtype: x.dtype, generator: generator).reshaped(x.shape.extents)
        return Tensor.binary(ParametricRectified(), x, lower + (upper - lower) * draw)
    }
}
