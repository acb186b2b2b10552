// The kernels for x86 with AVX-512 F, VL, DQ and BW. No fused multiply-add: the bits must be those of every
// other set.
#include "internal.h"

#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512vl,avx512dq,avx512bw")
#endif

#define TABLE adj_table_avx512
#define TABLE_NAME "avx512"
#define DIRECT_WIDE
#include "kernels.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
