// The entries of direct convolutions: which taps read neighbours, images into phases, filters into blocks.
#include "internal.h"

#define LONGEST_ROW 5

typedef float quad __attribute__((vector_size(16), aligned(4), may_alias));

static bool add_tap(adj_direct *d, int64_t offset, int64_t tap) {
    adj_direct_row *last = d->row + d->row_count - 1;
    d->taps++;
    if (d->row_count > 0 && last->taps < LONGEST_ROW && offset == last->offset + last->taps &&
        (last->taps == 1 || tap == last->first + last->taps * last->step)) {
        last->step = (tap - last->first) / last->taps;
        last->taps++;
        return true;
    }
    if (d->row_count == ADJ_DIRECT_ROWS) return false;
    d->row[d->row_count++] = (adj_direct_row){.offset = offset, .taps = 1, .first = tap, .step = 1};
    return true;
}

// How far the last tap of an axis reads behind the first, in steps of the stride.
static int64_t reach(const int64_t *kernel, const int64_t *stride, const int64_t *dilation, int axis) {
    return (kernel[axis] - 1) * dilation[axis] / stride[axis];
}

static void set_extents(adj_direct *d, const int64_t *kernel, const int64_t *stride, const int64_t *dilation) {
    d->rows = d->output[0] + reach(kernel, stride, dilation, 0);
    d->pitch = d->output[1] + reach(kernel, stride, dilation, 1);
    d->plane = d->phases[0] * d->phases[1] * d->rows * d->pitch + ADJ_DIRECT_SLACK;
    d->kernel = kernel[0] * kernel[1];
    d->taps = d->row_count = 0;
}

int32_t adj_direct_forward(adj_direct *d, const int64_t *kernel, const int64_t *stride, const int64_t *dilation) {
    d->phases[0] = stride[0], d->phases[1] = stride[1];
    set_extents(d, kernel, stride, dilation);
    for (int64_t kh = 0; kh < kernel[0]; kh++)
        for (int64_t phase = 0; phase < stride[1]; phase++)
            for (int64_t kw = 0; kw < kernel[1]; kw++) {
                const int64_t down = kh * dilation[0], right = kw * dilation[1];
                if (right % stride[1] != phase) continue;
                const int64_t plane = (down % stride[0] * stride[1] + phase) * d->rows * d->pitch;
                const int64_t offset = plane + down / stride[0] * d->pitch + right / stride[1];
                if (!add_tap(d, offset, kh * kernel[1] + kw)) return 0;
            }
    return 1;
}

int32_t adj_direct_backward(adj_direct *d, const int64_t *kernel, const int64_t *stride, const int64_t *dilation,
                            const int64_t *phase) {
    d->phases[0] = d->phases[1] = 1;
    set_extents(d, kernel, stride, dilation);
    for (int64_t kh = kernel[0] - 1; kh >= 0; kh--)
        for (int64_t kw = kernel[1] - 1; kw >= 0; kw--) {
            const int64_t down = kh * dilation[0], right = kw * dilation[1];
            if (down % stride[0] != phase[0] || right % stride[1] != phase[1]) continue;
            const int64_t row = reach(kernel, stride, dilation, 0) - down / stride[0];
            const int64_t column = reach(kernel, stride, dilation, 1) - right / stride[1];
            if (!add_tap(d, row * d->pitch + column, kh * kernel[1] + kw)) return 0;
        }
    return 1;
}

// The first position of a phase at or behind an element `from` elements behind the phase's first.
static int64_t position(int64_t from, int64_t step) { return from <= 0 ? 0 : (from + step - 1) / step; }

// to[i] = from[i * step].
ADJ_INLINE void take(float *to, const float *from, int64_t count, const int64_t step) {
    int64_t i = 0;
    for (; step == 2 && i + 4 < count; i += 4)
        *(quad *)(to + i) =
            __builtin_shufflevector(*(const quad *)(from + 2 * i), *(const quad *)(from + 2 * i + 4), 0, 2, 4, 6);
    for (; i < count; i++) to[i] = from[i * step];
}

