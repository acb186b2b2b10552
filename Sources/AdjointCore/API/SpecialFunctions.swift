import AdjointRuntime

// Special functions, element by element. Whole numbers are converted to float32 first. Float64 results are accurate to
// about 1e-14, relative to the larger of the value and its conditioning.
extension Tensor {
    /// ln |Γ(x)|; dy/dx = ψ(x).
    public func lgamma() -> Tensor { elementary(LogGamma()) }
    /// The digamma function ψ(x) = Γ′(x)/Γ(x); dy/dx = ψ⁽¹⁾(x).
    public func digamma() -> Tensor { elementary(Digamma()) }

    /// The polygamma function of order n: the n-th derivative of digamma; dy/dx is that of order n + 1.
    /// - Fails: if n < 0.
    public func polygamma(_ n: Int) -> Tensor {
        attempt { () throws(TensorError) in
            guard n >= 0 else {
                throw TensorError(
                    .argument, "polygamma", "the order \(n) is negative", "orders count derivatives: 0, 1, 2, …")
            }
            return Tensor.onLeft(Polygamma(), .int(n), floating)
        }
    }

    /// The logarithm of the multivariate gamma function of dimension p: p(p − 1)/4 ln π + Σ ln Γ(x − j/2), j = 0 ... p − 1;
    /// dy/dx = Σ ψ(x − j/2).
    /// - Fails: if p < 1.
    public func multivariateLogGamma(_ p: Int) -> Tensor {
        attempt { () throws(TensorError) in
            guard p >= 1 else {
                throw TensorError(
                    .argument, "multivariateLogGamma", "the dimension \(p) is not positive",
                    "give a dimension of 1 or more")
            }
            let constant = Double(p * (p - 1)) / 4 * 1.14472988584940017414
            return (0..<p).reduce(nil as Tensor?) { sum, j in
                let term = (self.floating - Double(j) / 2).lgamma()
                return sum.map { $0 + term } ?? term + constant
            }!
        }
    }

    /// The inverse of the error function; dy/dx = √π/2 e^(y²).
    public func erfinv() -> Tensor { elementary(InverseErrorFunction()) }
    /// The scaled complementary error function e^(x²) erfc x; dy/dx = 2xy − 2/√π.
    public func erfcx() -> Tensor { elementary(ScaledErrorFunction()) }
    /// The distribution function of the standard normal distribution; dy/dx = e^(−x²/2)/√(2π).
    public func ndtr() -> Tensor { elementary(NormalDistribution()) }
    /// The quantile function of the standard normal distribution; dy/dx = √(2π) e^(y²/2).
    public func ndtri() -> Tensor { elementary(NormalQuantile()) }
    /// The logarithm of `ndtr`, also where that underflows; dy/dx = φ(x)/Φ(x).
    public func logNdtr() -> Tensor { elementary(LogNormalDistribution()) }

    /// The Bessel function of the first kind and order 0; dy/dx = −J₁(x).
    public func besselJ0() -> Tensor { elementary(BesselJ0()) }
    /// The Bessel function of the first kind and order 1; dy/dx = J₀(x) − y/x.
    public func besselJ1() -> Tensor { elementary(BesselJ1()) }
    /// The Bessel function of the second kind and order 0; dy/dx = −Y₁(x).
    public func besselY0() -> Tensor { elementary(BesselY0()) }
    /// The Bessel function of the second kind and order 1; dy/dx = Y₀(x) − y/x.
    public func besselY1() -> Tensor { elementary(BesselY1()) }
    /// The modified Bessel function of the first kind and order 0, `scaled` by e^(−|x|); dy/dx = I₁(x).
    public func besselI0(scaled: Bool = false) -> Tensor {
        scaled ? elementary(ScaledBesselI0()) : elementary(BesselI0())
    }
    /// The modified Bessel function of the first kind and order 1, `scaled` by e^(−|x|); dy/dx = I₀(x) − y/x.
    public func besselI1(scaled: Bool = false) -> Tensor {
        scaled ? elementary(ScaledBesselI1()) : elementary(BesselI1())
    }
    /// The modified Bessel function of the second kind and order 0, `scaled` by eˣ; dy/dx = −K₁(x).
    public func besselK0(scaled: Bool = false) -> Tensor {
        scaled ? elementary(ScaledBesselK0()) : elementary(BesselK0())
    }
    /// The modified Bessel function of the second kind and order 1, `scaled` by eˣ; dy/dx = −K₀(x) − y/x.
    public func besselK1(scaled: Bool = false) -> Tensor {
        scaled ? elementary(ScaledBesselK1()) : elementary(BesselK1())
    }
    /// The spherical Bessel function of order 0, sin(x)/x; dy/dx = (cos x − y)/x.
    public func sphericalBesselJ0() -> Tensor { elementary(SphericalBesselJ0()) }
    /// Airy's function Ai; dy/dx = Ai′(x).
    public func airyAi() -> Tensor { elementary(AiryAi()) }

