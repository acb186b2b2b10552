#ifndef ADJOINT_COPY_H
#define ADJOINT_COPY_H

#include "internal.h"

// adj_copy without counting traffic.
void adj_copy_range(int32_t size, int32_t rank, const int64_t *dims, void *dst, const int64_t *dst_strides,
                    const void *src, const int64_t *src_strides, int64_t begin, int64_t end);

// The elements begin ..< end of a strided array, one after the other from dst on.
void adj_gather(int32_t size, int32_t rank, const int64_t *dims, void *dst, const void *src, const int64_t *src_strides,
                int64_t begin, int64_t end);

#endif
