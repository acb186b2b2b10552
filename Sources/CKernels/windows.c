// Windows that slide over images: the columns of a convolution, the largest elements, weighted sums along an axis.
#include "internal.h"

#define AXIS_CHUNK 256
#define POOL_CHUNK 256
#define POOL_TAPS 64 // of a window that is read through a list of offsets

#define WINDOW_EXTENTS(w)                                                                                      \
    const int64_t id = (w)->input[0], ih = (w)->input[1], iw = (w)->input[2], oh_count = (w)->output[1],       \
                  ow_count = (w)->output[2]

// The taps of the filter, outermost axis first.
#define FOR_KERNEL(w)                                                                                          \
    for (int64_t kd = 0; kd < (w)->kernel[0]; kd++)                                                            \
        for (int64_t kh = 0; kh < (w)->kernel[1]; kh++)                                                        \
            for (int64_t kw = 0, w0 = -(w)->pad[2]; kw < (w)->kernel[2]; kw++, w0 += (w)->dilation[2])

// The rows of output positions begin ..< end: stretches ow_begin ..< ow_end of one row each, and where the tap
// reads: plane d and row h of the image, from w0 on.
#define FOR_ROWS(w, begin, end)                                                                                \
    for (int64_t p = (begin), ow_begin = p % ow_count, oh = p / ow_count % oh_count,                           \
                 od = p / ow_count / oh_count, ow_end, d, h;                                                   \
         p < (end) && (ow_end = adj_min64(ow_count, ow_begin + (end) - p),                                     \
                       d = od * (w)->stride[0] + kd * (w)->dilation[0] - (w)->pad[0],                          \
                       h = oh * (w)->stride[1] + kh * (w)->dilation[1] - (w)->pad[1], 1);                      \
         p += ow_end - ow_begin, ow_begin = 0, od += oh + 1 == oh_count, oh = oh + 1 == oh_count ? 0 : oh + 1)

// Which of n places start, start + step, ... lie in 0 ..< limit.
static void inside(int64_t start, int64_t step, int64_t n, int64_t limit, int64_t *first, int64_t *last) {
    int64_t low = start >= 0 ? 0 : step == 1 ? -start : (-start + step - 1) / step;
    int64_t high = start >= limit ? 0 : step == 1 ? limit - start : (limit - start + step - 1) / step;
    *first = adj_min64(low, n);
    *last = adj_min64(high, n);
    if (*last < *first) *last = *first;
}

#define T float
#define SUFFIX f32
#define BITS uint32_t
#define TO_BITS adj_bits_f32
#define FROM_BITS adj_from_bits_f32
#include "windows_type.h"
#define T double
#define SUFFIX f64
#define BITS uint64_t
#define TO_BITS adj_bits_f64
#define FROM_BITS adj_from_bits_f64
#include "windows_type.h"

void adj_im2col(int32_t dtype, const adj_window *w, const void *x, void *columns, int64_t channels, int64_t begin,
                int64_t end) {
    if (dtype == ADJ_F32) im2col_f32(w, x, columns, channels, begin, end);
    else im2col_f64(w, x, columns, channels, begin, end);
}

void adj_col2im(int32_t dtype, const adj_window *w, const void *columns, void *x, int64_t channels, int64_t begin,
                int64_t end) {
    if (dtype == ADJ_F32) col2im_f32(w, columns, x, channels, begin, end);
    else col2im_f64(w, columns, x, channels, begin, end);
}

void adj_max_windows(int32_t dtype, const void *x, int64_t *out, const int64_t *input, const int64_t *output,
                     const int64_t *bounds, const int64_t *dilation, int64_t begin, int64_t end) {
    const int64_t *starts[3], *ends[3];
    for (int axis = 0; axis < 3; axis++) {
        starts[axis] = bounds;
        ends[axis] = bounds + output[axis];
        bounds += 2 * output[axis];
    }
    if (dtype == ADJ_F32) max_windows_f32(x, out, input, output, starts, ends, dilation, begin, end);
    else max_windows_f64(x, out, input, output, starts, ends, dilation, begin, end);
}

void adj_axis_map(int32_t dtype, const void *x, void *y, int64_t length, int64_t rows, int64_t inner,
                  const int64_t *starts, const int64_t *columns, const double *weights, int64_t begin, int64_t end) {
    if (dtype == ADJ_F32) axis_map_f32(x, y, length, rows, inner, starts, columns, weights, begin, end);
    else axis_map_f64(x, y, length, rows, inner, starts, columns, weights, begin, end);
}
