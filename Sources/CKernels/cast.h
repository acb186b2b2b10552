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

#define CAST(from, FROM, to, TO, CONVERT)                                                          \
    static void cast_##from##_##to(const void *src, void *dst, int64_t n) {                        \
        const FROM *s = src;                                                                       \
        TO *d = dst;                                                                               \
        ADJ_SIMD for (int64_t i = 0; i < n; i++) d[i] = CONVERT(s[i]);                             \
    }
#define CASTS_FROM_INTEGER(from, FROM)                                                             \
    CAST(from, FROM, bool, uint8_t, TO_BOOL) CAST(from, FROM, u8, uint8_t, TO_U8)                  \
    CAST(from, FROM, i32, int32_t, TO_I32) CAST(from, FROM, i64, int64_t, TO_I64)                  \
    CAST(from, FROM, f32, float, TO_F32) CAST(from, FROM, f64, double, TO_F64)
#define CASTS_FROM_FLOAT(from, FROM)                                                               \
    CAST(from, FROM, bool, uint8_t, TO_BOOL) CAST(from, FROM, u8, uint8_t, u8_from_f64)            \
    CAST(from, FROM, i32, int32_t, i32_from_f64) CAST(from, FROM, i64, int64_t, i64_from_f64)      \
    CAST(from, FROM, f32, float, TO_F32) CAST(from, FROM, f64, double, TO_F64)

CASTS_FROM_INTEGER(u8, uint8_t)
CASTS_FROM_INTEGER(i32, int32_t)
CASTS_FROM_INTEGER(i64, int64_t)
CASTS_FROM_FLOAT(f32, float)
CASTS_FROM_FLOAT(f64, double)

#define CAST_ROW(from)                                                                             \
    {cast_##from##_bool, cast_##from##_u8, cast_##from##_i32, cast_##from##_i64, cast_##from##_f32, cast_##from##_f64}
#define CAST_TABLE {CAST_ROW(u8), CAST_ROW(u8), CAST_ROW(i32), CAST_ROW(i64), CAST_ROW(f32), CAST_ROW(f64)}
