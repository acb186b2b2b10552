// Elementary functions of doubles, written so that loops over them become vector code of any width: no branches,
// no calls, integers only by their bits. The order of operations is fixed, so the bits are the same everywhere.
// The methods (and the coefficients of log, sin and cos) are those of Sun's fdlibm; exp, exp2 and expm1 use
// polynomials interpolated at Chebyshev nodes. Errors are about 1 ulp or less (expm1: 1.6).
#ifndef ADJOINT_MATH_F64_H
#define ADJOINT_MATH_F64_H

#include "internal.h"

#define LN2_HIGH 0x1.62e42ff000000p-1 // 32 bits: products with exponents are exact
#define LN2_LOW -0x1.718432a1b0e26p-35
#define LOG2_E 0x1.71547652b82fep+0

// Adding 1.5 * 2^52 rounds to a whole number and leaves it in the low bits.
#define ROUNDER 0x1.8p52

// 2^k from a sum k + ROUNDER, for k in -1022 ... 1023.
ADJ_INLINE double power_of_two(double k_plus_rounder) {
    return adj_from_bits_f64((adj_bits_f64(k_plus_rounder) << 52) + 0x3ff0000000000000u);
}

// p * 2^k for any k up to about +-2000, rounded once: two factors, each of them normal.
ADJ_INLINE double scale_f64(double p, double k) {
    double half = k * 0.5 + ROUNDER, rest = k - (half - ROUNDER);
    return p * power_of_two(half) * power_of_two(rest + ROUNDER);
}

// (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2
ADJ_INLINE double exp_tail(double r) {
    double q = 0x1.af38a9b0ec855p-26;
    q = q * r + 0x1.289185613a3d6p-22;
    q = q * r + 0x1.71de0dae63bb3p-19;
    q = q * r + 0x1.a019b90d2ae7ap-16;
    q = q * r + 0x1.a01a01a7c41d5p-13;
    q = q * r + 0x1.6c16c1788bd90p-10;
    q = q * r + 0x1.11111111109b3p-7;
    q = q * r + 0x1.5555555553d63p-5;
    q = q * r + 0x1.5555555555556p-3;
    return q * r + 0.5;
}

ADJ_INLINE double clamp_f64(double x, double low, double high) { // keeps NaN
    x = x < low ? low : x;
    return x > high ? high : x;
}

ADJ_INLINE double exp_f64(double x) {
    x = clamp_f64(x, -800, 800);
    double k = (x * LOG2_E + ROUNDER) - ROUNDER;
    double high = x - k * LN2_HIGH, low = k * LN2_LOW, r = high - low;
    double lost = (high - r) - low;
    return scale_f64(1 + (r + (lost + r * r * exp_tail(r))), k);
}

ADJ_INLINE double exp2_f64(double x) {
    x = clamp_f64(x, -1200, 1200);
    double k = (x + ROUNDER) - ROUNDER, f = x - k;
    double q = 0x1.e9bbe001e2191p-32;
    q = q * f + 0x1.e5e9f82e9f93bp-28;
    q = q * f + 0x1.b525087767a42p-24;
    q = q * f + 0x1.62bfe45fd2c33p-20;
    q = q * f + 0x1.ffcbfc61f73e9p-17;
    q = q * f + 0x1.43091303789cep-13;
    q = q * f + 0x1.5d87fe78a5dc5p-10;
    q = q * f + 0x1.3b2ab6fba385ep-7;
    q = q * f + 0x1.c6b08d704a0c0p-5;
    q = q * f + 0x1.ebfbdff82c590p-3;
    return scale_f64(1 + (f * LN2_HIGH + (f * LN2_LOW + f * f * q)), k);
}

// A number and what rounding it lost.
typedef struct {
    double high, low;
} double_pair;

// 2^k (e^r - 1) + (2^k - 1), the sum of the large terms with its rounding error; for |x| >= 2^-54.
ADJ_INLINE double_pair expm1_pair(double x) {
    double v = clamp_f64(x, -60, 800);
    double k = (v * LOG2_E + ROUNDER) - ROUNDER;
    double high = v - k * LN2_HIGH, low = k * LN2_LOW, r = high - low;
    double tail = ((high - r) - low) + r * r * exp_tail(r);
    double part = k > 1000 ? 1000 : k;
    double scale = power_of_two(part + ROUNDER), rest = power_of_two((k - part) + ROUNDER);
    double whole = scale - 1, linear = scale * r;
    double sum = whole + linear, back = sum - whole;
    double error = (whole - (sum - back)) + (linear - back);
    double small = error + scale * tail, y = sum + small;
    double_pair e = {y * rest, small - (y - sum)};
    return e;
}

