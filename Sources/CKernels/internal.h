// What the files of this target share: the table of kernels of one instruction set and a few helpers.
#ifndef ADJOINT_INTERNAL_H
#define ADJOINT_INTERNAL_H

#include "CKernels.h"
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// Contracting a * b + c would make the bits depend on the instruction set. ADJ_SIMD marks loops whose
// iterations are independent although arrays may coincide (in-place results): no overlap checks, no fallback.
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#define ADJ_SIMD _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off", "no-math-errno", "no-trapping-math")
#define ADJ_SIMD _Pragma("GCC ivdep")
#else
#define ADJ_SIMD
#endif

#define ADJ_JOIN_(a, b) a##_##b
#define ADJ_JOIN(a, b) ADJ_JOIN_(a, b)
#define ADJ_INLINE static inline __attribute__((always_inline, unused))

#define ADJ_DTYPES 10
#define ADJ_REDUCTIONS 8

// Room for one element of any type.
typedef struct {
    uint64_t words[2];
} adj_element;

// One instruction over n elements: d[i] = op(a[i], b[i], c[i]). d may be one of the operands.
typedef void (*adj_loop)(void *d, const void *a, const void *b, const void *c, int64_t n);

// Which operands of a loop are one value instead of an array.
enum {
    ADJ_FORM_ARRAYS = 0,
    ADJ_FORM_LAST = 1,  // the last operand (COPY: its only one)
    ADJ_FORM_FIRST = 2, // the first of two; SELECT: b
    ADJ_FORM_BOTH = 3,  // SELECT: b and c
    ADJ_FORMS = 4,
};

typedef void (*adj_reduce_loop)(const void *x, void *out, int64_t reduce, int64_t inner, int64_t o_begin,
                                int64_t o_end, int64_t r_begin, int64_t r_end);
typedef void (*adj_cast_loop)(const void *src, void *dst, int64_t n);
typedef void (*adj_rows_loop)(const void *x, void *y, int64_t n, int64_t row_begin, int64_t row_end, int32_t log);
typedef void (*adj_standardize_loop)(const void *x, const void *w, const void *b, void *y, int64_t n, double epsilon,
                                     int32_t centered, int64_t row_begin, int64_t row_end);
typedef void (*adj_standardize_pullback_loop)(const void *g, const void *x, const void *w, void *gx, double *gw,
                                              double *gb, int64_t n, double epsilon, int32_t centered,
                                              int64_t row_begin, int64_t row_end);
typedef void (*adj_pullback_loop)(const void *g, const void *y, void *gx, int64_t n, int64_t row_begin,
                                  int64_t row_end, int32_t log);
typedef void (*adj_class_loss_loop)(const void *x, const int64_t *places, void *y, void *shares, double *sums,
                                    int64_t n, int64_t row_begin, int64_t row_end);
typedef void (*adj_class_loss_pullback_loop)(const void *g, int64_t g_step, const void *x, const double *sums,
                                             const int64_t *places, void *gx, int64_t n, int64_t row_begin,
                                             int64_t row_end);
typedef void (*adj_channel_statistics_loop)(const void *x, double *means, double *variances, int64_t samples,
                                            int64_t channels, int64_t inner, int64_t begin, int64_t end);
typedef void (*adj_channel_standardize_loop)(const void *x, const void *w, const void *b, void *y, int64_t samples,
                                             int64_t channels, int64_t inner, double epsilon, int64_t begin,
                                             int64_t end);
typedef void (*adj_channel_pullback_loop)(const void *g, const void *x, const void *w, void *gx, void *gw, void *gb,
                                          int64_t samples, int64_t channels, int64_t inner, double epsilon,
                                          int64_t begin, int64_t end);
typedef void (*adj_arg_loop)(const void *x, int64_t *out, int64_t reduce, int64_t inner, int64_t o_begin,
                             int64_t o_end);
typedef void (*adj_random_loop)(void *out, uint64_t key, uint64_t first, int64_t n);
typedef void (*adj_fourier_loop)(int32_t radix, int64_t m, int64_t run, int64_t step, const double *roots,
                                 const double *xr, const double *xi, double *yr, double *yi);
typedef void (*adj_integers_loop)(void *out, int64_t low, uint64_t span, uint64_t key, uint64_t first, int64_t n);

