// Rows brought to mean 0 and variance 1, and the pullback, for one element type: T and SUFFIX. Sums run over 32 lanes
// in double, so that every instruction set adds in the same order.

#define SD(name) ADJ_JOIN(name, SUFFIX)
#define LANES 32

// The mean of x (0 if it is not centered), and 1 / sqrt(variance + epsilon). The sums are those of the distances to the
// first element, whose square is a part of n times the variance: what cancels is at most n roundings.
// The next row, and that of the results y, are fetched meanwhile.
static double SD(row_scale)(const T *x, T *y, int64_t n, double epsilon, int32_t centered, double *mean) {
    double sum[LANES] = {0}, squares[LANES] = {0};
    const int64_t whole = n / LANES * LANES;
    const double first = centered ? (double)x[0] : 0;
    for (int64_t i = 0; i < whole; i += LANES) {
        adj_prefetch(x + n + i, LANES * sizeof(T), 0);
        adj_prefetch(y + n + i, LANES * sizeof(T), 1);
        for (int lane = 0; lane < LANES; lane++) {
            double distance = (double)x[i + lane] - first;
            sum[lane] += distance;
            squares[lane] += distance * distance;
        }
    }
    for (int64_t i = whole; i < n; i++) {
        double distance = (double)x[i] - first;
        sum[i - whole] += distance;
        squares[i - whole] += distance * distance;
    }
    const double shift = centered ? all_lanes(sum) / (double)n : 0;
    *mean = first + shift;
    const double variance = all_lanes(squares) / (double)n - shift * shift;
    return 1 / sqrt((variance > 0 ? variance : 0) + epsilon);
}

// What brings a row's elements to mean 0 and variance 1; the mean in two parts, so that a difference from it keeps its digits.
typedef struct {
    T high, low, scale;
} SD(standard_row);

static SD(standard_row) SD(standard_row_of)(const T *x, T *y, int64_t n, double epsilon, int32_t centered) {
    double mean, scale = SD(row_scale)(x, y, n, epsilon, centered, &mean);
    SD(standard_row) row = {(T)mean, (T)(mean - (double)(T)mean), (T)scale};
    return row;
}

ADJ_INLINE T SD(standard)(T x, SD(standard_row) row) { return ((x - row.high) - row.low) * row.scale; }

static void SD(standardize)(const void *px, const void *pw, const void *pb, void *py, int64_t n, double epsilon,
                            int32_t centered, int64_t begin, int64_t end) {
    const T *w = pw, *b = pb;
    for (int64_t r = begin; r < end; r++) {
        const T *x = (const T *)px + r * n;
        T *y = (T *)py + r * n;
        const SD(standard_row) row = SD(standard_row_of)(x, y, n, epsilon, centered);
        if (w && b) {
            ADJ_SIMD for (int64_t i = 0; i < n; i++) y[i] = SD(standard)(x[i], row) * w[i] + b[i];
        } else if (w) {
            ADJ_SIMD for (int64_t i = 0; i < n; i++) y[i] = SD(standard)(x[i], row) * w[i];
        } else if (b) {
            ADJ_SIMD for (int64_t i = 0; i < n; i++) y[i] = SD(standard)(x[i], row) + b[i];
        } else {
            ADJ_SIMD for (int64_t i = 0; i < n; i++) y[i] = SD(standard)(x[i], row);
        }
    }
}

// What a row's pullback needs besides the row: the means of the cotangents of the standardized elements, and of their
// products with them. Products are of type T, sums are in double.
typedef struct {
    SD(standard_row) row;
    T mean, slope;
} SD(standard_pullback);

