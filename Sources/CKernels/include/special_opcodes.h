// The special functions among the instructions, once for all the places that list them: X(OPCODE, function).
// Each is a function adj_special_<function> of doubles, in gamma.c, error_functions.c, bessel.c, airy.c or
// polynomials.c; float32 is computed in double and rounded. They are compiled once, for no instruction set.
#ifndef ADJOINT_SPECIAL_OPCODES_H
#define ADJOINT_SPECIAL_OPCODES_H

#define ADJ_SPECIAL_UNARY(X)                                                                       \
    X(LGAMMA, lgamma)                 /* ln |gamma(x)| */                                          \
    X(DIGAMMA, digamma)                                                                            \
    X(ERFINV, erfinv)                                                                              \
    X(ERFCX, erfcx)                   /* exp(x^2) erfc(x) */                                       \
    X(NDTRI, ndtri)                   /* the quantile of the normal distribution */                \
    X(BESSEL_J0, bessel_j0)                                                                        \
    X(BESSEL_J1, bessel_j1)                                                                        \
    X(BESSEL_Y0, bessel_y0)                                                                        \
    X(BESSEL_Y1, bessel_y1)                                                                        \
    X(BESSEL_I0, bessel_i0)                                                                        \
    X(BESSEL_I1, bessel_i1)                                                                        \
    X(BESSEL_I0E, bessel_i0e)         /* exp(-|x|) I0(x) */                                        \
    X(BESSEL_I1E, bessel_i1e)                                                                      \
    X(BESSEL_K0, bessel_k0)                                                                        \
    X(BESSEL_K1, bessel_k1)                                                                        \
    X(BESSEL_K0E, bessel_k0e)         /* exp(x) K0(x) */                                           \
    X(BESSEL_K1E, bessel_k1e)                                                                      \
    X(AIRY_AI, airy_ai)                                                                            \
    X(AIRY_AI_PRIME, airy_ai_prime)                                                                \
    X(MANTISSA, mantissa)             /* x / 2^exponent, in [1/2, 1) */                            \
    X(EXPONENT, exponent)

#define ADJ_SPECIAL_BINARY(X)                                                                      \
    X(POLYGAMMA, polygamma)           /* order a at b */                                           \
    X(ZETA, zeta)                     /* Hurwitz's, sum of (b + k)^-a */                           \
    X(GAMMA_P, gamma_p)               /* regularized lower incomplete gamma function of a at b */  \
    X(GAMMA_Q, gamma_q)               /* and upper */

// Orthogonal polynomials: the derivative of order c of the polynomial of degree b at a.
#define ADJ_SPECIAL_TERNARY(X)                                                                     \
    X(CHEBYSHEV_T, chebyshev_t)                                                                    \
    X(CHEBYSHEV_U, chebyshev_u)                                                                    \
    X(CHEBYSHEV_V, chebyshev_v)                                                                    \
    X(CHEBYSHEV_W, chebyshev_w)                                                                    \
    X(HERMITE_H, hermite_h)                                                                        \
    X(HERMITE_HE, hermite_he)                                                                      \
    X(LAGUERRE_L, laguerre_l)                                                                      \
    X(LEGENDRE_P, legendre_p)

#endif
