// Strided copies. A range of the row-major order is cut into whole boxes; a box may be walked in any order, so
// its axes are sorted, merged and, where source and destination disagree about the fastest axis, done in tiles.
#include "copy.h"

typedef uint8_t __attribute__((may_alias)) word8;
typedef uint16_t __attribute__((may_alias)) word16;
typedef uint32_t __attribute__((may_alias)) word32;
typedef uint64_t __attribute__((may_alias)) word64;
typedef struct __attribute__((may_alias)) { uint64_t half[2]; } word128;

typedef struct {
    int64_t n, d, s; // length, stride in the destination and in the source
} axis;

typedef void (*plane_copy)(char *d, const char *s, axis outer, axis inner);

#define TILE 16

// Two axes in any order, and the same in tiles, for source lines that run across destination lines: the lines that
// a tile touches stay in the cache until all their elements are used.
#define PLANE_COPIES(T)                                                                            \
    static void plane_##T(char *pd, const char *ps, axis outer, axis inner) {                      \
        for (int64_t i = 0; i < outer.n; i++) {                                                    \
            T *d = (T *)pd + i * outer.d;                                                          \
            const T *s = (const T *)ps + i * outer.s;                                              \
            if (inner.s == 0) {                                                                    \
                const T value = *s;                                                                \
                for (int64_t j = 0; j < inner.n; j++) d[j * inner.d] = value;                      \
            } else {                                                                               \
                for (int64_t j = 0; j < inner.n; j++) d[j * inner.d] = s[j * inner.s];             \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    static void whole_tile_##T(T *d, const T *s, int64_t d_row, int64_t s_row) {                   \
        for (int64_t i = 0; i < TILE; i++)                                                         \
            for (int64_t j = 0; j < TILE; j++) d[i * d_row + j] = s[j * s_row + i];                \
    }                                                                                              \
    static void tiles_##T(char *pd, const char *ps, axis outer, axis inner) {                      \
        bool transposed = inner.d == 1 && outer.s == 1;                                            \
        for (int64_t j = 0; j < inner.n; j += TILE)                                                \
            for (int64_t i = 0; i < outer.n; i += TILE) {                                          \
                T *d = (T *)pd + i * outer.d + j * inner.d;                                        \
                const T *s = (const T *)ps + i * outer.s + j * inner.s;                            \
                axis rows = {adj_min64(TILE, outer.n - i), outer.d, outer.s};                      \
                axis columns = {adj_min64(TILE, inner.n - j), inner.d, inner.s};                   \
                if (transposed && rows.n == TILE && columns.n == TILE)                             \
                    whole_tile_##T(d, s, outer.d, inner.s);                                        \
                else                                                                               \
                    plane_##T((char *)d, (const char *)s, rows, columns);                          \
            }                                                                                      \
    }

PLANE_COPIES(word8)
PLANE_COPIES(word16)
PLANE_COPIES(word32)
PLANE_COPIES(word64)
PLANE_COPIES(word128)

static plane_copy plane_of(int32_t size, bool tiles) {
    switch (size) {
    case 1: return tiles ? tiles_word8 : plane_word8;
    case 2: return tiles ? tiles_word16 : plane_word16;
    case 4: return tiles ? tiles_word32 : plane_word32;
    case 8: return tiles ? tiles_word64 : plane_word64;
    default: return tiles ? tiles_word128 : plane_word128;
    }
}

// Contiguous runs of both sides.
static void copy_runs(char *d, const char *s, int32_t size, axis outer, int64_t run) {
    for (int64_t i = 0; i < outer.n; i++)
        memcpy(d + i * outer.d * size, s + i * outer.s * size, (size_t)(run * size));
}

static int64_t magnitude(int64_t x) { return x < 0 ? -x : x; }

// Sorts the axes by falling destination stride and merges neighbours. Returns how many are left.
static int32_t simplify(axis *a, int32_t rank) {
    int32_t count = 0;
    for (int32_t i = 0; i < rank; i++) {
        if (a[i].n == 1) continue;
        axis x = a[i];
        int32_t to = count++;
        for (; to > 0 && magnitude(a[to - 1].d) < magnitude(x.d); to--) a[to] = a[to - 1];
        a[to] = x;
    }
    int32_t merged = count > 0 ? 1 : 0;
    for (int32_t i = 1; i < count; i++) {
        axis *last = &a[merged - 1];
        if (last->d == a[i].d * a[i].n && last->s == a[i].s * a[i].n)
            *last = (axis){last->n * a[i].n, a[i].d, a[i].s};
        else
            a[merged++] = a[i];
    }
    return merged;
}

// Moves axis `from` to the place before the last one.
static void bring_next_to_last(axis *a, int32_t rank, int32_t from) {
    axis x = a[from];
    for (; from < rank - 2; from++) a[from] = a[from + 1];
    a[from] = x;
}

