// One pass of the self-sorting ("Stockham") fast Fourier transform, over split real and imaginary parts.
//
// x is [radix, m, run], y is [m, radix, run]. y[p, k] = root^(p k) * (sum over j of x[j, p] exp(-2 pi i j k / radix)), with
// root = roots[step]. Several transforms side by side are part of `run`, so that vectors of any width do the same
// arithmetic.

#define FOURIER_PASS_PARAMETERS                                                                              \
    int64_t m, int64_t run, int64_t step, const double *roots, const double *xr, const double *xi, double *yr, double *yi

static void fourier_pass_2(FOURIER_PASS_PARAMETERS) {
    for (int64_t p = 0; p < m; p++) {
        double cr = roots[2 * p * step], ci = roots[2 * p * step + 1];
        const double *ar = xr + p * run, *ai = xi + p * run, *br = ar + m * run, *bi = ai + m * run;
        double *ur = yr + 2 * p * run, *ui = yi + 2 * p * run, *vr = ur + run, *vi = ui + run;
        ADJ_SIMD for (int64_t q = 0; q < run; q++) {
            double dr = ar[q] - br[q], di = ai[q] - bi[q];
            ur[q] = ar[q] + br[q];
            ui[q] = ai[q] + bi[q];
            vr[q] = dr * cr - di * ci;
            vi[q] = dr * ci + di * cr;
        }
    }
}

static void fourier_pass_4(FOURIER_PASS_PARAMETERS) {
    for (int64_t p = 0; p < m; p++) {
        const double *root = roots + 2 * p * step;
        double c1r = root[0], c1i = root[1], c2r = root[2 * p * step], c2i = root[2 * p * step + 1];
        double c3r = root[4 * p * step], c3i = root[4 * p * step + 1];
        const double *ar = xr + p * run, *ai = xi + p * run, *br = ar + m * run, *bi = ai + m * run;
        const double *cr = br + m * run, *ci = bi + m * run, *dr = cr + m * run, *di = ci + m * run;
        double *y0r = yr + 4 * p * run, *y0i = yi + 4 * p * run, *y1r = y0r + run, *y1i = y0i + run;
        double *y2r = y1r + run, *y2i = y1i + run, *y3r = y2r + run, *y3i = y2i + run;
        ADJ_SIMD for (int64_t q = 0; q < run; q++) {
            double sr = ar[q] + cr[q], si = ai[q] + ci[q], tr = ar[q] - cr[q], ti = ai[q] - ci[q];
            double ur = br[q] + dr[q], ui = bi[q] + di[q], vr = bi[q] - di[q], vi = dr[q] - br[q];
            double w1r = tr + vr, w1i = ti + vi, w2r = sr - ur, w2i = si - ui, w3r = tr - vr, w3i = ti - vi;
            y0r[q] = sr + ur;
            y0i[q] = si + ui;
            y1r[q] = w1r * c1r - w1i * c1i;
            y1i[q] = w1r * c1i + w1i * c1r;
            y2r[q] = w2r * c2r - w2i * c2i;
            y2i[q] = w2r * c2i + w2i * c2r;
            y3r[q] = w3r * c3r - w3i * c3i;
            y3i[q] = w3r * c3i + w3i * c3r;
        }
    }
}

// An odd radix, a constant where this is inlined: terms j and radix - j share their cosines and sines.
ADJ_INLINE void fourier_pass_odd(const int radix, FOURIER_PASS_PARAMETERS) {
    const int half = radix / 2;
    double cosine[13], sine[13];
    for (int j = 0; j < radix; j++) {
        cosine[j] = roots[2 * j * m * step];
        sine[j] = roots[2 * j * m * step + 1];
    }
    for (int64_t p = 0; p < m; p++) {
        double cr[13], ci[13];
        for (int k = 0; k < radix; k++) {
            cr[k] = roots[2 * p * k * step];
            ci[k] = roots[2 * p * k * step + 1];
        }
        const double *ar = xr + p * run, *ai = xi + p * run;
        double *br = yr + radix * p * run, *bi = yi + radix * p * run;
        int64_t jump = m * run;
        ADJ_SIMD for (int64_t q = 0; q < run; q++) {
            double plus_r[7], plus_i[7], minus_r[7], minus_i[7];
            double first_r = ar[q], first_i = ai[q], all_r = first_r, all_i = first_i;
#pragma unroll
            for (int j = 1; j <= half; j++) {
                double er = ar[j * jump + q], ei = ai[j * jump + q];
                double fr = ar[(radix - j) * jump + q], fi = ai[(radix - j) * jump + q];
                plus_r[j] = er + fr;
                plus_i[j] = ei + fi;
                minus_r[j] = er - fr;
                minus_i[j] = ei - fi;
                all_r += plus_r[j];
                all_i += plus_i[j];
            }
            br[q] = all_r;
            bi[q] = all_i;
#pragma unroll
            for (int k = 1; k <= half; k++) {
                double er = first_r, ei = first_i, fr = 0, fi = 0;
#pragma unroll
                for (int j = 1; j <= half; j++) {
                    int place = j * k % radix;
                    er += cosine[place] * plus_r[j];
                    ei += cosine[place] * plus_i[j];
                    fr += sine[place] * minus_r[j];
                    fi += sine[place] * minus_i[j];
                }
                double ur = er - fi, ui = ei + fr, vr = er + fi, vi = ei - fr;
                br[k * run + q] = ur * cr[k] - ui * ci[k];
                bi[k * run + q] = ur * ci[k] + ui * cr[k];
                br[(radix - k) * run + q] = vr * cr[radix - k] - vi * ci[radix - k];
                bi[(radix - k) * run + q] = vr * ci[radix - k] + vi * cr[radix - k];
            }
        }
    }
}

#define FOURIER_PASS_ODD(RADIX)                                                      \
    static void fourier_pass_##RADIX(FOURIER_PASS_PARAMETERS) {                      \
        fourier_pass_odd(RADIX, m, run, step, roots, xr, xi, yr, yi);                \
    }
FOURIER_PASS_ODD(3)
FOURIER_PASS_ODD(5)
FOURIER_PASS_ODD(7)
FOURIER_PASS_ODD(11)
FOURIER_PASS_ODD(13)

static void fourier_pass(int32_t radix, FOURIER_PASS_PARAMETERS) {
    switch (radix) {
    case 2: fourier_pass_2(m, run, step, roots, xr, xi, yr, yi); break;
    case 3: fourier_pass_3(m, run, step, roots, xr, xi, yr, yi); break;
    case 4: fourier_pass_4(m, run, step, roots, xr, xi, yr, yi); break;
    case 5: fourier_pass_5(m, run, step, roots, xr, xi, yr, yi); break;
    case 7: fourier_pass_7(m, run, step, roots, xr, xi, yr, yi); break;
    case 11: fourier_pass_11(m, run, step, roots, xr, xi, yr, yi); break;
    default: fourier_pass_13(m, run, step, roots, xr, xi, yr, yi); break;
    }
}
