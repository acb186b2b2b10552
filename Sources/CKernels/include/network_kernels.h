// The kernels of networks: windows over images, convolutions, normalization. A part of CKernels.h.

#ifndef ADJ_NETWORK_KERNELS_H
#define ADJ_NETWORK_KERNELS_H

#include <stdint.h>

// ---------------------------------------------------------------------------------------------------------
// Windows over images, F32 and F64. An image is [channels, depth, rows, columns], contiguous; flat images have depth 1.

typedef struct {
    int64_t input[3], output[3], kernel[3]; // extents, outermost first
    int64_t stride[3], dilation[3], pad[3]; // pad: elements before the first one that read as 0
} adj_window;

// columns [channels * kernel, end - begin] = what each tap of the filter reads at the output positions begin ..< end.
void adj_im2col(int32_t dtype, const adj_window *window, const void *x, void *columns, int64_t channels,
                int64_t begin, int64_t end);
// The transpose: adds the columns to the image.
void adj_col2im(int32_t dtype, const adj_window *window, const void *columns, void *x, int64_t channels,
                int64_t begin, int64_t end);

// A flat convolution of one image in F32: output [filters, output] = the sum over taps of filters times what they read in
// images [channels, phases, rows, pitch], `plane` elements from channel to channel (ADJ_DIRECT_SLACK more than the
// phases, which are 0). A phase holds every stride-th row and column of the padded image, so that taps read neighbouring
// positions. Taps that read neighbours are a row: `offset` from the position's own element to the first's, `first` and
// `step`: which taps of the kernel they are.
#define ADJ_DIRECT_FILTERS 8
#define ADJ_DIRECT_LANES 16 // filters of a block of cotangents
#define ADJ_DIRECT_SLACK 48
#define ADJ_DIRECT_ROWS 32
typedef struct {
    int64_t offset, taps, first, step;
} adj_direct_row;
typedef struct {
    int64_t channels, filters, output[2];
    int64_t phases[2], rows, pitch, plane;
    int64_t kernel; // taps of the kernel, and those of the rows
    int64_t taps;
    int32_t row_count;
    adj_direct_row row[ADJ_DIRECT_ROWS];
} adj_direct;

// Sets all but the first line's members, which are set before: for a convolution; for its transpose in the image, which
// reads the cotangent without phases and computes the elements of one phase of the image. 0 if there are too many rows.
int32_t adj_direct_forward(adj_direct *d, const int64_t *kernel, const int64_t *stride, const int64_t *dilation);
int32_t adj_direct_backward(adj_direct *d, const int64_t *kernel, const int64_t *stride, const int64_t *dilation,
                            const int64_t *phase);

// The image x [channels, rows, columns] in phases, its first element at row `top`, column `left`; what lies outside is
// dropped. `out` is zeros before, or another image of the same extents.
void adj_direct_image(const adj_direct *d, const float *x, int64_t channels, int64_t rows, int64_t columns, int64_t top,
                      int64_t left, float *out);
// Filters w [filters, channels, kernel] in blocks of ADJ_DIRECT_FILTERS; transposed: from [channels, filters, kernel].
// `out` is zeros before.
void adj_direct_filters(const adj_direct *d, const float *w, int32_t transposed, float *out);
// An output of an image and blocks of filters: element [f, i, j] at y + f step[0] + i step[1] + j step[2].
void adj_direct_convolve(const adj_direct *d, const float *x, const float *w, float *y, const int64_t *step);

// Cotangents g [filters, positions] in blocks of ADJ_DIRECT_LANES filters, which lie together; `out` is zeros before.
void adj_direct_cotangent(const adj_direct *d, const float *g, float *out);
// sums [blocks of ADJ_DIRECT_LANES filters, channels, taps, lanes] += the transpose in w of blocks of cotangents and an image.
void adj_direct_filter(const adj_direct *d, const float *g, const float *x, float *sums);
// w [filters, channels, kernel] from such sums.
void adj_direct_filters_of(const adj_direct *d, const float *sums, float *w);

// For the images begin ..< end, each [input] with `output` windows: the position in the image of the first largest
// element of each window, or of its first NaN. bounds: for each axis the first element of each window, then the ends.
void adj_max_windows(int32_t dtype, const void *x, int64_t *out, const int64_t *input, const int64_t *output,
                     const int64_t *bounds, const int64_t *dilation, int64_t begin, int64_t end);

// y [outer, rows, inner] = W x, x [outer, length, inner], for outer in begin ..< end: W is sparse, row r has the entries
// starts[r] ..< starts[r + 1] of columns and weights. Summed in double, in their order.
void adj_axis_map(int32_t dtype, const void *x, void *y, int64_t length, int64_t rows, int64_t inner,
                  const int64_t *starts, const int64_t *columns, const double *weights, int64_t begin, int64_t end);

// Rows [n]: y = (x - mean) / sqrt(variance + epsilon), centered != 0; else y = x / sqrt(mean square + epsilon); then
// times w [n] and plus b [n] where they are not NULL.
void adj_standardize(int32_t dtype, const void *x, const void *w, const void *b, void *y, int64_t n, double epsilon,
                     int32_t centered, int64_t row_begin, int64_t row_end);
// Its pullback: with h = g * w and s the standard rows, gx = scale * (h - mean(h) - s * mean(h * s)), without mean(h) if it
// is not centered; gw [n] += g * s and gb [n] += g, row by row, where they are not NULL.
void adj_standardize_pullback(int32_t dtype, const void *g, const void *x, const void *w, void *gx, double *gw,
                              double *gb, int64_t n, double epsilon, int32_t centered, int64_t row_begin,
                              int64_t row_end);

// Rows begin ..< end of one step of long short-term memory: z = p + s [rows, 4 units] in four parts, i = sigmoid, f = sigmoid,
// g = tanh, o = sigmoid of them, c = f * c_before + i * g, h = o * tanh(c); y [rows, 6 units] = h, c, i, f, g, o. Rows of
// c_before are c_step elements apart.
void adj_lstm_step(int32_t dtype, const void *p, const void *s, const void *c_before, int64_t c_step, void *y,
                   int64_t units, int64_t begin, int64_t end);
// Its pullback: from the cotangents g of y, dh and dc [rows, units] of h and c through the next step, the cotangent gz of z;
// dc becomes that of c_before.
void adj_lstm_step_pullback(int32_t dtype, const void *g, const void *y, const void *c_before, int64_t c_step,
                            const void *dh, void *dc, void *gz, int64_t units, int64_t begin, int64_t end);

// Channels begin ..< end of [samples, channels, inner]: their means, and their mean squares of the distance from them.
void adj_channel_statistics(int32_t dtype, const void *x, double *means, double *variances, int64_t samples,
                            int64_t channels, int64_t inner, int64_t begin, int64_t end);
// y = (x - mean) / sqrt(variance + epsilon) * w + b with w, b [channels] where they are not NULL.
void adj_channel_standardize(int32_t dtype, const void *x, const void *w, const void *b, void *y, int64_t samples,
                             int64_t channels, int64_t inner, double epsilon, int64_t begin, int64_t end);
// Its pullback; gw and gb [channels] where they are not NULL.
void adj_channel_pullback(int32_t dtype, const void *g, const void *x, const void *w, void *gx, void *gw, void *gb,
                          int64_t samples, int64_t channels, int64_t inner, double epsilon, int64_t begin,
                          int64_t end);

#endif
