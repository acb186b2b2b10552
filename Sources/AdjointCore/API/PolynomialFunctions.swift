import AdjointRuntime

// Orthogonal polynomials of the elements. Degrees are whole numbers, cut if they are not; a negative one gives 0, one above
// 10⁷ NaN. Derivatives are those of the recurrences, up to order 15; by the degree there is none.
extension Tensor {
    /// Tₙ(x), Chebyshev's polynomial of the first kind; dy/dx = n Uₙ₋₁(x).
    public func chebyshevT(_ degree: Tensor) -> Tensor { polynomial(ChebyshevT(), degree) }
    /// Uₙ(x), Chebyshev's polynomial of the second kind; dy/dx by the recurrence.
    public func chebyshevU(_ degree: Tensor) -> Tensor { polynomial(ChebyshevU(), degree) }
    /// Vₙ(x), Chebyshev's polynomial of the third kind; dy/dx by the recurrence.
    public func chebyshevV(_ degree: Tensor) -> Tensor { polynomial(ChebyshevV(), degree) }
    /// Wₙ(x), Chebyshev's polynomial of the fourth kind; dy/dx by the recurrence.
    public func chebyshevW(_ degree: Tensor) -> Tensor { polynomial(ChebyshevW(), degree) }
    /// Tₙ(2x − 1), on the interval 0 ... 1.
    public func shiftedChebyshevT(_ degree: Tensor) -> Tensor { (2 * floating - 1).chebyshevT(degree) }
    /// Uₙ(2x − 1), on the interval 0 ... 1.
    public func shiftedChebyshevU(_ degree: Tensor) -> Tensor { (2 * floating - 1).chebyshevU(degree) }
    /// Vₙ(2x − 1), on the interval 0 ... 1.
    public func shiftedChebyshevV(_ degree: Tensor) -> Tensor { (2 * floating - 1).chebyshevV(degree) }
    /// Wₙ(2x − 1), on the interval 0 ... 1.
    public func shiftedChebyshevW(_ degree: Tensor) -> Tensor { (2 * floating - 1).chebyshevW(degree) }
    /// Hₙ(x), the physicists' Hermite polynomial; dy/dx = 2n Hₙ₋₁(x).
    public func hermiteH(_ degree: Tensor) -> Tensor { polynomial(HermiteH(), degree) }
    /// Heₙ(x), the probabilists' Hermite polynomial; dy/dx = n Heₙ₋₁(x).
    public func hermiteHe(_ degree: Tensor) -> Tensor { polynomial(HermiteHe(), degree) }
    /// Lₙ(x), Laguerre's polynomial; dy/dx by the recurrence.
    public func laguerreL(_ degree: Tensor) -> Tensor { polynomial(LaguerreL(), degree) }
    /// Pₙ(x), Legendre's polynomial; dy/dx by the recurrence.
    public func legendreP(_ degree: Tensor) -> Tensor { polynomial(LegendreP(), degree) }

    private func polynomial<Family: OrthogonalPolynomial>(_ family: Family, _ degree: Tensor) -> Tensor {
        Tensor.ternary(family, self, degree, Tensor(0))
    }
}
