// The kernels for x86 with AVX2 (without fused multiply-add: the bits must be those of every other set).
#include "internal.h"

#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC target("avx2")
#endif

#define TABLE adj_table_avx2
#define TABLE_NAME "avx2"
#include "kernels.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
