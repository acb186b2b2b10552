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

#undef RW
#undef T
#undef SUFFIX
#undef EXP
#undef QUOTIENT
