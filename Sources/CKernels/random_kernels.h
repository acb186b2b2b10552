// Philox 4x32-10 (Salmon, Moraes, Dror and Shaw 2011). A block of 128 bits is made from (block number, kind of
// draw); the kind keeps draws of different distributions apart that are at the same position.

enum { RANDOM_UNIFORM_F32, RANDOM_UNIFORM_F64, RANDOM_NORMAL, RANDOM_INTEGER };
#define RANDOM_PIECE 64 // blocks that are made at once

// Two 64-bit words for each of the blocks first ..< first + n.
static void philox(uint64_t key, uint32_t kind, uint64_t first, int64_t n, uint64_t *low, uint64_t *high) {
    ADJ_SIMD for (int64_t i = 0; i < n; i++) {
        uint64_t block = first + (uint64_t)i;
        uint32_t c0 = (uint32_t)block, c1 = (uint32_t)(block >> 32), c2 = kind, c3 = 0;
        uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
        for (int round = 0; round < 10; round++) {
            uint64_t p0 = (uint64_t)c0 * 0xD2511F53u, p1 = (uint64_t)c2 * 0xCD9E8D57u;
            uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
            c0 = n0, c1 = (uint32_t)p1, c2 = n2, c3 = (uint32_t)p0;
            k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
        }
        low[i] = (uint64_t)c1 << 32 | c0;
        high[i] = (uint64_t)c3 << 32 | c2;
    }
}

// Makes the blocks of `per` elements each that hold the elements first ..< first + n, a piece at a time, lets
// `fill` turn a piece into elements and copies those that are wanted.
#define RANDOM_DRAW(name, T, per, kind, EXTRA, ...)                                                \
    static void random_##name(void *out, EXTRA uint64_t key, uint64_t first, int64_t n) {          \
        uint64_t low[RANDOM_PIECE], high[RANDOM_PIECE];                                            \
        T element[RANDOM_PIECE * (per)];                                                           \
        T *d = out;                                                                                \
        while (n > 0) {                                                                            \
            uint64_t block = first / (per);                                                        \
            int64_t skip = (int64_t)(first % (per)), wanted = adj_min64(n, RANDOM_PIECE * (per) - skip); \
            int64_t blocks = (skip + wanted + (per) - 1) / (per);                                  \
            philox(key, kind, block, blocks, low, high);                                           \
            ADJ_SIMD for (int64_t i = 0; i < blocks; i++) __VA_ARGS__                              \
            memcpy(d, element + skip, (size_t)wanted * sizeof(T));                                 \
            d += wanted, n -= wanted, first += (uint64_t)wanted;                                   \
        }                                                                                          \
    }

ADJ_INLINE float unit_f32(uint64_t word) { return (float)(int32_t)((uint32_t)word >> 8) * 0x1p-24f; }
ADJ_INLINE double unit_f64(uint64_t word) { return (double)(int64_t)(word >> 11) * 0x1p-53; }

RANDOM_DRAW(uniform_f32, float, 4, RANDOM_UNIFORM_F32, , {
    element[4 * i] = unit_f32(low[i]);
    element[4 * i + 1] = unit_f32(low[i] >> 32);
    element[4 * i + 2] = unit_f32(high[i]);
    element[4 * i + 3] = unit_f32(high[i] >> 32);
})
RANDOM_DRAW(uniform_f64, double, 2, RANDOM_UNIFORM_F64, , {
    element[2 * i] = unit_f64(low[i]);
    element[2 * i + 1] = unit_f64(high[i]);
})

// Box and Muller: the radius from 1 - u, which is never 0, the angle from the other uniform.
#define NORMAL_PAIR(T)                                                                             \
    {                                                                                              \
        double radius = adj_sqrt(-2 * log_f64(1 - unit_f64(low[i])));                        \
        double angle = 0x1.921fb54442d18p+2 * unit_f64(high[i]);                                   \
        element[2 * i] = (T)(radius * cos_f64(angle));                                             \
        element[2 * i + 1] = (T)(radius * sin_f64(angle));                                         \
    }
RANDOM_DRAW(normal_f32, float, 2, RANDOM_NORMAL, , NORMAL_PAIR(float))
RANDOM_DRAW(normal_f64, double, 2, RANDOM_NORMAL, , NORMAL_PAIR(double))

// The high 64 bits of the product.
ADJ_INLINE uint64_t multiply_high(uint64_t a, uint64_t b) {
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t mid = a1 * b0 + (a0 * b0 >> 32), mid2 = a0 * b1 + (uint32_t)mid;
    return a1 * b1 + (mid >> 32) + (mid2 >> 32);
}
#define INTEGER_PAIR(T)                                                                            \
    {                                                                                              \
        element[2 * i] = (T)(int64_t)((uint64_t)from + multiply_high(low[i], span));               \
        element[2 * i + 1] = (T)(int64_t)((uint64_t)from + multiply_high(high[i], span));          \
    }
#define INTEGER_RANGE int64_t from, uint64_t span,
RANDOM_DRAW(integers_u8, uint8_t, 2, RANDOM_INTEGER, INTEGER_RANGE, INTEGER_PAIR(uint8_t))
RANDOM_DRAW(integers_i32, int32_t, 2, RANDOM_INTEGER, INTEGER_RANGE, INTEGER_PAIR(int32_t))
RANDOM_DRAW(integers_i64, int64_t, 2, RANDOM_INTEGER, INTEGER_RANGE, INTEGER_PAIR(int64_t))
