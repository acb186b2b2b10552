// Airy's function Ai and its derivative. Between -12 and 3 the Taylor series of the differential equation y'' = x y from
// the nearest whole number, where both are tabulated; beyond 3 by K of orders 1/3 and 2/3 (Abramowitz and Stegun
// 10.4.14, 10.4.16); below -12 the asymptotic series (10.4.60, 10.4.62). Error about 1e-15 relative to the amplitude,
// growing with |x|^1.5 as the phase's rounding does.
#include "special_functions.h"

typedef struct {
    double value, slope;
} airy;

#define FIRST (-12)
static const airy table[] = {
    {-0x1.109c28c3cf34fp-4, 0x1.05ea911169424p+0}, // -12
    {-0x1.1f08c2b097decp-7, -0x1.06fef5a3a8994p+0},
    {0x1.49a7fe67fe71ap-5, 0x1.fe1673ad658b8p-1}, // -10
    {-0x1.6aa38e8bd0844p-6, -0x1.f38a3ab3ed723p-1},
    {-0x1.afc28073abb84p-5, 0x1.df01d7e1f41fap-1},
    {0x1.79683b0571a28p-3, -0x1.8ac195288a6bdp-1},
    {-0x1.510b6eb1815d2p-2, 0x1.623ce99198c5bp-2},
    {0x1.672de4d9e1d32p-2, 0x1.4f0ba25cb5a72p-2}, // -5
    {-0x1.1fcec060d9f19p-4, -0x1.94cd44c4fb752p-1},
    {-0x1.83e7e4ea6959ap-2, 0x1.42223f628d022p-2},
    {0x1.d1bafc57f31d0p-3, 0x1.3c8c724515c8fp-1},
    {0x1.1235093d83da5p-1, -0x1.4cf103bcc6624p-7},
    {0x1.6b8c7962715b8p-2, -0x1.0907f42b70f8bp-2}, // 0
    {0x1.151430bbaf656p-3, -0x1.45ef17fce4faep-3},
    {0x1.1e1935c04b623p-5, -0x1.b2ea9b1bfccdcp-5},
    {0x1.aff4f7fbd1f1bp-8, -0x1.865d4aaccf1e1p-7}, // 3
};

static airy by_taylor(double x) {
    double center = rint(x), h = x - center;
    const airy *start = &table[(int)center - FIRST];
    // Coefficients of the two terms before, and the one before those.
    double before = 0, first = start->value, second = start->slope;
    double power = 1, value = 0, slope = 0;
    for (int k = 0; k < 30; k++) {
        value += first * power;
        slope += (k + 1) * second * power;
        double next = (center * first + before) / ((k + 1.0) * (k + 2.0));
        before = first, first = second, second = next;
        power *= h;
    }
    return (airy){value, slope};
}

static airy decaying(double x) {
    double root = sqrt(x), zeta = 2.0 / 3 * x * root, decay = exp(-zeta) / ADJ_PI;
    double value = decay * sqrt(x / 3) * adj_scaled_bessel_k(1.0 / 3, zeta);
    double slope = -decay * x / sqrt(3) * adj_scaled_bessel_k(2.0 / 3, zeta);
    return (airy){value, x > 1e3 ? 0 : slope};
}

static airy oscillating(double x) {
    double z = -x, root = sqrt(z), zeta = 2.0 / 3 * z * root;
    double u = 1, power = 1, even = 1, odd = 0, slope_even = 1, slope_odd = 0;
    for (int k = 1; k < 24; k++) {
        u *= (6.0 * k - 5) * (6.0 * k - 3) * (6.0 * k - 1) / (216.0 * k * (2 * k - 1));
        power /= zeta;
        double term = u * power, slope_term = term * (6.0 * k + 1) / (1 - 6.0 * k);
        if (fabs(term) < 0x1p-58) break;
        double sign = k % 4 < 2 ? 1 : -1;
        if (k % 2 == 0) even += sign * term, slope_even += sign * slope_term;
        else odd += sign * term, slope_odd += sign * slope_term;
    }
    double sine = sin(zeta - 0.25 * ADJ_PI), cosine = cos(zeta - 0.25 * ADJ_PI), fourth = sqrt(root);
    double scale = 1 / sqrt(ADJ_PI);
    return (airy){scale / fourth * (cosine * even + sine * odd),
                  scale * fourth * (sine * slope_even - cosine * slope_odd)};
}

static airy airy_of(double x) {
    if (!(fabs(x) < 1e100)) {
        double far = x == x ? 0 : NAN;
        return (airy){far, x < 0 ? NAN : far};
    }
    if (x < FIRST) return oscillating(x);
    return x < 3.5 ? by_taylor(x) : decaying(x);
}

double adj_special_airy_ai(double x) { return airy_of(x).value; }
double adj_special_airy_ai_prime(double x) { return airy_of(x).slope; }
