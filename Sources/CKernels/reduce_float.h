// The reductions of one float type: IN, SUFFIX, KEY (the integer type of its ordered keys).

#define NAME sum
#define ACC double
#define OUT double
#define MAP WIDEN_F
#define MERGE ADD
#define FINISH AS_IS
#include "reduce_one.h"

#define NAME prod
#define ACC double
#define OUT double
#define MAP WIDEN_F
#define MERGE MUL
#define FINISH AS_IS
#include "reduce_one.h"

#define NAME sumsq
#define ACC double
#define OUT double
#define MAP SQUARE_F
#define MERGE ADD
#define FINISH AS_IS
#include "reduce_one.h"

#define NAME sumabs
#define ACC double
#define OUT double
#define MAP ABS_F
#define MERGE ADD
#define FINISH AS_IS
#include "reduce_one.h"

#define NAME max
#define ACC KEY
#define OUT IN
#define MAP ADJ_JOIN(high_key, SUFFIX)
#define MERGE LARGER
#define FINISH ADJ_JOIN(unordered, SUFFIX)
#include "reduce_one.h"

#define NAME min
#define ACC KEY
#define OUT IN
#define MAP ADJ_JOIN(low_key, SUFFIX)
#define MERGE SMALLER
#define FINISH ADJ_JOIN(unordered, SUFFIX)
#include "reduce_one.h"

#define NAME any
#define ACC uint8_t
#define OUT uint8_t
#define MAP NONZERO
#define MERGE BIT_OR
#define FINISH AS_IS
#include "reduce_one.h"

#define NAME all
#define ACC uint8_t
#define OUT uint8_t
#define MAP NONZERO
#define MERGE BIT_AND
#define FINISH AS_IS
#include "reduce_one.h"

#undef IN
#undef SUFFIX
#undef KEY
