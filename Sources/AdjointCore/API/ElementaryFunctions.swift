import AdjointRuntime

// Functions of one tensor, element by element. Whole numbers are converted to float32 first.
extension Tensor {
    /// eˣ; dy/dx = y.
    public func exp() -> Tensor { elementary(Exponential()) }
    /// 2ˣ; dy/dx = y ln 2.
    public func exp2() -> Tensor { elementary(Exponential2()) }
    /// eˣ − 1, accurate near 0; dy/dx = y + 1.
    public func expm1() -> Tensor { elementary(Exponential1m()) }
    /// The natural logarithm; dy/dx = 1/x.
    public func log() -> Tensor { elementary(Logarithm()) }
    /// The logarithm to base 2; dy/dx = 1/(x ln 2).
    public func log2() -> Tensor { elementary(Logarithm2()) }
    /// The logarithm to base 10; dy/dx = 1/(x ln 10).
    public func log10() -> Tensor { elementary(Logarithm10()) }
    /// ln(1 + x), accurate near 0; dy/dx = 1/(1 + x).
    public func log1p() -> Tensor { elementary(Logarithm1p()) }
    /// √x; dy/dx = 1/(2y).
    public func sqrt() -> Tensor { elementary(SquareRoot()) }
    /// 1/√x; dy/dx = −y³/2.
    public func rsqrt() -> Tensor { elementary(ReciprocalSquareRoot()) }
    /// 1/x; dy/dx = −y².
    public func reciprocal() -> Tensor { elementary(Reciprocal()) }
    /// The sine; dy/dx = cos x.
    public func sin() -> Tensor { elementary(Sine()) }
    /// The cosine; dy/dx = −sin x.
    public func cos() -> Tensor { elementary(Cosine()) }
    /// The tangent; dy/dx = 1 + y².
    public func tan() -> Tensor { elementary(Tangent()) }
    /// The inverse sine; dy/dx = 1/√(1 − x²).
    public func asin() -> Tensor { elementary(ArcSine()) }
    /// The inverse cosine; dy/dx = −1/√(1 − x²).
    public func acos() -> Tensor { elementary(ArcCosine()) }
    /// The inverse tangent; dy/dx = 1/(1 + x²).
    public func atan() -> Tensor { elementary(ArcTangent()) }
    /// The hyperbolic sine; dy/dx = cosh x.
    public func sinh() -> Tensor { elementary(HyperbolicSine()) }
    /// The hyperbolic cosine; dy/dx = sinh x.
    public func cosh() -> Tensor { elementary(HyperbolicCosine()) }
    /// The hyperbolic tangent; dy/dx = 1 − y².
    public func tanh() -> Tensor { elementary(HyperbolicTangent()) }
    /// The inverse hyperbolic sine; dy/dx = 1/√(1 + x²).
    public func asinh() -> Tensor { elementary(ArcHyperbolicSine()) }
    /// The inverse hyperbolic cosine; dy/dx = 1/√(x² − 1).
    public func acosh() -> Tensor { elementary(ArcHyperbolicCosine()) }
    /// The inverse hyperbolic tangent; dy/dx = 1/(1 − x²).
    public func atanh() -> Tensor { elementary(ArcHyperbolicTangent()) }
    /// 1/(1 + e⁻ˣ); dy/dx = y (1 − y).
    public func sigmoid() -> Tensor { elementary(Sigmoid()) }
    /// ln(1 + eˣ); dy/dx = sigmoid(x).
    public func softplus() -> Tensor { elementary(Softplus()) }
    /// ln(1/(1 + e⁻ˣ)); dy/dx = sigmoid(−x).
    public func logSigmoid() -> Tensor { elementary(LogSigmoid()) }
    /// x sigmoid(x); dy/dx = s (1 + x (1 − s)), s = sigmoid(x).
    public func silu() -> Tensor { elementary(SiLU()) }
    /// The error function; dy/dx = 2/√π e^(−x²).
    public func erf() -> Tensor { elementary(ErrorFunction()) }
    /// 1 − erf(x); dy/dx = −2/√π e^(−x²).
    public func erfc() -> Tensor { elementary(ComplementaryErrorFunction()) }