ADJ_INLINE SD(standard_pullback) SD(standard_sums)(const T *g, const T *x, const T *w, int64_t n,
                                                   SD(standard_row) row, bool weighted) {
    const int64_t whole = n / LANES * LANES;
    double total[LANES] = {0}, inner[LANES] = {0};
    for (int64_t at = 0; at < whole; at += LANES) {
        T values[LANES], products[LANES];
        adj_prefetch(g + n + at, LANES * sizeof(T), 0);
        ADJ_SIMD for (int lane = 0; lane < LANES; lane++) {
            values[lane] = weighted ? g[at + lane] * w[at + lane] : g[at + lane];
            products[lane] = values[lane] * SD(standard)(x[at + lane], row);
        }
        for (int lane = 0; lane < LANES; lane++) total[lane] += (double)values[lane];
        for (int lane = 0; lane < LANES; lane++) inner[lane] += (double)products[lane];
    }
    for (int64_t i = whole; i < n; i++) {
        const T value = weighted ? g[i] * w[i] : g[i];
        total[i - whole] += (double)value;
        inner[i - whole] += (double)(value * SD(standard)(x[i], row));
    }
    SD(standard_pullback) sums = {row, (T)(all_lanes(total) / (double)n), (T)(all_lanes(inner) / (double)n)};
    return sums;
}

static SD(standard_pullback) SD(standard_pullback_of)(const T *g, const T *x, const T *w, T *gx, int64_t n,
                                                      double epsilon, int32_t centered) {
    const SD(standard_row) row = SD(standard_row_of)(x, gx, n, epsilon, centered);
    SD(standard_pullback) p = w ? SD(standard_sums)(g, x, w, n, row, true) : SD(standard_sums)(g, x, w, n, row, false);
    if (!centered) p.mean = 0;
    return p;
}

ADJ_INLINE T SD(pull_standard)(T cotangent, T standard, SD(standard_pullback) p) {
    return p.row.scale * (cotangent - p.mean - standard * p.slope);
}

// gx, and gw and gb, if they are wanted, added up over the rows; two rows at a time where all are wanted.
static void SD(standardize_pullback)(const void *pg, const void *px, const void *pw, void *pgx, double *gw, double *gb,
                                     int64_t n, double epsilon, int32_t centered, int64_t begin, int64_t end) {
    const T *w = pw;
    for (int64_t r = begin; r < end; r++) {
        const T *g = (const T *)pg + r * n, *x = (const T *)px + r * n;
        T *gx = (T *)pgx + r * n;
        const SD(standard_pullback) p = SD(standard_pullback_of)(g, x, w, gx, n, epsilon, centered);
        if (w && gw && gb && r + 1 < end) {
            const T *g2 = g + n, *x2 = x + n;
            T *gx2 = gx + n;
            const SD(standard_pullback) p2 = SD(standard_pullback_of)(g2, x2, w, gx2, n, epsilon, centered);
            ADJ_SIMD for (int64_t i = 0; i < n; i++) {
                const T s = SD(standard)(x[i], p.row), s2 = SD(standard)(x2[i], p2.row);
                gw[i] += (double)(g[i] * s + g2[i] * s2);
                gb[i] += (double)(g[i] + g2[i]);
                gx[i] = SD(pull_standard)(g[i] * w[i], s, p);
                gx2[i] = SD(pull_standard)(g2[i] * w[i], s2, p2);
            }
            r++;
            continue;
        }
        if (gw) {
            ADJ_SIMD for (int64_t i = 0; i < n; i++) gw[i] += (double)(g[i] * SD(standard)(x[i], p.row));
        }
        if (gb) {
            ADJ_SIMD for (int64_t i = 0; i < n; i++) gb[i] += (double)g[i];
        }
        if (w) {
            ADJ_SIMD for (int64_t i = 0; i < n; i++) gx[i] = SD(pull_standard)(g[i] * w[i], SD(standard)(x[i], p.row), p);
        } else {
            ADJ_SIMD for (int64_t i = 0; i < n; i++) gx[i] = SD(pull_standard)(g[i], SD(standard)(x[i], p.row), p);
        }
    }
}

#undef SD
#undef LANES
#undef T
#undef SUFFIX
