// The numeric kernels of Adjoint: plain C, no dependencies, no global state but the counters named here.
//
// Every function works on one thread and on the range that it is given; cutting work into ranges is the
// caller's business, by size only, so that results do not depend on the number of threads. No kernel uses
// fused multiply-add or reassociation that depends on the instruction set: the bits are the same on SSE2,
// AVX2, AVX-512 and NEON, and the same for an element wherever it stands in an array.
#ifndef ADJOINT_CKERNELS_H
#define ADJOINT_CKERNELS_H

#include <stddef.h>
#include <stdint.h>
#include "special_opcodes.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ADJ_MAX_RANK 10

// ---------------------------------------------------------------------------------------------------------
// Element types. Their numbers are DType's raw values.

enum {
    ADJ_BOOL = 0,  // one byte, 0 or 1
    ADJ_U8 = 1,
    ADJ_I32 = 2,
    ADJ_I64 = 3,
    ADJ_F16 = 4,   // 16-bit types are stored only: programs read and write them, and compute in F32
    ADJ_BF16 = 5,
    ADJ_F32 = 6,
    ADJ_F64 = 7,
    ADJ_C64 = 8,   // real and imaginary part, two F32
    ADJ_C128 = 9,  // two F64
};

// ---------------------------------------------------------------------------------------------------------
// The vector machine: a straight-line program over registers, run block by block in the L1 cache.

// Instructions. a, b, c are operands. Comparisons give 0 or 1 in the program's own type.
// "float" marks those that exist for F32 and F64 only.
typedef enum {
    ADJ_OP_COPY = 0,
    ADJ_OP_NEG,    // integers wrap
    ADJ_OP_ABS,    // integers wrap
    ADJ_OP_SIGN,   // -1, 0, 1; NaN stays NaN; sign(±0) = 0
    ADJ_OP_ADD,
    ADJ_OP_SUB,
    ADJ_OP_MUL,
    ADJ_OP_DIV,    // integers: truncating; x/0 = 0 (the caller refuses it first)
    ADJ_OP_FLOORDIV,
    ADJ_OP_REM,    // remainder with the sign of the divisor: a - b*floor(a/b)
    ADJ_OP_FMOD,   // remainder with the sign of the dividend
    ADJ_OP_MAX,    // NaN if either is NaN
    ADJ_OP_MIN,
    ADJ_OP_GATE,   // a == 0 ? 0 : a * b   (a zero cotangent contributes exactly nothing: no 0 * inf)
    ADJ_OP_SELECT, // a != 0 ? b : c
    ADJ_OP_EQ,
    ADJ_OP_NE,
    ADJ_OP_LT,
    ADJ_OP_LE,
    ADJ_OP_GT,
    ADJ_OP_GE,
    ADJ_OP_NOT,    // a == 0
    ADJ_OP_AND,    // a != 0 && b != 0
    ADJ_OP_OR,
    ADJ_OP_XOR,
    ADJ_OP_ISNAN,  // 0 for integers
    ADJ_OP_POW,    // libm's pow for floats; integers by repeated squaring, wrapping; negative exponents: 1/x truncated
    // float:
    ADJ_OP_FLOOR,
    ADJ_OP_CEIL,
    ADJ_OP_ROUND,  // halves to even
    ADJ_OP_TRUNC,
    ADJ_OP_SQRT,
    ADJ_OP_RSQRT,  // 1 / sqrt(x)
    ADJ_OP_EXP,
    ADJ_OP_EXP2,
    ADJ_OP_EXPM1,
    ADJ_OP_LOG,
    ADJ_OP_LOG2,
    ADJ_OP_LOG10,
    ADJ_OP_LOG1P,
    ADJ_OP_SIN,
    ADJ_OP_COS,
    ADJ_OP_TAN,
    ADJ_OP_ASIN,
    ADJ_OP_ACOS,
    ADJ_OP_ATAN,
    ADJ_OP_SINH,
    ADJ_OP_COSH,
    ADJ_OP_TANH,
    ADJ_OP_ASINH,
    ADJ_OP_ACOSH,
    ADJ_OP_ATANH,
    ADJ_OP_ERF,
    ADJ_OP_ERFC,
    ADJ_OP_SIGMOID,  // 1 / (1 + exp(-x)), accurate at both ends
    ADJ_OP_ATAN2,
    ADJ_OP_HYPOT,
    // complex:
    ADJ_OP_CONJ,
    ADJ_OP_REAL,   // Re z + 0i
    ADJ_OP_IMAG,   // Im z + 0i
    ADJ_OP_ANGLE,
    ADJ_OP_COPYSIGN,   // |a| with the sign of b
    ADJ_OP_NEXTAFTER,  // the float next to a in the direction of b
#define ADJ_SPECIAL_OPCODE(OP, name) ADJ_OP_##OP,
    ADJ_SPECIAL_UNARY(ADJ_SPECIAL_OPCODE)
    ADJ_SPECIAL_BINARY(ADJ_SPECIAL_OPCODE)
    ADJ_SPECIAL_TERNARY(ADJ_SPECIAL_OPCODE)
#undef ADJ_SPECIAL_OPCODE
    // integers and bool:
    ADJ_OP_BITAND,
    ADJ_OP_BITOR,
    ADJ_OP_BITXOR,
    ADJ_OP_BITNOT,
    ADJ_OP_SHIFTLEFT,  // 0 beyond the width
    ADJ_OP_SHIFTRIGHT, // the sign fills up; beyond the width only the sign is left
    ADJ_OP_GCD,        // not negative, but for what wraps; gcd(0, 0) = 0
    ADJ_OP_LCM,
    ADJ_OP_COUNT
} adj_opcode;

