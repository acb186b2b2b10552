// Everything that is compiled once for each instruction set. The includer defines TABLE (the name of the table)
// and TABLE_NAME, and has set the target of the functions.

#include "half.h"
#include "math_f64.h"
#include "math_f32.h"
#include "elementwise.h"
#include "reduce.h"
#include "arg_extreme.h"
#include "cast.h"
#include "rows.h"
#include "standardize.h"
#include "recurrent.h"
#include "direct_convolution.h"
#include "random_kernels.h"
#include "fourier_passes.h"

const adj_table TABLE = {
    .name = TABLE_NAME,
    .loop = {[ADJ_BOOL] = BOOL_LOOPS, [ADJ_U8] = INTEGER_LOOPS(u8), [ADJ_I32] = INTEGER_LOOPS(i32),
             [ADJ_I64] = INTEGER_LOOPS(i64), [ADJ_F32] = FLOAT_LOOPS(f32), [ADJ_F64] = FLOAT_LOOPS(f64),
             [ADJ_C64] = COMPLEX_LOOPS(c64), [ADJ_C128] = COMPLEX_LOOPS(c128)},
    .cast = CAST_TABLE,
    .reduce = REDUCE_TABLE,
    .arg_extreme = ARG_TABLE,
    .softmax = {softmax_f32, softmax_f64},
    .logsumexp = {logsumexp_f32, logsumexp_f64},
    .softmax_pullback = {softmax_pullback_f32, softmax_pullback_f64},
    .class_loss = {class_loss_f32, class_loss_f64},
    .class_loss_pullback = {class_loss_pullback_f32, class_loss_pullback_f64},
    .channel_statistics = {channel_statistics_f32, channel_statistics_f64},
    .channel_standardize = {channel_standardize_f32, channel_standardize_f64},
    .channel_pullback = {channel_pullback_f32, channel_pullback_f64},
    .direct_convolve = direct_convolve,
    .direct_filter = direct_filter,
    .standardize = {standardize_f32, standardize_f64},
    .standardize_pullback = {standardize_pullback_f32, standardize_pullback_f64},
    .lstm_step = {lstm_step_f32, lstm_step_f64},
    .lstm_step_pullback = {lstm_step_pullback_f32, lstm_step_pullback_f64},
    .uniform = {random_uniform_f32, random_uniform_f64},
    .normal = {random_normal_f32, random_normal_f64},
    .integers = {random_integers_u8, random_integers_u8, random_integers_i32, random_integers_i64},
    .fourier_pass = fourier_pass,
};