    /// sin(πx)/(πx), 1 at 0; dy/dx = (cos πx − y)/x.
    public func sinc() -> Tensor { elementary(Sinc()) }
    /// −x ln x, 0 at 0, −∞ below; dy/dx = −ln x − 1.
    public func entr() -> Tensor { elementary(Entropy()) }

    /// ln(x/(1 − x)), of x limited to ε ... 1 − ε where that is given; dy/dx = 1/(x (1 − x)), 0 outside the limits.
    public func logit(epsilon: Double? = nil) -> Tensor {
        guard let epsilon else { return elementary(Logit()) }
        return elementary(LimitedLogit(low: .double(epsilon), high: .double(1 - epsilon)))
    }
}

/// Hurwitz's zeta function Σ (q + k)⁻ˢ over k = 0, 1, …, for s > 1; ∂/∂q = −s ζ(s + 1, q), ∂/∂s is not implemented: NaN.
public func zeta(_ s: Tensor, _ q: Tensor) -> Tensor { Tensor.binary(HurwitzZeta(), s, q) }
/// The regularized lower incomplete gamma function P(a, x); ∂/∂x = xᵃ⁻¹e⁻ˣ/Γ(a), ∂/∂a is not implemented: NaN.
public func gammainc(_ a: Tensor, _ x: Tensor) -> Tensor { Tensor.binary(LowerGamma(), a, x) }
/// The regularized upper incomplete gamma function Q(a, x) = 1 − P(a, x); ∂/∂x = −xᵃ⁻¹e⁻ˣ/Γ(a), ∂/∂a is not implemented: NaN.
public func gammaincc(_ a: Tensor, _ x: Tensor) -> Tensor { Tensor.binary(UpperGamma(), a, x) }
/// x ln y, 0 where x is 0; ∂/∂x = ln y, ∂/∂y = x/y.
public func xlogy(_ x: Tensor, _ y: Tensor) -> Tensor { Tensor.binary(XLogY(), x, y) }
/// x ln(1 + y), 0 where x is 0; ∂/∂x = ln(1 + y), ∂/∂y = x/(1 + y).
public func xlog1py(_ x: Tensor, _ y: Tensor) -> Tensor { Tensor.binary(XLog1pY(), x, y) }
/// ln(eˣ + eʸ), without overflow; ∂/∂x = 1/(1 + e^(y − x)).
public func logAddExp(_ x: Tensor, _ y: Tensor) -> Tensor {
    guard x.dtype.isComplex || y.dtype.isComplex else { return Tensor.binary(LogAddExp(), x, y) }
    // Around the operand of the larger real part, whose angle is kept.
    let isLarger = x.real .>= y.real
    let (larger, smaller) = (which(isLarger, x, y), which(isLarger, y, x))
    let isNothing = larger.real .== -Double.infinity
    let sum = ((smaller - which(isNothing, Tensor(0, dtype: larger.dtype), larger)).exp() + 1).log() + larger
    return which(isNothing, larger, sum)
}
/// log₂(2ˣ + 2ʸ), without overflow; ∂/∂x = 1/(1 + 2^(y − x)).
public func logAddExp2(_ x: Tensor, _ y: Tensor) -> Tensor { Tensor.binary(LogAddExp2(), x, y) }
