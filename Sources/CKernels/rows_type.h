// Softmax and its relatives along rows of one type: T, SUFFIX, EXP (exp of a double, as precise as T needs) and
// QUOTIENT(a, b, 1 / b), which may use the reciprocal if that is precise enough for T.
// Exponentials go through a buffer of doubles, so that short rows are done several at a time.

#define RW(name) ADJ_JOIN(name, SUFFIX)

// The maximum of a row as a double; NaN if there is one.
static double RW(row_max)(const T *x, int64_t n) {
    T max;
    RW(reduce_max)(x, &max, n, 1, 0, 1, 0, n);
    return (double)max;
}

static double RW(exp_sum)(const T *x, int64_t n, double max) {
    double buffer[ROWS_CHUNK], total = 0;
    for (int64_t start = 0; start < n; start += ROWS_CHUNK) {
        int64_t m = adj_min64(n - start, ROWS_CHUNK);
        ADJ_SIMD for (int64_t i = 0; i < m; i++) buffer[i] = EXP((double)x[start + i] - max);
        total += lanes_sum(buffer, m);
    }
    return total;
}

// One row that is longer than the buffer: y holds the exponentials until their sum is known.
static void RW(softmax_long)(const T *x, T *y, int64_t n) {
    double buffer[ROWS_CHUNK], total = 0, max = RW(row_max)(x, n);
    for (int64_t start = 0; start < n; start += ROWS_CHUNK) {
        int64_t m = adj_min64(n - start, ROWS_CHUNK);
        ADJ_SIMD for (int64_t i = 0; i < m; i++) buffer[i] = EXP((double)x[start + i] - max);
        ADJ_SIMD for (int64_t i = 0; i < m; i++) y[start + i] = (T)buffer[i];
        total += lanes_sum(buffer, m);
    }
    double inverse = 1 / total;
    ADJ_SIMD for (int64_t i = 0; i < n; i++) y[i] = (T)QUOTIENT((double)y[i], total, inverse);
}

// Some rows that fit into the buffer together.
static void RW(softmax_short)(const T *x, T *y, int64_t n, int64_t rows) {
    double buffer[ROWS_CHUNK];
    for (int64_t r = 0; r < rows; r++) {
        double max = RW(row_max)(x + r * n, n);
        ADJ_SIMD for (int64_t i = 0; i < n; i++) buffer[r * n + i] = (double)x[r * n + i] - max;
    }
    ADJ_SIMD for (int64_t i = 0; i < rows * n; i++) buffer[i] = EXP(buffer[i]);
    for (int64_t r = 0; r < rows; r++) {
        double total = lanes_sum(buffer + r * n, n), inverse = 1 / total;
        ADJ_SIMD for (int64_t i = 0; i < n; i++) y[r * n + i] = (T)QUOTIENT(buffer[r * n + i], total, inverse);
    }
}

static void RW(log_softmax)(const T *x, T *y, int64_t n) {
    double max = RW(row_max)(x, n), log_sum = log(RW(exp_sum)(x, n, max));
    ADJ_SIMD for (int64_t i = 0; i < n; i++) y[i] = (T)((double)x[i] - max - log_sum);
}

static void RW(softmax)(const void *px, void *py, int64_t n, int64_t row_begin, int64_t row_end, int32_t take_log) {
    int64_t step = n <= ROWS_CHUNK && !take_log ? ROWS_CHUNK / n : 1;
    for (int64_t row = row_begin; row < row_end; row += step) {
        const T *x = (const T *)px + row * n;
        T *y = (T *)py + row * n;
        if (take_log) RW(log_softmax)(x, y, n);
        else if (n > ROWS_CHUNK) RW(softmax_long)(x, y, n);
        else RW(softmax_short)(x, y, n, adj_min64(step, row_end - row));
    }
}

