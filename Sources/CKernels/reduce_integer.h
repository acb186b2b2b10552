// The reductions of one integer type: IN, SUFFIX.

#define NAME sum
#define ACC uint64_t
#define OUT uint64_t
#define MAP WIDEN_I
#define MERGE ADD
#define FINISH AS_IS
#include "reduce_one.h"

#define NAME prod
#define ACC uint64_t
#define OUT uint64_t
#define MAP WIDEN_I
#define MERGE MUL
#define FINISH AS_IS
#include "reduce_one.h"

#define NAME sumsq
#define ACC uint64_t
#define OUT uint64_t
#define MAP SQUARE_I
#define MERGE ADD
#define FINISH AS_IS
#include "reduce_one.h"

#define NAME sumabs
#define ACC uint64_t
#define OUT uint64_t
#define MAP ABS_I
#define MERGE ADD
#define FINISH AS_IS
#include "reduce_one.h"

#define NAME max
#define ACC IN
#define OUT IN
#define MAP AS_IS
#define MERGE LARGER
#define FINISH AS_IS
#include "reduce_one.h"

#define NAME min
#define ACC IN
#define OUT IN
#define MAP AS_IS
#define MERGE SMALLER
#define FINISH AS_IS
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