    /// x Φ(x), with Φ the normal distribution function or, `approximate`, its usual form with tanh
    /// (Hendrycks and Gimpel 2016); dy/dx = Φ(x) + x φ(x).
    public func gelu(approximate: Bool = false) -> Tensor {
        approximate ? elementary(GELUTanh()) : elementary(GELU())
    }
    /// x for x > 0, slope · x otherwise; dy/dx = 1 or slope, slope at 0.
    public func leakyRelu(slope: Double = 0.01) -> Tensor { elementary(LeakyRectified(slope: .double(slope))) }
    /// x for x > 0, α (eˣ − 1) otherwise; dy/dx = 1 or y + α.
    public func elu(alpha: Double = 1) -> Tensor { elementary(ExponentialLinear(alpha: .double(alpha))) }
}

// Functions that whole numbers have too.
extension Tensor {
    /// The absolute value; dy/dx = sign(x), 0 at 0. Of complex numbers a real one; x̄ = ȳ x/|x|.
    public func abs() -> Tensor { dtype.isComplex ? bind(Magnitude(), self) : bind(Absolute(), self) }
    /// −1, 0 or 1; dy/dx = 0. Of complex numbers x/|x|, 0 at 0.
    public func sign() -> Tensor { dtype.isComplex ? complexSign() : bind(Sign(), self) }
    /// x²; dy/dx = 2x.
    public func square() -> Tensor { bind(Square(), self) }
    /// max(x, 0); dy/dx = 1 for x > 0, else 0.
    public func relu() -> Tensor { bind(Rectified(), self) }
    /// The largest whole number not above x; dy/dx = 0.
    public func floor() -> Tensor { dtype.isDifferentiable ? bind(Floor(), self) : self }
    /// The smallest whole number not below x; dy/dx = 0.
    public func ceil() -> Tensor { dtype.isDifferentiable ? bind(Ceiling(), self) : self }
    /// The nearest whole number, halves to even; dy/dx = 0.
    public func round() -> Tensor { dtype.isDifferentiable ? bind(Round(), self) : self }
    /// x without its fraction; dy/dx = 0.
    public func trunc() -> Tensor { dtype.isDifferentiable ? bind(Truncate(), self) : self }
    /// Whether each element is not a number.
    public func isNaN() -> Tensor { bind(IsNaN(), self) }
    /// Whether each element is neither infinite nor NaN.
    public func isFinite() -> Tensor { self.abs() .< Double.infinity }

    /// xʸ; ∂z/∂x = y xʸ⁻¹, ∂z/∂y = z ln x.
    public func pow(_ exponent: Tensor) -> Tensor { Tensor.binary(Power(), self, exponent) }
    /// xʸ for a number y; dz/dx = y xʸ⁻¹.
    public func pow(_ exponent: some Number) -> Tensor {
        exponent.scalar.double == 2 && exponent.scalar.imaginary == 0
            ? square() : Tensor.onRight(Power(), self, exponent.scalar)
    }

    /// x limited to low ... high; dy/dx = 1 strictly inside, 0 outside and at the bounds.
    /// - Fails: if low > high.
    public func clamp(min low: (some Number)? = Double?.none, max high: (some Number)? = Double?.none) -> Tensor {
        attempt { () throws(TensorError) in
            guard let low = low?.scalar else { return high.map { minimum(self, $0) } ?? self }
            guard let high = high?.scalar else { return maximum(self, low) }
            try Tensor.checkBounds("clamp", low, high)
            let type = low.dtype(meeting: high.dtype(meeting: dtype == .bool ? .int64 : dtype))
            return bind(Clamp(low: low, high: high), to(type))
        }
    }

    /// x limited to low ... high, tensors that are broadcast; the derivative goes to the one taken, half each at a tie. Crossed bounds
    /// give the upper one.
    public func clamp(min low: Tensor, max high: Tensor) -> Tensor { Tensor.ternary(ClampBetween(), self, low, high) }

    static func checkBounds(_ name: String, _ low: Scalar, _ high: Scalar) throws(TensorError) {
        guard low.double <= high.double else {
            throw TensorError(
                .argument, name, "the lower bound \(low) is above the upper bound \(high)", "exchange the bounds")
        }
    }

