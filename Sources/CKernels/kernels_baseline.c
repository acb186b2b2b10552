// The kernels for the instruction set that every machine of the architecture has.
#include "internal.h"

#define TABLE adj_table_baseline
#if defined(__x86_64__)
#define TABLE_NAME "sse2"
#elif defined(__aarch64__)
#define TABLE_NAME "neon"
#else
#define TABLE_NAME "portable"
#endif
#include "kernels.h"
