// The instructions of complex numbers of one width. Included once for each with
//   T (a struct of re and im), R (its parts' type) and SUFFIX.
// Elementary functions are those of C99's complex library, computed in double precision.

#define FN(name) ADJ_JOIN(name, SUFFIX)
#define LOOP_BEGIN(name)                                                                           \
    static void FN(name)(void *pd, const void *pa, const void *pb, const void *pc, int64_t n) {    \
        T *d = pd;                                                                                 \
        const T *a = pa, *b = pb, *c = pc;                                                         \
        (void)b, (void)c;
#define UNARY(name)                                                                                \
    LOOP_BEGIN(loop_##name) for (int64_t i = 0; i < n; i++) d[i] = FN(name)(a[i]); }
#define BINARY(name)                                                                               \
    LOOP_BEGIN(loop_##name) for (int64_t i = 0; i < n; i++) d[i] = FN(name)(a[i], b[i]); }
// y = f(z) for an f of the complex library.
#define FUNCTION(name, formula)                                                                    \
    ADJ_INLINE T FN(name)(T x) {                                                                   \
        double _Complex z = FN(wide)(x);                                                           \
        return FN(narrow)(formula);                                                                \
    }                                                                                              \
    UNARY(name)

ADJ_INLINE double _Complex FN(wide)(T x) { return adj_complex((double)x.re, (double)x.im); }
ADJ_INLINE T FN(narrow)(double _Complex z) { return (T){(R)creal(z), (R)cimag(z)}; }
ADJ_INLINE T FN(real)(R re) { return (T){re, 0}; }
ADJ_INLINE int FN(nonzero)(T x) { return (x.re != 0) | (x.im != 0); }

ADJ_INLINE T FN(neg)(T a) { return (T){-a.re, -a.im}; }
ADJ_INLINE T FN(conj)(T a) { return (T){a.re, -a.im}; }
ADJ_INLINE T FN(realpart)(T a) { return (T){a.re, 0}; }
ADJ_INLINE T FN(imagpart)(T a) { return (T){a.im, 0}; }
ADJ_INLINE T FN(abs)(T a) { return FN(real)((R)hypot((double)a.re, (double)a.im)); }
ADJ_INLINE T FN(angle)(T a) { return FN(real)((R)atan2((double)a.im, (double)a.re)); }
ADJ_INLINE T FN(add)(T a, T b) { return (T){a.re + b.re, a.im + b.im}; }
ADJ_INLINE T FN(sub)(T a, T b) { return (T){a.re - b.re, a.im - b.im}; }
ADJ_INLINE T FN(mul)(T a, T b) { return (T){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }
// z / |z|, 0 at 0.
ADJ_INLINE T FN(sign)(T a) {
    R size = FN(abs)(a).re;
    return size == 0 ? a : (T){a.re / size, a.im / size};
}
// Smith's method (1962): no part overflows before the quotient does.
ADJ_INLINE T FN(div)(T a, T b) {
    if (b.im == 0) return (T){a.re / b.re, a.im / b.re};
    if ((b.re < 0 ? -b.re : b.re) >= (b.im < 0 ? -b.im : b.im)) {
        R ratio = b.im / b.re, scale = b.re + b.im * ratio;
        return (T){(a.re + a.im * ratio) / scale, (a.im - a.re * ratio) / scale};
    }
    R ratio = b.re / b.im, scale = b.re * ratio + b.im;
    return (T){(a.re * ratio + a.im) / scale, (a.im * ratio - a.re) / scale};
}
ADJ_INLINE T FN(gate)(T a, T b) { return FN(nonzero)(a) ? FN(mul)(a, b) : FN(real)(0); }
ADJ_INLINE T FN(eq)(T a, T b) { return FN(real)((a.re == b.re) & (a.im == b.im)); }
ADJ_INLINE T FN(ne)(T a, T b) { return FN(real)((a.re != b.re) | (a.im != b.im)); }
ADJ_INLINE T FN(not)(T a) { return FN(real)(!FN(nonzero)(a)); }
ADJ_INLINE T FN(and)(T a, T b) { return FN(real)(FN(nonzero)(a) & FN(nonzero)(b)); }
ADJ_INLINE T FN(or)(T a, T b) { return FN(real)(FN(nonzero)(a) | FN(nonzero)(b)); }
ADJ_INLINE T FN(xor)(T a, T b) { return FN(real)(FN(nonzero)(a) ^ FN(nonzero)(b)); }
ADJ_INLINE T FN(isnan)(T a) { return FN(real)((a.re != a.re) | (a.im != a.im)); }
ADJ_INLINE T FN(pow)(T a, T b) {
    if (!FN(nonzero)(b)) return FN(real)(1);
    if (b.re == 1 && b.im == 0) return a;
    if (b.re == 2 && b.im == 0) return FN(mul)(a, a);
    if (!FN(nonzero)(a) && b.re > 0) return FN(real)(0);
    return FN(narrow)(cpow(FN(wide)(a), FN(wide)(b)));
}

UNARY(neg) UNARY(conj) UNARY(realpart) UNARY(imagpart) UNARY(abs) UNARY(angle) UNARY(sign) UNARY(not) UNARY(isnan)
BINARY(add) BINARY(sub) BINARY(mul) BINARY(div) BINARY(gate) BINARY(eq) BINARY(ne)
BINARY(and) BINARY(or) BINARY(xor) BINARY(pow)
FUNCTION(sqrt, csqrt(z)) FUNCTION(rsqrt, 1 / csqrt(z))
FUNCTION(exp, cexp(z)) FUNCTION(exp2, cexp(z * 0.693147180559945309417)) FUNCTION(expm1, cexp(z) - 1)
FUNCTION(log, clog(z)) FUNCTION(log2, clog(z) * 1.44269504088896340736)
FUNCTION(log10, clog(z) * 0.434294481903251827651) FUNCTION(log1p, clog(1 + z))
FUNCTION(sin, csin(z)) FUNCTION(cos, ccos(z)) FUNCTION(tan, ctan(z))
FUNCTION(asin, casin(z)) FUNCTION(acos, cacos(z)) FUNCTION(atan, catan(z))
FUNCTION(sinh, csinh(z)) FUNCTION(cosh, ccosh(z)) FUNCTION(tanh, ctanh(z))
FUNCTION(asinh, casinh(z)) FUNCTION(acosh, cacosh(z)) FUNCTION(atanh, catanh(z))
FUNCTION(sigmoid, 1 / (1 + cexp(-z)))

LOOP_BEGIN(loop_copy)
    if (d != a) memmove(d, a, (size_t)n * sizeof(T));
}
LOOP_BEGIN(last_copy)
    const T s = *a;
    for (int64_t i = 0; i < n; i++) d[i] = s;
}
#define SELECT(name, yes, no)                                                                      \
    LOOP_BEGIN(name##_select) for (int64_t i = 0; i < n; i++) { T x = yes, y = no; d[i] = FN(nonzero)(a[i]) ? x : y; } }
SELECT(loop, b[i], c[i]) SELECT(last, b[i], *c) SELECT(first, *b, c[i]) SELECT(both, *b, *c)

#undef SELECT
#undef FUNCTION
#undef BINARY
#undef UNARY
#undef LOOP_BEGIN
#undef FN
#undef T
#undef R
#undef SUFFIX
