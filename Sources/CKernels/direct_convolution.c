// The entries of direct convolutions: images into padded rows of one pitch, filters into blocks.
#include "internal.h"

void adj_direct_image(const adj_direct *d, const float *x, int64_t channels, int64_t rows, int64_t columns, int64_t top,
                      int64_t left, float *out) {
    for (int64_t c = 0; c < channels; c++) {
        float *plane = out + c * d->plane;
        memset(plane, 0, (size_t)d->plane * sizeof(float));
        for (int64_t row = 0; row < rows; row++) {
            const int64_t to = row + top;
            if (to < 0 || to >= d->rows) continue;
            const int64_t first = left < 0 ? -left : 0, last = adj_min64(columns, d->pitch - left);
            if (last > first)
                memcpy(plane + to * d->pitch + left + first, x + (c * rows + row) * columns + first,
                       (size_t)(last - first) * sizeof(float));
        }
    }
}

void adj_direct_filters(const adj_direct *d, const float *w, int32_t transposed, float *out) {
    const int64_t taps = d->kernel[0] * d->kernel[1];
    for (int64_t f = 0; f < d->filters; f++)
        for (int64_t c = 0; c < d->channels; c++)
            for (int64_t tap = 0; tap < taps; tap++) {
                const float value =
                    transposed ? w[(c * d->filters + f) * taps + taps - 1 - tap] : w[(f * d->channels + c) * taps + tap];
                out[((f / ADJ_DIRECT_FILTERS * d->channels + c) * taps + tap) * ADJ_DIRECT_FILTERS +
                    f % ADJ_DIRECT_FILTERS] = value;
            }
}

void adj_direct_convolve(const adj_direct *d, const float *x, const float *w, float *y) {
    adj_kernels()->direct_convolve(d, x, w, y);
}

void adj_direct_filter(const adj_direct *d, const float *g, const float *x, float *w) {
    adj_kernels()->direct_filter(d, g, x, w);
}
