// The entries of softmax and its relatives.
#include "internal.h"

static int32_t float_index(int32_t dtype) { return dtype == ADJ_F64; }

void adj_softmax(int32_t dtype, const void *x, void *y, int64_t n, int64_t row_begin, int64_t row_end, int32_t log) {
    if (n <= 0 || row_begin >= row_end) return;
    int64_t bytes = (row_end - row_begin) * n * adj_size_of(dtype);
    adj_count_traffic(bytes, bytes);
    adj_kernels()->softmax[float_index(dtype)](x, y, n, row_begin, row_end, log);
}

void adj_softmax_pullback(int32_t dtype, const void *g, const void *y, void *gx, int64_t n,
                          int64_t row_begin, int64_t row_end, int32_t log) {
    if (n <= 0 || row_begin >= row_end) return;
    int64_t bytes = (row_end - row_begin) * n * adj_size_of(dtype);
    adj_count_traffic(2 * bytes, bytes);
    adj_kernels()->softmax_pullback[float_index(dtype)](g, y, gx, n, row_begin, row_end, log);
}

void adj_logsumexp(int32_t dtype, const void *x, void *out, int64_t n, int64_t row_begin, int64_t row_end) {
    if (n <= 0 || row_begin >= row_end) return;
    int64_t size = adj_size_of(dtype), rows = row_end - row_begin;
    adj_count_traffic(rows * n * size, rows * size);
    adj_kernels()->logsumexp[float_index(dtype)](x, out, n, row_begin, row_end, 0);
}

void adj_class_loss(int32_t dtype, const void *x, const int64_t *places, void *y, void *shares, double *sums, int64_t n,
                    int64_t row_begin, int64_t row_end) {
    if (n <= 0 || row_begin >= row_end) return;
    int64_t size = adj_size_of(dtype), rows = row_end - row_begin;
    adj_count_traffic(rows * n * size, rows * (shares ? n + 1 : 1) * size);
    adj_kernels()->class_loss[float_index(dtype)](x, places, y, shares, sums, n, row_begin, row_end);
}

void adj_class_loss_pullback(int32_t dtype, const void *g, int64_t g_step, const void *x, const double *sums,
                             const int64_t *places, void *gx, int64_t n, int64_t row_begin, int64_t row_end) {
    if (n <= 0 || row_begin >= row_end) return;
    int64_t bytes = (row_end - row_begin) * n * adj_size_of(dtype);
    adj_count_traffic(bytes, bytes);
    adj_kernels()->class_loss_pullback[float_index(dtype)](g, g_step, x, sums, places, gx, n, row_begin, row_end);
}
