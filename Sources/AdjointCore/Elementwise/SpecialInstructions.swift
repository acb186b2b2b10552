import AdjointRuntime
import CKernels

// Special functions among the instructions, as tensor operations.
extension ElementwiseProgram {
    static func special(
        _ opcode: adj_opcode, _ a: Register, _ b: Register, _ c: Register, like other: Tensor
    ) -> Tensor {
        func unary(_ operation: some UnaryElementwise) -> Tensor { Self.unary(operation, a, like: other) }
        func binary(_ operation: some BinaryElementwise) -> Tensor { Self.binary(operation, a, b, like: other) }
        func ternary(_ operation: some TernaryElementwise) -> Tensor {
            bind(operation, [tensor(a, like: other), tensor(b, like: other), tensor(c, like: other)])
        }
        switch opcode {
        case ADJ_OP_LGAMMA: return unary(LogGamma())
        case ADJ_OP_DIGAMMA: return unary(Digamma())
        case ADJ_OP_ERFINV: return unary(InverseErrorFunction())
        case ADJ_OP_ERFCX: return unary(ScaledErrorFunction())
        case ADJ_OP_NDTRI: return unary(NormalQuantile())
        case ADJ_OP_BESSEL_J0: return unary(BesselJ0())
        case ADJ_OP_BESSEL_J1: return unary(BesselJ1())
        case ADJ_OP_BESSEL_Y0: return unary(BesselY0())
        case ADJ_OP_BESSEL_Y1: return unary(BesselY1())
        case ADJ_OP_BESSEL_I0: return unary(BesselI0())
        case ADJ_OP_BESSEL_I1: return unary(BesselI1())
        case ADJ_OP_BESSEL_I0E: return unary(ScaledBesselI0())
        case ADJ_OP_BESSEL_I1E: return unary(ScaledBesselI1())
        case ADJ_OP_BESSEL_K0: return unary(BesselK0())
        case ADJ_OP_BESSEL_K1: return unary(BesselK1())
        case ADJ_OP_BESSEL_K0E: return unary(ScaledBesselK0())
        case ADJ_OP_BESSEL_K1E: return unary(ScaledBesselK1())
        case ADJ_OP_AIRY_AI: return unary(AiryAi())
        case ADJ_OP_AIRY_AI_PRIME: return unary(AiryAiPrime())
        case ADJ_OP_MANTISSA: return unary(Mantissa())
        case ADJ_OP_EXPONENT: return unary(Exponent())
        case ADJ_OP_COPYSIGN: return binary(CopySign())
        case ADJ_OP_POLYGAMMA: return binary(Polygamma())
        case ADJ_OP_ZETA: return binary(HurwitzZeta())
        case ADJ_OP_GAMMA_P: return binary(LowerGamma())
        case ADJ_OP_GAMMA_Q: return binary(UpperGamma())
        case ADJ_OP_CHEBYSHEV_T: return ternary(ChebyshevT())
        case ADJ_OP_CHEBYSHEV_U: return ternary(ChebyshevU())
        case ADJ_OP_CHEBYSHEV_V: return ternary(ChebyshevV())
        case ADJ_OP_CHEBYSHEV_W: return ternary(ChebyshevW())
        case ADJ_OP_HERMITE_H: return ternary(HermiteH())
        case ADJ_OP_HERMITE_HE: return ternary(HermiteHe())
        case ADJ_OP_LAGUERRE_L: return ternary(LaguerreL())
        case ADJ_OP_LEGENDRE_P: return ternary(LegendreP())
        default: preconditionFailure("no tensor operation for instruction \(opcode.rawValue)")
        }
    }
}
