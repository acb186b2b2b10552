// Counts calls of malloc in the program that this is linked into; always 0 where malloc cannot be wrapped.
#ifndef ADJOINT_ALLOCATION_COUNT_H
#define ADJOINT_ALLOCATION_COUNT_H

#include <stdint.h>

/// The calls of malloc on this thread so far.
int64_t allocation_count(void);

#endif
