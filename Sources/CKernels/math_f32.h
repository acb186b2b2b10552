// Elementary functions of floats. exp, tanh and sigmoid, the hot ones of networks, are computed in float; the others
// in double with polynomials just long enough, so that the result is correctly rounded but for rare cases next to a
// tie. Denormal numbers are no exception. AccuracyTests has the errors.
#ifndef ADJOINT_MATH_F32_H
#define ADJOINT_MATH_F32_H

#include "math_f64.h"

// Polynomials are evaluated in pairs of terms, which leaves shorter chains of dependencies.

// (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2, to 2^-29; square is r^2.
ADJ_INLINE double exp_tail_f32(double r, double square) {
    double low = 0x1.0000000b9129bp-1 + 0x1.5555555a78ed4p-3 * r;
    double middle = 0x1.5554e9063586ep-5 + 0x1.1110e0f238322p-7 * r;
    double high = 0x1.6d43246b523b4p-10 + 0x1.a124f19fe89acp-13 * r;
    return (low + square * middle) + (square * square) * high;
}

ADJ_INLINE float clamp_f32(float x, float low, float high) { // keeps NaN
    x = x < low ? low : x;
    return x > high ? high : x;
}

// exp to the precision of a float, for x from -1000 to 700.
ADJ_INLINE double exp_bounded_f32(double x) {
    double rounded = x * LOG2_E + ROUNDER;
    double r = x - (rounded - ROUNDER) * 0x1.62e42fefa39efp-1, square = r * r;
    return power_of_two(rounded) * ((1 + r) + square * exp_tail_f32(r, square));
}

// The same for any x: what is 0 or infinite as a float need not be so here.
ADJ_INLINE double exp_core_f32(double x) { return exp_bounded_f32(clamp_f64(x, -110, 90)); }

// e^x = mantissa 2^k for x from -104 to 89, in float arithmetic; the low bits of `exponent` are those of k.
typedef struct {
    float mantissa;
    uint32_t exponent;
} exp_parts_f32;

ADJ_INLINE exp_parts_f32 exp_split_f32(float x) {
    const float rounder = 0x1.8p23f;
    float rounded = x * 0x1.715476p+0f + rounder, k = rounded - rounder;
    float r = (x - k * 0x1.62ep-1f) - k * 0x1.0bfbe8p-15f;
    float tail = 0x1.555516p-5f + r * (0x1.121076p-7f + r * 0x1.6d1610p-10f);
    exp_parts_f32 parts = {1 + (r + r * r * (0x1p-1f + r * (0x1.5554d8p-3f + r * tail))), adj_bits_f32(rounded)};
    return parts;
}

// 2^k for k from -127, where it is 0, to 127.
ADJ_INLINE float power_of_two_f32(uint32_t k) { return adj_from_bits_f32((k + 127u) << 23); }

// The power of two goes in by halves, which denormal and infinite results need.
ADJ_INLINE float exp_f32(float x) {
    exp_parts_f32 e = exp_split_f32(clamp_f32(x, -104, 89));
    int32_t k = (int32_t)(e.exponent - 0x4b400000u), half = k >> 1;
    return e.mantissa * power_of_two_f32((uint32_t)half) * power_of_two_f32((uint32_t)(k - half));
}

// exp for x <= 0; 0 below -87.7: for sums of exponentials and their shares.
ADJ_INLINE float exp_share_f32(float x) {
    exp_parts_f32 e = exp_split_f32(x < -88.0f ? -88.0f : x);
    return e.mantissa * power_of_two_f32(e.exponent);
}

ADJ_INLINE float exp2_f32(float x) {
    double v = (double)clamp_f32(x, -160, 130);
    double rounded = v + ROUNDER, r = (v - (rounded - ROUNDER)) * 0x1.62e42fefa39efp-1, square = r * r;
    return (float)(power_of_two(rounded) * ((1 + r) + square * exp_tail_f32(r, square)));
}

ADJ_INLINE double expm1_bounded_f32(double x) {
    double rounded = x * LOG2_E + ROUNDER;
    double r = x - (rounded - ROUNDER) * 0x1.62e42fefa39efp-1, scale = power_of_two(rounded), square = r * r;
    return scale * (r + square * exp_tail_f32(r, square)) + (scale - 1);
}

ADJ_INLINE float expm1_f32(float x) {
    float y = (float)expm1_bounded_f32((double)clamp_f32(x, -30, 90));
    return x == 0 ? x : y;
}

