// Flat convolutions in F32 without columns. What a tap reads for some neighbouring positions is one unaligned vector;
// positions behind the end of a row are computed and dropped. Each output adds its products in the order (channel, row
// of taps, tap) on every instruction set, each sum of a filter its positions in their order.

// Filters and positions whose sums are in registers together.
#if defined(DIRECT_WIDE)
#define DC_FILTERS ADJ_DIRECT_FILTERS
#define DC_TILE 32
#else
#define DC_FILTERS (ADJ_DIRECT_FILTERS / 2)
#define DC_TILE 16
#endif
#define DC_LANES 16

typedef float dc_vector __attribute__((vector_size(DC_LANES * sizeof(float)), aligned(4), may_alias));

// Adds the products of `taps` neighbouring taps.
ADJ_INLINE void dc_taps(dc_vector sum[DC_FILTERS][DC_TILE / DC_LANES], const float *x, const float *w, const int taps) {
    for (int k = 0; k < taps; k++, w += ADJ_DIRECT_FILTERS)
        for (int v = 0; v < DC_TILE / DC_LANES; v++) {
            const dc_vector value = *(const dc_vector *)(x + k + v * DC_LANES);
            for (int f = 0; f < DC_FILTERS; f++) sum[f][v] += value * w[f];
        }
}

// Sums of DC_FILTERS filters at DC_TILE positions from x on.
ADJ_INLINE void dc_tile(const adj_direct *d, const float *x, const float *w, float *sums) {
    dc_vector sum[DC_FILTERS][DC_TILE / DC_LANES];
    for (int f = 0; f < DC_FILTERS; f++)
        for (int v = 0; v < DC_TILE / DC_LANES; v++) sum[f][v] = (dc_vector){0};
    for (int64_t c = 0; c < d->channels; c++, x += d->plane)
        for (int32_t r = 0; r < d->row_count; r++) {
            const float *at = x + d->row[r].offset;
            switch (d->row[r].taps) {
            case 1: dc_taps(sum, at, w, 1); break;
            case 2: dc_taps(sum, at, w, 2); break;
            case 3: dc_taps(sum, at, w, 3); break;
            case 4: dc_taps(sum, at, w, 4); break;
            default: dc_taps(sum, at, w, 5); break;
            }
            w += d->row[r].taps * ADJ_DIRECT_FILTERS;
        }
    for (int f = 0; f < DC_FILTERS; f++)
        for (int v = 0; v < DC_TILE / DC_LANES; v++) *(dc_vector *)(sums + f * DC_TILE + v * DC_LANES) = sum[f][v];
}

static void direct_convolve(const adj_direct *d, const float *x, const float *w, float *y, const int64_t *step) {
    const int64_t columns = d->output[1], positions = (d->output[0] - 1) * d->pitch + columns;
    float sums[DC_FILTERS * DC_TILE];
    for (int64_t start = 0; start < positions; start += DC_TILE)
        for (int64_t filter = 0; filter < d->filters; filter += DC_FILTERS) {
            const int64_t block = filter / ADJ_DIRECT_FILTERS, inside = filter % ADJ_DIRECT_FILTERS;
            dc_tile(d, x + start, w + block * d->channels * d->taps * ADJ_DIRECT_FILTERS + inside, sums);
            const int64_t end = adj_min64(start + DC_TILE, positions), count = adj_min64(DC_FILTERS, d->filters - filter);
            for (int64_t p = start; p < end;) {
                const int64_t row = p / d->pitch, column = p % d->pitch;
                const int64_t next = adj_min64((row + 1) * d->pitch, end);
                const int64_t n = adj_min64(next - p, columns - column);
                for (int64_t f = 0; n > 0 && f < count; f++) {
                    const float *from = sums + f * DC_TILE + (p - start);
                    float *to = y + (filter + f) * step[0] + row * step[1] + column * step[2];
                    if (step[2] == 1)
                        memcpy(to, from, (size_t)n * sizeof(float));
                    else
                        for (int64_t i = 0; i < n; i++) to[i * step[2]] = from[i];
                }
                p = next;
            }
        }
}

// The sums of `taps` neighbouring taps of `channels` channels for a block of filters.
ADJ_INLINE void dc_filter(const adj_direct *d, const float *g, const float *x, float *sums, const int channels,
                          const int taps) {
    dc_vector sum[8][5];
    for (int c = 0; c < channels; c++)
        for (int k = 0; k < taps; k++) sum[c][k] = (dc_vector){0};
    for (int64_t row = 0; row < d->output[0]; row++) {
        const float *at = x + row * d->pitch;
        for (int64_t column = d->output[1]; column > 0; column--, at++, g += DC_LANES) {
            const dc_vector value = *(const dc_vector *)g;
            for (int c = 0; c < channels; c++)
                for (int k = 0; k < taps; k++) sum[c][k] += value * at[c * d->plane + k];
        }
    }
    for (int c = 0; c < channels; c++)
        for (int k = 0; k < taps; k++) *(dc_vector *)(sums + (c * d->taps + k) * DC_LANES) += sum[c][k];
}

// A row of taps, for as many channels at a time as have registers for their sums.
ADJ_INLINE void dc_filter_row(const adj_direct *d, const float *g, const float *x, float *sums, const int taps) {
#if defined(DIRECT_WIDE)
    const int together = taps > 2 ? 4 : 8;
#else
    const int together = taps > 2 ? 1 : 2;
#endif
    int64_t c = 0;
    for (; c + together <= d->channels; c += together)
        dc_filter(d, g, x + c * d->plane, sums + c * d->taps * DC_LANES, together, taps);
    for (; c < d->channels; c++) dc_filter(d, g, x + c * d->plane, sums + c * d->taps * DC_LANES, 1, taps);
}

static void direct_filter(const adj_direct *d, const float *g, const float *x, float *sums) {
    for (int64_t filter = 0; filter < d->filters; filter += DC_LANES) {
        float *to = sums;
        for (int32_t r = 0; r < d->row_count; r++) {
            const float *from = x + d->row[r].offset;
            switch (d->row[r].taps) {
            case 1: dc_filter_row(d, g, from, to, 1); break;
            case 2: dc_filter_row(d, g, from, to, 2); break;
            case 3: dc_filter_row(d, g, from, to, 3); break;
            case 4: dc_filter_row(d, g, from, to, 4); break;
            default: dc_filter_row(d, g, from, to, 5); break;
            }
            to += d->row[r].taps * DC_LANES;
        }
        sums += d->channels * d->taps * DC_LANES;
        g += d->output[0] * d->output[1] * DC_LANES;
    }
}

#undef DC_FILTERS
#undef DC_TILE
#undef DC_LANES
