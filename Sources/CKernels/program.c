// The vector machine over contiguous operands, with short ways for one instruction and for few elements.
#include "machine.h"

#define SMALL_BYTES 16384 // scratch of a small run

// Where an operand of the only instruction is; a constant is stored in `to`.
ADJ_INLINE bool locate(const adj_program *program, int32_t dtype, const adj_constant *constants,
                       const void *const *operands, int32_t reg, adj_element *to, const void **at) {
    if (reg < program->inputs) {
        *at = operands[reg];
        return false;
    }
    adj_store_constant(dtype, to, constants[reg - program->inputs]);
    *at = to;
    return true;
}

// One instruction that writes the only output: straight over the data. False if no loop takes its operands.
ADJ_INLINE bool run_single(const adj_table *table, const adj_program *program, int32_t dtype,
                           const adj_constant *constants, void *const *outputs, const void *const *operands,
                           int64_t n) {
    const adj_instruction *in = program->code;
    int32_t arity = adj_opcode_infos[in->op].arity;
    const void *at[3];
    adj_element stored[3];
    uint32_t values = locate(program, dtype, constants, operands, in->a, &stored[0], &at[0]);
    at[1] = at[2] = at[0];
    if (arity >= 2) values |= (uint32_t)locate(program, dtype, constants, operands, in->b, &stored[1], &at[1]) << 1;
    if (arity == 3) values |= (uint32_t)locate(program, dtype, constants, operands, in->c, &stored[2], &at[2]) << 2;
    const adj_loop(*loops)[ADJ_FORMS] = table->loop[dtype];
    if (values == 0 || n == 1) {
        loops[in->op][ADJ_FORM_ARRAYS](outputs[0], at[0], at[1], at[2], n);
        return true;
    }
    adj_instruction positions = {in->op, 0, 0, 1, 2};
    adj_choice choice = adj_choose_loop(loops, &positions, values);
    if (values == (1u << arity) - 1 || choice.fill) return false;
    choice.loop(outputs[0], at[choice.operand[0]], at[choice.operand[1]], at[choice.operand[2]], n);
    return true;
}

// Few elements: every register has its place, constants are repeated n times, nothing is planned.
static __attribute__((noinline)) void run_small(const adj_table *table, const adj_program *program, int32_t dtype,
                                                const adj_constant *constants, void *const *outputs,
                                                const void *const *operands, int64_t n) {
    _Alignas(64) char scratch[SMALL_BYTES];
    const void *at[ADJ_MAX_REGISTERS];
    int64_t bytes = n * adj_size_of(dtype);
    char *next = scratch;
    const adj_loop(*loops)[ADJ_FORMS] = table->loop[dtype];
    for (int32_t i = 0; i < program->inputs; i++) at[i] = operands[i];
    for (int32_t c = 0; c < program->constants; c++, next += bytes) {
        adj_store_constant(dtype, next, constants[c]);
        if (n > 1) loops[ADJ_OP_COPY][ADJ_FORM_LAST](next, next, next, next, n);
        at[program->inputs + c] = next;
    }
    for (int32_t k = 0; k < program->count; k++, next += bytes) {
        const adj_instruction *in = &program->code[k];
        loops[in->op][ADJ_FORM_ARRAYS](next, at[in->a], at[in->b], at[in->c], n);
        at[in->dst] = next;
    }
    // An output may lie over an operand that is another output.
    for (int32_t o = 0; program->outputs > 1 && o < program->outputs; o++) {
        int32_t r = program->output_register[o];
        if (r >= program->inputs) continue;
        memcpy(next, at[r], (size_t)bytes);
        at[r] = next;
        next += bytes;
    }
    for (int32_t o = 0; o < program->outputs; o++) {
        const void *from = at[program->output_register[o]];
        if (from != outputs[o]) memcpy(outputs[o], from, (size_t)bytes);
    }
}

static __attribute__((noinline)) void run_machine(const adj_program *program, int32_t dtype,
                                                  const adj_constant *constants, void *const *outputs,
                                                  const void *const *operands, int64_t n) {
    adj_machine m;
    adj_output places[ADJ_MAX_OUTPUTS];
    for (int32_t o = 0; o < program->outputs; o++) places[o] = (adj_output){outputs[o], dtype};
    adj_machine_prepare(&m, program, dtype, constants, ~0u, operands, places);
    adj_machine_run(&m, operands, outputs, n);
}

void adj_program_run_contiguous(const adj_program *program, int32_t dtype, const adj_constant *constants,
                                void *const *outputs, const void *const *operands, int64_t n) {
    if (n <= 0) return;
    int64_t size = adj_size_of(dtype);
    adj_count_traffic(program->inputs * n * size, program->outputs * n * size);
    const adj_table *table = adj_kernels();
    if (program->count == 1 && program->outputs == 1 && program->output_register[0] == program->code->dst &&
        run_single(table, program, dtype, constants, outputs, operands, n))
        return;
    int64_t places = program->constants + program->count + program->outputs;
    if (places * n * size <= SMALL_BYTES) run_small(table, program, dtype, constants, outputs, operands, n);
    else run_machine(program, dtype, constants, outputs, operands, n);
}
