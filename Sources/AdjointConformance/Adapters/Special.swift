import Adjoint
import AdjointCore
import AdjointRuntime

let specialAdapters: [String: Adapter] = [
    "erf": unary { $0.erf() },
    "erfc": unary { $0.erfc() },
    "erfinv": unary { $0.erfinv() },
    "special.erfcx": unary { $0.erfcx() },
    "special.ndtr": unary { $0.ndtr() },
    "special.ndtri": unary { $0.ndtri() },
    "special.log_ndtr": unary { $0.logNdtr() },
    "special.entr": unary { $0.entr() },
    "lgamma": unary { $0.lgamma() },
    "digamma": unary { $0.digamma() },
    "mvlgamma.mvlgamma_p_1": multivariateLogGamma,
    "mvlgamma.mvlgamma_p_3": multivariateLogGamma,
    "mvlgamma.mvlgamma_p_5": multivariateLogGamma,
    "polygamma.polygamma_n_0": polygamma,
    "polygamma.polygamma_n_1": polygamma,
    "polygamma.polygamma_n_2": polygamma,
    "polygamma.polygamma_n_3": polygamma,
    "polygamma.polygamma_n_4": polygamma,
    "special.polygamma.special_polygamma_n_0": polygamma,
    "special.zeta": binary { zeta($0, $1) },
    "igamma": binary { gammainc($0, $1) },
    "igammac": binary { gammaincc($0, $1) },
    "sinc": unary { $0.sinc() },
    "i0": unary { $0.besselI0() },
    "special.i0e": unary { $0.besselI0(scaled: true) },
    "special.i1": unary { $0.besselI1() },
    "special.i1e": unary { $0.besselI1(scaled: true) },
    "special.modified_bessel_i0": unary { $0.besselI0() },
    "special.modified_bessel_i1": unary { $0.besselI1() },
    "special.modified_bessel_k0": unary { $0.besselK0() },
    "special.modified_bessel_k1": unary { $0.besselK1() },
    "special.scaled_modified_bessel_k0": unary { $0.besselK0(scaled: true) },
    "special.scaled_modified_bessel_k1": unary { $0.besselK1(scaled: true) },
    "special.bessel_j0": unary { $0.besselJ0() },
    "special.bessel_j1": unary { $0.besselJ1() },
    "special.bessel_y0": unary { $0.besselY0() },
    "special.bessel_y1": unary { $0.besselY1() },
    "special.spherical_bessel_j0": unary { $0.sphericalBesselJ0() },
    "special.airy_ai": unary { $0.airyAi() },
    "special.chebyshev_polynomial_t": polynomial { $0.chebyshevT($1) },
    "special.chebyshev_polynomial_u": polynomial { $0.chebyshevU($1) },
    "special.chebyshev_polynomial_v": polynomial { $0.chebyshevV($1) },
    "special.chebyshev_polynomial_w": polynomial { $0.chebyshevW($1) },
    "special.shifted_chebyshev_polynomial_t": polynomial { $0.shiftedChebyshevT($1) },
    "special.shifted_chebyshev_polynomial_u": polynomial { $0.shiftedChebyshevU($1) },
    "special.shifted_chebyshev_polynomial_v": polynomial { $0.shiftedChebyshevV($1) },
    "special.shifted_chebyshev_polynomial_w": polynomial { $0.shiftedChebyshevW($1) },
    "special.hermite_polynomial_h": polynomial { $0.hermiteH($1) },
    "special.hermite_polynomial_he": polynomial { $0.hermiteHe($1) },
    "special.laguerre_polynomial_l": polynomial { $0.laguerreL($1) },
    "special.legendre_polynomial_p": polynomial { $0.legendreP($1) },
    "logaddexp": binary { logAddExp($0, $1) },
    "logaddexp2": binary { logAddExp2($0, $1) },
    "xlogy": binary { xlogy($0, $1) },
    "special.xlog1py": binary { xlog1py($0, $1) },
    "logit": { call in [.tensor(try call.x.logit(epsilon: try call.optionalDouble(0, "eps")))] },

    "signal.windows.bartlett": window { _ in .bartlett },
    "signal.windows.blackman": window { _ in .blackman },
    "signal.windows.cosine": window { _ in .cosine },
    "signal.windows.exponential": window { call in
        .exponential(center: try call.optionalDouble(nil, "center"), tau: try call.double(nil, "tau", default: 1))
    },
    "signal.windows.gaussian": window { call in .gaussian(std: try call.double(nil, "std", default: 1)) },
    "signal.windows.general_cosine": window { call in
        guard let terms = call.argument(nil, "a")?.elements else { throw CaseError("the argument a is missing") }
        return .generalCosine(try terms.map { try $0.asDouble("a") })
    },
    "signal.windows.general_hamming": window { call in
        .generalHamming(alpha: try call.double(nil, "alpha", default: 0.54))
    },
    "signal.windows.hamming": window { _ in .hamming },
    "signal.windows.hann": window { _ in .hann },
    "signal.windows.kaiser": window { call in .kaiser(beta: try call.double(nil, "beta", default: 12)) },
    "signal.windows.nuttall": window { _ in .nuttall },
]

/// torch.polygamma(n, input)
private func polygamma(_ call: Call) throws -> [Output] {
    [.tensor(try call.x.polygamma(try call.int(0, "n")))]
}

private func multivariateLogGamma(_ call: Call) throws -> [Output] {
    [.tensor(try call.x.multivariateLogGamma(try call.int(0, "p")))]
}

private func polynomial(_ operation: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> Adapter {
    { call in
        let (x, degree) = try call.operands(0, "n")
        return [.tensor(operation(x, degree))]
    }
}

private func window(_ kind: @escaping @Sendable (Call) throws -> Window) -> Adapter {
    { call in
        let count = try call.input.asInt("M")
        let (symmetric, dtype) = (try call.bool(nil, "sym", default: true), try call.dtype(nil) ?? .float32)
        return [.tensor(try kind(call).weights(count, symmetric: symmetric, dtype: dtype))]
    }
}
