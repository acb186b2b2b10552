// All reductions of all types, by reduce_one.h.

#define REDUCE_LANES 128 // columns that a narrow reduction works on at once
#define REDUCE_TILE 512  // columns of one tile of a wide one
#define REDUCE_RUN 32    // rows added in order
#define REDUCE_SHORT 64  // shorter contiguous rows are added directly

#define AS_IS(x) (x)
#define ADD(a, b) ((a) + (b))
#define MUL(a, b) ((a) * (b))
#define LARGER(a, b) ((a) > (b) ? (a) : (b))
#define SMALLER(a, b) ((a) < (b) ? (a) : (b))
#define BIT_OR(a, b) ((uint8_t)((a) | (b)))
#define BIT_AND(a, b) ((uint8_t)((a) & (b)))
#define NONZERO(x) ((uint8_t)((x) != 0))

// Floats as integers of the same order, -0 below +0, with NaN at the end that wins: then max and min are
// associative and need no care for NaN.
ADJ_INLINE int32_t ordered_f32(float x) {
    int32_t bits = (int32_t)adj_bits_f32(x);
    return bits ^ ((bits >> 31) & INT32_MAX);
}
ADJ_INLINE int64_t ordered_f64(double x) {
    int64_t bits = (int64_t)adj_bits_f64(x);
    return bits ^ ((bits >> 63) & INT64_MAX);
}
ADJ_INLINE float unordered_f32(int32_t key) {
    if (key == INT32_MAX || key == INT32_MIN) return __builtin_nanf("");
    return adj_from_bits_f32((uint32_t)(key ^ ((key >> 31) & INT32_MAX)));
}
ADJ_INLINE double unordered_f64(int64_t key) {
    if (key == INT64_MAX || key == INT64_MIN) return __builtin_nan("");
    return adj_from_bits_f64((uint64_t)(key ^ ((key >> 63) & INT64_MAX)));
}
ADJ_INLINE int32_t high_key_f32(float x) { int32_t k = ordered_f32(x); return x != x ? INT32_MAX : k; }
ADJ_INLINE int32_t low_key_f32(float x) { int32_t k = ordered_f32(x); return x != x ? INT32_MIN : k; }
ADJ_INLINE int64_t high_key_f64(double x) { int64_t k = ordered_f64(x); return x != x ? INT64_MAX : k; }
ADJ_INLINE int64_t low_key_f64(double x) { int64_t k = ordered_f64(x); return x != x ? INT64_MIN : k; }

#define SQUARE_F(x) ((double)(x) * (double)(x))
#define ABS_F(x) __builtin_fabs((double)(x))
#define WIDEN_F(x) ((double)(x))
#define WIDEN_I(x) ((uint64_t)(int64_t)(x))
#define SQUARE_I(x) (WIDEN_I(x) * WIDEN_I(x))
#define ABS_I(x) ((x) < 0 ? 0 - WIDEN_I(x) : WIDEN_I(x))

#define IN uint8_t
#define SUFFIX u8
#include "reduce_integer.h"

#define IN int32_t
#define SUFFIX i32
#include "reduce_integer.h"

#define IN int64_t
#define SUFFIX i64
#include "reduce_integer.h"

#define IN float
#define SUFFIX f32
#define KEY int32_t
#include "reduce_float.h"

#define IN double
#define SUFFIX f64
#define KEY int64_t
#include "reduce_float.h"

#define REDUCE_ROW(name)                                                                           \
    {[ADJ_BOOL] = reduce_##name##_u8, [ADJ_U8] = reduce_##name##_u8, [ADJ_I32] = reduce_##name##_i32, \
     [ADJ_I64] = reduce_##name##_i64, [ADJ_F32] = reduce_##name##_f32, [ADJ_F64] = reduce_##name##_f64}
#define REDUCE_TABLE                                                                               \
    {REDUCE_ROW(sum), REDUCE_ROW(prod), REDUCE_ROW(sumsq), REDUCE_ROW(sumabs), REDUCE_ROW(max),    \
     REDUCE_ROW(min), REDUCE_ROW(any), REDUCE_ROW(all)}
