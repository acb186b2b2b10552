// Special functions of doubles, and the loops over them. What is written here follows published methods, named with
// each function; the coefficients are Taylor and Bernoulli numbers computed with mpmath to 60 digits.
#ifndef ADJOINT_SPECIAL_FUNCTIONS_H
#define ADJOINT_SPECIAL_FUNCTIONS_H

#include "internal.h"

#define ADJ_PI 0x1.921fb54442d18p+1

#define ADJ_DECLARE_UNARY(OP, name)                                                                \
    double adj_special_##name(double x);                                                           \
    void adj_loop_##name##_f32(void *d, const void *a, const void *b, const void *c, int64_t n);   \
    void adj_loop_##name##_f64(void *d, const void *a, const void *b, const void *c, int64_t n);
#define ADJ_DECLARE_BINARY(OP, name)                                                               \
    double adj_special_##name(double a, double b);                                                 \
    void adj_loop_##name##_f32(void *d, const void *a, const void *b, const void *c, int64_t n);   \
    void adj_loop_##name##_f64(void *d, const void *a, const void *b, const void *c, int64_t n);
#define ADJ_DECLARE_TERNARY(OP, name)                                                              \
    double adj_special_##name(double a, double b, double c);                                       \
    void adj_loop_##name##_f32(void *d, const void *a, const void *b, const void *c, int64_t n);   \
    void adj_loop_##name##_f64(void *d, const void *a, const void *b, const void *c, int64_t n);
ADJ_SPECIAL_UNARY(ADJ_DECLARE_UNARY)
ADJ_SPECIAL_BINARY(ADJ_DECLARE_BINARY)
ADJ_SPECIAL_TERNARY(ADJ_DECLARE_TERNARY)

// exp(x) K_nu(x) for x > 0.5 and small nu.
double adj_scaled_bessel_k(double nu, double x);

// Rows of a table of loops.
#define ADJ_SPECIAL_ENTRY_f32(OP, name) [ADJ_OP_##OP] = {adj_loop_##name##_f32},
#define ADJ_SPECIAL_ENTRY_f64(OP, name) [ADJ_OP_##OP] = {adj_loop_##name##_f64},
#define ADJ_SPECIAL_LOOPS(s)                                                                       \
    ADJ_SPECIAL_UNARY(ADJ_SPECIAL_ENTRY_##s)                                                       \
    ADJ_SPECIAL_BINARY(ADJ_SPECIAL_ENTRY_##s) ADJ_SPECIAL_TERNARY(ADJ_SPECIAL_ENTRY_##s)

#endif
