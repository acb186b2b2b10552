// Running quantities along `length` of [outer, length, inner], from the first to the last element or back.
#include "internal.h"
#include <complex.h>

// y[r] = a[r] * y[r - 1] + b[r], the first y being the first b. F32 is accumulated in double; whole numbers wrap.
#define RECURRENCE(T, ACC)                                                                         \
    static void recurrence_##T(const T *a, const T *b, T *y, int64_t length, int64_t inner, int64_t o_begin, \
                               int64_t o_end, bool reverse) {                                      \
        int64_t step = reverse ? -inner : inner;                                                   \
        for (int64_t o = o_begin; o < o_end; o++)                                                  \
            for (int64_t i = 0; i < inner; i++) {                                                  \
                int64_t at = (o * length + (reverse ? length - 1 : 0)) * inner + i;                \
                ACC running = (ACC)b[at];                                                          \
                y[at] = b[at];                                                                     \
                for (int64_t r = 1; r < length; r++) {                                             \
                    at += step;                                                                    \
                    running = (ACC)a[at] * running + (ACC)b[at];                                   \
                    y[at] = (T)running;                                                            \
                }                                                                                  \
            }                                                                                      \
    }
RECURRENCE(int32_t, uint32_t)
RECURRENCE(int64_t, uint64_t)
RECURRENCE(float, double)
RECURRENCE(double, double)
typedef float complex complex64;
typedef double complex complex128;
RECURRENCE(complex64, complex128)
RECURRENCE(complex128, complex128)

void adj_recurrence(int32_t dtype, const void *a, const void *b, void *y, int64_t length, int64_t inner,
                    int64_t o_begin, int64_t o_end, int32_t reverse) {
    if (length <= 0) return;
    switch (dtype) {
    case ADJ_I32: recurrence_int32_t(a, b, y, length, inner, o_begin, o_end, reverse != 0); break;
    case ADJ_I64: recurrence_int64_t(a, b, y, length, inner, o_begin, o_end, reverse != 0); break;
    case ADJ_F32: recurrence_float(a, b, y, length, inner, o_begin, o_end, reverse != 0); break;
    case ADJ_C64: recurrence_complex64(a, b, y, length, inner, o_begin, o_end, reverse != 0); break;
    case ADJ_C128: recurrence_complex128(a, b, y, length, inner, o_begin, o_end, reverse != 0); break;
    default: recurrence_double(a, b, y, length, inner, o_begin, o_end, reverse != 0); break;
    }
}

// ln(e^a + e^b); equal infinities stay.
static double log_add_exp(double a, double b) {
    if (a == b && a - a != 0) return a;
    double high = a > b || a != a ? a : b, low = high == a || a != a ? b : a;
    return high + log1p(exp(low - high));
}

#define LOG_CUMULATIVE(T)                                                                          \
    static void log_cumulative_##T(const T *x, T *y, int64_t length, int64_t inner, int64_t o_begin, int64_t o_end) { \
        for (int64_t o = o_begin; o < o_end; o++)                                                  \
            for (int64_t i = 0; i < inner; i++) {                                                  \
                double running = -INFINITY;                                                        \
                for (int64_t r = 0; r < length; r++) {                                             \
                    int64_t at = (o * length + r) * inner + i;                                     \
                    running = log_add_exp(running, (double)x[at]);                                 \
                    y[at] = (T)running;                                                            \
                }                                                                                  \
            }                                                                                      \
    }
LOG_CUMULATIVE(float)
LOG_CUMULATIVE(double)

void adj_log_cumulative_sum_exp(int32_t dtype, const void *x, void *y, int64_t length, int64_t inner, int64_t o_begin,
                                int64_t o_end) {
    if (dtype == ADJ_F32) log_cumulative_float(x, y, length, inner, o_begin, o_end);
    else log_cumulative_double(x, y, length, inner, o_begin, o_end);
}