typedef struct {
    uint8_t op;         // adj_opcode
    uint8_t dst;        // register written; a register is written once
    uint8_t a, b, c;    // registers read (those that the instruction does not use are 0)
} adj_instruction;

#define ADJ_MAX_INSTRUCTIONS 64
#define ADJ_MAX_REGISTERS 96
#define ADJ_MAX_INPUTS 16
#define ADJ_MAX_OUTPUTS 4

// Registers 0 ..< inputs are the operands, then `constants` constants, then what instructions write.
typedef struct {
    const adj_instruction *code;
    int32_t count;
    int32_t inputs;
    int32_t constants;
    int32_t registers;
    int32_t outputs;                          // 1 ... ADJ_MAX_OUTPUTS
    uint8_t output_register[ADJ_MAX_OUTPUTS]; // any register, an operand or a constant too
} adj_program;

// A constant: f is used by floating-point programs, f and im by complex ones, i by integer and bool programs.
typedef struct {
    double f;
    int64_t i;
    double im; // the imaginary part, beside f
} adj_constant;

typedef struct {
    const void *data;
    int64_t strides[ADJ_MAX_RANK]; // in elements, one an axis; 0 repeats
    int32_t dtype;                 // the program's type, or one that is converted to it: BOOL, a 16-bit type
} adj_operand;

typedef struct {
    void *data;    // contiguous, row-major, of all elements; may be the data of a contiguous operand
    int32_t dtype; // the program's type, or one that it is converted to: BOOL (nonzero is 1), a 16-bit type, the real part
} adj_output;

// Runs the program for the elements begin ..< end (row-major positions in `dims`).
// dtype: type of the registers: any of the element types but the 16-bit ones (ADJ_BOOL runs on bytes).
void adj_program_run(const adj_program *program, int32_t dtype, const adj_constant *constants,
                     const adj_output *outputs, const adj_operand *operands,
                     int32_t rank, const int64_t *dims, int64_t begin, int64_t end);

// The same for contiguous operands of the program's type, n elements: the shortest way in for small tensors.
void adj_program_run_contiguous(const adj_program *program, int32_t dtype, const adj_constant *constants,
                                void *const *outputs, const void *const *operands, int64_t n);

// How many registers an instruction reads.
int32_t adj_opcode_arity(int32_t op);

// Whether an instruction exists for a type.
int adj_opcode_supports(int32_t op, int32_t dtype);

// The instruction set in use: "avx512", "avx2", "sse2", "neon" or "portable"; ADJOINT_ISA in the environment
// lowers it ("sse2", "avx2").
const char *adj_isa(void);

// ---------------------------------------------------------------------------------------------------------
// Reductions. x is contiguous, seen as [outer, reduce, inner]. Sums and products of F32 are accumulated in double.

typedef enum {
    ADJ_REDUCE_SUM = 0,    // accumulator: F64 for floats, I64 for integers and bool (wraps)
    ADJ_REDUCE_PROD,       // as SUM
    ADJ_REDUCE_SUMSQ,      // sum of squares; as SUM
    ADJ_REDUCE_SUMABS,     // sum of absolute values; as SUM
    ADJ_REDUCE_MAX,        // accumulator: x's own type; NaN if any is NaN
    ADJ_REDUCE_MIN,
    ADJ_REDUCE_ANY,        // accumulator: BOOL
    ADJ_REDUCE_ALL,
} adj_reduction;

int32_t adj_accumulator_dtype(int32_t reduction, int32_t dtype);

