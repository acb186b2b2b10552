import AdjointRuntime

// Signs, fractions, exponents and other parts of numbers.
extension Tensor {
    /// x − trunc x; dy/dx = 1.
    public func frac() -> Tensor { dtype.isFloatingPoint ? bind(FractionalPart(), self) : self - self }
    /// Whether each element is infinite.
    public func isInf() -> Tensor { self.abs() .== Double.infinity }
    /// Whether each element is +∞.
    public func isPosInf() -> Tensor { self .== Double.infinity }
    /// Whether each element is −∞.
    public func isNegInf() -> Tensor { self .== -Double.infinity }
    /// Whether the imaginary part is 0.
    public func isReal() -> Tensor {
        dtype.isComplex ? imaginary .== 0 : Tensor.full(shape.extents, true)
    }
    /// Whether the sign bit is set: also of −0.
    public func signbit() -> Tensor { dtype.isFloatingPoint ? bind(CopySign(), ones, self) .< 0 : self .< 0 }
    private var ones: Tensor { Tensor.repeating(1, value.type) }

    /// The mantissa, from 1/2 to 1 in size, and the exponent as `int32`: x = m 2ᵉ; dm/dx = 2⁻ᵉ.
    public func frexp() -> (mantissa: Tensor, exponent: Tensor) {
        let x = floating
        return (bind(Mantissa(), x), bind(Exponent(), x.detach()).to(.int32))
    }

    /// x 2ⁿ; ∂/∂x = 2ⁿ, ∂/∂n = y ln 2.
    public func ldexp(_ exponent: Tensor) -> Tensor {
        let x = floating
        return x * exponent.to(DType.promoted(x.dtype, exponent.dtype)).exp2()
    }

    /// Degrees in radians: x π/180; dy/dx = π/180.
    public func deg2rad() -> Tensor { floating * (Double.pi / 180) }
    /// Radians in degrees: x 180/π; dy/dx = 180/π.
    public func rad2deg() -> Tensor { floating * (180 / Double.pi) }

    /// The nearest multiple of 10⁻ᵈ, halves to even; dy/dx = 0.
    public func round(decimals: Int) -> Tensor {
        guard dtype.isFloatingPoint, decimals != 0 else { return round() }
        let scale = (0..<Swift.abs(decimals)).reduce(1.0) { power, _ in power * 10 }
        return decimals > 0 ? (self * scale).round() / scale : (self / scale).round() * scale
    }

    /// x with numbers in place of NaN and infinities, by default 0 and the largest finite ones; dy/dx = 1 where x is finite, else 0.
    public func nanToNum(nan: Double = 0, positiveInfinity: Double? = nil, negativeInfinity: Double? = nil) -> Tensor {
        guard dtype.isFloatingPoint, failure == nil else { return self }
        let largest =
            switch dtype {
            case .float64: Double.greatestFiniteMagnitude
            case .float16: 65504.0
            case .bfloat16: 0x1.FEp127
            default: Double(Float.greatestFiniteMagnitude)
            }
        func number(_ value: Double) -> Tensor { Tensor(value, dtype: dtype) }
        let finite = which(self .== -Double.infinity, number(negativeInfinity ?? -largest), self)
        return which(
            isNaN(), number(nan), which(self .== Double.infinity, number(positiveInfinity ?? largest), finite))
    }

    /// xʸ in float64, or complex128 if one of them is complex.
    public func floatPower(_ exponent: Tensor) -> Tensor {
        let dtype: DType = dtype.isComplex || exponent.dtype.isComplex ? .complex128 : .float64
        return to(dtype).pow(exponent.to(dtype))
    }
}

/// |x| with the sign of y; ∂/∂x = ±1, 0 at 0; ∂/∂y = 0.
public func copysign(_ x: Tensor, _ y: Tensor) -> Tensor { Tensor.binary(CopySign(), x, y) }
/// The number next to x in the direction of y; ∂/∂x = 1, ∂/∂y = 0, exchanged where both are equal.
public func nextafter(_ x: Tensor, _ y: Tensor) -> Tensor { Tensor.binary(NextAfter(), x, y) }
/// 0, y or 1 for x below, at or above 0; ∂/∂x = 0, ∂/∂y = 1 where x is 0, else 0.
public func heaviside(_ x: Tensor, _ y: Tensor) -> Tensor { Tensor.binary(Heaviside(), x, y) }
/// The larger of x and y, the other where one is NaN; the derivative goes to the one taken, half each at a tie.
public func fmax(_ x: Tensor, _ y: Tensor) -> Tensor { Tensor.binary(NumericMaximum(), x, y) }
/// The smaller of x and y, the other where one is NaN; the derivative goes to the one taken, half each at a tie.
public func fmin(_ x: Tensor, _ y: Tensor) -> Tensor { Tensor.binary(NumericMinimum(), x, y) }
