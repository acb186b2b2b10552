// Windows over images for one element type: T and SUFFIX. Included once for each type.

#define WN(name) ADJ_JOIN(name, SUFFIX)

#define RUN 16

// n elements moved 16 at a time; the last 16 overlap the ones before, so that there is no tail of single elements.
static inline void WN(copy_run)(T *restrict to, const T *restrict from, int64_t n) {
    if (n < RUN) {
        if (n >= RUN / 2) {
            memcpy(to, from, RUN / 2 * sizeof(T));
            memcpy(to + n - RUN / 2, from + n - RUN / 2, RUN / 2 * sizeof(T));
            return;
        }
        for (int64_t i = 0; i < n; i++) to[i] = from[i];
        return;
    }
    for (int64_t i = 0; i + RUN <= n; i += RUN) memcpy(to + i, from + i, RUN * sizeof(T));
    memcpy(to + n - RUN, from + n - RUN, RUN * sizeof(T));
}

static inline void WN(add_run)(T *restrict to, const T *restrict from, int64_t n) {
    int64_t i = 0;
    for (; i + RUN / 2 <= n; i += RUN / 2)
        for (int64_t k = 0; k < RUN / 2; k++) to[i + k] += from[i + k];
    for (; i < n; i++) to[i] += from[i];
}

// The columns of output positions begin ..< end: row (c, kd, kh, kw), column p - begin.
static void WN(im2col)(const adj_window *w, const T *x, T *columns, int64_t channels, int64_t begin, int64_t end) {
    WINDOW_EXTENTS(w);
    const int64_t width = end - begin, sw = w->stride[2];
    T *row = columns;
    for (int64_t c = 0; c < channels; c++, x += id * ih * iw)
        FOR_KERNEL(w) {
            T *restrict to = row;
            // Of a whole row, the same for all.
            int64_t row_first, row_last;
            inside(w0, sw, ow_count, iw, &row_first, &row_last);
            FOR_ROWS(w, begin, end) {
                const int64_t n = ow_end - ow_begin;
                if (d < 0 || d >= id || h < 0 || h >= ih) {
                    for (int64_t i = 0; i < n; i++) to[i] = 0;
                    to += n;
                    continue;
                }
                const T *from = x + (d * ih + h) * iw;
                // Output places inside the image: first ..< last of this stretch.
                int64_t first = row_first, last = row_last;
                if (n != ow_count) inside(w0 + ow_begin * sw, sw, n, iw, &first, &last);
                for (int64_t i = 0; i < first; i++) to[i] = 0;
                const T *at = from + w0 + ow_begin * sw;
                if (sw == 1) WN(copy_run)(to + first, at + first, last - first);
                else for (int64_t i = first; i < last; i++) to[i] = at[i * sw];
                for (int64_t i = last; i < n; i++) to[i] = 0;
                to += n;
            }
            row += width;
        }
}

// The transpose: adds the columns to the image.
static void WN(col2im)(const adj_window *w, const T *columns, T *x, int64_t channels, int64_t begin, int64_t end) {
    WINDOW_EXTENTS(w);
    const int64_t width = end - begin, sw = w->stride[2];
    const T *row = columns;
    for (int64_t c = 0; c < channels; c++, x += id * ih * iw)
        FOR_KERNEL(w) {
            const T *from = row;
            int64_t row_first, row_last;
            inside(w0, sw, ow_count, iw, &row_first, &row_last);
            FOR_ROWS(w, begin, end) {
                const int64_t n = ow_end - ow_begin;
                if (d >= 0 && d < id && h >= 0 && h < ih) {
                    int64_t first = row_first, last = row_last;
                    if (n != ow_count) inside(w0 + ow_begin * sw, sw, n, iw, &first, &last);
                    T *restrict at = x + (d * ih + h) * iw + w0 + ow_begin * sw;
                    if (sw == 1) WN(add_run)(at + first, from + first, last - first);
                    else for (int64_t i = first; i < last; i++) at[i * sw] += from[i];
                }
                from += n;
            }
            row += width;
        }
}

// The windows ow_begin ..< ow_end of one row of the result, tap by tap, so that there is no branch on a window's extent: a
// tap beyond a window's end reads its first element again, which changes nothing.
static void WN(max_row)(const T *x, int64_t *out, const int64_t *input, const int64_t *starts, const int64_t *ends,
                        const int64_t *dilation, int64_t taps, const int64_t *planes, const int64_t *rows,
                        int64_t count) {
    T largest[POOL_CHUNK];
    const int64_t first = (planes[0] * input[1] + rows[0]) * input[2];
    for (int64_t i = 0; i < count; i++) {
        out[i] = first + starts[i];
        largest[i] = x[out[i]];
    }
    for (int64_t d = planes[0]; d < planes[1]; d += dilation[0])
        for (int64_t h = rows[0]; h < rows[1]; h += dilation[1]) {
            const int64_t row = (d * input[1] + h) * input[2];
            for (int64_t tap = 0; tap < taps; tap++) {
                const int64_t step = tap * dilation[2];
                for (int64_t i = 0; i < count; i++) {
                    const int64_t at = starts[i] + step, place = row + (at < ends[i] ? at : starts[i]);
                    const T value = x[place], best = largest[i];
                    const bool better = (value > best) | ((value != value) & (best == best));
                    largest[i] = better ? value : best;
                    out[i] = better ? place : out[i];
                }
            }
        }
}

