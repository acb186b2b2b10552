// The entries of the reductions, folding of partial results, and cumulative sums and products.
#include "internal.h"

static bool is_float(int32_t dtype) { return dtype == ADJ_F32 || dtype == ADJ_F64; }

int32_t adj_accumulator_dtype(int32_t reduction, int32_t dtype) {
    if (reduction == ADJ_REDUCE_ANY || reduction == ADJ_REDUCE_ALL) return ADJ_BOOL;
    if (reduction == ADJ_REDUCE_MAX || reduction == ADJ_REDUCE_MIN) return dtype;
    return is_float(dtype) ? ADJ_F64 : ADJ_I64;
}

void adj_reduce(int32_t reduction, int32_t dtype, const void *x, void *out,
                int64_t reduce, int64_t inner, int64_t o_begin, int64_t o_end, int64_t r_begin, int64_t r_end) {
    int64_t outer = o_end - o_begin;
    if (outer <= 0 || r_begin >= r_end || inner <= 0) return;
    adj_count_traffic(outer * (r_end - r_begin) * inner * adj_size_of(dtype),
                      outer * inner * adj_size_of(adj_accumulator_dtype(reduction, dtype)));
    adj_kernels()->reduce[reduction][dtype](x, out, reduce, inner, o_begin, o_end, r_begin, r_end);
}

// How two partial results are merged is an instruction of the vector machine.
static int32_t merging_instruction(int32_t reduction) {
    switch (reduction) {
    case ADJ_REDUCE_PROD: return ADJ_OP_MUL;
    case ADJ_REDUCE_MAX: return ADJ_OP_MAX;
    case ADJ_REDUCE_MIN: return ADJ_OP_MIN;
    case ADJ_REDUCE_ANY: return ADJ_OP_OR;
    case ADJ_REDUCE_ALL: return ADJ_OP_AND;
    default: return ADJ_OP_ADD;
    }
}

void adj_reduce_combine(int32_t reduction, int32_t accumulator_dtype, void *parts_data, int64_t parts, int64_t n) {
    adj_loop merge = adj_kernels()->loop[accumulator_dtype][merging_instruction(reduction)][ADJ_FORM_ARRAYS];
    int64_t bytes = n * adj_size_of(accumulator_dtype);
    for (int64_t step = 1; step < parts; step *= 2)
        for (int64_t i = 0; i + step < parts; i += 2 * step) {
            char *left = (char *)parts_data + i * bytes;
            merge(left, left, left + step * bytes, left, n);
        }
}

void adj_arg_extreme(int32_t dtype, const void *x, int64_t *out, int64_t reduce, int64_t inner,
                     int64_t o_begin, int64_t o_end, int32_t largest) {
    if (reduce <= 0 || inner <= 0) return;
    adj_kernels()->arg_extreme[largest != 0][dtype](x, out, reduce, inner, o_begin, o_end);
}

#define CUMULATE_TILE 256

// Rows of a tile one after the other, forwards or backwards (step = inner or -inner); a single column keeps its
// accumulator in a register.
#define CUMULATE(T, ACC)                                                                           \
    static void cumulate_column_##T(const T *x, T *out, int64_t length, int64_t step, bool product) { \
        ACC acc = product;                                                                         \
        if (product) {                                                                             \
            for (int64_t r = 0; r < length; r++) out[r * step] = (T)(acc *= (ACC)x[r * step]);     \
        } else {                                                                                   \
            for (int64_t r = 0; r < length; r++) out[r * step] = (T)(acc += (ACC)x[r * step]);     \
        }                                                                                          \
    }                                                                                              \
    static void cumulate_##T(const T *x, T *out, int64_t length, int64_t step, int64_t width, bool product) { \
        ACC acc[CUMULATE_TILE];                                                                    \
        for (int64_t w = 0; w < width; w++) acc[w] = product;                                      \
        for (int64_t r = 0; r < length; r++) {                                                     \
            const T *row = x + r * step;                                                           \
            T *to = out + r * step;                                                                \
            if (product) {                                                                         \
                for (int64_t w = 0; w < width; w++) to[w] = (T)(acc[w] *= (ACC)row[w]);            \
            } else {                                                                               \
                for (int64_t w = 0; w < width; w++) to[w] = (T)(acc[w] += (ACC)row[w]);            \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    static void cumulate_all_##T(const void *px, void *pout, int64_t length, int64_t inner, int64_t o_begin, \
                                 int64_t o_end, bool product, bool reverse) {                      \
        for (int64_t o = o_begin; o < o_end; o++)                                                  \
            for (int64_t tile = 0; tile < inner; tile += CUMULATE_TILE) {                          \
                int64_t first = (o * length + (reverse ? length - 1 : 0)) * inner + tile;          \
                int64_t step = reverse ? -inner : inner, width = adj_min64(CUMULATE_TILE, inner - tile); \
                const T *x = (const T *)px + first;                                                \
                T *out = (T *)pout + first;                                                        \
                if (width == 1) cumulate_column_##T(x, out, length, step, product);                \
                else cumulate_##T(x, out, length, step, width, product);                           \
            }                                                                                      \
    }

CUMULATE(uint8_t, uint32_t)
CUMULATE(int32_t, uint32_t)
CUMULATE(int64_t, uint64_t)
CUMULATE(float, double)
CUMULATE(double, double)

void adj_cumulate(int32_t dtype, const void *x, void *out, int64_t length, int64_t inner,
                  int64_t o_begin, int64_t o_end, int32_t product, int32_t reverse) {
    if (length <= 0) return;
    bool p = product != 0, r = reverse != 0;
    switch (dtype) {
    case ADJ_I32: cumulate_all_int32_t(x, out, length, inner, o_begin, o_end, p, r); break;
    case ADJ_I64: cumulate_all_int64_t(x, out, length, inner, o_begin, o_end, p, r); break;
    case ADJ_F32: cumulate_all_float(x, out, length, inner, o_begin, o_end, p, r); break;
    case ADJ_F64: cumulate_all_double(x, out, length, inner, o_begin, o_end, p, r); break;
    default: cumulate_all_uint8_t(x, out, length, inner, o_begin, o_end, p, r); break;
    }
}
