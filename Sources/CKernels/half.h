// 16-bit floating-point numbers and complex numbers as the kernels see them, and their conversions. Half numbers are stored
// only: they are computed with in float32 and rounded once, to nearest, ties to even.
#ifndef ADJOINT_HALF_H
#define ADJOINT_HALF_H

#include "internal.h"
#include <complex.h>

typedef struct { float re, im; } adj_c64;
typedef struct { double re, im; } adj_c128;

// re + i im without the products that I brings in.
ADJ_INLINE double _Complex adj_complex(double re, double im) {
    union { double parts[2]; double _Complex z; } u = {{re, im}};
    return u.z;
}

ADJ_INLINE float adj_from_bf16(uint16_t x) { return adj_from_bits_f32((uint32_t)x << 16); }

ADJ_INLINE uint16_t adj_to_bf16(float x) {
    uint32_t u = adj_bits_f32(x);
    if (x != x) return (uint16_t)(u >> 16 | 0x40);
    return (uint16_t)((u + 0x7FFF + (u >> 16 & 1)) >> 16);
}

ADJ_INLINE float adj_from_f16(uint16_t x) {
    uint32_t sign = (uint32_t)(x & 0x8000) << 16, rest = x & 0x7FFF;
    if (rest >= 0x7C00) return adj_from_bits_f32(sign | 0x7F800000 | (rest & 0x3FF) << 13); // infinity, NaN
    // Subnormal numbers become normal ones by the multiplication.
    float value = adj_from_bits_f32(rest << 13) * 0x1p112f;
    return adj_from_bits_f32(sign | adj_bits_f32(value));
}

ADJ_INLINE uint16_t adj_to_f16(float x) {
    uint32_t u = adj_bits_f32(x), sign = u >> 16 & 0x8000, size = u & 0x7FFFFFFF;
    if (size > 0x7F800000) return (uint16_t)(sign | 0x7E00);  // NaN
    if (size >= 0x477FF000) return (uint16_t)(sign | 0x7C00); // rounds to infinity
    if (size < 0x38800000) {
        // Subnormal: adding 1/2 aligns the last place, and the addition rounds.
        float aligned = adj_from_bits_f32(size) + 0.5f;
        return (uint16_t)(sign | (adj_bits_f32(aligned) - 0x3F000000));
    }
    size += 0xFFF + (size >> 13 & 1);
    return (uint16_t)(sign | (size - 0x38000000) >> 13);
}

#endif