    /// ⌊x / y⌋; no derivative.
    public func floorDivided(by y: Tensor) -> Tensor { Tensor.binary(FloorDivide(), self, y) }
    /// x / y without its fraction; no derivative. Whole numbers stay whole.
    public func truncDivided(by y: Tensor) -> Tensor {
        DType.promoted(dtype, y.dtype).isInteger ? (self - fmod(y)).floorDivided(by: y) : (self / y).trunc()
    }
    /// x − y ⌊x / y⌋, with the sign of y; ∂z/∂x = 1, ∂z/∂y = −⌊x / y⌋.
    public func remainder(_ y: Tensor) -> Tensor { Tensor.binary(Remainder(), self, y) }
    /// x − y ⌊x / y⌋, with the sign of y; ∂z/∂x = 1, ∂z/∂y = −⌊x / y⌋.
    public func remainder(_ y: some Number) -> Tensor { Tensor.onRight(Remainder(), self, y.scalar) }
    /// x − y trunc(x / y), with the sign of x; ∂z/∂x = 1, ∂z/∂y = −trunc(x / y).
    public func fmod(_ y: Tensor) -> Tensor { Tensor.binary(FloatingRemainder(), self, y) }
}

/// The larger of x and y, element by element, NaN if either is; the derivative goes to the larger, half each at a tie.
public func maximum(_ x: Tensor, _ y: Tensor) -> Tensor { Tensor.binary(Maximum(), x, y) }
/// The larger of x and y, element by element, NaN if either is; the derivative goes to the larger, half each at a tie.
public func maximum(_ x: Tensor, _ y: some Number) -> Tensor { Tensor.onRight(Maximum(), x, y.scalar) }
/// The smaller of x and y, element by element, NaN if either is; the derivative goes to the smaller, half each at a tie.
public func minimum(_ x: Tensor, _ y: Tensor) -> Tensor { Tensor.binary(Minimum(), x, y) }
/// The smaller of x and y, element by element, NaN if either is; the derivative goes to the smaller, half each at a tie.
public func minimum(_ x: Tensor, _ y: some Number) -> Tensor { Tensor.onRight(Minimum(), x, y.scalar) }
/// The angle of the point (x, y); ∂/∂y = x/(x² + y²), ∂/∂x = −y/(x² + y²), 0 at the origin.
public func atan2(_ y: Tensor, _ x: Tensor) -> Tensor { Tensor.binary(ArcTangent2(), y, x) }
/// √(x² + y²); ∂/∂x = x/z, ∂/∂y = y/z, 0 at the origin.
public func hypot(_ x: Tensor, _ y: Tensor) -> Tensor { Tensor.binary(Hypotenuse(), x, y) }

/// x where the condition is true, else y; broadcasts all three. The branch that is not taken contributes exactly nothing.
public func which(_ condition: Tensor, _ x: Tensor, _ y: Tensor) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [condition, x, y].first(where: { $0.failure != nil }) { return failed }
        guard let pair = Shape.broadcast(x.shape, y.shape), let shape = Shape.broadcast(condition.shape, pair) else {
            throw TensorError(
                .shape, "where", "shapes \(condition.shape), \(x.shape) and \(y.shape) do not fit together",
                "aligned at the last axis, extents must be equal or 1")
        }
        let dtype = DType.promoted(x.dtype, y.dtype)
        return bind(
            Where(), [condition.to(.bool), x.to(dtype), y.to(dtype)].map { $0.broadcastUnchecked(shape) })
    }
}

/// `x.exp()`.
public func exp(_ x: Tensor) -> Tensor { x.exp() }
/// `x.log()`.
public func log(_ x: Tensor) -> Tensor { x.log() }
/// `x.sqrt()`.
public func sqrt(_ x: Tensor) -> Tensor { x.sqrt() }
/// `x.sin()`.
public func sin(_ x: Tensor) -> Tensor { x.sin() }
/// `x.cos()`.
public func cos(_ x: Tensor) -> Tensor { x.cos() }
/// `x.tan()`.
public func tan(_ x: Tensor) -> Tensor { x.tan() }
/// `x.tanh()`.
public func tanh(_ x: Tensor) -> Tensor { x.tanh() }
/// `x.sigmoid()`.
public func sigmoid(_ x: Tensor) -> Tensor { x.sigmoid() }
/// `x.relu()`.
public func relu(_ x: Tensor) -> Tensor { x.relu() }
/// `x.abs()`.
public func abs(_ x: Tensor) -> Tensor { x.abs() }
