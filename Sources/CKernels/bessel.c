// Bessel functions of orders 0 and 1. The oscillating ones are the system's.
#define _DEFAULT_SOURCE // j0
#include "special_functions.h"

double adj_special_bessel_j0(double x) { return j0(x); }
double adj_special_bessel_j1(double x) { return j1(x); }
double adj_special_bessel_y0(double x) { return x > 0 ? y0(x) : x == 0 ? -INFINITY : NAN; }
double adj_special_bessel_y1(double x) { return x > 0 ? y1(x) : x == 0 ? -INFINITY : NAN; }

// ---------------------------------------------------------------------------------------------------------
// Modified functions of the first kind: the power series (Abramowitz and Stegun 9.6.10), all of whose terms are
// positive, up to 30, then the asymptotic series (9.7.1). Relative error about 1e-15.

static double i_series(int order, double x) {
    double z = 0.25 * x * x, term = order == 0 ? 1 : 0.5 * x, sum = term;
    for (int k = 1; k < 200; k++) {
        term *= z / ((double)k * (k + order));
        sum += term;
        if (!(fabs(term) > 0x1p-56 * fabs(sum))) break;
    }
    return sum;
}

// The sum of the terms of 9.7.1 (sign = -1) and 9.7.2 (sign = 1) with mu = 4 nu^2.
static double asymptotic_sum(double mu, double x, double sign) {
    double term = 1, sum = 1;
    for (int k = 1; k < 40; k++) {
        double odd = 2 * k - 1, next = term * sign * (mu - odd * odd) / (k * 8 * x);
        if (fabs(next) > fabs(term) || fabs(next) < 0x1p-56) break;
        term = next;
        sum += term;
    }
    return sum;
}

#define SERIES_BOUND 30

static double i_scaled(int order, double x) {
    double a = fabs(x);
    if (a == INFINITY) return copysign(0, order == 0 ? 1 : x);
    if (a <= SERIES_BOUND) return i_series(order, x) * exp(-a);
    double value = asymptotic_sum(4.0 * order, a, -1) / sqrt(2 * ADJ_PI * a);
    return order == 0 ? value : copysign(value, x);
}

static double i_plain(int order, double x) {
    double a = fabs(x);
    if (a <= SERIES_BOUND) return i_series(order, x);
    if (a == INFINITY) return order == 0 ? a : x;
    double half = exp(0.5 * a); // e^a overflows before the function does
    return i_scaled(order, x) * half * half;
}

double adj_special_bessel_i0(double x) { return i_plain(0, x); }
double adj_special_bessel_i1(double x) { return i_plain(1, x); }
double adj_special_bessel_i0e(double x) { return i_scaled(0, x); }
double adj_special_bessel_i1e(double x) { return i_scaled(1, x); }

// ---------------------------------------------------------------------------------------------------------
// Modified functions of the second kind: the logarithmic series up to 1 (9.6.11, 9.6.13); up to 30 the integral of
// exp(-x (cosh t - 1)) cosh(nu t) over t > 0 (9.6.24), for which the trapezoidal rule converges exponentially
// (Trefethen and Weideman 2014); then the asymptotic series (9.7.2). Relative error about 1e-15.

double adj_scaled_bessel_k(double nu, double x) {
    if (x == INFINITY) return 0;
    if (x > SERIES_BOUND) return asymptotic_sum(4 * nu * nu, x, 1) * sqrt(ADJ_PI / (2 * x));
    const double step = 0.0625;
    double sum = 0.5;
    for (int k = 1; k < 200; k++) {
        double t = k * step, s = sinh(0.5 * t), exponent = 2 * x * s * s;
        if (exponent > 60) break;
        sum += exp(-exponent) * cosh(nu * t);
    }
    return step * sum;
}

static double k0_series(double x) {
    double z = 0.25 * x * x, term = 1, harmonic = 0, sum = 0;
    for (int k = 1; k < 30; k++) {
        term *= z / ((double)k * k);
        harmonic += 1.0 / k;
        sum += term * harmonic;
        if (term < 0x1p-60) break;
    }
    return -(log(0.5 * x) + 0x1.2788cfc6fb619p-1) * i_series(0, x) + sum;
}

static double k1_series(double x) {
    double z = 0.25 * x * x, term = 0.5 * x, harmonic = 0, sum = 0;
    const double euler = 0x1.2788cfc6fb619p-1;
    for (int k = 0; k < 30; k++) {
        // psi(k + 1) + psi(k + 2)
        sum += term * (2 * harmonic + 1.0 / (k + 1) - 2 * euler);
        harmonic += 1.0 / (k + 1);
        term *= z / ((k + 1.0) * (k + 2.0));
        if (term < 0x1p-60 * x) break;
    }
    return 1 / x + (log(0.5 * x) * i_series(1, x) - 0.5 * sum);
}

static double k_function(int order, double x, int scaled) {
    if (!(x > 0)) return x == 0 ? INFINITY : NAN;
    if (x <= 1) {
        double value = order == 0 ? k0_series(x) : k1_series(x);
        return scaled ? value * exp(x) : value;
    }
    double value = adj_scaled_bessel_k(order, x);
    return scaled ? value : value * exp(-x);
}

double adj_special_bessel_k0(double x) { return k_function(0, x, 0); }
double adj_special_bessel_k1(double x) { return k_function(1, x, 0); }
double adj_special_bessel_k0e(double x) { return k_function(0, x, 1); }
double adj_special_bessel_k1e(double x) { return k_function(1, x, 1); }
