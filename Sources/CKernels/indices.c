// Taking, adding and putting by indices.
#include "internal.h"

int64_t adj_normalize_indices(const int64_t *indices, int64_t *normalized, int64_t n, int64_t limit) {
    for (int64_t i = 0; i < n; i++) {
        int64_t index = indices[i];
        if (index < -limit || index >= limit) return i;
        normalized[i] = index < 0 ? index + limit : index;
    }
    return -1;
}

// Elements of one row that are taken or put one by one; longer rows go by memcpy.
#define SINGLES(T)                                                                                 \
    static void take_##T(const T *x, const int64_t *indices, T *out, int64_t k) {                  \
        for (int64_t j = 0; j < k; j++) out[j] = x[indices[j]];                                    \
    }                                                                                              \
    static void put_##T(T *dst, const int64_t *indices, const T *src, int64_t k) {                 \
        for (int64_t j = 0; j < k; j++) dst[indices[j]] = src[j];                                  \
    }
typedef uint32_t __attribute__((may_alias)) word32;
typedef uint64_t __attribute__((may_alias)) word64;
SINGLES(word32)
SINGLES(word64)

void adj_take(int32_t size, const void *x, const int64_t *indices, void *out, int64_t outer, int64_t length,
              int64_t k, int64_t inner) {
    int64_t row = inner * size;
    if (row == 0) return;
    for (int64_t o = 0; o < outer; o++) {
        const char *from = (const char *)x + o * length * row;
        char *to = (char *)out + o * k * row;
        if (row == 4 && size == 4) take_word32((const void *)from, indices, (void *)to, k);
        else if (row == 8 && size == 8) take_word64((const void *)from, indices, (void *)to, k);
        else
            for (int64_t j = 0; j < k; j++) memcpy(to + j * row, from + indices[j] * row, (size_t)row);
    }
}

void adj_put(int32_t size, void *dst, const int64_t *indices, const void *src, int64_t outer, int64_t length,
             int64_t k, int64_t inner) {
    int64_t row = inner * size;
    if (row == 0) return;
    for (int64_t o = 0; o < outer; o++) {
        char *to = (char *)dst + o * length * row;
        const char *from = (const char *)src + o * k * row;
        if (row == 4 && size == 4) put_word32((void *)to, indices, (const void *)from, k);
        else if (row == 8 && size == 8) put_word64((void *)to, indices, (const void *)from, k);
        else
            for (int64_t j = 0; j < k; j++) memcpy(to + indices[j] * row, from + j * row, (size_t)row);
    }
}

void adj_take_add(int32_t dtype, void *dst, const int64_t *indices, const void *src, int64_t outer, int64_t length,
                  int64_t k, int64_t inner) {
    adj_loop add = adj_kernels()->loop[dtype][ADJ_OP_ADD][ADJ_FORM_ARRAYS];
    int64_t row = inner * adj_size_of(dtype);
    if (row == 0) return;
    for (int64_t o = 0; o < outer; o++) {
        char *to = (char *)dst + o * length * row;
        const char *from = (const char *)src + o * k * row;
        for (int64_t j = 0; j < k; j++) {
            char *at = to + indices[j] * row;
            add(at, at, from + j * row, at, inner);
        }
    }
}

int64_t adj_nonzero(const uint8_t *mask, int64_t *out, int64_t n) {
    int64_t count = 0;
    if (!out) {
        for (int64_t i = 0; i < n; i++) count += mask[i] != 0;
        return count;
    }
    for (int64_t i = 0; i < n; i++)
        if (mask[i]) out[count++] = i;
    return count;
}