static void copy_box(char *d, const char *s, int32_t size, axis *a, int32_t rank) {
    rank = simplify(a, rank);
    while (rank < 2) {
        for (int32_t i = rank; i > 0; i--) a[i] = a[i - 1];
        a[0] = (axis){1, 0, 0};
        rank++;
    }
    axis *inner = &a[rank - 1];
    bool runs = inner->d == 1 && inner->s == 1, tiles = false;
    if (!runs) {
        int32_t fastest = rank - 1;
        for (int32_t i = 0; i < rank; i++)
            if (a[i].n > 1 && a[i].s != 0 && (a[fastest].s == 0 || magnitude(a[i].s) < magnitude(a[fastest].s)))
                fastest = i;
        tiles = fastest != rank - 1 && inner->s != 0 && a[fastest].n >= 4 && inner->n >= 4;
        if (tiles) bring_next_to_last(a, rank, fastest);
    }
    if (!tiles && inner->n < 8 && a[rank - 2].n > inner->n && !(runs && inner->n * size >= 16)) {
        axis swap = a[rank - 2];
        a[rank - 2] = *inner, *inner = swap;
        runs = false;
    }
    plane_copy plane = plane_of(size, tiles);
    int64_t index[ADJ_MAX_RANK + 2] = {0};
    for (;;) {
        if (runs) copy_runs(d, s, size, a[rank - 2], inner->n);
        else plane(d, s, a[rank - 2], *inner);
        int32_t i = rank - 3;
        for (; i >= 0; i--) {
            d += a[i].d * size, s += a[i].s * size;
            if (++index[i] < a[i].n) break;
            d -= a[i].n * a[i].d * size, s -= a[i].n * a[i].s * size;
            index[i] = 0;
        }
        if (i < 0) return;
    }
}

typedef struct {
    int32_t size;
    char *dst;
    const char *src;
    const int64_t *dst_strides, *src_strides, *dims;
    int32_t rank;
} copy_job;

static void copy_slabs(const copy_job *job, int32_t first, int64_t count, int64_t d_at, int64_t s_at) {
    axis a[ADJ_MAX_RANK + 2];
    int32_t rank = job->rank - first;
    for (int32_t i = 0; i < rank; i++)
        a[i] = (axis){job->dims[first + i], job->dst_strides[first + i], job->src_strides[first + i]};
    if (rank > 0) a[0].n = count;
    copy_box(job->dst + d_at * job->size, job->src + s_at * job->size, job->size, a, rank);
}

// The elements begin ..< end of the box of the axes from `first` on, that starts at d_at and s_at.
static void copy_part(const copy_job *job, int32_t first, int64_t begin, int64_t end, int64_t d_at, int64_t s_at) {
    if (first == job->rank) {
        copy_slabs(job, first, 1, d_at, s_at);
        return;
    }
    int64_t slab = adj_product(job->rank - first - 1, job->dims + first + 1);
    int64_t d_step = job->dst_strides[first], s_step = job->src_strides[first];
    int64_t from = begin / slab, to = end / slab, head = begin % slab, tail = end % slab;
    if (from == to) {
        copy_part(job, first + 1, head, tail, d_at + from * d_step, s_at + from * s_step);
        return;
    }
    if (head > 0) {
        copy_part(job, first + 1, head, slab, d_at + from * d_step, s_at + from * s_step);
        from++;
    }
    if (from < to) copy_slabs(job, first, to - from, d_at + from * d_step, s_at + from * s_step);
    if (tail > 0) copy_part(job, first + 1, 0, tail, d_at + to * d_step, s_at + to * s_step);
}

void adj_copy_range(int32_t size, int32_t rank, const int64_t *dims, void *dst, const int64_t *dst_strides,
                    const void *src, const int64_t *src_strides, int64_t begin, int64_t end) {
    if (begin >= end) return;
    copy_job job = {size, dst, src, dst_strides, src_strides, dims, rank};
    copy_part(&job, 0, begin, end, 0, 0);
}

void adj_gather(int32_t size, int32_t rank, const int64_t *dims, void *dst, const void *src, const int64_t *src_strides,
                int64_t begin, int64_t end) {
    int64_t strides[ADJ_MAX_RANK], step = 1;
    for (int32_t axis = rank - 1; axis >= 0; axis--) {
        strides[axis] = step;
        step *= dims[axis];
    }
    if (begin >= end) return;
    copy_job job = {size, dst, src, strides, src_strides, dims, rank};
    copy_part(&job, 0, begin, end, -begin, 0);
}

void adj_copy(int32_t size, int32_t rank, const int64_t *dims, void *dst, const int64_t *dst_strides,
              const void *src, const int64_t *src_strides, int64_t begin, int64_t end) {
    if (begin >= end) return;
    adj_count_traffic((end - begin) * size, (end - begin) * size);
    adj_copy_range(size, rank, dims, dst, dst_strides, src, src_strides, begin, end);
}
