// Conversions between all element types. Floats to integers truncate, saturate and take NaN to 0; what is above
// the limits is clamped before the conversion, which is undefined beyond them.

ADJ_INLINE uint8_t u8_from_f64(double x) {
    double v = x > 0 ? x : 0;
    return (uint8_t)(int32_t)(v < 255 ? v : 255);
}
ADJ_INLINE int32_t i32_from_f64(double x) {
    double v = x == x ? x : 0;
    v = v > -2147483648.0 ? v : -2147483648.0;
    return (int32_t)(v < 2147483647.0 ? v : 2147483647.0);
}
ADJ_INLINE int64_t i64_from_f64(double x) {
    double v = x == x ? x : 0;
    v = v > -0x1p63 ? v : -0x1p63;
    int64_t whole = (int64_t)(v < 0x1p63 ? v : 0);
    return v < 0x1p63 ? whole : INT64_MAX;
}
#define TO_U8(x) ((uint8_t)(x))
#define TO_I32(x) ((int32_t)(x))
#define TO_I64(x) ((int64_t)(x))
#define TO_F32(x) ((float)(x))
#define TO_F64(x) ((double)(x))
#define TO_BOOL(x) ((uint8_t)((x) != 0))
#define TO_F16(x) adj_to_f16((float)(x))
#define TO_BF16(x) adj_to_bf16((float)(x))
#define TO_C64(x) ((adj_c64){(float)(x), 0})
#define TO_C128(x) ((adj_c128){(double)(x), 0})

// READ makes a number of an element of the source, CONVERT an element of the result of a number.
#define CAST(from, FROM, READ, to, TO, CONVERT)                                                    \
    static void cast_##from##_##to(const void *src, void *dst, int64_t n) {                        \
        const FROM *s = src;                                                                       \
        TO *d = dst;                                                                               \
        ADJ_SIMD for (int64_t i = 0; i < n; i++) d[i] = CONVERT(READ(s[i]));                       \
    }
#define SELF(x) (x)
#define REAL_PART(z) ((z).re)
#define COPY_C64(z) ((adj_c64){(float)(z).re, (float)(z).im})
#define COPY_C128(z) ((adj_c128){(double)(z).re, (double)(z).im})
#define ANY_PART(z) ((uint8_t)(((z).re != 0) | ((z).im != 0)))
#define CASTS_TO_FLOATS(from, FROM, READ)                                                          \
    CAST(from, FROM, READ, f16, uint16_t, TO_F16) CAST(from, FROM, READ, bf16, uint16_t, TO_BF16)  \
    CAST(from, FROM, READ, f32, float, TO_F32) CAST(from, FROM, READ, f64, double, TO_F64)
#define CASTS_FROM_INTEGER(from, FROM)                                                             \
    CAST(from, FROM, SELF, bool, uint8_t, TO_BOOL) CAST(from, FROM, SELF, u8, uint8_t, TO_U8)      \
    CAST(from, FROM, SELF, i32, int32_t, TO_I32) CAST(from, FROM, SELF, i64, int64_t, TO_I64)      \
    CASTS_TO_FLOATS(from, FROM, SELF)                                                              \
    CAST(from, FROM, SELF, c64, adj_c64, TO_C64) CAST(from, FROM, SELF, c128, adj_c128, TO_C128)
#define CASTS_TO_INTEGERS(from, FROM, READ)                                                        \
    CAST(from, FROM, READ, u8, uint8_t, u8_from_f64) CAST(from, FROM, READ, i32, int32_t, i32_from_f64) \
    CAST(from, FROM, READ, i64, int64_t, i64_from_f64)
#define CASTS_FROM_FLOAT(from, FROM, READ)                                                         \
    CAST(from, FROM, READ, bool, uint8_t, TO_BOOL) CASTS_TO_INTEGERS(from, FROM, READ)             \
    CASTS_TO_FLOATS(from, FROM, READ)                                                              \
    CAST(from, FROM, READ, c64, adj_c64, TO_C64) CAST(from, FROM, READ, c128, adj_c128, TO_C128)
#define CASTS_FROM_COMPLEX(from, FROM)                                                             \
    CAST(from, FROM, SELF, bool, uint8_t, ANY_PART) CASTS_TO_INTEGERS(from, FROM, REAL_PART)        \
    CASTS_TO_FLOATS(from, FROM, REAL_PART)                                                         \
    CAST(from, FROM, SELF, c64, adj_c64, COPY_C64) CAST(from, FROM, SELF, c128, adj_c128, COPY_C128)

CASTS_FROM_INTEGER(u8, uint8_t)
CASTS_FROM_INTEGER(i32, int32_t)
CASTS_FROM_INTEGER(i64, int64_t)
CASTS_FROM_FLOAT(f16, uint16_t, adj_from_f16)
CASTS_FROM_FLOAT(bf16, uint16_t, adj_from_bf16)
CASTS_FROM_FLOAT(f32, float, SELF)
CASTS_FROM_FLOAT(f64, double, SELF)
CASTS_FROM_COMPLEX(c64, adj_c64)
CASTS_FROM_COMPLEX(c128, adj_c128)

#define CAST_ROW(from)                                                                             \
    {cast_##from##_bool, cast_##from##_u8,  cast_##from##_i32, cast_##from##_i64, cast_##from##_f16, \
     cast_##from##_bf16, cast_##from##_f32, cast_##from##_f64, cast_##from##_c64, cast_##from##_c128}
#define CAST_TABLE                                                                                 \
    {CAST_ROW(u8),   CAST_ROW(u8),  CAST_ROW(i32), CAST_ROW(i64), CAST_ROW(f16),                   \
     CAST_ROW(bf16), CAST_ROW(f32), CAST_ROW(f64), CAST_ROW(c64), CAST_ROW(c128)}
