// One reduction of one type. Defined by the includer: IN and SUFFIX (the type), NAME, ACC (accumulator),
// OUT (stored type), MAP(x) from IN to ACC, MERGE(a, b), FINISH(acc) to OUT.
//
// The tree is fixed by (count, inner): runs of up to RUN rows are added in order by fours, runs are merged by
// halves. Rows narrower than REDUCE_LANES are taken several at a time as one wide row, whose groups are merged
// by halves at the end. All loops go over columns, so that vectors of any width do the same additions.

#define RN(name) ADJ_JOIN(ADJ_JOIN(name, NAME), SUFFIX)

static void RN(reduce_run)(const IN *x, int64_t stride, int64_t rows, int64_t width, ACC *acc) {
    int64_t r = 1;
    for (int64_t w = 0; w < width; w++) acc[w] = MAP(x[w]);
    for (; r + 4 <= rows; r += 4) {
        const IN *x0 = x + r * stride, *x1 = x0 + stride, *x2 = x1 + stride, *x3 = x2 + stride;
        ADJ_SIMD for (int64_t w = 0; w < width; w++) {
            ACC m0 = MAP(x0[w]), m1 = MAP(x1[w]), m2 = MAP(x2[w]), m3 = MAP(x3[w]);
            ACC left = MERGE(m0, m1), right = MERGE(m2, m3), four = MERGE(left, right), before = acc[w];
            acc[w] = MERGE(before, four);
        }
    }
    for (; r < rows; r++) {
        const IN *row = x + r * stride;
        ADJ_SIMD for (int64_t w = 0; w < width; w++) {
            ACC m = MAP(row[w]), before = acc[w];
            acc[w] = MERGE(before, m);
        }
    }
}

// rows >= 1, width <= REDUCE_TILE
static void RN(reduce_columns)(const IN *x, int64_t stride, int64_t rows, int64_t width, ACC *acc) {
    if (rows <= REDUCE_RUN) {
        RN(reduce_run)(x, stride, rows, width, acc);
        return;
    }
    int64_t runs = (rows + REDUCE_RUN - 1) / REDUCE_RUN, left = runs / 2 * REDUCE_RUN;
    ACC right[REDUCE_TILE];
    RN(reduce_columns)(x, stride, left, width, acc);
    RN(reduce_columns)(x + left * stride, stride, rows - left, width, right);
    ADJ_SIMD for (int64_t w = 0; w < width; w++) {
        ACC a = acc[w], b = right[w];
        acc[w] = MERGE(a, b);
    }
}

static ACC RN(reduce_short)(const IN *x, int64_t count) {
    ACC acc = MAP(x[0]);
    int64_t i = 1;
    for (; i + 4 <= count; i += 4) {
        ACC m0 = MAP(x[i]), m1 = MAP(x[i + 1]), m2 = MAP(x[i + 2]), m3 = MAP(x[i + 3]);
        ACC left = MERGE(m0, m1), right = MERGE(m2, m3), four = MERGE(left, right);
        acc = MERGE(acc, four);
    }
    for (; i < count; i++) {
        ACC m = MAP(x[i]);
        acc = MERGE(acc, m);
    }
    return acc;
}

static void RN(reduce_narrow)(const IN *x, int64_t count, int64_t inner, OUT *out) {
    if (inner == 1 && count < REDUCE_SHORT) {
        ACC whole = RN(reduce_short)(x, count);
        *out = FINISH(whole);
        return;
    }
    int64_t groups = 1;
    while (groups * 2 * inner <= REDUCE_LANES && groups * 4 <= count) groups *= 2;
    ACC acc[REDUCE_TILE];
    int64_t width = groups * inner, rows = count / groups, rest = (count - rows * groups) * inner;
    RN(reduce_columns)(x, width, rows, width, acc);
    const IN *last = x + rows * width;
    for (int64_t w = 0; w < rest; w++) {
        ACC m = MAP(last[w]), before = acc[w];
        acc[w] = MERGE(before, m);
    }
    for (int64_t half = groups / 2; half > 0; half /= 2) {
        const ACC *upper = acc + half * inner;
        ADJ_SIMD for (int64_t w = 0; w < half * inner; w++) {
            ACC a = acc[w], b = upper[w];
            acc[w] = MERGE(a, b);
        }
    }
    for (int64_t w = 0; w < inner; w++) out[w] = FINISH(acc[w]);
}

static void RN(reduce)(const void *px, void *pout, int64_t reduce, int64_t inner, int64_t o_begin, int64_t o_end,
                       int64_t r_begin, int64_t r_end) {
    OUT *out = pout;
    int64_t count = r_end - r_begin;
    for (int64_t o = o_begin; o < o_end; o++, out += inner) {
        const IN *x = (const IN *)px + (o * reduce + r_begin) * inner;
        if (inner < REDUCE_LANES) {
            RN(reduce_narrow)(x, count, inner, out);
            continue;
        }
        ACC acc[REDUCE_TILE];
        for (int64_t tile = 0; tile < inner; tile += REDUCE_TILE) {
            int64_t width = adj_min64(inner - tile, REDUCE_TILE);
            RN(reduce_columns)(x + tile, inner, count, width, acc);
            for (int64_t w = 0; w < width; w++) out[tile + w] = FINISH(acc[w]);
        }
    }
}

#undef RN
#undef ACC
#undef OUT
#undef NAME
#undef MAP
#undef MERGE
#undef FINISH
