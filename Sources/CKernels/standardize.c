// The entries of standardized rows.
#include "internal.h"

static int32_t float_index(int32_t dtype) { return dtype == ADJ_F64; }

void adj_standardize(int32_t dtype, const void *x, const void *w, const void *b, void *y, int64_t n, double epsilon,
                     int32_t centered, int64_t row_begin, int64_t row_end) {
    if (n <= 0 || row_begin >= row_end) return;
    adj_kernels()->standardize[float_index(dtype)](x, w, b, y, n, epsilon, centered, row_begin, row_end);
}

void adj_standardize_pullback(int32_t dtype, const void *g, const void *x, const void *w, void *gx, double *gw,
                              double *gb, int64_t n, double epsilon, int32_t centered, int64_t row_begin,
                              int64_t row_end) {
    if (n <= 0 || row_begin >= row_end) return;
    adj_kernels()->standardize_pullback[float_index(dtype)](
        g, x, w, gx, gw, gb, n, epsilon, centered, row_begin, row_end);
}

void adj_channel_statistics(int32_t dtype, const void *x, double *means, double *variances, int64_t samples,
                            int64_t channels, int64_t inner, int64_t begin, int64_t end) {
    adj_kernels()->channel_statistics[float_index(dtype)](x, means, variances, samples, channels, inner, begin, end);
}

void adj_channel_standardize(int32_t dtype, const void *x, const void *w, const void *b, void *y, int64_t samples,
                             int64_t channels, int64_t inner, double epsilon, int64_t begin, int64_t end) {
    adj_kernels()->channel_standardize[float_index(dtype)](
        x, w, b, y, samples, channels, inner, epsilon, begin, end);
}

void adj_channel_pullback(int32_t dtype, const void *g, const void *x, const void *w, void *gx, void *gw, void *gb,
                          int64_t samples, int64_t channels, int64_t inner, double epsilon, int64_t begin,
                          int64_t end) {
    adj_kernels()->channel_pullback[float_index(dtype)](
        g, x, w, gx, gw, gb, samples, channels, inner, epsilon, begin, end);
}
