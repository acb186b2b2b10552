#define _GNU_SOURCE
#include "CBenchSupport.h"

#include <stddef.h>
#include <stdlib.h>
#include <time.h>

static _Thread_local int64_t count;

int64_t allocation_count(void) { return count; }

#ifdef __GLIBC__
// The program's own malloc takes the place of the library's, which stays reachable under this name.
extern void *__libc_malloc(size_t size);

void *malloc(size_t size) {
    count++;
    return __libc_malloc(size);
}
#endif

#if defined(__GLIBC__) && (__GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 33))
#include <malloc.h>

int64_t bytes_in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return (int64_t)(info.uordblks + info.hblkhd);
}
#else
int64_t bytes_in_use(void) { return 0; }
#endif

int64_t thread_nanoseconds(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0) return 0;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
