import Adjoint

/// ode: reverse mode through 1,000 Runge-Kutta steps of the Lorenz system, the state as one vector of three.
let odeCase = Case(
    name: "ode",
    expected: [Expected(value: 663.409037938, relative: 1e-9), Expected(value: 863.368963345, relative: 1e-9)]
) {
    let numbers = [1.0, 1, 1, 10, 28, 8.0 / 3]
    return Program(state: numbers.map { Tensor($0, dtype: .float64) }) { state in
        withGradients(state) { p in
            let (sigma, rho, beta) = (p[3], p[4], p[5])
            func slope(_ s: [Tensor]) -> [Tensor] {
                [sigma * (s[1] - s[0]), s[0] * (rho - s[2]) - s[1], s[0] * s[1] - beta * s[2]]
            }
            func moved(_ s: [Tensor], _ k: [Tensor], _ h: Double) -> [Tensor] { (0..<3).map { s[$0] + h * k[$0] } }
            let h = 0.005
            var s = Array(p[..<3])
            for _ in 0..<1000 {
                let k1 = slope(s)
                let k2 = slope(moved(s, k1, h / 2))
                let k3 = slope(moved(s, k2, h / 2))
                let k4 = slope(moved(s, k3, h))
                s = (0..<3).map { s[$0] + h / 6 * (k1[$0] + 2 * (k2[$0] + k3[$0]) + k4[$0]) }
            }
            return s[0].square() + s[1].square() + s[2].square()
        }
    }
}
