// Flat convolutions with stride 1 in F32 without columns. An image lies in rows of one pitch with its padding around it, so
// that what a tap reads for some neighbouring positions is one unaligned vector; positions behind the end of a row are
// computed and dropped. Each output adds its products in the order (channel, row, column) on every instruction set.

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

// Sums of DC_FILTERS filters from `from` on at DC_TILE positions from x on.
ADJ_INLINE void dc_tile(const adj_direct *d, const float *x, const float *w, float *sums) {
    dc_vector sum[DC_FILTERS][DC_TILE / DC_LANES];
    for (int f = 0; f < DC_FILTERS; f++)
        for (int v = 0; v < DC_TILE / DC_LANES; v++) sum[f][v] = (dc_vector){0};
    for (int64_t c = 0; c < d->channels; c++, x += d->plane)
        for (int64_t kh = 0; kh < d->kernel[0]; kh++)
            for (int64_t kw = 0; kw < d->kernel[1]; kw++, w += ADJ_DIRECT_FILTERS) {
                const float *at = x + kh * d->pitch + kw;
                for (int v = 0; v < DC_TILE / DC_LANES; v++) {
                    const dc_vector value = *(const dc_vector *)(at + v * DC_LANES);
                    for (int f = 0; f < DC_FILTERS; f++) sum[f][v] += value * w[f];
                }
            }
    for (int f = 0; f < DC_FILTERS; f++)
        for (int v = 0; v < DC_TILE / DC_LANES; v++) *(dc_vector *)(sums + f * DC_TILE + v * DC_LANES) = sum[f][v];
}

// y [filters, rows, columns] of one padded image.
static void direct_convolve(const adj_direct *d, const float *x, const float *w, float *y) {
    const int64_t rows = d->output[0], columns = d->output[1], positions = (rows - 1) * d->pitch + columns;
    float sums[DC_FILTERS * DC_TILE];
    for (int64_t start = 0; start < positions; start += DC_TILE)
        for (int64_t filter = 0; filter < d->filters; filter += DC_FILTERS) {
            const int64_t block = filter / ADJ_DIRECT_FILTERS, inside = filter % ADJ_DIRECT_FILTERS;
            dc_tile(d, x + start, w + block * d->channels * d->kernel[0] * d->kernel[1] * ADJ_DIRECT_FILTERS + inside,
                    sums);
            const int64_t end = adj_min64(start + DC_TILE, positions), count = adj_min64(DC_FILTERS, d->filters - filter);
            for (int64_t p = start; p < end;) {
                const int64_t row = p / d->pitch, column = p % d->pitch;
                const int64_t next = adj_min64((row + 1) * d->pitch, end);
                const int64_t n = adj_min64(next - p, columns - column);
                for (int64_t f = 0; n > 0 && f < count; f++)
                    memcpy(y + ((filter + f) * rows + row) * columns + column, sums + f * DC_TILE + (p - start),
                           (size_t)n * sizeof(float));
                p = next;
            }
        }
}

#define DC_GROUP 4

// w [filters, channels, kernel] += the sums over positions of g (in rows of the same pitch, with zeros between) times x.
ADJ_INLINE void dc_filter_row(const adj_direct *d, const float *g, const float *x, float *w, int64_t count,
                              int64_t positions, const int columns) {
    dc_vector sum[DC_GROUP][8];
    for (int f = 0; f < DC_GROUP; f++)
        for (int k = 0; k < columns; k++) sum[f][k] = (dc_vector){0};
    for (int64_t p = 0; p < positions; p += DC_LANES) {
        dc_vector value[DC_GROUP];
        for (int f = 0; f < DC_GROUP; f++) value[f] = *(const dc_vector *)(g + f * d->plane + p);
        for (int k = 0; k < columns; k++) {
            const dc_vector at = *(const dc_vector *)(x + p + k);
            for (int f = 0; f < DC_GROUP; f++) sum[f][k] += value[f] * at;
        }
    }
    for (int64_t f = 0; f < count; f++)
        for (int k = 0; k < columns; k++) {
            float lanes[DC_LANES];
            *(dc_vector *)lanes = sum[f][k];
            for (int half = DC_LANES / 2; half > 0; half /= 2)
                for (int lane = 0; lane < half; lane++) lanes[lane] += lanes[lane + half];
            w[f * d->channels * d->kernel[0] * d->kernel[1] + k] += lanes[0];
        }
}

static void direct_filter(const adj_direct *d, const float *g, const float *x, float *w) {
    const int64_t positions = ((d->output[0] - 1) * d->pitch + d->output[1] + DC_LANES - 1) / DC_LANES * DC_LANES;
    const int64_t taps = d->kernel[0] * d->kernel[1];
    for (int64_t filter = 0; filter < d->filters; filter += DC_GROUP)
        for (int64_t c = 0; c < d->channels; c++)
            for (int64_t kh = 0; kh < d->kernel[0]; kh++) {
                const float *from = x + c * d->plane + kh * d->pitch, *at = g + filter * d->plane;
                float *to = w + (filter * d->channels + c) * taps + kh * d->kernel[1];
                const int64_t count = adj_min64(DC_GROUP, d->filters - filter);
                switch (d->kernel[1]) {
                case 1: dc_filter_row(d, at, from, to, count, positions, 1); break;
                case 2: dc_filter_row(d, at, from, to, count, positions, 2); break;
                case 3: dc_filter_row(d, at, from, to, count, positions, 3); break;
                case 4: dc_filter_row(d, at, from, to, count, positions, 4); break;
                default: dc_filter_row(d, at, from, to, count, positions, 5); break;
                }
            }
}

#undef DC_FILTERS
#undef DC_TILE
#undef DC_LANES
#undef DC_GROUP
