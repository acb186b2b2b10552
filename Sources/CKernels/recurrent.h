// Steps of recurrent networks for F32 and F64.

#define T float
#define SUFFIX f32
#include "recurrent_type.h"

#define T double
#define SUFFIX f64
#include "recurrent_type.h"