// Reduces x[o, r_begin ..< r_end, :] for o in o_begin ..< o_end into out[(o - o_begin) * inner + i] of the
// accumulator's type. r_end > r_begin. A fixed tree: the order depends only on (r_end - r_begin, inner).
void adj_reduce(int32_t reduction, int32_t dtype, const void *x, void *out,
                int64_t reduce, int64_t inner, int64_t o_begin, int64_t o_end, int64_t r_begin, int64_t r_end);

// Folds `parts` arrays of n accumulators ([parts, n], contiguous) into the first one, pairwise in a fixed order.
void adj_reduce_combine(int32_t reduction, int32_t accumulator_dtype, void *parts_data, int64_t parts, int64_t n);

// The index of the first largest (largest != 0) or smallest element along `reduce`; NaN counts as both extremes.
void adj_arg_extreme(int32_t dtype, const void *x, int64_t *out, int64_t reduce, int64_t inner,
                     int64_t o_begin, int64_t o_end, int32_t largest);

// Cumulative sum or product along `length` (product != 0): out has x's type. F32 is accumulated in double.
// reverse != 0 runs from the last element to the first.
void adj_cumulate(int32_t dtype, const void *x, void *out, int64_t length, int64_t inner,
                  int64_t o_begin, int64_t o_end, int32_t product, int32_t reverse);

// ---------------------------------------------------------------------------------------------------------
// Rows: x is [rows, n], contiguous, F32 or F64; rows row_begin ..< row_end are written.

// log == 0: y = exp(x - max) / sum; log != 0: y = x - max - log(sum). A row that is all -inf gives NaN.
void adj_softmax(int32_t dtype, const void *x, void *y, int64_t n, int64_t row_begin, int64_t row_end, int32_t log);
// Its pullback: log == 0: gx = y * (g - sum(g * y)); log != 0: gx = g - exp(y) * sum(g).
void adj_softmax_pullback(int32_t dtype, const void *g, const void *y, void *gx, int64_t n,
                          int64_t row_begin, int64_t row_end, int32_t log);
// max + log(sum(exp(x - max))) for each row; -inf for a row that is all -inf, inf if it holds inf, NaN if NaN.
void adj_logsumexp(int32_t dtype, const void *x, void *out, int64_t n, int64_t row_begin, int64_t row_end);

// For each row ln(sum of e^x) - x of its class, which is places[row] mod n; 0 where the place is negative. Rows with a
// class leave e^(x - max) in shares [rows, n] and the sum of these in sums [rows], if those are not NULL.
void adj_class_loss(int32_t dtype, const void *x, const int64_t *places, void *y, void *shares, double *sums, int64_t n,
                    int64_t row_begin, int64_t row_end);
// Its pullback: gx = g (softmax(x) - 1 at the class); g has g_step elements from row to row, 0 for one number. With
// sums, x is the shares that adj_class_loss left, and may be gx.
void adj_class_loss_pullback(int32_t dtype, const void *g, int64_t g_step, const void *x, const double *sums,
                             const int64_t *places, void *gx, int64_t n, int64_t row_begin, int64_t row_end);

#include "network_kernels.h"

// ---------------------------------------------------------------------------------------------------------
// Data movement. Strides are in elements.

// dst[i...] = src[i...] over dims; elements of `size` bytes (1, 2, 4, 8 or 16). dst and src do not overlap.
// Transpositions are done in tiles. Elements begin ..< end of the row-major order of dims.
void adj_copy(int32_t size, int32_t rank, const int64_t *dims, void *dst, const int64_t *dst_strides,
              const void *src, const int64_t *src_strides, int64_t begin, int64_t end);

// dst[i] = (to)src[i] for n contiguous elements. Float to integer: truncates, saturates at the ends, NaN gives 0;
// anything to bool: nonzero; float64 to float32 rounds to nearest; of a complex number what is not complex takes the real part.
void adj_cast(int32_t from, const void *src, int32_t to, void *dst, int64_t n);

// n elements of `dst` set to the constant.
void adj_fill(int32_t dtype, void *dst, adj_constant value, int64_t n);

// The position of the first index outside -limit ..< limit, or -1. normalized (may be indices itself) gets
// the indices with `limit` added to the negative ones.
int64_t adj_normalize_indices(const int64_t *indices, int64_t *normalized, int64_t n, int64_t limit);

// dst += src at strides, F32 or F64, in row-major order.
void adj_add_strided(int32_t dtype, int32_t rank, const int64_t *dims, void *dst, const int64_t *dst_strides,
                     const void *src, const int64_t *src_strides);

