// The choice of the instruction set, and the state that the header names.
#include "internal.h"
#include <stdlib.h>

_Thread_local int32_t adj_no_grad_depth = 0;
_Thread_local int32_t adj_convention = 0;
_Thread_local int32_t adj_ieee_products = 0;
_Thread_local int32_t adj_traffic_counting = 0;
_Thread_local int64_t adj_tally_now = 0, adj_tally_peak = 0;
_Thread_local int64_t adj_traffic_read = 0, adj_traffic_written = 0;

#if defined(__x86_64__)
static const adj_table *choose(void) {
    const char *wish = getenv("ADJOINT_ISA");
    bool sse2_only = wish && strcmp(wish, "sse2") == 0;
    bool avx2_only = wish && strcmp(wish, "avx2") == 0;
    __builtin_cpu_init();
    bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                  __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
    if (avx512 && !sse2_only && !avx2_only) return &adj_table_avx512;
    if (__builtin_cpu_supports("avx2") && !sse2_only) return &adj_table_avx2;
    return &adj_table_baseline;
}
#else
static const adj_table *choose(void) { return &adj_table_baseline; }
#endif

_Atomic(const adj_table *) adj_chosen_table;

const adj_table *adj_choose_table(void) {
    const adj_table *table = choose();
    atomic_store_explicit(&adj_chosen_table, table, memory_order_relaxed);
    return table;
}

const char *adj_isa(void) { return adj_kernels()->name; }
