import AdjointCore
import Testing

/// Special functions at huge, infinite and joining points, by mpmath to 50 digits and by their limits.
@Suite struct SpecialLimitTests {
    /// Where series would take for ever, or end in an infinity by an infinity.
    @Test func hugeArgumentsHaveTheirLimits() {
        let (a, x) = (vector(3e8, 3e8, 2e8, 1e20), vector(3.0001e8, 2.9999e8, 2e8, 1e20))
        let lower = [0.71815290184165246, 0.28185576347637861, 0.50000940315972606, 0.50000000001329808]
        #expect(isClose(gammainc(a, x).doubles, lower, 1e-12))
        #expect(isClose(gammaincc(a, x).doubles, lower.map { 1 - $0 }, 1e-12))
        let powers = zeta(vector(1e20, 50, 1e20), vector(501, 501, 0.5)).doubles
        #expect(powers[0] == 0 && abs(powers[1] / 1.0935205447047135e-134 - 1) < 1e-13 && powers[2] == .infinity)
        let inf = Double.infinity
        let leaf = vector(inf, -inf).requiringGrad()
        let y = leaf.sphericalBesselJ0()
        y.sum().backward()
        #expect(y.doubles == [0, 0] && leaf.grad!.doubles == [0, 0])
        #expect(vector(inf, -inf, -1, 0).angle().doubles == [0, .pi, .pi, 0])
    }

    /// I₀ and I₁ exceed every number: PyTorch's NaN at infinity is no limit.
    @Test func besselFunctionsAtInfinityAreTheirLimits() {
        let finite = vector(700, 720)
        #expect(abs(finite.besselI0().doubles[0] / 1.5295933476718737e302 - 1) < 1e-12)
        #expect(finite.besselI0().doubles[1] == .infinity && finite.besselI1().doubles[1] == .infinity)
        let ends = vector(.infinity, -.infinity)
        #expect(ends.besselI0().doubles == [.infinity, .infinity])
        #expect(ends.besselI1().doubles == [.infinity, -.infinity])
    }

    @Test func mishIsSmoothAtZero() {
        let x = vector(0, 1, -2, 30).requiringGrad()
        let slope = gradients(of: [x.mish().sum()], withRespectTo: [x], createGraph: true)
        let second = gradients(of: [slope[0].sum()], withRespectTo: [x])[0].doubles
        #expect(isClose(second, [0.64, 0.18468576447332826, 0.035027081852659239, 0], 1e-12), "\(second)")
    }
}
