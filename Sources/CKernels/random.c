// The entries of the random draws: element i of a draw is element counter + i of the key's sequence.
#include "internal.h"

void adj_random_uniform(int32_t dtype, void *out, uint64_t key, uint64_t counter, int64_t begin, int64_t end) {
    if (begin >= end) return;
    adj_kernels()->uniform[dtype == ADJ_F64](out, key, counter + (uint64_t)begin, end - begin);
}

void adj_random_normal(int32_t dtype, void *out, uint64_t key, uint64_t counter, int64_t begin, int64_t end) {
    if (begin >= end) return;
    adj_kernels()->normal[dtype == ADJ_F64](out, key, counter + (uint64_t)begin, end - begin);
}

void adj_random_integers(int32_t dtype, void *out, int64_t low, uint64_t span, uint64_t key, uint64_t counter,
                         int64_t begin, int64_t end) {
    if (begin >= end) return;
    adj_kernels()->integers[dtype](out, low, span, key, counter + (uint64_t)begin, end - begin);
}
