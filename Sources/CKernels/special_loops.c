// The loops over special functions: one element after the other, the same for all instruction sets.
#include "special_functions.h"

#define LOOP(name, suffix, T, CALL)                                                                \
    void adj_loop_##name##_##suffix(void *pd, const void *pa, const void *pb, const void *pc, int64_t n) { \
        T *d = pd;                                                                                 \
        const T *a = pa, *b = pb, *c = pc;                                                         \
        (void)b, (void)c;                                                                          \
        for (int64_t i = 0; i < n; i++) d[i] = (T)adj_special_##name CALL;                         \
    }
#define UNARY(OP, name)                                                                            \
    LOOP(name, f32, float, ((double)a[i]))                                                         \
    LOOP(name, f64, double, (a[i]))
#define BINARY(OP, name)                                                                           \
    LOOP(name, f32, float, ((double)a[i], (double)b[i]))                                           \
    LOOP(name, f64, double, (a[i], b[i]))
#define TERNARY(OP, name)                                                                          \
    LOOP(name, f32, float, ((double)a[i], (double)b[i], (double)c[i]))                             \
    LOOP(name, f64, double, (a[i], b[i], c[i]))

ADJ_SPECIAL_UNARY(UNARY)
ADJ_SPECIAL_BINARY(BINARY)
ADJ_SPECIAL_TERNARY(TERNARY)