ADJ_INLINE double expm1_f64(double x) {
    double y = expm1_pair(x).high;
    return __builtin_fabs(x) < 0x1p-54 ? x : y;
}

// ---------------------------------------------------------------------------------------------------------
// Logarithms

typedef struct {
    double k, f; // the argument is 2^k (1 + f), with 1 + f from sqrt(1/2) to sqrt(2)
} log_parts;

ADJ_INLINE log_parts split_f64(double x) {
    double normal = x < 0x1p-1022 ? x * 0x1p54 : x;
    uint64_t bits = adj_bits_f64(normal);
    uint64_t exponent = (bits + (0x3ff0000000000000u - 0x3fe6a09e667f3bcdu)) >> 52;
    double k = adj_from_bits_f64(exponent | 0x4330000000000000u) - (0x1p52 + 1023);
    log_parts parts;
    parts.k = x < 0x1p-1022 ? k - 54 : k;
    parts.f = adj_from_bits_f64(bits - ((exponent - 1023) << 52)) - 1;
    return parts;
}

// s (f^2/2 + R), so that log(1 + f) = f - f^2/2 + this, with s = f / (2 + f).
ADJ_INLINE double log_tail(double f, double half_square) {
    double s = f / (2 + f), z = s * s, w = z * z;
    double odd = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    double even = z * (6.666666666666735130e-01 +
                       w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    return s * (half_square + (even + odd));
}

// The values that are no logarithms of positive numbers.
ADJ_INLINE double log_special(double x, double y) {
    y = x == 0 ? -__builtin_inf() : y;
    y = x < 0 ? __builtin_nan("") : y;
    return x == __builtin_inf() || x != x ? x : y;
}

ADJ_INLINE double log_f64(double x) {
    log_parts p = split_f64(x);
    double half_square = 0.5 * p.f * p.f;
    double y = p.k * LN2_HIGH - ((half_square - (log_tail(p.f, half_square) + p.k * LN2_LOW)) - p.f);
    return log_special(x, y);
}

// The rounding error of 1 + x is put back in, relative to 1 + x.
ADJ_INLINE double log1p_f64(double x) {
    double u = 1 + x;
    double lost = x < 1 ? x - (u - 1) : 1 - (u - x);
    log_parts p = split_f64(u);
    double half_square = 0.5 * p.f * p.f;
    double low = log_tail(p.f, half_square) + (p.k * LN2_LOW + lost / u);
    double y = p.k * LN2_HIGH - ((half_square - low) - p.f);
    y = log_special(u, y);
    return __builtin_fabs(x) < 0x1p-54 ? x : y;
}

// f - f^2/2 cut to its high half, so that products with the short halves of constants are exact; and the rest.
ADJ_INLINE double_pair halves_f64(double f) {
    double half_square = 0.5 * f * f, tail = log_tail(f, half_square);
    double_pair h;
    h.high = adj_from_bits_f64(adj_bits_f64(f - half_square) & 0xffffffff00000000u);
    h.low = ((f - h.high) - half_square) + tail;
    return h;
}

ADJ_INLINE double log2_f64(double x) {
    const double inverse_high = 0x1.7154700000000p+0, inverse_low = 0x1.94ae0bf85ddf4p-22;
    log_parts p = split_f64(x);
    double_pair h = halves_f64(p.f);
    double high = h.high * inverse_high;
    double low = (h.low + h.high) * inverse_low + h.low * inverse_high;
    double sum = p.k + high;
    return log_special(x, (low + ((p.k - sum) + high)) + sum);
}

ADJ_INLINE double log10_f64(double x) {
    const double inverse_high = 0x1.bcb7b00000000p-2, inverse_low = 0x1.526e50e32a6abp-26;
    log_parts p = split_f64(x);
    double_pair h = halves_f64(p.f);
    double high = h.high * inverse_high, exponent = p.k * 0x1.34413509f4000p-2;
    double low = p.k * 0x1.cff7988f8959bp-41 + ((h.low + h.high) * inverse_low + h.low * inverse_high);
    double sum = exponent + high;
    return log_special(x, (low + ((exponent - sum) + high)) + sum);
}

// ---------------------------------------------------------------------------------------------------------
// Sine and cosine, up to ADJ_TRIG_BOUND_F64: pi/2 is cut into pieces of 33 bits, whose products with the quadrant
// are exact.

#define ADJ_TRIG_BOUND_F64 1.0e6

typedef struct {
    double sin, cos; // of the rest of the argument
    uint64_t quadrant;
} trig_parts;

ADJ_INLINE trig_parts trig_f64(double x) {
    double rounded = x * 0x1.45f306dc9c883p-1 + ROUNDER, k = rounded - ROUNDER;
    double a = x - k * 0x1.921fb54400000p+0;
    double second = k * 0x1.0b4611a600000p-34, b = a - second, back = b - a;
    double error = (a - (b - back)) - (second + back);
    double third = k * 0x1.3198a2e000000p-69, c = b - third;
    back = c - b;
    error += (b - (c - back)) - (third + back);
    double tail = error - k * 0x1.b839a252049c1p-104;
    double y = c + tail, low = (c - y) + tail;

    double z = y * y, w = z * z, v = z * y;
    double sin_rest = 8.33333333332248946124e-03 + z * (-1.98412698298579493134e-04 + z * 2.75573137070700676789e-06) +
                      z * w * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10);
    double cos_rest = z * (4.16666666666666019037e-02 +
                           z * (-1.38888888888741095749e-03 + z * 2.48015872894767294178e-05)) +
                      w * w * (-2.75573143513906633035e-07 +
                               z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11));
    double half = 0.5 * z, one = 1 - half;
    trig_parts t;
    t.sin = y - ((z * (0.5 * low - v * sin_rest) - low) - v * -1.66666666666666324348e-01);
    t.cos = one + (((1 - one) - half) + (z * cos_rest - y * low));
    t.quadrant = adj_bits_f64(rounded);
    return t;
}