// out [m, n], rows `leading` apart, = x yT, F32 or F64.
void adj_outer(int32_t dtype, const void *x, int64_t x_step, const void *y, int64_t y_step, void *out, int64_t leading,
               int64_t m, int64_t n);

// x [outer, length, inner] contiguous: out [outer, k, inner] = x[o, indices[j], i]; indices are in range.
void adj_take(int32_t size, const void *x, const int64_t *indices, void *out, int64_t outer, int64_t length,
              int64_t k, int64_t inner);
// The transpose: dst [outer, length, inner] += src [outer, k, inner] at indices[j], in the order of j.
void adj_take_add(int32_t dtype, void *dst, const int64_t *indices, const void *src, int64_t outer, int64_t length,
                  int64_t k, int64_t inner);
// dst [outer, length, inner] at indices[j] = src [outer, k, inner]; the last of repeated indices wins.
void adj_put(int32_t size, void *dst, const int64_t *indices, const void *src, int64_t outer, int64_t length,
             int64_t k, int64_t inner);

// One index an element along an axis: x [outer, length, inner], indices [outer, k, inner], in range; rows
// o_begin ..< o_end of the outermost axis. out [outer, k, inner] = x at indices.
void adj_take_along(int32_t size, const void *x, const int64_t *indices, void *out, int64_t length, int64_t k,
                    int64_t inner, int64_t o_begin, int64_t o_end);
// x += y [outer, k, inner] at indices, in the order of y.
void adj_add_along(int32_t dtype, void *x, const int64_t *indices, const void *y, int64_t length, int64_t k,
                   int64_t inner, int64_t o_begin, int64_t o_end);
// For each place of x [outer, length, inner] the last position along k that writes to it, or -1.
void adj_last_writer(const int64_t *indices, int64_t *out, int64_t length, int64_t k, int64_t inner, int64_t o_begin,
                     int64_t o_end);
// x = the larger (largest != 0) or smaller of x and the y at its indices, NaN if one is. touched: zeros [outer, length,
// inner], set to 1 where there is a y. counts_x == 0: what was in x counts only where there is none.
void adj_extreme_along(int32_t dtype, int32_t largest, void *x, uint8_t *touched, const int64_t *indices, const void *y,
                       int64_t length, int64_t k, int64_t inner, int64_t o_begin, int64_t o_end, int32_t counts_x);

// ---------------------------------------------------------------------------------------------------------
// Order along `length` of x [outer, length, inner]; NaN is the largest. Not 0: there is no memory for the scratch.

// The positions that sort each column; equal elements keep their order, descending too.
int32_t adj_argsort(int32_t dtype, const void *x, int64_t *out, int64_t length, int64_t inner, int64_t o_begin,
                    int64_t o_end, int32_t descending);
// The position of the last of the most frequent elements, of which the smallest counts: out [outer, inner].
int32_t adj_arg_mode(int32_t dtype, const void *x, int64_t *out, int64_t length, int64_t inner, int64_t o_begin,
                     int64_t o_end);
// How many elements of sorted [rows, length] are below (right != 0: not above) each of values [rows, k].
void adj_search_sorted(int32_t dtype, const void *sorted, const void *values, int64_t *out, int64_t length, int64_t k,
                       int64_t row_begin, int64_t row_end, int32_t right);
// The position of the latest extreme so far, a NaN if there was one.
void adj_cumulative_arg_extreme(int32_t dtype, const void *x, int64_t *out, int64_t length, int64_t inner,
                                int64_t o_begin, int64_t o_end, int32_t largest);

// y[r] = a[r] y[r - 1] + b[r] along `length`, the first y being the first b; reverse != 0: from the last on.
void adj_recurrence(int32_t dtype, const void *a, const void *b, void *y, int64_t length, int64_t inner,
                    int64_t o_begin, int64_t o_end, int32_t reverse);
// The running ln of the sum of e^x; F32 or F64.
void adj_log_cumulative_sum_exp(int32_t dtype, const void *x, void *y, int64_t length, int64_t inner, int64_t o_begin,
                                int64_t o_end);

// The positions of the nonzero elements of n bytes, into out (may be NULL to count); returns how many.
int64_t adj_nonzero(const uint8_t *mask, int64_t *out, int64_t n);

// c [m, n] = a [m, k] * b [k, n] for integers, strides in elements (row, column); wraps.
void adj_integer_matmul(int32_t dtype, int64_t m, int64_t n, int64_t k, const void *a, int64_t ars, int64_t acs,
                        const void *b, int64_t brs, int64_t bcs, void *c);