static void RW(softmax_pullback)(const void *pg, const void *py, void *pgx, int64_t n, int64_t row_begin,
                                 int64_t row_end, int32_t take_log) {
    for (int64_t row = row_begin; row < row_end; row++) {
        const T *g = (const T *)pg + row * n, *y = (const T *)py + row * n;
        T *gx = (T *)pgx + row * n;
        double buffer[ROWS_CHUNK], total = 0;
        for (int64_t start = 0; start < n; start += ROWS_CHUNK) {
            int64_t m = adj_min64(n - start, ROWS_CHUNK);
            const T *gs = g + start, *ys = y + start;
            if (take_log) {
                ADJ_SIMD for (int64_t i = 0; i < m; i++) buffer[i] = (double)gs[i];
            } else {
                ADJ_SIMD for (int64_t i = 0; i < m; i++) buffer[i] = (double)gs[i] * (double)ys[i];
            }
            total += lanes_sum(buffer, m);
        }
        if (take_log) {
            ADJ_SIMD for (int64_t i = 0; i < n; i++) gx[i] = (T)((double)g[i] - EXP((double)y[i]) * total);
        } else {
            ADJ_SIMD for (int64_t i = 0; i < n; i++) gx[i] = (T)((double)y[i] * ((double)g[i] - total));
        }
    }
}

static void RW(logsumexp)(const void *px, void *pout, int64_t n, int64_t row_begin, int64_t row_end, int32_t unused) {
    (void)unused;
    for (int64_t row = row_begin; row < row_end; row++) {
        const T *x = (const T *)px + row * n;
        double max = RW(row_max)(x, n);
        bool finite = max - max == 0;
        ((T *)pout)[row] = (T)(finite ? max + log(RW(exp_sum)(x, n, max)) : max);
    }
}

// The maximum of a row without regard to NaN, which comes back in the exponentials.
static T RW(row_peak)(const T *x, int64_t n) {
    T lanes[PEAK_LANES];
    int64_t i = 0;
    for (int lane = 0; lane < PEAK_LANES; lane++) lanes[lane] = x[0];
    for (; i + PEAK_LANES <= n; i += PEAK_LANES)
        for (int lane = 0; lane < PEAK_LANES; lane++)
            lanes[lane] = x[i + lane] > lanes[lane] ? x[i + lane] : lanes[lane];
    // The last lanes once more, which changes no maximum; a row that is shorter goes one by one.
    const T *last = n < PEAK_LANES ? x : x + n - PEAK_LANES;
    for (int64_t lane = 0; lane < adj_min64(n, PEAK_LANES); lane++)
        lanes[lane] = last[lane] > lanes[lane] ? last[lane] : lanes[lane];
    for (int half = PEAK_LANES / 2; half > 0; half /= 2)
        for (int lane = 0; lane < half; lane++)
            lanes[lane] = lanes[lane + half] > lanes[lane] ? lanes[lane + half] : lanes[lane];
    return lanes[0];
}

