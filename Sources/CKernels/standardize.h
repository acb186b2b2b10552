// Standardized rows for F32 and F64.

static double eight_lanes(const double *x) { return ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7])); }

#define T float
#define SUFFIX f32
#include "standardize_type.h"

#define T double
#define SUFFIX f64
#include "standardize_type.h"
