#include "CBenchSupport.h"

#include <stddef.h>
#include <stdlib.h>

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
