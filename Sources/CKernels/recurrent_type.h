// One step of long short-term memory for one element type: T and SUFFIX. A row of y [6 units] holds h, c, i, f, g, o.

#define RC(name) ADJ_JOIN(name, SUFFIX)

static void RC(lstm_step)(const void *pp, const void *ps, const void *pc, int64_t c_step, void *py, int64_t units,
                          int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
        const T *p = (const T *)pp + row * 4 * units, *s = (const T *)ps + row * 4 * units;
        const T *before = (const T *)pc + row * c_step;
        T *y = (T *)py + row * 6 * units;
        T *h = y, *c = y + units, *i = c + units, *f = i + units, *g = f + units, *o = g + units;
        ADJ_SIMD for (int64_t k = 0; k < units; k++) i[k] = RC(sigmoid)(p[k] + s[k]);
        ADJ_SIMD for (int64_t k = 0; k < units; k++) f[k] = RC(sigmoid)(p[units + k] + s[units + k]);
        ADJ_SIMD for (int64_t k = 0; k < units; k++) g[k] = RC(tanh)(p[2 * units + k] + s[2 * units + k]);
        ADJ_SIMD for (int64_t k = 0; k < units; k++) o[k] = RC(sigmoid)(p[3 * units + k] + s[3 * units + k]);
        ADJ_SIMD for (int64_t k = 0; k < units; k++) {
            const T cell = f[k] * before[k] + i[k] * g[k];
            c[k] = cell;
            h[k] = o[k] * RC(tanh)(cell);
        }
    }
}

// From the cotangents of y, of h through the next step (dh) and of c through it (dc), to those of z, and dc of the step before.
static void RC(lstm_step_pullback)(const void *pg, const void *py, const void *pc, int64_t c_step, const void *ph,
                                   void *pd, void *pz, int64_t units, int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
        const T *gy = (const T *)pg + row * 6 * units, *y = (const T *)py + row * 6 * units;
        const T *before = (const T *)pc + row * c_step, *dh = (const T *)ph + row * units;
        const T *c = y + units, *i = c + units, *f = i + units, *g = f + units, *o = g + units;
        T *dc = (T *)pd + row * units, *gz = (T *)pz + row * 4 * units;
        ADJ_SIMD for (int64_t k = 0; k < units; k++) {
            const T t = RC(tanh)(c[k]), h = gy[k] + dh[k];
            const T cell = gy[units + k] + dc[k] + h * o[k] * (1 - t * t);
            gz[k] = (gy[2 * units + k] + cell * g[k]) * i[k] * (1 - i[k]);
            gz[units + k] = (gy[3 * units + k] + cell * before[k]) * f[k] * (1 - f[k]);
            gz[2 * units + k] = (gy[4 * units + k] + cell * i[k]) * (1 - g[k] * g[k]);
            gz[3 * units + k] = (gy[5 * units + k] + h * t) * o[k] * (1 - o[k]);
            dc[k] = cell * f[k];
        }
    }
}

#undef RC
#undef T
#undef SUFFIX
