// The instructions that every element type has. Included once for each type with
//   T, SUFFIX and, defined before as inline functions with that suffix: neg, abs, sign, add, sub, mul, div,
//   floordiv, rem, fmod, max, min, pow, isnan.

#define FN(name) ADJ_JOIN(name, SUFFIX)
#define LOOP_BEGIN(name)                                                                           \
    static void FN(name)(void *pd, const void *pa, const void *pb, const void *pc, int64_t n) {    \
        T *d = pd;                                                                                 \
        const T *a = pa, *b = pb, *c = pc;                                                         \
        (void)b, (void)c;
#define UNARY(name)                                                                                \
    LOOP_BEGIN(loop_##name) ADJ_SIMD for (int64_t i = 0; i < n; i++) d[i] = FN(name)(a[i]); }
#define BINARY(name)                                                                               \
    LOOP_BEGIN(loop_##name) ADJ_SIMD for (int64_t i = 0; i < n; i++) d[i] = FN(name)(a[i], b[i]); }
#define BINARY_LAST(name)                                                                          \
    LOOP_BEGIN(last_##name)                                                                        \
        const T s = *b;                                                                            \
        ADJ_SIMD for (int64_t i = 0; i < n; i++) d[i] = FN(name)(a[i], s);                         \
    }
#define BINARY_FIRST(name)                                                                         \
    LOOP_BEGIN(first_##name)                                                                       \
        const T s = *a;                                                                            \
        ADJ_SIMD for (int64_t i = 0; i < n; i++) d[i] = FN(name)(s, b[i]);                         \
    }
// Loops that call a function for each element.
#define UNARY_SLOW(name)                                                                           \
    LOOP_BEGIN(loop_##name) for (int64_t i = 0; i < n; i++) d[i] = FN(name)(a[i]); }
#define BINARY_SLOW(name)                                                                          \
    LOOP_BEGIN(loop_##name) for (int64_t i = 0; i < n; i++) d[i] = FN(name)(a[i], b[i]); }
#define BINARY_LAST_SLOW(name)                                                                     \
    LOOP_BEGIN(last_##name)                                                                        \
        const T s = *b;                                                                            \
        for (int64_t i = 0; i < n; i++) d[i] = FN(name)(a[i], s);                                  \
    }

ADJ_INLINE T FN(copy)(T a) { return a; }
ADJ_INLINE T FN(eq)(T a, T b) { return (T)(a == b); }
ADJ_INLINE T FN(ne)(T a, T b) { return (T)(a != b); }
ADJ_INLINE T FN(lt)(T a, T b) { return (T)(a < b); }
ADJ_INLINE T FN(le)(T a, T b) { return (T)(a <= b); }
ADJ_INLINE T FN(gt)(T a, T b) { return (T)(a > b); }
ADJ_INLINE T FN(ge)(T a, T b) { return (T)(a >= b); }
ADJ_INLINE T FN(not)(T a) { return (T)(a == 0); }
ADJ_INLINE T FN(and)(T a, T b) { return (T)((a != 0) & (b != 0)); }
ADJ_INLINE T FN(or)(T a, T b) { return (T)((a != 0) | (b != 0)); }
ADJ_INLINE T FN(xor)(T a, T b) { return (T)((a != 0) ^ (b != 0)); }
ADJ_INLINE T FN(gate)(T a, T b) {
    T product = FN(mul)(a, b);
    // Asked of the product, so that b is read without waiting for what a is.
    return ((FN(isnan)(product) != 0) & (a == 0)) ? (T)0 : product;
}

UNARY(neg) UNARY(abs) UNARY(sign) UNARY(not) UNARY(isnan)
BINARY(add) BINARY(sub) BINARY(mul) BINARY(max) BINARY(min) BINARY(gate)
BINARY(eq) BINARY(ne) BINARY(lt) BINARY(le) BINARY(gt) BINARY(ge) BINARY(and) BINARY(or) BINARY(xor)
BINARY_LAST(add) BINARY_LAST(sub) BINARY_LAST(mul) BINARY_LAST(max) BINARY_LAST(min) BINARY_LAST(gate)
BINARY_LAST(eq) BINARY_LAST(ne) BINARY_LAST(lt) BINARY_LAST(le) BINARY_LAST(gt) BINARY_LAST(ge)
BINARY_LAST(and) BINARY_LAST(or) BINARY_LAST(xor)
BINARY_FIRST(sub)
BINARY_SLOW(floordiv) BINARY_SLOW(rem) BINARY_SLOW(fmod)

LOOP_BEGIN(loop_copy)
    if (d != a) memmove(d, a, (size_t)n * sizeof(T));
}
LOOP_BEGIN(last_copy)
    const T s = *a;
    ADJ_SIMD for (int64_t i = 0; i < n; i++) d[i] = s;
}
LOOP_BEGIN(loop_select)
    ADJ_SIMD for (int64_t i = 0; i < n; i++) { T x = b[i], y = c[i]; d[i] = a[i] != 0 ? x : y; }
}
LOOP_BEGIN(last_select)
    const T y = *c;
    ADJ_SIMD for (int64_t i = 0; i < n; i++) { T x = b[i]; d[i] = a[i] != 0 ? x : y; }
}
LOOP_BEGIN(first_select)
    const T x = *b;
    ADJ_SIMD for (int64_t i = 0; i < n; i++) { T y = c[i]; d[i] = a[i] != 0 ? x : y; }
}
LOOP_BEGIN(both_select)
    const T x = *b, y = *c;
    ADJ_SIMD for (int64_t i = 0; i < n; i++) d[i] = a[i] != 0 ? x : y;
}
