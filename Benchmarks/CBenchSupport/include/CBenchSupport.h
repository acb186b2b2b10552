// What the benchmark needs of the system: a count of allocations, and confinement to some cores.
#ifndef ADJOINT_BENCH_SUPPORT_H
#define ADJOINT_BENCH_SUPPORT_H

#include <stdint.h>

/// The calls of malloc on this thread so far; always 0 where malloc cannot be wrapped.
int64_t allocation_count(void);

/// The bytes that malloc has given out and not got back; always 0 where it does not tell.
int64_t bytes_in_use(void);

/// The nanoseconds for which this thread has had a processor.
int64_t thread_nanoseconds(void);

/// Lets this thread, and those that it starts from now on, run on the first `count` cores that it may use only; does
/// nothing where the system cannot.
void confine_to_cores(int32_t count);

#endif
