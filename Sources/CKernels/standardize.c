// Rows brought to mean 0 and variance 1 (or to mean square 1), and the pullback.
#include "internal.h"

#define STANDARDIZE(T, SUFFIX)                                                                                 \
    static double ADJ_JOIN(row_scale, SUFFIX)(const T *x, int64_t n, double epsilon, int32_t centered,         \
                                              double *mean) {                                                  \
        double sum[4] = {0}, squares[4] = {0};                                                                 \
        int64_t i = 0;                                                                                         \
        *mean = 0;                                                                                             \
        if (centered) {                                                                                        \
            for (; i + 4 <= n; i += 4)                                                                         \
                for (int lane = 0; lane < 4; lane++) sum[lane] += (double)x[i + lane];                         \
            for (; i < n; i++) sum[0] += (double)x[i];                                                         \
            *mean = ((sum[0] + sum[1]) + (sum[2] + sum[3])) / (double)n;                                       \
        }                                                                                                      \
        const double center = *mean;                                                                           \
        for (i = 0; i + 4 <= n; i += 4)                                                                        \
            for (int lane = 0; lane < 4; lane++) {                                                             \
                double difference = (double)x[i + lane] - center;                                              \
                squares[lane] += difference * difference;                                                      \
            }                                                                                                  \
        for (; i < n; i++) squares[0] += ((double)x[i] - center) * ((double)x[i] - center);                    \
        double variance = ((squares[0] + squares[1]) + (squares[2] + squares[3])) / (double)n;                 \
        return 1 / sqrt(variance + epsilon);                                                                   \
    }                                                                                                          \
    static void ADJ_JOIN(standardize, SUFFIX)(const T *x, T *y, int64_t n, double epsilon, int32_t centered,   \
                                              int64_t begin, int64_t end) {                                    \
        for (int64_t row = begin; row < end; row++) {                                                          \
            double mean, scale = ADJ_JOIN(row_scale, SUFFIX)(x + row * n, n, epsilon, centered, &mean);        \
            const T *from = x + row * n;                                                                       \
            T *to = y + row * n;                                                                               \
            for (int64_t i = 0; i < n; i++) to[i] = (T)(((double)from[i] - mean) * scale);                     \
        }                                                                                                      \
    }                                                                                                          \
    static void ADJ_JOIN(standardize_pullback, SUFFIX)(const T *g, const T *x, T *gx, int64_t n,               \
                                                       double epsilon, int32_t centered, int64_t begin,        \
                                                       int64_t end) {                                          \
        for (int64_t row = begin; row < end; row++) {                                                          \
            double mean, scale = ADJ_JOIN(row_scale, SUFFIX)(x + row * n, n, epsilon, centered, &mean);        \
            const T *from = x + row * n, *gs = g + row * n;                                                    \
            T *to = gx + row * n;                                                                              \
            double total[4] = {0}, inner[4] = {0};                                                             \
            int64_t i = 0;                                                                                     \
            for (; i + 4 <= n; i += 4)                                                                         \
                for (int lane = 0; lane < 4; lane++) {                                                         \
                    double value = (double)gs[i + lane];                                                       \
                    total[lane] += value;                                                                      \
                    inner[lane] += value * (((double)from[i + lane] - mean) * scale);                          \
                }                                                                                              \
            for (; i < n; i++) {                                                                               \
                total[0] += (double)gs[i];                                                                     \
                inner[0] += (double)gs[i] * (((double)from[i] - mean) * scale);                                \
            }                                                                                                  \
            double gmean = centered ? ((total[0] + total[1]) + (total[2] + total[3])) / (double)n : 0;         \
            double gy = ((inner[0] + inner[1]) + (inner[2] + inner[3])) / (double)n;                           \
            for (i = 0; i < n; i++)                                                                            \
                to[i] = (T)(scale * ((double)gs[i] - gmean - ((double)from[i] - mean) * scale * gy));          \
        }                                                                                                      \
    }
STANDARDIZE(float, f32)
STANDARDIZE(double, f64)

void adj_standardize(int32_t dtype, const void *x, void *y, int64_t n, double epsilon, int32_t centered,
                     int64_t row_begin, int64_t row_end) {
    if (dtype == ADJ_F32) standardize_f32(x, y, n, epsilon, centered, row_begin, row_end);
    else standardize_f64(x, y, n, epsilon, centered, row_begin, row_end);
}

void adj_standardize_pullback(int32_t dtype, const void *g, const void *x, void *gx, int64_t n, double epsilon,
                              int32_t centered, int64_t row_begin, int64_t row_end) {
    if (dtype == ADJ_F32) standardize_pullback_f32(g, x, gx, n, epsilon, centered, row_begin, row_end);
    else standardize_pullback_f64(g, x, gx, n, epsilon, centered, row_begin, row_end);
}
