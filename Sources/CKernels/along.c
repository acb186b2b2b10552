// One index an element along an axis: taking, adding, writing, and extremes. x is [outer, length, inner], indices
// are [outer, k, inner] and in range; rows o_begin ..< o_end of the outermost axis are done.
#include "internal.h"

typedef struct {
    uint64_t words[2];
} word128;

#define TAKE_ALONG(T)                                                                              \
    static void take_##T(const T *x, const int64_t *indices, T *out, int64_t length, int64_t k,    \
                         int64_t inner, int64_t o_begin, int64_t o_end) {                          \
        for (int64_t o = o_begin; o < o_end; o++) {                                                \
            const T *from = x + o * length * inner;                                                \
            for (int64_t j = o * k; j < (o + 1) * k; j++)                                          \
                for (int64_t i = 0; i < inner; i++)                                                \
                    out[j * inner + i] = from[indices[j * inner + i] * inner + i];                 \
        }                                                                                          \
    }
TAKE_ALONG(uint8_t)
TAKE_ALONG(uint16_t)
TAKE_ALONG(uint32_t)
TAKE_ALONG(uint64_t)
TAKE_ALONG(word128)

void adj_take_along(int32_t size, const void *x, const int64_t *indices, void *out, int64_t length, int64_t k,
                    int64_t inner, int64_t o_begin, int64_t o_end) {
    switch (size) {
    case 1: take_uint8_t(x, indices, out, length, k, inner, o_begin, o_end); break;
    case 2: take_uint16_t(x, indices, out, length, k, inner, o_begin, o_end); break;
    case 4: take_uint32_t(x, indices, out, length, k, inner, o_begin, o_end); break;
    case 8: take_uint64_t(x, indices, out, length, k, inner, o_begin, o_end); break;
    default: take_word128(x, indices, out, length, k, inner, o_begin, o_end); break;
    }
}

#define ADD_ALONG(T, U)                                                                            \
    static void add_##T(T *x, const int64_t *indices, const T *y, int64_t length, int64_t k,       \
                        int64_t inner, int64_t o_begin, int64_t o_end) {                           \
        for (int64_t o = o_begin; o < o_end; o++) {                                                \
            T *to = x + o * length * inner;                                                        \
            for (int64_t j = o * k; j < (o + 1) * k; j++)                                          \
                for (int64_t i = 0; i < inner; i++) {                                              \
                    T *at = to + indices[j * inner + i] * inner + i;                               \
                    *at = (T)((U)*at + (U)y[j * inner + i]);                                       \
                }                                                                                  \
        }                                                                                          \
    }
ADD_ALONG(float, float)
ADD_ALONG(double, double)
ADD_ALONG(int32_t, uint32_t)
ADD_ALONG(int64_t, uint64_t)

void adj_add_along(int32_t dtype, void *x, const int64_t *indices, const void *y, int64_t length, int64_t k,
                   int64_t inner, int64_t o_begin, int64_t o_end) {
    switch (dtype) {
    case ADJ_F32: add_float(x, indices, y, length, k, inner, o_begin, o_end); return;
    case ADJ_F64: add_double(x, indices, y, length, k, inner, o_begin, o_end); return;
    case ADJ_I32: add_int32_t(x, indices, y, length, k, inner, o_begin, o_end); return;
    case ADJ_I64: add_int64_t(x, indices, y, length, k, inner, o_begin, o_end); return;
    }
    adj_loop add = adj_kernels()->loop[dtype][ADJ_OP_ADD][ADJ_FORM_ARRAYS];
    int64_t size = adj_size_of(dtype);
    for (int64_t o = o_begin; o < o_end; o++)
        for (int64_t j = o * k; j < (o + 1) * k; j++)
            for (int64_t i = 0; i < inner; i++) {
                char *at = (char *)x + ((o * length + indices[j * inner + i]) * inner + i) * size;
                add(at, at, (const char *)y + (j * inner + i) * size, at, 1);
            }
}

void adj_last_writer(const int64_t *indices, int64_t *out, int64_t length, int64_t k, int64_t inner, int64_t o_begin,
                     int64_t o_end) {
    for (int64_t at = o_begin * length * inner; at < o_end * length * inner; at++) out[at] = -1;
    for (int64_t o = o_begin; o < o_end; o++)
        for (int64_t j = 0; j < k; j++)
            for (int64_t i = 0; i < inner; i++)
                out[(o * length + indices[(o * k + j) * inner + i]) * inner + i] = j;
}

// y replaces what is at its index if it is better, if it is NaN, or if it is the first one and what was there does
// not count.
#define EXTREME_ALONG(NAME, T, BETTER)                                                             \
    static void NAME##_##T(T *x, uint8_t *touched, const int64_t *indices, const T *y, int64_t length, int64_t k, \
                           int64_t inner, int64_t o_begin, int64_t o_end, bool counts_x) {         \
        for (int64_t o = o_begin; o < o_end; o++)                                                  \
            for (int64_t j = o * k; j < (o + 1) * k; j++)                                          \
                for (int64_t i = 0; i < inner; i++) {                                              \
                    int64_t at = (o * length + indices[j * inner + i]) * inner + i;                \
                    T value = y[j * inner + i];                                                    \
                    bool first = !counts_x && !touched[at];                                        \
                    touched[at] = 1;                                                               \
                    if (first || value BETTER x[at] || value != value) x[at] = value;              \
                }                                                                                  \
    }
#define EXTREMES_ALONG(T) EXTREME_ALONG(max, T, >) EXTREME_ALONG(min, T, <)
EXTREMES_ALONG(uint8_t)
EXTREMES_ALONG(int32_t)
EXTREMES_ALONG(int64_t)
EXTREMES_ALONG(float)
EXTREMES_ALONG(double)

#define EXTREME_CALL(T)                                                                            \
    (largest ? max_##T : min_##T)(x, touched, indices, y, length, k, inner, o_begin, o_end, counts_x != 0)

void adj_extreme_along(int32_t dtype, int32_t largest, void *x, uint8_t *touched, const int64_t *indices, const void *y,
                       int64_t length, int64_t k, int64_t inner, int64_t o_begin, int64_t o_end, int32_t counts_x) {
    switch (dtype) {
    case ADJ_I32: EXTREME_CALL(int32_t); break;
    case ADJ_I64: EXTREME_CALL(int64_t); break;
    case ADJ_F32: EXTREME_CALL(float); break;
    case ADJ_F64: EXTREME_CALL(double); break;
    default: EXTREME_CALL(uint8_t); break;
    }
}
