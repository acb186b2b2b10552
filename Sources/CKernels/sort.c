// Order along an axis: stable sorting, the commonest element, binary search, running extremes. Elements are compared
// by whole numbers in the same order, in which NaN is above infinity and -0 equals 0.
#include "internal.h"
#include <stdlib.h>

static int64_t order_key(int32_t dtype, const void *x, int64_t at) {
    double number;
    switch (dtype) {
    case ADJ_F32: number = ((const float *)x)[at]; break;
    case ADJ_F64: number = ((const double *)x)[at]; break;
    case ADJ_I32: return ((const int32_t *)x)[at];
    case ADJ_I64: return ((const int64_t *)x)[at];
    default: return ((const uint8_t *)x)[at];
    }
    if (number != number) return INT64_MAX;
    int64_t bits = (int64_t)adj_bits_f64(number == 0 ? 0 : number);
    return bits < 0 ? bits ^ INT64_MAX : bits;
}

typedef struct {
    int64_t key, index;
} entry;

#define RUN 24

static void insertion_sort(entry *a, int64_t n) {
    for (int64_t i = 1; i < n; i++) {
        entry moved = a[i];
        int64_t j = i;
        for (; j > 0 && a[j - 1].key > moved.key; j--) a[j] = a[j - 1];
        a[j] = moved;
    }
}

static void merge(const entry *left, const entry *right, const entry *end, entry *to) {
    const entry *l = left, *r = right;
    while (l < right && r < end) *to++ = r->key < l->key ? *r++ : *l++;
    while (l < right) *to++ = *l++;
    while (r < end) *to++ = *r++;
}

// Runs of RUN, merged by pairs between the two halves of `a` (2 n entries); gives the half that is sorted.
static entry *sort_entries(entry *a, int64_t n) {
    entry *from = a, *to = a + n;
    for (int64_t start = 0; start < n; start += RUN) insertion_sort(from + start, adj_min64(RUN, n - start));
    for (int64_t run = RUN; run < n; run *= 2) {
        for (int64_t start = 0; start < n; start += 2 * run) {
            int64_t middle = adj_min64(start + run, n), end = adj_min64(start + 2 * run, n);
            merge(from + start, from + middle, from + end, to + start);
        }
        entry *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

static entry *sorted_column(int32_t dtype, const void *x, int64_t first, int64_t step, int64_t length, bool descending,
                            entry *scratch) {
    for (int64_t r = 0; r < length; r++) {
        int64_t key = order_key(dtype, x, first + r * step);
        scratch[r] = (entry){descending ? ~key : key, r};
    }
    return sort_entries(scratch, length);
}

static entry *scratch_for(int64_t length) {
    return length < INT64_MAX / 64 ? malloc((size_t)(2 * length) * sizeof(entry)) : NULL;
}

int32_t adj_argsort(int32_t dtype, const void *x, int64_t *out, int64_t length, int64_t inner, int64_t o_begin,
                    int64_t o_end, int32_t descending) {
    if (length <= 0 || inner <= 0 || o_begin >= o_end) return 0;
    entry *scratch = scratch_for(length);
    if (!scratch) return 1;
    for (int64_t o = o_begin; o < o_end; o++)
        for (int64_t i = 0; i < inner; i++) {
            int64_t first = o * length * inner + i;
            entry *sorted = sorted_column(dtype, x, first, inner, length, descending != 0, scratch);
            for (int64_t r = 0; r < length; r++) out[first + r * inner] = sorted[r].index;
        }
    free(scratch);
    return 0;
}

int32_t adj_arg_mode(int32_t dtype, const void *x, int64_t *out, int64_t length, int64_t inner, int64_t o_begin,
                     int64_t o_end) {
    if (length <= 0 || inner <= 0 || o_begin >= o_end) return 0;
    entry *scratch = scratch_for(length);
    if (!scratch) return 1;
    for (int64_t o = o_begin; o < o_end; o++)
        for (int64_t i = 0; i < inner; i++) {
            entry *sorted = sorted_column(dtype, x, o * length * inner + i, inner, length, false, scratch);
            int64_t best = 0, start = 0;
            for (int64_t r = 0; r < length; r++) {
                if (r > 0 && sorted[r].key != sorted[r - 1].key) start = r;
                if (r - start + 1 > best) best = r - start + 1, out[o * inner + i] = sorted[r].index;
            }
        }
    free(scratch);
    return 0;
}

void adj_search_sorted(int32_t dtype, const void *sorted, const void *values, int64_t *out, int64_t length, int64_t k,
                       int64_t row_begin, int64_t row_end, int32_t right) {
    for (int64_t row = row_begin; row < row_end; row++)
        for (int64_t j = row * k; j < (row + 1) * k; j++) {
            int64_t value = order_key(dtype, values, j), low = 0, high = length;
            while (low < high) {
                int64_t middle = low + (high - low) / 2, key = order_key(dtype, sorted, row * length + middle);
                if (right ? key <= value : key < value) low = middle + 1;
                else high = middle;
            }
            out[j] = low;
        }
}

void adj_cumulative_arg_extreme(int32_t dtype, const void *x, int64_t *out, int64_t length, int64_t inner,
                                int64_t o_begin, int64_t o_end, int32_t largest) {
    for (int64_t o = o_begin; o < o_end; o++)
        for (int64_t i = 0; i < inner; i++) {
            int64_t best = INT64_MIN, place = 0;
            for (int64_t r = 0; r < length; r++) {
                int64_t at = (o * length + r) * inner + i, key = order_key(dtype, x, at);
                if (!largest && key != INT64_MAX) key = ~key; // NaN is the extreme either way
                if (key >= best) best = key, place = r;
                out[at] = place;
            }
        }
}
