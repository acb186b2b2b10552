// Threads, what each of them remembers, and callers. A part of CKernels.h.

#ifndef ADJ_THREADS_AND_CALLERS_H
#define ADJ_THREADS_AND_CALLERS_H

#include <stddef.h>
#include <stdint.h>

// The return addresses of the callers along the frame-pointer chain, the nearest first, zeros after the last; the first
// `skipped` are passed over.
void adj_capture_callers(uintptr_t *out, int32_t count, int32_t skipped);

// How many processors this process may use.
int32_t adj_processors(void);

// For loops that wait for another thread: tells the processor.
static inline void adj_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

// Asks for the memory of an object of up to 256 bytes that will be read soon; NULL is allowed.
static inline void adj_fetch_object(const void *object) {
    for (int offset = 0; offset < 256; offset += 64) __builtin_prefetch((const char *)object + offset);
}

// How deep this thread is inside `noGrad` scopes.
extern _Thread_local int32_t adj_no_grad_depth;
static inline int32_t adj_no_grad_get(void) { return adj_no_grad_depth; }
static inline void adj_no_grad_set(int32_t depth) { adj_no_grad_depth = depth; }

// Which convention this thread's derivatives follow at singular points (0: the library's own).
extern _Thread_local int32_t adj_convention;
static inline int32_t adj_convention_get(void) { return adj_convention; }
static inline void adj_convention_set(int32_t convention) { adj_convention = convention; }

// Whether a cotangent of 0 is multiplied like any other number on this thread.
extern _Thread_local int32_t adj_ieee_products;
static inline int32_t adj_ieee_products_get(void) { return adj_ieee_products; }
static inline void adj_ieee_products_set(int32_t ieee) { adj_ieee_products = ieee; }

// Bytes that this thread has read and written in adj_program_run*, adj_reduce, adj_copy, adj_cast and adj_softmax* since
// the start, counted while adj_traffic_counting is nonzero: for measurements.
extern _Thread_local int32_t adj_traffic_counting;
extern _Thread_local int64_t adj_traffic_read, adj_traffic_written;
static inline void adj_traffic_start(void) { adj_traffic_read = adj_traffic_written = 0; adj_traffic_counting = 1; }
static inline void adj_traffic_stop(void) { adj_traffic_counting = 0; }
static inline int64_t adj_traffic_bytes_read(void) { return adj_traffic_read; }
static inline int64_t adj_traffic_bytes_written(void) { return adj_traffic_written; }

// Bytes of elements that this thread has allocated less those that it has freed, and the most that they have been.
extern _Thread_local int64_t adj_tally_now, adj_tally_peak;
static inline void adj_tally(int64_t bytes) {
    adj_tally_now += bytes;
    if (adj_tally_now > adj_tally_peak) adj_tally_peak = adj_tally_now;
}
static inline int64_t adj_tally_get_now(void) { return adj_tally_now; }
static inline int64_t adj_tally_get_peak(void) { return adj_tally_peak; }
static inline void adj_tally_set(int64_t now, int64_t peak) { adj_tally_now = now, adj_tally_peak = peak; }

// Large blocks: madvise for huge pages where the system has it.
void adj_advise_huge(void *block, size_t size);

#endif
