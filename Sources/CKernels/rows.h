// Softmax, log-softmax and logsumexp along rows, for F32 and F64.

#define ROWS_CHUNK 512
#define SHARE_LANES 32
#define PEAK_LANES 128

// The sum of up to ROWS_CHUNK doubles by the fixed tree of reduce_one.h.
static double lanes_sum(const double *x, int64_t n) {
    double sum;
    reduce_narrow_sum_f64(x, n, 1, &sum);
    return sum;
}

#define T float
#define SUFFIX f32
#define EXP exp_core_f32
#define SHARE exp_share_f32
#define QUOTIENT(a, b, inverse) ((void)(b), (a) * (inverse))
#include "rows_type.h"

#define T double
#define SUFFIX f64
#define EXP exp_f64
#define SHARE exp_f64
#define QUOTIENT(a, b, inverse) ((void)(inverse), (a) / (b))
#include "rows_type.h"