void adj_direct_image(const adj_direct *d, const float *x, int64_t channels, int64_t rows, int64_t columns, int64_t top,
                      int64_t left, float *out) {
    const int64_t down = d->phases[0], right = d->phases[1];
    for (int64_t c = 0; c < channels; c++)
        for (int64_t phase = 0; phase < down * right; phase++) {
            const int64_t skipped = top - phase / right, before = left - phase % right;
            float *plane = out + c * d->plane + phase * d->rows * d->pitch;
            const int64_t last = adj_min64(d->rows, position(rows + skipped, down));
            const int64_t first = position(before, right);
            const int64_t count = adj_min64(d->pitch, position(columns + before, right)) - first;
            for (int64_t row = position(skipped, down); count > 0 && row < last; row++) {
                const float *from = x + (c * rows + row * down - skipped) * columns + first * right - before;
                float *to = plane + row * d->pitch + first;
                if (right == 1)
                    memcpy(to, from, (size_t)count * sizeof(float));
                else if (right == 2)
                    take(to, from, count, 2);
                else
                    take(to, from, count, right);
            }
        }
}

void adj_direct_filters(const adj_direct *d, const float *w, int32_t transposed, float *out) {
    for (int64_t f = 0; f < d->filters; f++)
        for (int64_t c = 0; c < d->channels; c++) {
            const float *from = w + (transposed ? c * d->filters + f : f * d->channels + c) * d->kernel;
            float *to = out + (f / ADJ_DIRECT_FILTERS * d->channels + c) * d->taps * ADJ_DIRECT_FILTERS +
                        f % ADJ_DIRECT_FILTERS;
            for (int32_t r = 0; r < d->row_count; r++)
                for (int64_t k = 0; k < d->row[r].taps; k++, to += ADJ_DIRECT_FILTERS)
                    *to = from[d->row[r].first + k * d->row[r].step];
        }
}

void adj_direct_filters_of(const adj_direct *d, const float *sums, float *w) {
    for (int64_t f = 0; f < d->filters; f++)
        for (int64_t c = 0; c < d->channels; c++) {
            float *to = w + (f * d->channels + c) * d->kernel;
            const float *from =
                sums + (f / ADJ_DIRECT_LANES * d->channels + c) * d->taps * ADJ_DIRECT_LANES + f % ADJ_DIRECT_LANES;
            for (int32_t r = 0; r < d->row_count; r++)
                for (int64_t k = 0; k < d->row[r].taps; k++, from += ADJ_DIRECT_LANES)
                    to[d->row[r].first + k * d->row[r].step] = *from;
        }
}

#define LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)

// Four filters at four positions, from rows of filters to rows of positions.
ADJ_INLINE void turn(const float *g, int64_t positions, float *out) {
    quad row[4];
    for (int i = 0; i < 4; i++) row[i] = *(const quad *)(g + i * positions);
    for (int half = 0; half < 2; half++) {
        const quad even = half ? HIGH(row[0], row[2]) : LOW(row[0], row[2]);
        const quad odd = half ? HIGH(row[1], row[3]) : LOW(row[1], row[3]);
        *(quad *)(out + 2 * half * ADJ_DIRECT_LANES) = LOW(even, odd);
        *(quad *)(out + (2 * half + 1) * ADJ_DIRECT_LANES) = HIGH(even, odd);
    }
}

void adj_direct_cotangent(const adj_direct *d, const float *g, float *out) {
    const int64_t positions = d->output[0] * d->output[1];
    for (int64_t filter = 0; filter < d->filters; filter += 4) {
        const float *from = g + filter * positions;
        float *to = out + filter / ADJ_DIRECT_LANES * positions * ADJ_DIRECT_LANES + filter % ADJ_DIRECT_LANES;
        const int64_t count = adj_min64(4, d->filters - filter);
        int64_t p = 0;
        for (; count == 4 && p + 4 <= positions; p += 4) turn(from + p, positions, to + p * ADJ_DIRECT_LANES);
        for (; p < positions; p++)
            for (int64_t f = 0; f < count; f++) to[p * ADJ_DIRECT_LANES + f] = from[f * positions + p];
    }
}

void adj_direct_convolve(const adj_direct *d, const float *x, const float *w, float *y, const int64_t *step) {
    adj_kernels()->direct_convolve(d, x, w, y, step);
}

void adj_direct_filter(const adj_direct *d, const float *g, const float *x, float *sums) {
    adj_kernels()->direct_filter(d, g, x, sums);
}