// The sine of quadrant * pi/2 + rest.
ADJ_INLINE double trig_select(double sine, double cosine, uint64_t quadrant) {
    uint64_t odd = 0 - (quadrant & 1);
    uint64_t bits = (adj_bits_f64(cosine) & odd) | (adj_bits_f64(sine) & ~odd);
    return adj_from_bits_f64(bits ^ (quadrant & 2) << 62);
}

ADJ_INLINE double sin_f64(double x) {
    trig_parts t = trig_f64(x);
    double y = trig_select(t.sin, t.cos, t.quadrant);
    return x == 0 ? x : y;
}

ADJ_INLINE double cos_f64(double x) {
    trig_parts t = trig_f64(x);
    return trig_select(t.sin, t.cos, t.quadrant + 1);
}

ADJ_INLINE double pow_f64(double x, double y) { return pow(x, y); }
ADJ_INLINE double tan_f64(double x) { return tan(x); }
ADJ_INLINE double erf_f64(double x) { return erf(x); }
ADJ_INLINE double rsqrt_f64(double x) { return 1 / adj_sqrt(x); }

// ---------------------------------------------------------------------------------------------------------
// Sigmoid curves

// The quotient is corrected to first order by what rounding its numerator and denominator lost; the reciprocal
// of the denominator follows from the quotient itself.

// (e^2a - 1) / (e^2a - 1 + 2)
ADJ_INLINE double tanh_f64(double x) {
    double a = __builtin_fabs(x);
    double_pair e = expm1_pair(2 * (a > 22 ? 22 : a));
    double d = e.high + 2, lost = e.high > 2 ? (e.high - d) + 2 : (2 - d) + e.high;
    double q = e.high / d, y = q + (e.low - q * (lost + e.low)) * (0.5 * (1 - q));
    return __builtin_copysign(a < 0x1p-28 ? a : y, x);
}

// With z = e^-|x|: z / (1 + z) for negative x, else 1 / (1 + z).
ADJ_INLINE double sigmoid_f64(double x) {
    double a = -__builtin_fabs(x);
    a = a < -800 ? -800 : a;
    double k = (a * LOG2_E + ROUNDER) - ROUNDER;
    double high = a - k * LN2_HIGH, low = k * LN2_LOW, r = high - low;
    double t = r + (((high - r) - low) + r * r * exp_tail(r)), p = 1 + t;
    double z = scale_f64(p, k), z_low = scale_f64(t - (p - 1), k);
    double d = 1 + z, lost = ((1 - d) + z) + z_low;
    double q = (x < 0 ? z : 1) / d;
    return q + ((x < 0 ? z_low : 0) - q * lost) * (x < 0 ? 1 - q : q);
}

#endif
