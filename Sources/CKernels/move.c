// Casts, fills, additions into strided destinations, and integer matrix products.
#include "opcodes.h"

void adj_cast(int32_t from, const void *src, int32_t to, void *dst, int64_t n) {
    if (n <= 0) return;
    adj_count_traffic(n * adj_size_of(from), n * adj_size_of(to));
    adj_kernels()->cast[from][to](src, dst, n);
}

void adj_fill(int32_t dtype, void *dst, adj_constant value, int64_t n) {
    if (n <= 0) return;
    uint64_t element;
    adj_store_constant(dtype, &element, value);
    adj_kernels()->loop[dtype][ADJ_OP_COPY][ADJ_FORM_LAST](dst, &element, &element, &element, n);
}

// One row of an addition; the strides may be 0, then the order of the additions is that of the row.
typedef void (*add_row)(char *d, int64_t d_step, const char *s, int64_t s_step, int64_t n);

#define ADD_ROW(T, U, SUM)                                                                         \
    static void add_row_##T(char *pd, int64_t d_step, const char *ps, int64_t s_step, int64_t n) { \
        T *d = (T *)pd;                                                                            \
        const T *s = (const T *)ps;                                                                \
        for (int64_t i = 0; i < n; i++) d[i * d_step] = (T)SUM((U)d[i * d_step], (U)s[i * s_step]); \
    }
#define PLUS(a, b) ((a) + (b))
#define EITHER(a, b) (((a) | (b)) != 0)
typedef uint8_t truth;
ADD_ROW(truth, uint32_t, EITHER)
ADD_ROW(uint8_t, uint32_t, PLUS)
ADD_ROW(int32_t, uint32_t, PLUS)
ADD_ROW(int64_t, uint64_t, PLUS)
ADD_ROW(float, float, PLUS)
ADD_ROW(double, double, PLUS)

static const add_row add_rows[ADJ_DTYPES] = {add_row_truth,   add_row_uint8_t, add_row_int32_t,
                                             add_row_int64_t, add_row_float,   add_row_double};

// The same for contiguous rows that do not overlap, with vectors.
static void add_contiguous(int32_t dtype, char *d, const char *s, int64_t n) {
    adj_kernels()->loop[dtype][ADJ_OP_ADD][ADJ_FORM_ARRAYS](d, d, s, d, n);
}

void adj_accumulate(int32_t dtype, int32_t rank, const int64_t *dims, void *dst, const int64_t *dst_strides,
                    const void *src, const int64_t *src_strides) {
    int64_t size = adj_size_of(dtype), index[ADJ_MAX_RANK] = {0};
    if (adj_product(rank, dims) == 0) return;
    int64_t n = rank > 0 ? dims[rank - 1] : 1;
    int64_t d_step = rank > 0 ? dst_strides[rank - 1] : 1, s_step = rank > 0 ? src_strides[rank - 1] : 1;
    char *d = dst;
    const char *s = src;
    for (;;) {
        if (d_step == 1 && s_step == 1) add_contiguous(dtype, d, s, n);
        else add_rows[dtype](d, d_step, s, s_step, n);
        int32_t axis = rank - 2;
        for (; axis >= 0; axis--) {
            d += dst_strides[axis] * size, s += src_strides[axis] * size;
            if (++index[axis] < dims[axis]) break;
            d -= dims[axis] * dst_strides[axis] * size, s -= dims[axis] * src_strides[axis] * size;
            index[axis] = 0;
        }
        if (axis < 0) return;
    }
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
