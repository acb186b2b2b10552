// Every instruction loop of every type, and the rows of the table that hold them.

#include "special_functions.h"

#define T uint8_t
#define U uint32_t
#define SUFFIX u8
#include "elementwise_integer.h"

#define T int32_t
#define U uint32_t
#define SUFFIX i32
#include "elementwise_integer.h"

#define T int64_t
#define U uint64_t
#define SUFFIX i64
#include "elementwise_integer.h"

#define T float
#define SUFFIX f32
#define BITS uint32_t
#define TO_BITS adj_bits_f32
#define FROM_BITS adj_from_bits_f32
#define MATH(f, ...) ((float)f(__VA_ARGS__))
#define BUILTIN(name) __builtin_##name##f
#define TRIG_BOUND ADJ_TRIG_BOUND_F32
#define SOME_LOOPS BINARY(pow) BINARY_LAST(pow) UNARY(erf) TRIG(tan)
#include "elementwise_float.h"

#define T double
#define SUFFIX f64
#define BITS uint64_t
#define TO_BITS adj_bits_f64
#define FROM_BITS adj_from_bits_f64
#define MATH(f, ...) (f(__VA_ARGS__))
#define BUILTIN(name) __builtin_##name
#define TRIG_BOUND ADJ_TRIG_BOUND_F64
#define SOME_LOOPS BINARY_SLOW(pow) BINARY_LAST_SLOW(pow) UNARY_SLOW(erf) UNARY_SLOW(tan)
#include "elementwise_float.h"

#define T adj_c64
#define R float
#define SUFFIX c64
#include "elementwise_complex.h"

#define T adj_c128
#define R double
#define SUFFIX c128
#include "elementwise_complex.h"

