// Discrete Fourier transforms: the points of several transforms are gathered into split real and imaginary parts,
// transformed side by side in double precision, and scattered, rounded once. The opposite sign in the exponent is had by
// exchanging real and imaginary parts on the way in and out. What joins such transforms to longer ones, to ones of any
// length (Bluestein 1970) and to those of real numbers is here too.
#include "internal.h"

// Transforms taken side by side.
#define LANES 8

typedef struct {
    double re, im;
} number;

ADJ_INLINE number times(number a, number b) { return (number){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }
ADJ_INLINE number conjugate(number a) { return (number){a.re, -a.im}; }
ADJ_INLINE number swapped(number a) { return (number){a.im, a.re}; }
ADJ_INLINE number at(const double *numbers, int64_t index) { return (number){numbers[2 * index], numbers[2 * index + 1]}; }

ADJ_INLINE number root(const adj_fourier_roots *roots, int64_t exponent) {
    number fine = at(roots->fine, exponent & ((INT64_C(1) << roots->shift) - 1));
    return times(at(roots->coarse, exponent >> roots->shift), fine);
}

// Where transform `lane` starts.
ADJ_INLINE int64_t start(const adj_fourier_points *points, int64_t lane) {
    int64_t inner = lane % points->extent[0], rest = lane / points->extent[0];
    return inner * points->stride[0] + rest % points->extent[1] * points->stride[1]
        + rest / points->extent[1] * points->stride[2];
}

// POINTS: the loops for one type of number.
#define POINTS(T, SUFFIX)                                                                                     \
    static void gather_##SUFFIX(const adj_fourier_points *from, int64_t n, const int64_t *starts, int64_t lanes, \
                                double *re, double *im) {                                                     \
        const T *data = from->data;                                                                           \
        for (int64_t j = 0; j < n; j++)                                                                       \
            for (int64_t l = 0; l < lanes; l++) {                                                             \
                const T *point = data + starts[l] + j * from->step;                                           \
                re[j * lanes + l] = (double)point[0];                                                         \
                im[j * lanes + l] = from->imaginary ? (double)point[from->imaginary] : 0;                     \
            }                                                                                                 \
    }                                                                                                         \
    static void scatter_##SUFFIX(const adj_fourier_points *to, int64_t n, const int64_t *starts, int64_t lanes, \
                                 const double *re, const double *im, double scale) {                          \
        T *data = to->data;                                                                                   \
        for (int64_t j = 0; j < n; j++)                                                                       \
            for (int64_t l = 0; l < lanes; l++) {                                                             \
                T *point = data + starts[l] + j * to->step;                                                   \
                point[0] = (T)(re[j * lanes + l] * scale);                                                    \
                if (to->imaginary) point[to->imaginary] = (T)(im[j * lanes + l] * scale);                     \
            }                                                                                                 \
    }                                                                                                         \
    ADJ_INLINE number load_##SUFFIX(const T *x) { return (number){(double)x[0], (double)x[1]}; }              \
    ADJ_INLINE void store_##SUFFIX(T *x, number a, double scale) {                                            \
        x[0] = (T)(a.re * scale);                                                                             \
        x[1] = (T)(a.im * scale);                                                                             \
    }                                                                                                         \
    static void unfold_##SUFFIX(const double *z, T *x, int64_t half, int64_t inner, const adj_fourier_roots *roots, \
                                double scale, int64_t begin, int64_t end) {                                   \
        for (int64_t row = begin; row < end; row++) {                                                         \
            int64_t k = row % (half + 1);                                                                     \
            const double *block = z + row / (half + 1) * half * inner * 2;                                    \
            const double *low = block + k % half * inner * 2, *high = block + (half - k) % half * inner * 2;  \
            number w = root(roots, k);                                                                        \
            for (int64_t i = 0; i < inner; i++) {                                                             \
                number a = at(low, i), b = conjugate(at(high, i));                                            \
                number even = {(a.re + b.re) / 2, (a.im + b.im) / 2}, odd = {(a.im - b.im) / 2, (b.re - a.re) / 2}; \
                odd = times(w, odd);                                                                          \
                store_##SUFFIX(x + (row * inner + i) * 2, (number){even.re + odd.re, even.im + odd.im}, scale); \
            }                                                                                                 \
        }                                                                                                     \
    }                                                                                                         \
    static void fold_##SUFFIX(const T *x, double *z, int64_t half, int64_t inner, const adj_fourier_roots *roots, \
                              int64_t begin, int64_t end) {                                                   \
        for (int64_t row = begin; row < end; row++) {                                                         \
            int64_t k = row % half;                                                                           \
            const T *block = x + row / half * (half + 1) * inner * 2;                                         \
            const T *low = block + k * inner * 2, *high = block + (half - k) * inner * 2;                     \
            number w = conjugate(root(roots, k));                                                             \
            for (int64_t i = 0; i < inner; i++) {                                                             \
                number a = load_##SUFFIX(low + 2 * i), b = conjugate(load_##SUFFIX(high + 2 * i));            \
                if (k == 0) a.im = b.im = 0;                                                                  \
                number odd = times(w, (number){a.re - b.re, a.im - b.im});                                    \
                z[(row * inner + i) * 2] = a.re + b.re - odd.im;                                              \
                z[(row * inner + i) * 2 + 1] = a.im + b.im + odd.re;                                          \
            }                                                                                                 \
        }                                                                                                     \
    }                                                                                                         \
    static void extend_##SUFFIX(const T *x, double *z, int64_t n, int64_t inner, int64_t begin, int64_t end) { \
        for (int64_t row = begin; row < end; row++) {                                                         \
            int64_t k = row % n, mirror = n - k < k ? n - k : k;                                              \
            const T *from = x + (row / n * (n / 2 + 1) + mirror) * inner * 2;                                 \
            for (int64_t i = 0; i < inner; i++) {                                                             \
                number a = load_##SUFFIX(from + 2 * i);                                                       \
                z[(row * inner + i) * 2] = a.re;                                                              \
                z[(row * inner + i) * 2 + 1] = k == 0 ? 0 : mirror == k ? a.im : -a.im;                       \
            }                                                                                                 \
        }                                                                                                     \
    }