// The same for windows `stride` apart whose taps all lie inside, at these offsets from a window's first element. Places are
// numbers of taps, as wide as an element, and chosen by masks, so that several windows are done at a time.
static void WN(max_row_inside)(const T *x, int64_t *out, const int64_t *offsets, int64_t taps, int64_t first,
                               int64_t stride, int64_t count) {
    T best[POOL_CHUNK], values[POOL_CHUNK];
    BITS place[POOL_CHUNK];
    for (int64_t i = 0; i < count; i++) best[i] = x[first + i * stride];
    for (int64_t i = 0; i < count; i++) place[i] = 0;
    for (int64_t tap = 1; tap < taps; tap++) {
        const T *at = x + first + offsets[tap];
        for (int64_t i = 0; i < count; i++) values[i] = at[i * stride];
        for (int64_t i = 0; i < count; i++) {
            // Larger, or the first NaN.
            const BITS better = -(BITS)(!(values[i] <= best[i]) & (best[i] == best[i]));
            best[i] = FROM_BITS((TO_BITS(values[i]) & better) | (TO_BITS(best[i]) & ~better));
            place[i] = ((BITS)tap & better) | (place[i] & ~better);
        }
    }
    for (int64_t i = 0; i < count; i++) out[i] = first + i * stride + offsets[place[i]];
}

// The offsets of a window's taps from its first element; 0 if there are too many of them.
static inline int64_t WN(tap_offsets)(int64_t *offsets, const int64_t *input, const int64_t *planes,
                                      const int64_t *rows, int64_t taps, const int64_t *dilation) {
    int64_t count = 0;
    for (int64_t d = planes[0]; d < planes[1]; d += dilation[0])
        for (int64_t h = rows[0]; h < rows[1]; h += dilation[1])
            for (int64_t tap = 0; tap < taps; tap++) {
                if (count == POOL_TAPS) return 0;
                offsets[count++] =
                    ((d - planes[0]) * input[1] + h - rows[0]) * input[2] + tap * dilation[2];
            }
    return count;
}

// The position in its image of the first largest element of each window, or of a NaN.
static void WN(max_windows)(const T *x, int64_t *out, const int64_t *input, const int64_t *output,
                            const int64_t *const *starts, const int64_t *const *ends, const int64_t *dilation,
                            int64_t begin, int64_t end) {
    const int64_t size = input[0] * input[1] * input[2];
    int64_t taps = 0;
    for (int64_t ow = 0; ow < output[2]; ow++) {
        const int64_t covered = (ends[2][ow] - starts[2][ow] + dilation[2] - 1) / dilation[2];
        if (covered > taps) taps = covered;
    }
    // Whether all windows of a row are alike, inside the image and evenly apart.
    const int64_t step = output[2] > 1 ? starts[2][1] - starts[2][0] : 1;
    bool even = taps > 0;
    for (int64_t ow = 0; ow < output[2] && even; ow++)
        even = starts[2][ow] == starts[2][0] + ow * step &&
               starts[2][ow] + (taps - 1) * dilation[2] < ends[2][ow];
    out += begin * output[0] * output[1] * output[2];
    for (int64_t image = begin; image < end; image++)
        for (int64_t od = 0; od < output[0]; od++)
            for (int64_t oh = 0; oh < output[1]; oh++)
                for (int64_t ow = 0; ow < output[2]; ow += POOL_CHUNK) {
                    const int64_t planes[2] = {starts[0][od], ends[0][od]}, rows[2] = {starts[1][oh], ends[1][oh]};
                    const int64_t count = adj_min64(output[2] - ow, POOL_CHUNK);
                    int64_t offsets[POOL_TAPS];
                    const int64_t all =
                        even ? WN(tap_offsets)(offsets, input, planes, rows, taps, dilation) : 0;
                    if (all > 0)
                        WN(max_row_inside)(x + image * size, out, offsets, all,
                                           (planes[0] * input[1] + rows[0]) * input[2] + starts[2][ow], step, count);
                    else
                        WN(max_row)(x + image * size, out, input, starts[2] + ow, ends[2] + ow, dilation, taps, planes,
                                rows, count);
                    out += count;
                }
}

// y [outer, rows, inner] = the weighted sums that the sparse rows name of x [outer, length, inner].
static void WN(axis_map)(const T *x, T *y, int64_t length, int64_t rows, int64_t inner, const int64_t *starts,
                         const int64_t *columns, const double *weights, int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; o++) {
        const T *from = x + o * length * inner;
        T *to = y + o * rows * inner;
        if (inner == 1) {
            for (int64_t r = 0; r < rows; r++) {
                double sum = 0;
                for (int64_t e = starts[r]; e < starts[r + 1]; e++) sum += weights[e] * (double)from[columns[e]];
                to[r] = (T)sum;
            }
            continue;
        }
        for (int64_t r = 0; r < rows; r++, to += inner)
            for (int64_t start = 0; start < inner; start += AXIS_CHUNK) {
                double sum[AXIS_CHUNK];
                const int64_t n = adj_min64(inner - start, AXIS_CHUNK);
                for (int64_t i = 0; i < n; i++) sum[i] = 0;
                for (int64_t e = starts[r]; e < starts[r + 1]; e++) {
                    const T *at = from + columns[e] * inner + start;
                    const double weight = weights[e];
                    for (int64_t i = 0; i < n; i++) sum[i] += weight * (double)at[i];
                }
                for (int64_t i = 0; i < n; i++) to[start + i] = (T)sum[i];
            }
    }
}

#undef RUN
#undef WN
#undef T
#undef SUFFIX
#undef BITS
#undef TO_BITS
#undef FROM_BITS