// Instructions of all types.
#define COMMON_LOOPS(s)                                                                            \
    [ADJ_OP_COPY] = {loop_copy_##s, last_copy_##s},                                                \
    [ADJ_OP_ABS] = {loop_abs_##s}, [ADJ_OP_SIGN] = {loop_sign_##s},                                \
    [ADJ_OP_MUL] = {loop_mul_##s, last_mul_##s},                                                   \
    [ADJ_OP_FLOORDIV] = {loop_floordiv_##s}, [ADJ_OP_REM] = {loop_rem_##s},                        \
    [ADJ_OP_FMOD] = {loop_fmod_##s},                                                               \
    [ADJ_OP_MAX] = {loop_max_##s, last_max_##s}, [ADJ_OP_MIN] = {loop_min_##s, last_min_##s},      \
    [ADJ_OP_GATE] = {loop_gate_##s, last_gate_##s},                                                \
    [ADJ_OP_SELECT] = {loop_select_##s, last_select_##s, first_select_##s, both_select_##s},       \
    [ADJ_OP_EQ] = {loop_eq_##s, last_eq_##s}, [ADJ_OP_NE] = {loop_ne_##s, last_ne_##s},            \
    [ADJ_OP_LT] = {loop_lt_##s, last_lt_##s}, [ADJ_OP_LE] = {loop_le_##s, last_le_##s},            \
    [ADJ_OP_GT] = {loop_gt_##s, last_gt_##s}, [ADJ_OP_GE] = {loop_ge_##s, last_ge_##s},            \
    [ADJ_OP_NOT] = {loop_not_##s}, [ADJ_OP_AND] = {loop_and_##s, last_and_##s},                    \
    [ADJ_OP_OR] = {loop_or_##s, last_or_##s}, [ADJ_OP_XOR] = {loop_xor_##s, last_xor_##s},         \
    [ADJ_OP_ISNAN] = {loop_isnan_##s}

#define ARITHMETIC_LOOPS(s)                                                                        \
    [ADJ_OP_NEG] = {loop_neg_##s}, [ADJ_OP_ADD] = {loop_add_##s, last_add_##s},                    \
    [ADJ_OP_SUB] = {loop_sub_##s, last_sub_##s, first_sub_##s}

#define BIT_LOOPS(s)                                                                               \
    [ADJ_OP_BITAND] = {loop_bitand_##s, last_bitand_##s}, [ADJ_OP_BITOR] = {loop_bitor_##s, last_bitor_##s}, \
    [ADJ_OP_BITXOR] = {loop_bitxor_##s, last_bitxor_##s}, [ADJ_OP_SHIFTLEFT] = {loop_shiftleft_##s}, \
    [ADJ_OP_SHIFTRIGHT] = {loop_shiftright_##s}, [ADJ_OP_GCD] = {loop_gcd_##s}, [ADJ_OP_LCM] = {loop_lcm_##s}

#define INTEGER_LOOPS(s)                                                                           \
    {COMMON_LOOPS(s), ARITHMETIC_LOOPS(s), [ADJ_OP_DIV] = {loop_div_##s}, [ADJ_OP_POW] = {loop_pow_##s}, \
     BIT_LOOPS(s), [ADJ_OP_BITNOT] = {loop_bitnot_##s}}

// Truth values are bytes 0 and 1: what could leave them is replaced by what it means for them.
#define BOOL_LOOPS                                                                                 \
    {COMMON_LOOPS(u8), [ADJ_OP_DIV] = {loop_div_u8}, [ADJ_OP_POW] = {loop_pow_u8},                \
     BIT_LOOPS(u8), [ADJ_OP_BITNOT] = {loop_not_u8}, [ADJ_OP_NEG] = {loop_copy_u8},                                                                \
     [ADJ_OP_ADD] = {loop_or_u8, last_or_u8}, [ADJ_OP_SUB] = {loop_xor_u8, last_xor_u8}}

#define FLOAT_LOOPS(s)                                                                             \
    {COMMON_LOOPS(s), ARITHMETIC_LOOPS(s),                                                         \
     [ADJ_OP_DIV] = {loop_div_##s, last_div_##s, first_div_##s},                                   \
     [ADJ_OP_FLOOR] = {loop_floor_##s}, [ADJ_OP_CEIL] = {loop_ceil_##s},                           \
     [ADJ_OP_ROUND] = {loop_round_##s}, [ADJ_OP_TRUNC] = {loop_trunc_##s},                         \
     [ADJ_OP_SQRT] = {loop_sqrt_##s}, [ADJ_OP_RSQRT] = {loop_rsqrt_##s},                           \
     [ADJ_OP_EXP] = {loop_exp_##s}, [ADJ_OP_EXP2] = {loop_exp2_##s},                               \
     [ADJ_OP_EXPM1] = {loop_expm1_##s}, [ADJ_OP_LOG] = {loop_log_##s},                             \
     [ADJ_OP_LOG2] = {loop_log2_##s}, [ADJ_OP_LOG10] = {loop_log10_##s},                           \
     [ADJ_OP_LOG1P] = {loop_log1p_##s}, [ADJ_OP_SIN] = {loop_sin_##s},                             \
     [ADJ_OP_COS] = {loop_cos_##s}, [ADJ_OP_TAN] = {loop_tan_##s},                                 \
     [ADJ_OP_ASIN] = {loop_asin_##s}, [ADJ_OP_ACOS] = {loop_acos_##s},                             \
     [ADJ_OP_ATAN] = {loop_atan_##s}, [ADJ_OP_SINH] = {loop_sinh_##s},                             \
     [ADJ_OP_COSH] = {loop_cosh_##s}, [ADJ_OP_TANH] = {loop_tanh_##s},                             \
     [ADJ_OP_ASINH] = {loop_asinh_##s}, [ADJ_OP_ACOSH] = {loop_acosh_##s},                         \
     [ADJ_OP_ATANH] = {loop_atanh_##s}, [ADJ_OP_ERF] = {loop_erf_##s},                             \
     [ADJ_OP_ERFC] = {loop_erfc_##s}, [ADJ_OP_SIGMOID] = {loop_sigmoid_##s},                       \
     [ADJ_OP_POW] = {loop_pow_##s, last_pow_##s}, [ADJ_OP_ATAN2] = {loop_atan2_##s}, [ADJ_OP_HYPOT] = {loop_hypot_##s}, \
     [ADJ_OP_COPYSIGN] = {loop_copysign_##s}, [ADJ_OP_NEXTAFTER] = {loop_nextafter_##s},           \
     ADJ_SPECIAL_LOOPS(s)}

#define COMPLEX_LOOPS(s)                                                                        \
    {[ADJ_OP_COPY] = {loop_copy_##s, last_copy_##s},                                               \
     [ADJ_OP_SELECT] = {loop_select_##s, last_select_##s, first_select_##s, both_select_##s},      \
     [ADJ_OP_REAL] = {loop_realpart_##s}, [ADJ_OP_IMAG] = {loop_imagpart_##s},                     \
     [ADJ_OP_NEG] = {loop_neg_##s}, [ADJ_OP_ABS] = {loop_abs_##s},                                 \
     [ADJ_OP_SIGN] = {loop_sign_##s}, [ADJ_OP_ADD] = {loop_add_##s},                               \
     [ADJ_OP_SUB] = {loop_sub_##s}, [ADJ_OP_MUL] = {loop_mul_##s},                                 \
     [ADJ_OP_DIV] = {loop_div_##s}, [ADJ_OP_GATE] = {loop_gate_##s},                               \
     [ADJ_OP_EQ] = {loop_eq_##s}, [ADJ_OP_NE] = {loop_ne_##s}, [ADJ_OP_NOT] = {loop_not_##s},      \
     [ADJ_OP_AND] = {loop_and_##s}, [ADJ_OP_OR] = {loop_or_##s},                                   \
     [ADJ_OP_XOR] = {loop_xor_##s}, [ADJ_OP_ISNAN] = {loop_isnan_##s},                             \
     [ADJ_OP_POW] = {loop_pow_##s}, [ADJ_OP_SQRT] = {loop_sqrt_##s},                               \
     [ADJ_OP_RSQRT] = {loop_rsqrt_##s}, [ADJ_OP_EXP] = {loop_exp_##s},                             \
     [ADJ_OP_EXP2] = {loop_exp2_##s}, [ADJ_OP_EXPM1] = {loop_expm1_##s},                           \
     [ADJ_OP_LOG] = {loop_log_##s}, [ADJ_OP_LOG2] = {loop_log2_##s},                               \
     [ADJ_OP_LOG10] = {loop_log10_##s}, [ADJ_OP_LOG1P] = {loop_log1p_##s},                         \
     [ADJ_OP_SIN] = {loop_sin_##s}, [ADJ_OP_COS] = {loop_cos_##s},                                 \
     [ADJ_OP_TAN] = {loop_tan_##s}, [ADJ_OP_ASIN] = {loop_asin_##s},                               \
     [ADJ_OP_ACOS] = {loop_acos_##s}, [ADJ_OP_ATAN] = {loop_atan_##s},                             \
     [ADJ_OP_SINH] = {loop_sinh_##s}, [ADJ_OP_COSH] = {loop_cosh_##s},                             \
     [ADJ_OP_TANH] = {loop_tanh_##s}, [ADJ_OP_ASINH] = {loop_asinh_##s},                           \
     [ADJ_OP_ACOSH] = {loop_acosh_##s}, [ADJ_OP_ATANH] = {loop_atanh_##s},                         \
     [ADJ_OP_SIGMOID] = {loop_sigmoid_##s}, [ADJ_OP_CONJ] = {loop_conj_##s},                       \
     [ADJ_OP_ANGLE] = {loop_angle_##s}}
