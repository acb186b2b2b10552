// Relatives of the error function, by way of the system's erf and erfc; and the parts of a number.
#include "special_functions.h"

#define INVERSE_SQRT_PI 0x1.20dd750429b6dp-1
#define HALF_SQRT_PI 0x1.c5bf891b4ef6bp-1

// exp(x^2) erfc(x): the product with the rounding error of x^2 put back in, from 12 on the asymptotic series (Abramowitz
// and Stegun 7.1.23). Relative error below 1e-15.
double adj_special_erfcx(double x) {
    if (x < -27) return INFINITY;
    if (x < 12) {
        double high = (double)(float)x, low = x - high;
        double rest = exp(low * (x + high));
        return exp(high * high) * (rest * erfc(x));
    }
    double z = 0.5 / x / x, term = 1, sum = 1;
    for (int k = 1; k < 14; k++) {
        term *= -(2 * k - 1) * z;
        sum += term;
    }
    return INVERSE_SQRT_PI / x * sum;
}

// The x with erf(x) = y for |y| < 0.75, by Halley's method on erf from a truncated series.
static double erfinv_near(double y) {
    double w = HALF_SQRT_PI * y, z = w * w;
    double x = w * (1 + z * (1.0 / 3 + z * (7.0 / 30 + z * (127.0 / 630 + z * (4369.0 / 22680)))));
    for (int k = 0; k < 3; k++) {
        double step = (erf(x) - y) * HALF_SQRT_PI * exp(x * x);
        x -= step / (1 + x * step);
    }
    return y == 0 ? y : x;
}

// The x > 0 with erfc(x) = p for p <= 0.5, by Newton's method on ln erfc, which is concave.
static double erfcinv_far(double p) {
    double t = -log(p * 1.7724538509055160273);
    double x = t > 1 ? sqrt(t - 0.5 * log(t)) : 0.6;
    for (int k = 0; k < 12; k++) {
        double scaled = adj_special_erfcx(x), found = erfc(x);
        // ln(erfc(x) / p); next to denormal numbers erfc has lost its digits.
        double excess = p < 1e-290 ? (log(scaled) - log(p)) - x * x : log1p((found - p) / p);
        double step = excess * scaled * HALF_SQRT_PI;
        x += step;
        if (fabs(step) < 0x1p-40 * x) break; // the next step would be its square
    }
    return x;
}

// Relative error about 1e-15.
double adj_special_erfinv(double y) {
    double a = fabs(y);
    if (!(a < 1)) return a == 1 ? copysign(INFINITY, y) : NAN;
    return a < 0.5 ? erfinv_near(y) : copysign(erfcinv_far(1 - a), y);
}

// -sqrt(2) erfcinv(2 p) below one half; near it 2 p - 1 is exact. Relative error about 1e-15.
double adj_special_ndtri(double p) {
    const double root2 = 1.4142135623730950488;
    if (!(p > 0 && p < 1)) return p == 0 ? -INFINITY : p == 1 ? INFINITY : NAN;
    if (p < 0.25) return -root2 * erfcinv_far(2 * p);
    if (p > 0.75) return root2 * erfcinv_far(2 * (1 - p));
    return root2 * erfinv_near(2 * p - 1);
}

double adj_special_mantissa(double x) {
    int exponent;
    return frexp(x, &exponent);
}

double adj_special_exponent(double x) {
    int exponent = 0;
    if (x - x == 0) frexp(x, &exponent);
    return exponent;
}