// Everything that is compiled once for each instruction set. Loops that do not exist are NULL.
typedef void (*adj_lstm_step_loop)(const void *p, const void *s, const void *c, int64_t c_step, void *y, int64_t units,
                                   int64_t begin, int64_t end);
typedef void (*adj_lstm_step_pullback_loop)(const void *g, const void *y, const void *c, int64_t c_step, const void *dh,
                                            void *dc, void *gz, int64_t units, int64_t begin, int64_t end);
typedef struct {
    const char *name;
    adj_loop loop[ADJ_DTYPES][ADJ_OP_COUNT][ADJ_FORMS];
    adj_cast_loop cast[ADJ_DTYPES][ADJ_DTYPES]; // [from][to]
    adj_reduce_loop reduce[ADJ_REDUCTIONS][ADJ_DTYPES];
    adj_arg_loop arg_extreme[2][ADJ_DTYPES]; // [largest][dtype]
    adj_rows_loop softmax[2], logsumexp[2];  // [0]: F32, [1]: F64
    adj_pullback_loop softmax_pullback[2];
    adj_class_loss_loop class_loss[2];
    adj_class_loss_pullback_loop class_loss_pullback[2];
    adj_channel_statistics_loop channel_statistics[2];
    adj_channel_standardize_loop channel_standardize[2];
    adj_channel_pullback_loop channel_pullback[2];
    void (*direct_convolve)(const adj_direct *d, const float *x, const float *w, float *y, const int64_t *step);
    void (*direct_filter)(const adj_direct *d, const float *g, const float *x, float *sums);
    adj_standardize_loop standardize[2];
    adj_standardize_pullback_loop standardize_pullback[2];
    adj_lstm_step_loop lstm_step[2];
    adj_lstm_step_pullback_loop lstm_step_pullback[2];
    adj_random_loop uniform[2], normal[2];
    adj_integers_loop integers[ADJ_DTYPES];
    adj_fourier_loop fourier_pass;
} adj_table;

extern const adj_table adj_table_baseline;
#if defined(__x86_64__)
extern const adj_table adj_table_avx2;
extern const adj_table adj_table_avx512;
#endif

// The table in use; resolved at the first call. Threads that come first at the same time find the same one.
extern _Atomic(const adj_table *) adj_chosen_table;
const adj_table *adj_choose_table(void);

ADJ_INLINE const adj_table *adj_kernels(void) {
    const adj_table *table = atomic_load_explicit(&adj_chosen_table, memory_order_relaxed);
    return table ? table : adj_choose_table();
}

ADJ_INLINE int64_t adj_size_of(int32_t dtype) {
    static const uint8_t sizes[ADJ_DTYPES] = {1, 1, 4, 8, 2, 2, 4, 8, 8, 16};
    return sizes[dtype];
}

ADJ_INLINE int64_t adj_min64(int64_t a, int64_t b) { return a < b ? a : b; }

ADJ_INLINE int64_t adj_product(int32_t rank, const int64_t *dims) {
    int64_t product = 1;
    for (int32_t axis = 0; axis < rank; axis++) product *= dims[axis];
    return product;
}

ADJ_INLINE void adj_count_traffic(int64_t read, int64_t written) {
    if (adj_traffic_counting) {
        adj_traffic_read += read;
        adj_traffic_written += written;
    }
}

// Square roots that do not set errno, and so are one instruction.
#if defined(__clang__) && __has_builtin(__builtin_elementwise_sqrt)
#define adj_sqrt(x) __builtin_elementwise_sqrt(x)
#else
#define adj_sqrt(x) _Generic((x), float: __builtin_sqrtf, default: __builtin_sqrt)(x)
#endif

// The bits of floats and back.
ADJ_INLINE uint32_t adj_bits_f32(float x) { uint32_t u; memcpy(&u, &x, 4); return u; }
ADJ_INLINE uint64_t adj_bits_f64(double x) { uint64_t u; memcpy(&u, &x, 8); return u; }
// Asks for memory that is soon to be read or written; it need not exist.
#define adj_prefetch(from, bytes, writes)                                                                              \
    for (int64_t line = 0; line < (int64_t)(bytes); line += 64) __builtin_prefetch((const char *)(from) + line, writes)

ADJ_INLINE float adj_from_bits_f32(uint32_t u) { float x; memcpy(&x, &u, 4); return x; }
ADJ_INLINE double adj_from_bits_f64(uint64_t u) { double x; memcpy(&x, &u, 8); return x; }

#endif