// The sum of e^(x - peak), whose terms go to `shares` if it is not NULL. Lanes add four terms in T and those in double.
ADJ_INLINE double RW(share_sum)(const T *x, T *shares, int64_t n, T peak) {
    double lanes[SHARE_LANES] = {0};
    int64_t i = 0;
    for (; i + 4 * SHARE_LANES <= n; i += 4 * SHARE_LANES) {
        T sums[SHARE_LANES];
        if (shares) {
            // The next row's memory is fetched meanwhile.
            adj_prefetch(x + n + i, 4 * SHARE_LANES * sizeof(T), 0);
            adj_prefetch(shares + n + i, 4 * SHARE_LANES * sizeof(T), 1);
        }
        ADJ_SIMD for (int lane = 0; lane < SHARE_LANES; lane++) {
            const T *at = x + i + lane;
            const T a = SHARE(at[0] - peak), b = SHARE(at[SHARE_LANES] - peak);
            const T c = SHARE(at[2 * SHARE_LANES] - peak), d = SHARE(at[3 * SHARE_LANES] - peak);
            if (shares) {
                T *to = shares + i + lane;
                to[0] = a;
                to[SHARE_LANES] = b;
                to[2 * SHARE_LANES] = c;
                to[3 * SHARE_LANES] = d;
            }
            sums[lane] = (a + b) + (c + d);
        }
        for (int lane = 0; lane < SHARE_LANES; lane++) lanes[lane] += (double)sums[lane];
    }
    for (; i + SHARE_LANES <= n; i += SHARE_LANES) {
        T terms[SHARE_LANES];
        ADJ_SIMD for (int lane = 0; lane < SHARE_LANES; lane++) {
            const T term = SHARE(x[i + lane] - peak);
            terms[lane] = term;
            if (shares) shares[i + lane] = term;
        }
        for (int lane = 0; lane < SHARE_LANES; lane++) lanes[lane] += (double)terms[lane];
    }
    if (i < n) {
        T terms[SHARE_LANES];
        const int64_t rest = n - i;
        for (int lane = 0; lane < SHARE_LANES; lane++) terms[lane] = lane < rest ? x[i + lane] : (T)-__builtin_inff();
        for (int lane = 0; lane < SHARE_LANES; lane++) terms[lane] = SHARE(terms[lane] - peak);
        for (int lane = 0; lane < SHARE_LANES; lane++) lanes[lane] += (double)terms[lane];
        if (shares) memcpy(shares + i, terms, (size_t)rest * sizeof(T));
    }
    for (int half = SHARE_LANES / 2; half > 0; half /= 2)
        for (int lane = 0; lane < half; lane++) lanes[lane] += lanes[lane + half];
    return lanes[0];
}

// ln sum of e^x minus x of the row's class, 0 where the place is negative (the class is place mod n). Where `shares` is
// not NULL, the terms of the sums go there and the sums to `sums`, but for rows without a class.
static void RW(class_loss)(const void *px, const int64_t *places, void *py, void *shares, double *sums, int64_t n,
                           int64_t row_begin, int64_t row_end) {
    for (int64_t row = row_begin; row < row_end; row++) {
        const T *x = (const T *)px + row * n;
        T *y = (T *)py + row;
        if (places[row] < 0) {
            *y = 0;
            continue;
        }
        const T peak = RW(row_peak)(x, n);
        const double sum = shares ? RW(share_sum)(x, (T *)shares + row * n, n, peak) : RW(share_sum)(x, NULL, n, peak);
        if (shares) sums[row] = sum;
        *y = (T)(log(sum) - ((double)x[places[row] % n] - (double)peak));
    }
}

// gx = g (softmax - 1 at the class), 0 where g is 0 or there is no class; g has `g_step` elements from row to row. Where
// `sums` is NULL, x holds the rows; else the terms of their sums, which class_loss kept.
static void RW(class_loss_pullback)(const void *pg, int64_t g_step, const void *px, const double *sums,
                                    const int64_t *places, void *pgx, int64_t n, int64_t row_begin, int64_t row_end) {
    for (int64_t row = row_begin; row < row_end; row++) {
        const T *x = (const T *)px + row * n;
        T *gx = (T *)pgx + row * n;
        const double g = (double)((const T *)pg)[row * g_step];
        if (g == 0 || places[row] < 0) {
            memset(gx, 0, (size_t)n * sizeof(T));
            continue;
        }
        const T *shares = sums ? x : gx;
        const double factor = g / (sums ? sums[row] : RW(share_sum)(x, gx, n, RW(row_peak)(x, n)));
        const T rounded = (T)factor;
        const int64_t class = places[row] % n;
        const T own = (T)((double)shares[class] * factor - g);
        ADJ_SIMD for (int64_t i = 0; i < n; i++) gx[i] = shares[i] * rounded;
        gx[class] = own;
    }
}

#undef SHARE
#undef RW
#undef T
#undef SUFFIX
#undef EXP
#undef QUOTIENT