// log(1 + f) to 2^-31
ADJ_INLINE double log_rest_f32(double f) {
    double f2 = f * f, f4 = f2 * f2;
    double q0 = -0x1.00000004c3651p-1 + 0x1.555554f8812fep-2 * f;
    double q2 = -0x1.ffffda038e18ap-3 + 0x1.9999e6a00e1fcp-3 * f;
    double q4 = -0x1.5561998bb3660p-3 + 0x1.2491d14ac407fp-3 * f;
    double q6 = -0x1.fd39c774c1e30p-4 + 0x1.c41a8f7e0d1f0p-4 * f;
    double q8 = -0x1.b91e1a6c05581p-4 + 0x1.b1c2f5f45c882p-4 * f;
    double low = q0 + q2 * f2, middle = q4 + q6 * f2, high = q8 + -0x1.ed3c9c11e99dfp-5 * f2;
    return f + f2 * (low + f4 * (middle + f4 * high));
}

// split_f64 for numbers that are normal as doubles, as all floats are.
ADJ_INLINE log_parts split_normal(double x) {
    uint64_t bits = adj_bits_f64(x);
    uint64_t exponent = (bits + (0x3ff0000000000000u - 0x3fe6a09e667f3bcdu)) >> 52;
    log_parts parts;
    parts.k = adj_from_bits_f64(exponent | 0x4330000000000000u) - (0x1p52 + 1023);
    parts.f = adj_from_bits_f64(bits - ((exponent - 1023) << 52)) - 1;
    return parts;
}

ADJ_INLINE float log_f32(float x) {
    log_parts p = split_normal((double)x);
    return (float)log_special((double)x, p.k * 0x1.62e42fefa39efp-1 + log_rest_f32(p.f));
}

ADJ_INLINE float log2_f32(float x) {
    log_parts p = split_normal((double)x);
    return (float)log_special((double)x, p.k + log_rest_f32(p.f) * LOG2_E);
}

ADJ_INLINE float log10_f32(float x) {
    log_parts p = split_normal((double)x);
    double y = p.k * 0x1.34413509f79ffp-2 + log_rest_f32(p.f) * 0x1.bcb7b1526e50ep-2;
    return (float)log_special((double)x, y);
}

// 1 + x is exact but for small x, where what is lost counts fully.
ADJ_INLINE float log1p_f32(float x) {
    double v = (double)x, u = 1 + v;
    double lost = __builtin_fabs(v) < 0.5 ? v - (u - 1) : 0;
    log_parts p = split_normal(u);
    double y = log_special(u, p.k * 0x1.62e42fefa39efp-1 + (log_rest_f32(p.f) + lost));
    return x == 0 ? x : (float)y;
}

// 1 / x to about 2^-45 for x in the range of floats: divisions of floats are much faster than those of doubles.
ADJ_INLINE double reciprocal_f32(double x) {
    double y = (double)(1 / (float)x);
    return y * (2 - x * y);
}

// ---------------------------------------------------------------------------------------------------------
// Sine and cosine, up to ADJ_TRIG_BOUND_F32

#define ADJ_TRIG_BOUND_F32 1.0e6f

ADJ_INLINE trig_parts trig_f32(double x) {
    double rounded = x * 0x1.45f306dc9c883p-1 + ROUNDER, k = rounded - ROUNDER;
    double r = (x - k * 0x1.921fb54400000p+0) - k * 0x1.0b4611a626331p-34, z = r * r;
    double s = 0x1.6dbbee1f24647p-19;
    s = s * z + -0x1.a013a11619d1bp-13;
    s = s * z + 0x1.11110dea5e8c0p-7;
    s = s * z + -0x1.555555545c0f8p-3;
    double c = -0x1.2473214f428b9p-22;
    c = c * z + 0x1.a01291464359ep-16;
    c = c * z + -0x1.6c16badbea939p-10;
    c = c * z + 0x1.5555555147373p-5;
    c = c * z + -0x1.fffffffffe656p-2;
    trig_parts t = {r + r * z * s, 1 + z * c, adj_bits_f64(rounded)};
    return t;
}

ADJ_INLINE float sin_f32(float x) {
    trig_parts t = trig_f32((double)x);
    float y = (float)trig_select(t.sin, t.cos, t.quadrant);
    return x == 0 ? x : y;
}

ADJ_INLINE float cos_f32(float x) {
    trig_parts t = trig_f32((double)x);
    return (float)trig_select(t.sin, t.cos, t.quadrant + 1);
}

