// The gamma function's relatives.
#define _DEFAULT_SOURCE // lgamma_r
#include "special_functions.h"

double adj_special_lgamma(double x) {
    int sign; // lgamma would write it to a variable of the process
    return lgamma_r(x, &sign);
}

// ---------------------------------------------------------------------------------------------------------
// Digamma: around its positive root Taylor's series (so that the error is relative there too), else the asymptotic
// series after the recurrence psi(x) = psi(x + 1) - 1/x; negative arguments by reflection (Abramowitz and Stegun
// 6.3.7, 6.3.5, 6.3.18). Relative error about 5e-16 for positive arguments, else 1e-15 of the larger term.

#define ROOT_HIGH 0x1.762d86356be3fp+0
#define ROOT_LOW 0x1.b86a722197829p-54

static double digamma_near_root(double x) {
    static const double taylor[] = {
        0x1.ef72bc8ee38acp-1,   -0x1.c563b54aa1a35p-2,  0x1.08b4294d50381p-2,   -0x1.4fc1317257da8p-3,
        0x1.b9a5b6370f3abp-4,   -0x1.27baba261cc2cp-4,  0x1.8fce02b239ca7p-5,   -0x1.0fa7ec36a7d8fp-5,
        0x1.723d6807edcc0p-6,   -0x1.f970508e1b6a2p-7,  0x1.5955caaa962f3p-7,   -0x1.d828079282eb8p-8,
        0x1.42e1acf81d8dcp-8,   -0x1.b9afc7cee8a14p-9,  0x1.2e23345f79aafp-9,   -0x1.9d626f71d1f7ap-10,
        0x1.1acebbd761089p-10,  -0x1.82f6345c65b35p-11, 0x1.08bdae1a261d4p-11,  -0x1.6a3fddea11304p-12,
        0x1.efacab6fb8985p-13,  -0x1.531f5dc5eb563p-13, 0x1.d0080f810fab5p-14,  -0x1.3d7972688af67p-14,
        0x1.b2691182c5c34p-15,
    };
    double d = (x - ROOT_HIGH) - ROOT_LOW, sum = 0;
    for (int k = 24; k >= 0; k--) sum = sum * d + taylor[k];
    return sum * d;
}

static double digamma_positive(double x) {
    // B_2k / (2k)
    static const double bernoulli[] = {
        0x1.5555555555555p-4, -0x1.1111111111111p-7, 0x1.0410410410410p-8, -0x1.1111111111111p-8,
        0x1.f07c1f07c1f08p-8, -0x1.5995995995996p-6, 0x1.5555555555555p-4, -0x1.c5e5e5e5e5e5ep-2,
    };
    if (fabs(x - ROOT_HIGH) < 0.3) return digamma_near_root(x);
    double shift = 0;
    for (; x < 10; x += 1) shift += 1 / x;
    double z = 1 / (x * x), sum = 0;
    for (int k = 7; k >= 0; k--) sum = sum * z + bernoulli[k];
    return (log(x) - 0.5 / x - sum * z) - shift;
}

double adj_special_digamma(double x) {
    if (x == 0) return copysign(INFINITY, -x);
    if (x > 0) return x == INFINITY ? x : digamma_positive(x);
    double rest = x - rint(x);
    if (!(fabs(rest) > 0)) return NAN; // poles, -infinity, NaN
    return digamma_positive(1 - x) - ADJ_PI / tan(ADJ_PI * rest);
}

// ---------------------------------------------------------------------------------------------------------
// Hurwitz's zeta function by Euler and Maclaurin's formula (Abramowitz and Stegun 23.2.3 with 3.6.28), for q > 0 and
// s > 1. Relative error about 1e-15.

static double zeta_positive(double s, double q) {
    // B_2k / (2k)!
    static const double bernoulli[] = {
        0x1.5555555555555p-4,  -0x1.6c16c16c16c17p-10, 0x1.1566abc011567p-15, -0x1.bbd779334ef0bp-21,
        0x1.66a8f2bf70ebep-26, -0x1.22805d644267fp-31, 0x1.d6db2c4e09162p-37, -0x1.7da4e1f79955cp-42,
        0x1.355871d652e9ep-47, -0x1.f57d968caacf1p-53, 0x1.967e1f09c376fp-58, -0x1.497d9033a2b5cp-63,
    };
    double start = s > 12 ? s : 12, sum = 0, term = 0;
    for (; q < start; q += 1) {
        term = pow(q, -s);
        sum += term;
        if (term * (q + 1) <= 0x1p-58 * sum * (s - 1)) return sum; // what is left is no more
    }
    double power = pow(q, -s);
    sum += power * q / (s - 1) + 0.5 * power;
    double factor = s * power / q;
    for (int k = 0; k < 12; k++) {
        term = bernoulli[k] * factor;
        sum += term;
        if (fabs(term) < 0x1p-56 * fabs(sum)) break;
        factor *= (s + 2 * k + 1) * (s + 2 * k + 2) / (q * q);
    }
    return sum;
}

// For whole s, the sum of (q + k)^-s from a negative q on runs through 0: it is cut there, and what is left of the
// terms below 0 is the difference of two series with positive arguments.
static double zeta_through_zero(double s, double q) {
    double nearest = rint(q), d = q - nearest;
    if (!(fabs(d) > 0)) return d == d ? INFINITY : NAN;
    double above = d > 0 ? d : 1 + d, below = d > 0 ? 1 - d : -d;
    double sign = fmod(s, 2) == 0 ? 1 : -1;
    double left = zeta_positive(s, below) - zeta_positive(s, 1 - q);
    return zeta_positive(s, above) + sign * left;
}