POINTS(float, f32)
POINTS(double, f64)

static void gather(const adj_fourier_points *from, int64_t n, const int64_t *starts, int64_t lanes, double *re, double *im) {
    if (from->dtype == ADJ_F32) gather_f32(from, n, starts, lanes, re, im);
    else gather_f64(from, n, starts, lanes, re, im);
}

// Without an imaginary part in `to`, the real part of the result is kept, wherever it stands.
static void scatter(const adj_fourier_points *to, int64_t n, const int64_t *starts, int64_t lanes, const double *re,
                    const double *im, double scale) {
    if (to->dtype == ADJ_F32) scatter_f32(to, n, starts, lanes, re, im, scale);
    else scatter_f64(to, n, starts, lanes, re, im, scale);
}

int64_t adj_fourier_workspace(int64_t n) { return 4 * LANES * n; }

void adj_fourier_transform(const adj_fourier_plan *plan, const adj_fourier_points *from, const adj_fourier_points *to,
                           const adj_fourier_roots *twist, int64_t begin, int64_t end, int32_t inverse, double scale,
                           double *workspace) {
    int64_t n = plan->n;
    adj_fourier_loop pass = adj_kernels()->fourier_pass;
    for (int64_t lane = begin, lanes; lane < end; lane += lanes) {
        lanes = adj_min64(LANES, end - lane);
        int64_t starts[LANES], targets[LANES];
        for (int64_t l = 0; l < lanes; l++) {
            starts[l] = start(from, lane + l);
            targets[l] = start(to, lane + l);
        }
        double *re = workspace, *im = re + n * lanes, *next_re = im + n * lanes, *next_im = next_re + n * lanes;
        if (inverse) gather(from, n, starts, lanes, im, re);
        else gather(from, n, starts, lanes, re, im);
        int64_t rest = n, done = 1;
        for (int32_t f = 0; f < plan->factor_count; f++) {
            int32_t radix = plan->factors[f];
            rest /= radix;
            pass(radix, rest, done * lanes, done, plan->roots, re, im, next_re, next_im);
            done *= radix;
            double *swap_re = re, *swap_im = im;
            re = next_re;
            im = next_im;
            next_re = swap_re;
            next_im = swap_im;
        }
        if (twist) {
            int64_t columns[LANES];
            for (int64_t l = 0; l < lanes; l++) columns[l] = (lane + l) / from->extent[0] % from->extent[1];
            for (int64_t k = 0, place = 0; k < n; k++)
                for (int64_t l = 0; l < lanes; l++, place++) {
                    number turned = times((number){re[place], im[place]}, root(twist, k * columns[l]));
                    re[place] = turned.re;
                    im[place] = turned.im;
                }
        }
        if (inverse) scatter(to, n, targets, lanes, im, re, scale);
        else scatter(to, n, targets, lanes, re, im, scale);
    }
}