// ---------------------------------------------------------------------------------------------------------
// Random numbers: Philox 4x32-10 (Salmon et al. 2011), a counter-based generator: element i of a draw depends
// only on (key, counter + i), so a draw can be cut into ranges. begin ..< end are positions in the draw.

// Uniform in [0, 1): F32 from 24 bits, F64 from 53 bits.
void adj_random_uniform(int32_t dtype, void *out, uint64_t key, uint64_t counter, int64_t begin, int64_t end);
// Standard normal by Box and Muller's method, two uniforms an element pair, float64 inside.
void adj_random_normal(int32_t dtype, void *out, uint64_t key, uint64_t counter, int64_t begin, int64_t end);
// Uniform integers in low ..< low + span (span >= 1), by multiply-and-shift of 64 bits, any integer type.
void adj_random_integers(int32_t dtype, void *out, int64_t low, uint64_t span, uint64_t key, uint64_t counter,
                         int64_t begin, int64_t end);

// ---------------------------------------------------------------------------------------------------------
// Discrete Fourier transforms. Numbers are F32 or F64, complex ones in pairs; the arithmetic is double.

// A length whose prime factors are 2, 3, 5, 7, 11 and 13.
typedef struct {
    int64_t n;
    const int32_t *factors; // 2, 3, 4, 5, 7, 11 or 13; their product is n
    int32_t factor_count;
    const double *roots; // exp(-2 pi i k / n) for 0 <= k < n
} adj_fourier_plan;

// Roots of unity exp(-2 pi i e / N), each a product: fine[e mod 2^shift] * coarse[e >> shift].
typedef struct {
    const double *fine, *coarse;
    int64_t shift;
} adj_fourier_roots;

// Where the points of transforms stand. Transforms are counted by three nested numbers, of which the first runs fastest;
// all distances are in real numbers.
typedef struct {
    void *data;
    int32_t dtype;     // ADJ_F32 or ADJ_F64
    int64_t imaginary; // from the real to the imaginary part; 0: points are real
    int64_t step;      // from one point to the next
    int64_t extent[2]; // how many transforms the first two numbers count
    int64_t stride[3]; // from one transform to the next, for each number
} adj_fourier_points;

// Doubles that adj_fourier_transform needs as workspace.
int64_t adj_fourier_workspace(int64_t n);

// Transforms begin ..< end: y[k] = scale * sum over j of x[j] exp(-2 pi i j k / n), with exp(+...) if inverse. `to` may be
// `from`. With `twist`, result k is multiplied by its root number k * c, where c is the second of the numbers that count
// transforms in `from`: the step between the two halves of a transform of length n * extent[1].
void adj_fourier_transform(const adj_fourier_plan *plan, const adj_fourier_points *from, const adj_fourier_points *to,
                           const adj_fourier_roots *twist, int64_t begin, int64_t end, int32_t inverse, double scale,
                           double *workspace);

// Any length n as a convolution of length m >= 2n - 1, for transforms begin ..< end, one row of m complex numbers each:
// rows = x * chirp and zeros; (transform, weigh, transform back); y = scale * rows * chirp.
void adj_fourier_chirp(const adj_fourier_points *from, int64_t n, const double *chirp, double *rows, int64_t m,
                       int64_t begin, int64_t end, int32_t inverse);
void adj_fourier_weigh(double *rows, int64_t m, const double *spectrum, int64_t begin, int64_t end);
void adj_fourier_unchirp(const double *rows, int64_t m, const double *chirp, const adj_fourier_points *to, int64_t n,
                         int64_t begin, int64_t end, int32_t inverse, double scale);

// Real transforms of even length n = 2 half, seen as complex ones of pairs of points. unfold: z [outer, half, inner], the
// transform of the pairs, becomes x [outer, half + 1, inner], rows begin ..< end of outer * (half + 1). fold: the way
// back, rows of outer * half. `roots` are those of n.
void adj_fourier_unfold(int32_t dtype, const double *z, void *x, int64_t half, int64_t inner,
                        const adj_fourier_roots *roots, double scale, int64_t begin, int64_t end);
void adj_fourier_fold(int32_t dtype, const void *x, double *z, int64_t half, int64_t inner,
                      const adj_fourier_roots *roots, int64_t begin, int64_t end);
// For odd n: z [outer, n, inner], of which x [outer, n / 2 + 1, inner] is the first half and its mirrored conjugate the other;
// rows of outer * n.
void adj_fourier_extend(int32_t dtype, const void *x, double *z, int64_t n, int64_t inner, int64_t begin, int64_t end);

#include "threads_and_callers.h"

#ifdef __cplusplus
}
#endif
#endif
