// What the system is asked for: return addresses along the chain of frame pointers, processors, large pages.
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include "internal.h"
#if !defined(_WIN32)
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>
#endif
#if defined(__linux__)
#include <sched.h>
#endif

#define LARGEST_FRAME ((uintptr_t)8 << 20)

// The bounds of this thread's stack, asked for at its first capture; no address is between them if they cannot be had.
static _Thread_local uintptr_t stack_low, stack_high;

static __attribute__((noinline)) void find_stack(void) {
    stack_low = stack_high = 1;
#if defined(__APPLE__)
    stack_high = (uintptr_t)pthread_get_stackaddr_np(pthread_self());
    stack_low = stack_high - pthread_get_stacksize_np(pthread_self());
#elif defined(__linux__)
    pthread_attr_t attributes;
    void *base;
    size_t size;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
    if (pthread_attr_getstack(&attributes, &base, &size) == 0) {
        stack_low = (uintptr_t)base;
        stack_high = (uintptr_t)base + size;
    }
    pthread_attr_destroy(&attributes);
#endif
}

// A frame is [frame of the caller, return address]. A chain that is broken (code without frame pointers leaves
// anything in the register) ends at the first pointer that does not go up the stack of this thread.
__attribute__((noinline)) void adj_capture_callers(uintptr_t *out, int32_t count, int32_t skipped) {
    if (stack_high == 0) find_stack();
    int32_t i = -skipped;
    const uintptr_t *frame = __builtin_frame_address(0);
    // The highest place of a frame that is whole.
    const uintptr_t last = stack_high - 2 * sizeof(uintptr_t);
    bool inside = (uintptr_t)frame >= stack_low && (uintptr_t)frame < stack_high;
    for (; i < count && inside; i++) {
        if (i >= 0) out[i] = frame[1];
        const uintptr_t at = (uintptr_t)frame, next = frame[0], step = next - at;
        inside = step - 1 < LARGEST_FRAME && step % sizeof(uintptr_t) == 0 && next <= last;
        frame = (const uintptr_t *)next;
    }
    if (i < 0) i = 0;
    for (; i < count; i++) out[i] = 0;
}

void adj_advise_huge(void *block, size_t size) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    // Whole huge pages inside the block only: advice must start at a page.
    uintptr_t page = (uintptr_t)2 << 20, begin = ((uintptr_t)block + page - 1) & ~(page - 1);
    uintptr_t end = ((uintptr_t)block + size) & ~(page - 1);
    if (begin < end) madvise((void *)begin, end - begin, MADV_HUGEPAGE);
#else
    (void)block, (void)size;
#endif
}

int32_t adj_processors(void) {
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
#if !defined(_WIN32)
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    if (count > 0) return (int32_t)count;
#endif
    return 1;
}