void adj_fourier_chirp(const adj_fourier_points *from, int64_t n, const double *chirp, double *rows, int64_t m,
                       int64_t begin, int64_t end, int32_t inverse) {
    for (int64_t lane = begin; lane < end; lane++, rows += 2 * m) {
        int64_t first = start(from, lane);
        for (int64_t j = 0; j < n; j++) {
            int64_t place = first + j * from->step;
            number x = {0, 0};
            if (from->dtype == ADJ_F32) {
                const float *data = (const float *)from->data + place;
                x = (number){(double)data[0], from->imaginary ? (double)data[from->imaginary] : 0};
            } else {
                const double *data = (const double *)from->data + place;
                x = (number){data[0], from->imaginary ? data[from->imaginary] : 0};
            }
            number y = times(inverse ? swapped(x) : x, at(chirp, j));
            rows[2 * j] = y.re;
            rows[2 * j + 1] = y.im;
        }
        memset(rows + 2 * n, 0, (size_t)(m - n) * 16);
    }
}

void adj_fourier_weigh(double *rows, int64_t m, const double *spectrum, int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++)
        for (int64_t k = 0; k < m; k++) {
            number y = times(at(rows + 2 * row * m, k), at(spectrum, k));
            rows[2 * (row * m + k)] = y.re;
            rows[2 * (row * m + k) + 1] = y.im;
        }
}

void adj_fourier_unchirp(const double *rows, int64_t m, const double *chirp, const adj_fourier_points *to, int64_t n,
                         int64_t begin, int64_t end, int32_t inverse, double scale) {
    for (int64_t lane = begin; lane < end; lane++, rows += 2 * m) {
        int64_t first = start(to, lane);
        for (int64_t k = 0; k < n; k++) {
            number y = times(at(rows, k), at(chirp, k));
            if (inverse) y = swapped(y);
            int64_t place = first + k * to->step;
            if (to->dtype == ADJ_F32) {
                float *data = (float *)to->data + place;
                data[0] = (float)(y.re * scale);
                if (to->imaginary) data[to->imaginary] = (float)(y.im * scale);
            } else {
                double *data = (double *)to->data + place;
                data[0] = y.re * scale;
                if (to->imaginary) data[to->imaginary] = y.im * scale;
            }
        }
    }
}

void adj_fourier_unfold(int32_t dtype, const double *z, void *x, int64_t half, int64_t inner,
                        const adj_fourier_roots *roots, double scale, int64_t begin, int64_t end) {
    if (dtype == ADJ_F32) unfold_f32(z, x, half, inner, roots, scale, begin, end);
    else unfold_f64(z, x, half, inner, roots, scale, begin, end);
}

void adj_fourier_fold(int32_t dtype, const void *x, double *z, int64_t half, int64_t inner,
                      const adj_fourier_roots *roots, int64_t begin, int64_t end) {
    if (dtype == ADJ_F32) fold_f32(x, z, half, inner, roots, begin, end);
    else fold_f64(x, z, half, inner, roots, begin, end);
}

void adj_fourier_extend(int32_t dtype, const void *x, double *z, int64_t n, int64_t inner, int64_t begin, int64_t end) {
    if (dtype == ADJ_F32) extend_f32(x, z, n, inner, begin, end);
    else extend_f64(x, z, n, inner, begin, end);
}
