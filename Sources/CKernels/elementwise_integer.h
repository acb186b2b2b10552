// The instructions of one integer type: T, U (its unsigned type, at least 32 bits wide, so that nothing is
// promoted to a signed type that could overflow) and SUFFIX are defined by the includer.

// Comparisons with 0 mean nothing for unsigned types, but do no harm.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtype-limits"
#endif

#define FI(name) ADJ_JOIN(name, SUFFIX)

ADJ_INLINE T FI(neg)(T a) { return (T)((U)0 - (U)a); }
ADJ_INLINE T FI(abs)(T a) { return a < 0 ? (T)((U)0 - (U)a) : a; }
ADJ_INLINE T FI(sign)(T a) { return (T)((a > 0) - (a < 0)); }
ADJ_INLINE T FI(add)(T a, T b) { return (T)((U)a + (U)b); }
ADJ_INLINE T FI(sub)(T a, T b) { return (T)((U)a - (U)b); }
ADJ_INLINE T FI(mul)(T a, T b) { return (T)((U)a * (U)b); }
ADJ_INLINE T FI(max)(T a, T b) { return a > b ? a : b; }
ADJ_INLINE T FI(min)(T a, T b) { return a < b ? a : b; }
ADJ_INLINE T FI(isnan)(T a) { (void)a; return 0; }

// The smallest number divided by -1 wraps, so -1 is a negation; with 0 as divisor everything is 0.
ADJ_INLINE T FI(div)(T a, T b) {
    if (b == 0) return 0;
    if (b == (T)-1 && (T)-1 < 0) return FI(neg)(a);
    return (T)(a / b);
}
ADJ_INLINE T FI(fmod)(T a, T b) {
    if (b == 0 || (b == (T)-1 && (T)-1 < 0)) return 0;
    return (T)(a % b);
}
ADJ_INLINE T FI(rem)(T a, T b) {
    T r = FI(fmod)(a, b);
    return r != 0 && (r < 0) != (b < 0) ? (T)(r + b) : r;
}
ADJ_INLINE T FI(floordiv)(T a, T b) {
    T r = FI(fmod)(a, b);
    T q = FI(div)(a, b);
    return r != 0 && (r < 0) != (b < 0) ? (T)(q - 1) : q;
}
ADJ_INLINE T FI(pow)(T a, T b) {
    if (b < 0) {
        if (a == 1) return 1;
        if (a != (T)-1) return 0;
        return (b & 1) != 0 ? a : (T)1;
    }
    U result = 1, base = (U)a;
    for (U left = (U)b; left != 0; left >>= 1) {
        if (left & 1) result *= base;
        base *= base;
    }
    return (T)result;
}

ADJ_INLINE T FI(bitand)(T a, T b) { return (T)(a & b); }
ADJ_INLINE T FI(bitor)(T a, T b) { return (T)(a | b); }
ADJ_INLINE T FI(bitxor)(T a, T b) { return (T)(a ^ b); }
ADJ_INLINE T FI(bitnot)(T a) { return (T)~(U)a; }
#define WIDTH ((T)(8 * sizeof(T)))
ADJ_INLINE T FI(shiftleft)(T a, T b) { return b < 0 || b >= WIDTH ? (T)0 : (T)((U)a << b); }
ADJ_INLINE T FI(shiftright)(T a, T b) {
    if (b < 0 || b >= WIDTH) return a < 0 ? (T)-1 : (T)0;
    return (T)(a >> b);
}
#undef WIDTH
ADJ_INLINE T FI(gcd)(T a, T b) {
    U x = (U)FI(abs)(a), y = (U)FI(abs)(b);
    while (y != 0) {
        U rest = x % y;
        x = y, y = rest;
    }
    return (T)x;
}
ADJ_INLINE T FI(lcm)(T a, T b) {
    T divisor = FI(gcd)(a, b);
    return divisor == 0 ? (T)0 : FI(abs)(FI(mul)(FI(div)(a, divisor), b));
}

#include "elementwise_common.h"

BINARY_SLOW(div) BINARY_SLOW(pow) BINARY_SLOW(gcd) BINARY_SLOW(lcm)
BINARY(bitand) BINARY(bitor) BINARY(bitxor) UNARY(bitnot) BINARY(shiftleft) BINARY(shiftright)
BINARY_LAST(bitand) BINARY_LAST(bitor) BINARY_LAST(bitxor)

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#undef FI
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
#undef U
#undef SUFFIX
