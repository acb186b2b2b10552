// Channels of [samples, channels, inner] brought to mean 0 and variance 1 over samples and inner places, and the
// pullback, for one element type: T and SUFFIX. Sums run over 32 lanes in double and from sample to sample, so that every
// instruction set adds in the same order.

#define CH(name) ADJ_JOIN(name, SUFFIX)
#define LANES 32
#define FOR_SAMPLES(pointer, base)                                                                             \
    for (int64_t s = 0; s < samples; s++)                                                                      \
        for (const T *pointer = (const T *)(base) + (s * channels + c) * inner, *once = pointer; once; once = NULL)
#define SUM_LANES(sum, VALUE)                                                                                  \
    for (int64_t at = 0; at < whole; at += LANES)                                                              \
        for (int lane = 0; lane < LANES; lane++) {                                                             \
            const int64_t i = at + lane;                                                                       \
            sum[lane] += VALUE;                                                                                \
        }                                                                                                      \
    for (int64_t i = whole; i < inner; i++) sum[i - whole] += VALUE;

// The mean of channel c, and the mean square distance from it.
static void CH(channel_moments)(const T *px, int64_t samples, int64_t channels, int64_t inner, int64_t c, double *mean,
                                double *variance) {
    const int64_t whole = inner / LANES * LANES;
    double sum[LANES] = {0}, squares[LANES] = {0};
    FOR_SAMPLES(x, px) { SUM_LANES(sum, (double)x[i]) }
    const double center = *mean = all_lanes(sum) / (double)(samples * inner);
    FOR_SAMPLES(x, px) { SUM_LANES(squares, ((double)x[i] - center) * ((double)x[i] - center)) }
    *variance = all_lanes(squares) / (double)(samples * inner);
}

static void CH(channel_statistics)(const void *px, double *means, double *variances, int64_t samples,
                                   int64_t channels, int64_t inner, int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; c++)
        CH(channel_moments)(px, samples, channels, inner, c, &means[c], &variances[c]);
}

static void CH(channel_standardize)(const void *px, const void *pw, const void *pb, void *py, int64_t samples,
                                    int64_t channels, int64_t inner, double epsilon, int64_t begin, int64_t end) {
    const T *w = pw, *b = pb;
    for (int64_t c = begin; c < end; c++) {
        double mean, variance;
        CH(channel_moments)(px, samples, channels, inner, c, &mean, &variance);
        const double scale = (w ? (double)w[c] : 1) / sqrt(variance + epsilon), shift = b ? (double)b[c] : 0;
        for (int64_t s = 0; s < samples; s++) {
            const T *x = (const T *)px + (s * channels + c) * inner;
            T *y = (T *)py + (s * channels + c) * inner;
            ADJ_SIMD for (int64_t i = 0; i < inner; i++) y[i] = (T)(((double)x[i] - mean) * scale + shift);
        }
    }
}

// gx, and gw and gb if they are wanted.
static void CH(channel_pullback)(const void *pg, const void *px, const void *pw, void *pgx, void *pgw, void *pgb,
                                 int64_t samples, int64_t channels, int64_t inner, double epsilon, int64_t begin,
                                 int64_t end) {
    const T *w = pw;
    T *gw = pgw, *gb = pgb;
    const int64_t whole = inner / LANES * LANES;
    const double count = (double)(samples * inner);
    for (int64_t c = begin; c < end; c++) {
        double mean, variance;
        CH(channel_moments)(px, samples, channels, inner, c, &mean, &variance);
        const double scale = 1 / sqrt(variance + epsilon);
        double total[LANES] = {0}, along[LANES] = {0};
        for (int64_t s = 0; s < samples; s++) {
            const T *x = (const T *)px + (s * channels + c) * inner, *g = (const T *)pg + (s * channels + c) * inner;
            SUM_LANES(total, (double)g[i])
            SUM_LANES(along, (double)g[i] * (((double)x[i] - mean) * scale))
        }
        const double sum = all_lanes(total), inner_product = all_lanes(along);
        if (gw) gw[c] = (T)inner_product;
        if (gb) gb[c] = (T)sum;
        const double factor = scale * (w ? (double)w[c] : 1), offset = sum / count, slope = inner_product / count;
        for (int64_t s = 0; s < samples; s++) {
            const int64_t start = (s * channels + c) * inner;
            const T *x = (const T *)px + start, *g = (const T *)pg + start;
            T *gx = (T *)pgx + start;
            ADJ_SIMD for (int64_t i = 0; i < inner; i++)
                gx[i] = (T)(factor * ((double)g[i] - offset - ((double)x[i] - mean) * scale * slope));
        }
    }
}

#undef SUM_LANES
#undef FOR_SAMPLES
#undef CH
#undef LANES
#undef T
#undef SUFFIX
