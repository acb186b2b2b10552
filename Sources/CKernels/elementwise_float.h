// The instructions of one float type. Defined by the includer: T, SUFFIX, BITS (its unsigned integer type), TO_BITS,
// FROM_BITS, MATH(f, ...) (libm's f in double, rounded to T), BUILTIN(f) (the compiler's f for T), TRIG_BOUND and
// SOME_LOOPS (those of functions that only one of the types has vector code for). The elementary functions are those
// of math_f32.h and math_f64.h.

#define FF(name) ADJ_JOIN(name, SUFFIX)

ADJ_INLINE T FF(neg)(T a) { return -a; }
ADJ_INLINE T FF(abs)(T a) { return BUILTIN(fabs)(a); }
ADJ_INLINE T FF(sign)(T a) {
    T s = (T)(a > 0) - (T)(a < 0);
    return a != a ? a : s;
}
ADJ_INLINE T FF(add)(T a, T b) { return a + b; }
ADJ_INLINE T FF(sub)(T a, T b) { return a - b; }
ADJ_INLINE T FF(mul)(T a, T b) { return a * b; }
ADJ_INLINE T FF(div)(T a, T b) { return a / b; }
// -0 counts as less than +0, so that max and min commute.
ADJ_INLINE T FF(max)(T a, T b) {
    T m = a > b ? a : b;
    T equal = FROM_BITS(TO_BITS(a) & TO_BITS(b));
    m = a == b ? equal : m;
    return a != a ? a : m;
}
ADJ_INLINE T FF(min)(T a, T b) {
    T m = a < b ? a : b;
    T equal = FROM_BITS(TO_BITS(a) | TO_BITS(b));
    m = a == b ? equal : m;
    return a != a ? a : m;
}
ADJ_INLINE T FF(isnan)(T a) { return (T)(a != a); }
ADJ_INLINE T FF(fmod)(T a, T b) { return MATH(fmod, a, b); }
ADJ_INLINE T FF(rem)(T a, T b) {
    T r = FF(fmod)(a, b);
    if (r == 0) return BUILTIN(copysign)(0, b);
    return (r < 0) != (b < 0) ? r + b : r;
}
// The quotient that belongs to rem: (a - rem) / b is a whole number but for rounding.
ADJ_INLINE T FF(floordiv)(T a, T b) {
    if (b == 0 || a != a || b != b) return a / b;
    T r = FF(fmod)(a, b);
    T q = (a - r) / b;
    if (r != 0 && (r < 0) != (b < 0)) q -= 1;
    if (q == 0) return BUILTIN(copysign)(0, a / b);
    T whole = BUILTIN(floor)(q);
    return q - whole > (T)0.5 ? whole + 1 : whole;
}
ADJ_INLINE T FF(floor)(T a) { return BUILTIN(floor)(a); }
ADJ_INLINE T FF(ceil)(T a) { return BUILTIN(ceil)(a); }
ADJ_INLINE T FF(round)(T a) { return BUILTIN(rint)(a); }
ADJ_INLINE T FF(trunc)(T a) { return BUILTIN(trunc)(a); }
ADJ_INLINE T FF(sqrt)(T a) { return adj_sqrt(a); }
ADJ_INLINE T FF(asin)(T a) { return MATH(asin, a); }
ADJ_INLINE T FF(acos)(T a) { return MATH(acos, a); }
ADJ_INLINE T FF(atan)(T a) { return MATH(atan, a); }
ADJ_INLINE T FF(sinh)(T a) { return MATH(sinh, a); }
ADJ_INLINE T FF(cosh)(T a) { return MATH(cosh, a); }
ADJ_INLINE T FF(asinh)(T a) { return MATH(asinh, a); }
ADJ_INLINE T FF(acosh)(T a) { return MATH(acosh, a); }
ADJ_INLINE T FF(atanh)(T a) { return MATH(atanh, a); }
ADJ_INLINE T FF(erfc)(T a) { return MATH(erfc, a); }
ADJ_INLINE T FF(atan2)(T a, T b) { return MATH(atan2, a, b); }
ADJ_INLINE T FF(hypot)(T a, T b) { return MATH(hypot, a, b); }
ADJ_INLINE T FF(copysign)(T a, T b) { return BUILTIN(copysign)(a, b); }
ADJ_INLINE T FF(nextafter)(T a, T b) { return BUILTIN(nextafter)(a, b); }

#include "elementwise_common.h"

// sin, cos and tan reduce their argument by a short sum that holds up to TRIG_BOUND; beyond it libm does each element.
// Pieces go through a buffer because d may be a.
#define TRIG_PIECE 256
#define TRIG(name)                                                                                 \
    LOOP_BEGIN(loop_##name)                                                                        \
        T piece[TRIG_PIECE];                                                                       \
        for (int64_t start = 0; start < n; start += TRIG_PIECE) {                                  \
            int64_t m = adj_min64(n - start, TRIG_PIECE);                                          \
            const T *x = a + start;                                                                \
            BITS huge = 0;                                                                         \
            ADJ_SIMD for (int64_t i = 0; i < m; i++) {                                             \
                piece[i] = FN(name)(x[i]);                                                         \
                huge |= (BITS)(BUILTIN(fabs)(x[i]) > TRIG_BOUND);                                  \
            }                                                                                      \
            for (int64_t i = 0; huge != 0 && i < m; i++)                                           \
                if (BUILTIN(fabs)(x[i]) > TRIG_BOUND) piece[i] = MATH(name, x[i]);                 \
            memcpy(d + start, piece, (size_t)m * sizeof(T));                                       \
        }                                                                                          \
    }

SOME_LOOPS
TRIG(sin) TRIG(cos)
BINARY(div) BINARY_LAST(div) BINARY_FIRST(div)
UNARY(floor) UNARY(ceil) UNARY(round) UNARY(trunc) UNARY(sqrt) UNARY(rsqrt)
UNARY(exp) UNARY(exp2) UNARY(expm1) UNARY(log) UNARY(log2) UNARY(log10) UNARY(log1p) UNARY(tanh) UNARY(sigmoid)
UNARY_SLOW(asin) UNARY_SLOW(acos) UNARY_SLOW(atan) UNARY_SLOW(sinh) UNARY_SLOW(cosh)
UNARY_SLOW(asinh) UNARY_SLOW(acosh) UNARY_SLOW(atanh) UNARY_SLOW(erfc)
BINARY_SLOW(atan2) BINARY_SLOW(hypot) BINARY(copysign) BINARY_SLOW(nextafter)

#undef TRIG
#undef TRIG_PIECE
#undef FF
#undef FN
#undef LOOP_BEGIN
#undef UNARY
#undef BINARY
#undef BINARY_LAST
#undef BINARY_FIRST
#undef UNARY_SLOW
#undef BINARY_SLOW
#undef BINARY_LAST_SLOW
#undef T
#undef SUFFIX
#undef BITS
#undef TO_BITS
#undef FROM_BITS
#undef MATH
#undef BUILTIN
#undef TRIG_BOUND
#undef SOME_LOOPS
