// Orthogonal polynomials and their derivatives by the three-term recurrences (Abramowitz and Stegun 22.7), differentiated
// `order` times: the k-th derivative of (a + b x) P is (a + b x) P^(k) + k b P^(k-1). The degree is cut to a whole
// number; a negative one gives 0.
#include "special_functions.h"

#define MOST_ORDERS 16

// P_(m+1) = ((a_m + b_m x) P_m - c_m P_(m-1)) / d_m
typedef struct {
    double a, b, c, d;
} recurrence;

typedef recurrence (*recurrence_at)(double m);

// first: P_1 = p + q x.
static double polynomial(recurrence_at at, double p, double q, double x, double degree, double order) {
    if (degree != degree || order != order) return NAN;
    double n = trunc(degree);
    int k = order < MOST_ORDERS ? (int)order : MOST_ORDERS - 1;
    if (n < 0 || order > n) return 0;
    if (order >= MOST_ORDERS || n > 1e7) return NAN;
    // Derivatives 0 ... k of P_(m-1), P_m.
    double before[MOST_ORDERS] = {1}, now[MOST_ORDERS] = {0};
    if (n == 0) return 1; // order 0
    now[0] = p + q * x;
    if (k >= 1) now[1] = q;
    for (double m = 1; m < n; m += 1) {
        recurrence r = at(m);
        double linear = r.a + r.b * x;
        for (int j = k; j >= 0; j--) {
            double lower = j > 0 ? j * r.b * now[j - 1] : 0;
            double next = (linear * now[j] + lower - r.c * before[j]) / r.d;
            before[j] = now[j];
            now[j] = next;
        }
    }
    return now[k];
}

static recurrence chebyshev(double m) { (void)m; return (recurrence){0, 2, 1, 1}; }
static recurrence hermite_physicists(double m) { return (recurrence){0, 2, 2 * m, 1}; }
static recurrence hermite_probabilists(double m) { return (recurrence){0, 1, m, 1}; }
static recurrence laguerre(double m) { return (recurrence){2 * m + 1, -1, m, m + 1}; }
static recurrence legendre(double m) { return (recurrence){0, 2 * m + 1, m, m + 1}; }

double adj_special_chebyshev_t(double x, double degree, double order) {
    return polynomial(chebyshev, 0, 1, x, degree, order);
}
double adj_special_chebyshev_u(double x, double degree, double order) {
    return polynomial(chebyshev, 0, 2, x, degree, order);
}
double adj_special_chebyshev_v(double x, double degree, double order) {
    return polynomial(chebyshev, -1, 2, x, degree, order);
}
double adj_special_chebyshev_w(double x, double degree, double order) {
    return polynomial(chebyshev, 1, 2, x, degree, order);
}
double adj_special_hermite_h(double x, double degree, double order) {
    return polynomial(hermite_physicists, 0, 2, x, degree, order);
}
double adj_special_hermite_he(double x, double degree, double order) {
    return polynomial(hermite_probabilists, 0, 1, x, degree, order);
}
double adj_special_laguerre_l(double x, double degree, double order) {
    return polynomial(laguerre, 1, -1, x, degree, order);
}
double adj_special_legendre_p(double x, double degree, double order) {
    return polynomial(legendre, 0, 1, x, degree, order);
}
