// Rows brought to mean 0 and variance 1, and the pullback, for one element type: T and SUFFIX. Sums run over 32 lanes
// in double, so that every instruction set adds in the same order.

#define SD(name) ADJ_JOIN(name, SUFFIX)
#define LANES 32

// The mean of x (0 if it is not centered), and 1 / sqrt(variance + epsilon).
static double SD(row_scale)(const T *x, int64_t n, double epsilon, int32_t centered, double *mean) {
    double sum[LANES] = {0}, squares[LANES] = {0};
    int64_t whole = n / LANES * LANES;
    *mean = 0;
    if (centered) {
        for (int64_t i = 0; i < whole; i += LANES)
            for (int lane = 0; lane < LANES; lane++) sum[lane] += (double)x[i + lane];
        for (int64_t i = whole; i < n; i++) sum[i - whole] += (double)x[i];
        *mean = all_lanes(sum) / (double)n;
    }
    const double center = *mean;
    for (int64_t i = 0; i < whole; i += LANES)
        for (int lane = 0; lane < LANES; lane++) {
            double difference = (double)x[i + lane] - center;
            squares[lane] += difference * difference;
        }
    for (int64_t i = whole; i < n; i++) squares[i - whole] += ((double)x[i] - center) * ((double)x[i] - center);
    return 1 / sqrt(all_lanes(squares) / (double)n + epsilon);
}

static void SD(standardize)(const void *px, const void *pw, const void *pb, void *py, int64_t n, double epsilon,
                            int32_t centered, int64_t begin, int64_t end) {
    const T *w = pw, *b = pb;
    for (int64_t row = begin; row < end; row++) {
        const T *x = (const T *)px + row * n;
        T *y = (T *)py + row * n;
        double mean, scale = SD(row_scale)(x, n, epsilon, centered, &mean);
#define STANDARD (((double)x[i] - mean) * scale)
        if (w && b) {
            ADJ_SIMD for (int64_t i = 0; i < n; i++) y[i] = (T)(STANDARD * (double)w[i] + (double)b[i]);
        } else if (w) {
            ADJ_SIMD for (int64_t i = 0; i < n; i++) y[i] = (T)(STANDARD * (double)w[i]);
        } else if (b) {
            ADJ_SIMD for (int64_t i = 0; i < n; i++) y[i] = (T)(STANDARD + (double)b[i]);
        } else {
            ADJ_SIMD for (int64_t i = 0; i < n; i++) y[i] = (T)STANDARD;
        }
    }
}

// gx, and gw and gb, if they are wanted, added up over the rows.
static void SD(standardize_pullback)(const void *pg, const void *px, const void *pw, void *pgx, double *gw, double *gb,
                                     int64_t n, double epsilon, int32_t centered, int64_t begin, int64_t end) {
    const T *w = pw;
    const int64_t whole = n / LANES * LANES;
    for (int64_t row = begin; row < end; row++) {
        const T *g = (const T *)pg + row * n, *x = (const T *)px + row * n;
        T *gx = (T *)pgx + row * n;
        double mean, scale = SD(row_scale)(x, n, epsilon, centered, &mean);
        double total[LANES] = {0}, inner[LANES] = {0};
#define SUM_LANES(COTANGENT)                                                                                   \
    for (int64_t at = 0; at < whole; at += LANES)                                                              \
        for (int lane = 0; lane < LANES; lane++) {                                                             \
            int64_t i = at + lane;                                                                             \
            double value = COTANGENT;                                                                          \
            total[lane] += value;                                                                              \
            inner[lane] += value * STANDARD;                                                                   \
        }                                                                                                      \
    for (int64_t i = whole; i < n; i++) {                                                                      \
        total[i - whole] += COTANGENT;                                                                         \
        inner[i - whole] += COTANGENT * STANDARD;                                                              \
    }
        if (w) {
            SUM_LANES((double)g[i] * (double)w[i])
        } else {
            SUM_LANES((double)g[i])
        }
        double gmean = centered ? all_lanes(total) / (double)n : 0, gy = all_lanes(inner) / (double)n;
        if (gw) {
            ADJ_SIMD for (int64_t i = 0; i < n; i++) gw[i] += (double)g[i] * STANDARD;
        }
        if (gb) {
            ADJ_SIMD for (int64_t i = 0; i < n; i++) gb[i] += (double)g[i];
        }
        if (w) {
            ADJ_SIMD for (int64_t i = 0; i < n; i++)
                gx[i] = (T)(scale * ((double)g[i] * (double)w[i] - gmean - STANDARD * gy));
        } else {
            ADJ_SIMD for (int64_t i = 0; i < n; i++) gx[i] = (T)(scale * ((double)g[i] - gmean - STANDARD * gy));
        }
#undef SUM_LANES
#undef STANDARD
    }
}

#undef SD
#undef LANES
#undef T
#undef SUFFIX