ADJ_INLINE float tan_f32(float x) {
    trig_parts t = trig_f32((double)x);
    double sine = trig_select(t.sin, t.cos, t.quadrant), cosine = trig_select(t.sin, t.cos, t.quadrant + 1);
    float y = (float)(sine * reciprocal_f32(cosine));
    return x == 0 ? x : y;
}

// ---------------------------------------------------------------------------------------------------------
// Sigmoid curves

// An odd polynomial up to 0.8; beyond 1 - 2 / (e^(2 |x|) + 1), which is 1 from 10 on.
ADJ_INLINE float tanh_f32(float x) {
    float a = __builtin_fabsf(x), z = a * a, bounded = a > 10 ? 10 : a;
    float rest = -0x1.fae2c2p-8f + z * 0x1.ce20b0p-10f;
    rest = -0x1.b9b23ap-5f + z * (0x1.609b1cp-6f + z * rest);
    float near = a + a * z * (-0x1.555554p-2f + z * (0x1.110fa6p-3f + z * rest));
    exp_parts_f32 e = exp_split_f32(bounded + bounded);
    float far = 1 - 2 / (e.mantissa * power_of_two_f32(e.exponent) + 1);
    return __builtin_copysignf(a > 0.8f ? far : near, x);
}

ADJ_INLINE float sigmoid_f32(float x) {
    float z = exp_f32(-__builtin_fabsf(x));
    return (x < 0 ? z : 1) / (1 + z);
}

// A polynomial in x^2 below 1; above 1 - e^(-x^2) g(x), with g a polynomial in 1 / (x + 2).
ADJ_INLINE float erf_f32(float x) {
    float bounded = __builtin_fabsf(x);
    double a = (double)(bounded > 4 ? 4 : bounded), z = a * a, z2 = z * z, t = reciprocal_f32(a + 2), t2 = t * t;
    double near_low = (0x1.20dd7504045d6p+0 + -0x1.81274665754c3p-2 * z) +
                      z2 * (0x1.ce2f08fec14fdp-4 + -0x1.b829c897922e5p-6 * z);
    double near_high = (0x1.562a60ddba6e6p-8 + -0x1.bccf664d7f763p-11 * z) +
                       z2 * (0x1.d887505de3ba6p-14 + -0x1.445f47d33d87bp-17 * z);
    double far_low = (-0x1.586dbd299ae65p-13 + 0x1.23e7317ef6f07p-1 * t) +
                     t2 * (0x1.08f61e41af39ap+0 + 0x1.67747e37d42e3p+1 * t);
    double far_high = (-0x1.c369c5ab7978cp+0 + 0x1.247cde7ee98cap+4 * t) +
                      t2 * (-0x1.e7f63dd4cc1b8p+4 + 0x1.ef02f6013edacp+3 * t);
    double near = a * (near_low + z2 * z2 * near_high);
    double far = 1 - exp_bounded_f32(-z) * (far_low + t2 * t2 * far_high);
    return __builtin_copysignf((float)(a < 1 ? near : far), x);
}

// One step of Newton's method in double makes up for the two roundings; where there is no finite result it would
// give NaN.
ADJ_INLINE float rsqrt_f32(float x) {
    float first = 1 / adj_sqrt(x);
    double y = (double)first, better = y * (1.5 - 0.5 * (double)x * (y * y));
    return ((first > 0) & (first < __builtin_inff())) ? (float)better : first;
}

// pow as exp(y log |x|), with the sign and the special cases of C.
ADJ_INLINE float pow_f32(float x, float y) {
    double a = (double)__builtin_fabsf(x), b = (double)y;
    double product = b * log_f64(a);
    double power = exp_core_f32(product);
    double half = b * 0.5;
    bool large = __builtin_fabs(b) >= 0x1p24; // even, or infinite
    bool whole = large | ((b + ROUNDER) - ROUNDER == b);
    bool odd = !large & whole & ((half + ROUNDER) - ROUNDER != half);
    bool negative = (adj_bits_f32(x) >> 31) != 0;
    double signed_power = (negative & odd) ? -power : power;
    signed_power = ((x < 0) & !whole & (a != __builtin_inf())) ? __builtin_nan("") : signed_power;
    bool one = (y == 0) | (x == 1) | ((x == -1) & (__builtin_fabs(b) == __builtin_inf()));
    return (float)(one ? 1 : signed_power);
}

#endif
