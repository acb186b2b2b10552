// The first position of the largest or smallest element along an axis, on the ordered keys of reduce.h.

// Zeros of either sign are equal here: the first of them counts.
ADJ_INLINE int32_t arg_high_f32(float x) { return high_key_f32(x == 0 ? 0 : x); }
ADJ_INLINE int32_t arg_low_f32(float x) { return low_key_f32(x == 0 ? 0 : x); }
ADJ_INLINE int64_t arg_high_f64(double x) { return high_key_f64(x == 0 ? 0 : x); }
ADJ_INLINE int64_t arg_low_f64(double x) { return low_key_f64(x == 0 ? 0 : x); }

#define ARG_TILE 256
#define ARG_BLOCK 1024

#define ARG_EXTREME(NAME, IN, KEY, MAP, BETTER)                                                    \
    static int64_t arg_row_##NAME(const IN *x, int64_t n) {                                        \
        KEY best = MAP(x[0]);                                                                      \
        int64_t block = 0;                                                                         \
        for (int64_t start = 0; start < n; start += ARG_BLOCK) {                                   \
            int64_t end = adj_min64(start + ARG_BLOCK, n);                                         \
            KEY local = MAP(x[start]);                                                             \
            ADJ_SIMD for (int64_t i = start; i < end; i++) {                                       \
                KEY k = MAP(x[i]);                                                                 \
                local = k BETTER local ? k : local;                                                \
            }                                                                                      \
            if (local BETTER best) best = local, block = start;                                    \
        }                                                                                          \
        while (MAP(x[block]) != best) block++;                                                     \
        return block;                                                                              \
    }                                                                                              \
    static void arg_tile_##NAME(const IN *x, int64_t *out, int64_t n, int64_t stride, int64_t width) { \
        KEY best[ARG_TILE];                                                                        \
        for (int64_t w = 0; w < width; w++) best[w] = MAP(x[w]), out[w] = 0;                       \
        for (int64_t r = 1; r < n; r++) {                                                          \
            const IN *row = x + r * stride;                                                        \
            ADJ_SIMD for (int64_t w = 0; w < width; w++) {                                         \
                KEY k = MAP(row[w]), before = best[w];                                             \
                int64_t at = out[w];                                                               \
                best[w] = k BETTER before ? k : before;                                            \
                out[w] = k BETTER before ? r : at;                                                 \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    static void arg_##NAME(const void *px, int64_t *out, int64_t reduce, int64_t inner,            \
                           int64_t o_begin, int64_t o_end) {                                       \
        for (int64_t o = o_begin; o < o_end; o++, out += inner) {                                  \
            const IN *x = (const IN *)px + o * reduce * inner;                                     \
            if (inner == 1) {                                                                      \
                *out = arg_row_##NAME(x, reduce);                                                  \
                continue;                                                                          \
            }                                                                                      \
            for (int64_t tile = 0; tile < inner; tile += ARG_TILE)                                 \
                arg_tile_##NAME(x + tile, out + tile, reduce, inner, adj_min64(inner - tile, ARG_TILE)); \
        }                                                                                          \
    }

ARG_EXTREME(max_u8, uint8_t, uint8_t, AS_IS, >)
ARG_EXTREME(min_u8, uint8_t, uint8_t, AS_IS, <)
ARG_EXTREME(max_i32, int32_t, int32_t, AS_IS, >)
ARG_EXTREME(min_i32, int32_t, int32_t, AS_IS, <)
ARG_EXTREME(max_i64, int64_t, int64_t, AS_IS, >)
ARG_EXTREME(min_i64, int64_t, int64_t, AS_IS, <)
ARG_EXTREME(max_f32, float, int32_t, arg_high_f32, >)
ARG_EXTREME(min_f32, float, int32_t, arg_low_f32, <)
ARG_EXTREME(max_f64, double, int64_t, arg_high_f64, >)
ARG_EXTREME(min_f64, double, int64_t, arg_low_f64, <)

#define ARG_ROW(name)                                                                              \
    {[ADJ_BOOL] = arg_##name##_u8, [ADJ_U8] = arg_##name##_u8, [ADJ_I32] = arg_##name##_i32,       \
     [ADJ_I64] = arg_##name##_i64, [ADJ_F32] = arg_##name##_f32, [ADJ_F64] = arg_##name##_f64}
#define ARG_TABLE {ARG_ROW(min), ARG_ROW(max)}
