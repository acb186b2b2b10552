// The entries of steps of recurrent networks.
#include "internal.h"

void adj_lstm_step(int32_t dtype, const void *p, const void *s, const void *c, int64_t c_step, void *y, int64_t units,
                   int64_t begin, int64_t end) {
    adj_kernels()->lstm_step[dtype == ADJ_F64](p, s, c, c_step, y, units, begin, end);
}

void adj_lstm_step_pullback(int32_t dtype, const void *g, const void *y, const void *c, int64_t c_step, const void *dh,
                            void *dc, void *gz, int64_t units, int64_t begin, int64_t end) {
    adj_kernels()->lstm_step_pullback[dtype == ADJ_F64](g, y, c, c_step, dh, dc, gz, units, begin, end);
}
