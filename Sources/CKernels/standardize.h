// Standardized rows for F32 and F64.

// The sum of 32 lanes by halves, which leaves x changed.
static double all_lanes(double *x) {
    for (int half = 16; half > 0; half /= 2)
        for (int lane = 0; lane < half; lane++) x[lane] += x[lane + half];
    return x[0];
}

#define T float
#define SUFFIX f32
#include "standardize_type.h"

#define T double
#define SUFFIX f64
#include "standardize_type.h"

#define T float
#define SUFFIX f32
#include "channels_type.h"

#define T double
#define SUFFIX f64
#include "channels_type.h"
