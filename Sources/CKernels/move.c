// Casts, fills, and integer matrix products.
#include "opcodes.h"

void adj_cast(int32_t from, const void *src, int32_t to, void *dst, int64_t n) {
    if (n <= 0) return;
    adj_count_traffic(n * adj_size_of(from), n * adj_size_of(to));
    adj_kernels()->cast[from][to](src, dst, n);
}

void adj_fill(int32_t dtype, void *dst, adj_constant value, int64_t n) {
    if (n <= 0) return;
    adj_element element;
    adj_store_constant(dtype, &element, value);
    if (dtype == ADJ_F16 || dtype == ADJ_BF16) {
        uint16_t half;
        memcpy(&half, &element, sizeof half);
        for (int64_t i = 0; i < n; i++) ((uint16_t *)dst)[i] = half;
        return;
    }
    adj_kernels()->loop[dtype][ADJ_OP_COPY][ADJ_FORM_LAST](dst, &element, &element, &element, n);
}

// Row by row of c, adding multiples of the rows of b: the inner loop has no dependencies.
#define INTEGER_MATMUL(T, U)                                                                       \
    static void matmul_##T(int64_t m, int64_t n, int64_t k, const T *a, int64_t ars, int64_t acs, const T *b, \
                           int64_t brs, int64_t bcs, T *c) {                                       \
        for (int64_t i = 0; i < m; i++, c += n) {                                                  \
            for (int64_t j = 0; j < n; j++) c[j] = 0;                                              \
            for (int64_t p = 0; p < k; p++) {                                                      \
                const T *row = b + p * brs;                                                        \
                U factor = (U)a[i * ars + p * acs];                                                \
                if (bcs == 1) {                                                                    \
                    ADJ_SIMD for (int64_t j = 0; j < n; j++) c[j] = (T)((U)c[j] + factor * (U)row[j]); \
                } else {                                                                           \
                    for (int64_t j = 0; j < n; j++) c[j] = (T)((U)c[j] + factor * (U)row[j * bcs]); \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

INTEGER_MATMUL(uint8_t, uint32_t)
INTEGER_MATMUL(int32_t, uint32_t)
INTEGER_MATMUL(int64_t, uint64_t)

// Truth values: the product is whether any term is true.
static void matmul_truth(int64_t m, int64_t n, int64_t k, const uint8_t *a, int64_t ars, int64_t acs,
                         const uint8_t *b, int64_t brs, int64_t bcs, uint8_t *c) {
    for (int64_t i = 0; i < m; i++, c += n) {
        memset(c, 0, (size_t)n);
        for (int64_t p = 0; p < k; p++) {
            if (!a[i * ars + p * acs]) continue;
            for (int64_t j = 0; j < n; j++) c[j] |= b[p * brs + j * bcs] != 0;
        }
    }
}

void adj_integer_matmul(int32_t dtype, int64_t m, int64_t n, int64_t k, const void *a, int64_t ars, int64_t acs,
                        const void *b, int64_t brs, int64_t bcs, void *c) {
    if (m <= 0 || n <= 0) return;
    switch (dtype) {
    case ADJ_BOOL: matmul_truth(m, n, k, a, ars, acs, b, brs, bcs, c); break;
    case ADJ_U8: matmul_uint8_t(m, n, k, a, ars, acs, b, brs, bcs, c); break;
    case ADJ_I32: matmul_int32_t(m, n, k, a, ars, acs, b, brs, bcs, c); break;
    default: matmul_int64_t(m, n, k, a, ars, acs, b, brs, bcs, c); break;
    }
}

void adj_outer(int32_t dtype, const void *x, int64_t x_step, const void *y, int64_t y_step, void *out, int64_t leading,
               int64_t m, int64_t n) {
    if (dtype == ADJ_F32) {
        const float *a = x, *b = y;
        for (int64_t i = 0; i < m; i++) {
            float *restrict row = (float *)out + i * leading;
            const float factor = a[i * x_step];
            if (y_step == 1) for (int64_t j = 0; j < n; j++) row[j] = factor * b[j];
            else for (int64_t j = 0; j < n; j++) row[j] = factor * b[j * y_step];
        }
    } else {
        const double *a = x, *b = y;
        for (int64_t i = 0; i < m; i++) {
            double *restrict row = (double *)out + i * leading;
            const double factor = a[i * x_step];
            if (y_step == 1) for (int64_t j = 0; j < n; j++) row[j] = factor * b[j];
            else for (int64_t j = 0; j < n; j++) row[j] = factor * b[j * y_step];
        }
    }
}

#define ADD_RUN(T)                                                                                             \
    do {                                                                                                       \
        T *restrict to = (T *)dst + at;                                                                        \
        const T *restrict add = (const T *)src + from;                                                         \
        if (to_step == 1 && from_step == 1) for (int64_t i = 0; i < n; i++) to[i] += add[i];                   \
        else for (int64_t i = 0; i < n; i++) to[i * to_step] += add[i * from_step];                            \
    } while (0)

void adj_add_strided(int32_t dtype, int32_t rank, const int64_t *dims, void *dst, const int64_t *dst_strides,
                     const void *src, const int64_t *src_strides) {
    if (adj_product(rank, dims) == 0) return;
    const int64_t n = rank > 0 ? dims[rank - 1] : 1, to_step = rank > 0 ? dst_strides[rank - 1] : 1,
                  from_step = rank > 0 ? src_strides[rank - 1] : 1;
    int64_t index[ADJ_MAX_RANK] = {0}, at = 0, from = 0;
    while (true) {
        if (dtype == ADJ_F32) ADD_RUN(float);
        else ADD_RUN(double);
        int32_t axis = rank - 2;
        for (; axis >= 0; axis--) {
            at += dst_strides[axis];
            from += src_strides[axis];
            if (++index[axis] < dims[axis]) break;
            at -= dims[axis] * dst_strides[axis];
            from -= dims[axis] * src_strides[axis];
            index[axis] = 0;
        }
        if (axis < 0) return;
    }
}