double adj_special_zeta(double s, double q) {
    if (s == 1) return INFINITY;
    if (!(s > 1) || q != q) return NAN;
    if (s == INFINITY) return q > 1 ? 0 : q == 1 ? 1 : q > 0 ? INFINITY : NAN;
    if (q == INFINITY) return 0;
    if (q > 0) return zeta_positive(s, q);
    if (q == rint(q)) return q == -INFINITY ? NAN : INFINITY;
    return s == rint(s) ? zeta_through_zero(s, q) : NAN;
}

// (-1)^(n + 1) n! zeta(n + 1, x); Abramowitz and Stegun 6.4.10.
double adj_special_polygamma(double n, double x) {
    if (n == 0) return adj_special_digamma(x);
    if (!(n > 0) || n != rint(n)) return NAN;
    double size = n <= 170 ? tgamma(n + 1) : INFINITY;
    double value = size * adj_special_zeta(n + 1, x);
    return fmod(n, 2) == 0 ? -value : value;
}

// ---------------------------------------------------------------------------------------------------------
// Incomplete gamma functions: the series of P below x = a + 1, Legendre's continued fraction of Q above it (Abramowitz
// and Stegun 6.5.29 and 6.5.31, the latter by Lentz's method); for a above 1e8 Temme's expansion. The common factor x^a e^-x / gamma(a + 1) is put
// together from the distance of x and a where those are large. The error is that of the factor's exponent:
// relative about 1e-14 where P or Q is above 1e-20.

// m - log(1 + m) with m = (x - a) / a
static double log_gap(double a, double x) {
    double m = (x - a) / a;
    if (fabs(m) > 0.3) return m - log(x / a);
    double power = m * m, sum = 0;
    for (int k = 2; k < 60; k++) {
        double term = power / k;
        sum += k % 2 == 0 ? term : -term;
        if (fabs(term) < 0x1p-56 * sum) break;
        power *= m;
    }
    return sum;
}

static double gamma_factor(double a, double x) {
    if (a < 10) return exp(a * log(x) - x - adj_special_lgamma(a + 1));
    // Stirling's series: gamma(a + 1) = sqrt(2 pi a) (a / e)^a exp(1/(12 a) - ...)
    double z = 1 / (a * a);
    double stirling = (0x1.5555555555555p-4 +
                       z * (-0x1.6c16c16c16c17p-9 +
                            z * (0x1.a01a01a01a01ap-11 +
                                 z * (-0x1.3813813813814p-11 +
                                      z * (0x1.b951e2b18ff23p-11 + z * -0x1.f6ab0d9993c7dp-10))))) / a;
    return exp(-a * log_gap(a, x) - stirling) / sqrt(2 * ADJ_PI * a);
}

static double gamma_p_series(double a, double x) {
    double term = 1, sum = 1, limit = 1000 + 20 * sqrt(a);
    for (double k = 1; k < limit; k += 1) {
        term *= x / (a + k);
        sum += term;
        if (term < 0x1p-56 * sum) break;
    }
    return sum * gamma_factor(a, x);
}

static double gamma_q_fraction(double a, double x) {
    double b = x + 1 - a, c = 1 / 0x1p-1000, d = 1 / b, product = d, limit = 1000 + 20 * sqrt(a);
    for (double k = 1; k < limit; k += 1) {
        double numerator = -k * (k - a);
        b += 2;
        d = 1 / (numerator * d + b);
        c = b + numerator / c;
        double factor = c * d;
        product *= factor;
        if (fabs(factor - 1) < 0x1p-54) break;
    }
    return product * gamma_factor(a, x) * a;
}

// Temme's expansion for large a (DLMF 8.12.3 and 8.12.10), whose second term is below the rounding error there.
static double gamma_large(double a, double x, int upper) {
    double eta = copysign(sqrt(2 * log_gap(a, x)), x - a);
    double slope = fabs(eta) < 1e-2 ? -1.0 / 3 + eta * (1.0 / 12 - eta * (2.0 / 135)) : a / (x - a) - 1 / eta;
    double rest = exp(-0.5 * a * eta * eta) / sqrt(2 * ADJ_PI * a) * slope;
    double side = 0.5 * erfc((upper ? eta : -eta) * sqrt(0.5 * a));
    return upper ? side + rest : side - rest;
}

static double incomplete_gamma(double a, double x, int upper) {
    if (!(a >= 0) || !(x >= 0)) return NAN;
    if (a == 0) return x > 0 ? upper ? 0 : 1 : NAN;
    if (x == 0) return upper ? 1 : 0;
    if (a == INFINITY) return x == INFINITY ? NAN : upper ? 1 : 0;
    if (x == INFINITY) return upper ? 0 : 1;
    if (a > 1e8) return gamma_large(a, x, upper);
    if (x < a + 1) {
        double p = gamma_p_series(a, x);
        return upper ? 1 - p : p;
    }
    double q = gamma_q_fraction(a, x);
    return upper ? q : 1 - q;
}

double adj_special_gamma_p(double a, double x) { return incomplete_gamma(a, x, 0); }
double adj_special_gamma_q(double a, double x) { return incomplete_gamma(a, x, 1); }
