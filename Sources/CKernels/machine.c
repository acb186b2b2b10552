#include "machine.h"

const adj_opcode_info adj_opcode_infos[ADJ_OP_COUNT] = {
    [ADJ_OP_COPY] = {1, 0}, [ADJ_OP_NEG] = {1, 0}, [ADJ_OP_ABS] = {1, 0}, [ADJ_OP_SIGN] = {1, 0},
    [ADJ_OP_ADD] = {2, ADJ_OP_ADD}, [ADJ_OP_SUB] = {2, 0}, [ADJ_OP_MUL] = {2, ADJ_OP_MUL}, [ADJ_OP_DIV] = {2, 0},
    [ADJ_OP_FLOORDIV] = {2, 0}, [ADJ_OP_REM] = {2, 0}, [ADJ_OP_FMOD] = {2, 0},
    [ADJ_OP_MAX] = {2, ADJ_OP_MAX}, [ADJ_OP_MIN] = {2, ADJ_OP_MIN}, [ADJ_OP_GATE] = {2, 0}, [ADJ_OP_SELECT] = {3, 0},
    [ADJ_OP_EQ] = {2, ADJ_OP_EQ}, [ADJ_OP_NE] = {2, ADJ_OP_NE}, [ADJ_OP_LT] = {2, ADJ_OP_GT},
    [ADJ_OP_LE] = {2, ADJ_OP_GE}, [ADJ_OP_GT] = {2, ADJ_OP_LT}, [ADJ_OP_GE] = {2, ADJ_OP_LE},
    [ADJ_OP_NOT] = {1, 0}, [ADJ_OP_AND] = {2, ADJ_OP_AND}, [ADJ_OP_OR] = {2, ADJ_OP_OR}, [ADJ_OP_XOR] = {2, ADJ_OP_XOR},
    [ADJ_OP_ISNAN] = {1, 0}, [ADJ_OP_POW] = {2, 0}, [ADJ_OP_FLOOR] = {1, 0}, [ADJ_OP_CEIL] = {1, 0},
    [ADJ_OP_ROUND] = {1, 0}, [ADJ_OP_TRUNC] = {1, 0}, [ADJ_OP_SQRT] = {1, 0}, [ADJ_OP_RSQRT] = {1, 0},
    [ADJ_OP_EXP] = {1, 0}, [ADJ_OP_EXP2] = {1, 0}, [ADJ_OP_EXPM1] = {1, 0}, [ADJ_OP_LOG] = {1, 0},
    [ADJ_OP_LOG2] = {1, 0}, [ADJ_OP_LOG10] = {1, 0}, [ADJ_OP_LOG1P] = {1, 0}, [ADJ_OP_SIN] = {1, 0},
    [ADJ_OP_COS] = {1, 0}, [ADJ_OP_TAN] = {1, 0}, [ADJ_OP_ASIN] = {1, 0}, [ADJ_OP_ACOS] = {1, 0},
    [ADJ_OP_ATAN] = {1, 0}, [ADJ_OP_SINH] = {1, 0}, [ADJ_OP_COSH] = {1, 0}, [ADJ_OP_TANH] = {1, 0},
    [ADJ_OP_ASINH] = {1, 0}, [ADJ_OP_ACOSH] = {1, 0}, [ADJ_OP_ATANH] = {1, 0}, [ADJ_OP_ERF] = {1, 0},
    [ADJ_OP_ERFC] = {1, 0}, [ADJ_OP_SIGMOID] = {1, 0}, [ADJ_OP_ATAN2] = {2, 0}, [ADJ_OP_HYPOT] = {2, 0},
    [ADJ_OP_CONJ] = {1, 0}, [ADJ_OP_REAL] = {1, 0}, [ADJ_OP_IMAG] = {1, 0}, [ADJ_OP_ANGLE] = {1, 0},
    [ADJ_OP_COPYSIGN] = {2, 0}, [ADJ_OP_NEXTAFTER] = {2, 0},
#define UNARY(OP, name) [ADJ_OP_##OP] = {1, 0},
#define BINARY(OP, name) [ADJ_OP_##OP] = {2, 0},
#define TERNARY(OP, name) [ADJ_OP_##OP] = {3, 0},
    ADJ_SPECIAL_UNARY(UNARY) ADJ_SPECIAL_BINARY(BINARY) ADJ_SPECIAL_TERNARY(TERNARY)
#undef UNARY
#undef BINARY
#undef TERNARY
    [ADJ_OP_BITAND] = {2, ADJ_OP_BITAND}, [ADJ_OP_BITOR] = {2, ADJ_OP_BITOR}, [ADJ_OP_BITXOR] = {2, ADJ_OP_BITXOR},
    [ADJ_OP_BITNOT] = {1, 0}, [ADJ_OP_SHIFTLEFT] = {2, 0}, [ADJ_OP_SHIFTRIGHT] = {2, 0},
    [ADJ_OP_GCD] = {2, ADJ_OP_GCD}, [ADJ_OP_LCM] = {2, ADJ_OP_LCM},
};

int32_t adj_opcode_arity(int32_t op) { return adj_opcode_infos[op].arity; }

int adj_opcode_supports(int32_t op, int32_t dtype) {
    if (op < 0 || op >= ADJ_OP_COUNT || dtype < 0 || dtype >= ADJ_DTYPES) return 0;
    return adj_table_baseline.loop[dtype][op][ADJ_FORM_ARRAYS] != NULL;
}

// What is known of the registers while a program is prepared. Outputs that no instruction writes for themselves
// alone (operands, values, repeated registers) get a COPY at the end, into a register of their own.
typedef struct {
    adj_machine *m;
    adj_instruction code[ADJ_STEPS];
    int32_t count;
    bool array[ADJ_MAX_REGISTERS + ADJ_MAX_OUTPUTS];
    int16_t writer[ADJ_MAX_REGISTERS + ADJ_MAX_OUTPUTS];   // the instruction that writes it, or -1
    int16_t last_use[ADJ_MAX_REGISTERS + ADJ_MAX_OUTPUTS]; // the last one that reads it, or -1
    int16_t slot[ADJ_MAX_REGISTERS + ADJ_MAX_OUTPUTS];
    int16_t filled[ADJ_MAX_REGISTERS]; // the slot of a block filled with this value, or -1
    uint8_t output[ADJ_MAX_OUTPUTS];   // registers
    uint8_t free_block[ADJ_SLOTS];
    int32_t free_blocks;
} preparation;

static uint32_t values_among(const preparation *p, const adj_instruction *in, int32_t arity) {
    uint32_t values = !p->array[in->a];
    if (arity >= 2) values |= (uint32_t)!p->array[in->b] << 1;
    if (arity == 3) values |= (uint32_t)!p->array[in->c] << 2;
    return values;
}

static void find_arrays(preparation *p, const adj_program *program, uint32_t arrays) {
    int32_t first = program->inputs + program->constants;
    for (int32_t r = 0; r < first; r++) {
        p->array[r] = r < program->inputs && (arrays >> r & 1);
        p->writer[r] = -1;
    }
    for (int32_t k = 0; k < program->count; k++) {
        const adj_instruction *in = &program->code[k];
        int32_t arity = adj_opcode_infos[in->op].arity;
        p->code[k] = *in;
        p->array[in->dst] = values_among(p, in, arity) != (1u << arity) - 1;
        p->writer[in->dst] = (int16_t)k;
    }
    p->count = program->count;
    for (int32_t o = 0; o < program->outputs; o++) {
        int32_t r = program->output_register[o];
        bool own = p->array[r] && p->writer[r] >= 0;
        for (int32_t before = 0; before < o; before++) own = own && p->output[before] != r;
        p->output[o] = (uint8_t)r;
        if (own) continue;
        int32_t copy = program->registers + o;
        p->code[p->count] = (adj_instruction){ADJ_OP_COPY, (uint8_t)copy, (uint8_t)r, 0, 0};
        p->array[copy] = true;
        p->writer[copy] = (int16_t)p->count++;
        p->output[o] = (uint8_t)copy;
    }
}

static void find_last_uses(preparation *p, int32_t registers) {
    for (int32_t r = 0; r < registers; r++) p->last_use[r] = -1;
    for (int32_t k = 0; k < p->count; k++) {
        const adj_instruction *in = &p->code[k];
        int32_t arity = adj_opcode_infos[in->op].arity;
        p->last_use[in->a] = (int16_t)k;
        if (arity >= 2) p->last_use[in->b] = (int16_t)k;
        if (arity == 3) p->last_use[in->c] = (int16_t)k;
    }
}

static int16_t new_slot(adj_machine *m) {
    m->block_of[m->slots] = -1;
    return (int16_t)m->slots++;
}

static int16_t new_value(adj_machine *m) {
    int16_t slot = new_slot(m);
    m->slot[slot] = &m->value[m->values++];
    return slot;
}

static int16_t new_block(preparation *p) {
    int16_t slot = new_slot(p->m);
    p->m->block_of[slot] = (int16_t)(p->free_blocks > 0 ? p->free_block[--p->free_blocks] : p->m->blocks++);
    return slot;
}

// An output is written by its instruction itself unless its type differs or it lies over an operand that is still
// to be read; then it is stored from a block register after the block's last step, and that register lives on.
static void place_outputs(preparation *p, const adj_program *program, const void *const *data,
                          const adj_output *outputs) {
    adj_machine *m = p->m;
    m->outputs = program->outputs;
    for (int32_t o = 0; o < program->outputs; o++) {
        int32_t r = p->output[o];
        bool direct = outputs[o].dtype == m->dtype;
        for (int32_t i = 0; i < program->inputs; i++)
            direct = direct && !(data[i] == outputs[o].data && p->last_use[i] > p->writer[r]);
        m->output_dtype[o] = outputs[o].dtype;
        m->output_slot[o] = -1;
        if (direct) {
            p->slot[r] = m->output_slot[o] = new_slot(m);
            m->moving_slot[m->moving++] = (uint8_t)p->slot[r];
        } else {
            p->last_use[r] = INT16_MAX;
        }
    }
}

static uint8_t filled_block(preparation *p, int32_t r) {
    if (p->filled[r] < 0) {
        adj_machine *m = p->m;
        p->filled[r] = new_slot(m);
        m->block_of[p->filled[r]] = (int16_t)m->blocks++;
        m->fill_step[m->fill_steps++] = (adj_step){m->table->loop[m->dtype][ADJ_OP_COPY][ADJ_FORM_LAST],
                                                   (uint8_t)p->filled[r], (uint8_t)p->slot[r], 0, 0};
    }
    return (uint8_t)p->filled[r];
}

// Gives the blocks of registers that are not read after instruction k back.
static void release(preparation *p, int32_t r, int32_t k) {
    int16_t slot = p->slot[r];
    if (p->array[r] && p->last_use[r] == k && p->m->block_of[slot] >= 0) {
        p->free_block[p->free_blocks++] = (uint8_t)p->m->block_of[slot];
        p->last_use[r] = -1;
    }
}

static void emit(preparation *p, int32_t k) {
    adj_machine *m = p->m;
    const adj_instruction *in = &p->code[k];
    int32_t arity = adj_opcode_infos[in->op].arity;
    uint32_t values = values_among(p, in, arity);
    const adj_loop(*loops)[ADJ_FORMS] = m->table->loop[m->dtype];
    if (!p->array[in->dst]) {
        p->slot[in->dst] = new_value(m);
        m->value_step[m->value_steps++] =
            (adj_step){loops[in->op][ADJ_FORM_ARRAYS], (uint8_t)p->slot[in->dst], (uint8_t)p->slot[in->a],
                       (uint8_t)p->slot[in->b], (uint8_t)p->slot[in->c]};
        return;
    }
    adj_choice choice = adj_choose_loop(loops, in, values);
    if (arity == 1 && values) choice.loop = loops[ADJ_OP_COPY][ADJ_FORM_LAST];
    uint8_t slots[3] = {0, 0, 0};
    for (int32_t i = 0; i < arity; i++) {
        int32_t r = choice.operand[i];
        slots[i] = arity > 1 && (choice.fill >> i & 1) ? filled_block(p, r) : (uint8_t)p->slot[r];
    }
    for (int32_t i = 0; i < arity; i++) release(p, choice.operand[i], k);
    if (p->slot[in->dst] < 0) p->slot[in->dst] = new_block(p);
    m->step[m->steps++] = (adj_step){choice.loop, (uint8_t)p->slot[in->dst], slots[0], slots[1], slots[2]};
    if (p->last_use[in->dst] < 0) { // a result that nobody reads and that is no output
        p->last_use[in->dst] = (int16_t)k;
        release(p, in->dst, k);
    }
}

// The largest block with which all block registers fit into the scratch memory.
static void lay_out_blocks(adj_machine *m) {
    m->block = 0;
    if (m->blocks == 0) return;
    m->block = adj_min64(ADJ_BLOCK, ADJ_SCRATCH / (m->blocks * m->size)) & ~(int64_t)15;
    for (int32_t s = 0; s < m->slots; s++)
        if (m->block_of[s] >= 0) m->slot[s] = m->scratch + m->block_of[s] * m->block * m->size;
}

void adj_machine_prepare(adj_machine *m, const adj_program *program, int32_t dtype, const adj_constant *constants,
                         uint32_t arrays, const void *const *data, const adj_output *outputs) {
    preparation p;
    p.m = m;
    p.free_blocks = 0;
    m->table = adj_kernels();
    m->dtype = dtype;
    m->inputs = program->inputs;
    m->size = adj_size_of(dtype);
    m->slots = m->values = m->blocks = m->value_steps = m->fill_steps = m->steps = m->moving = 0;

    int32_t all = program->registers + program->outputs;
    for (int32_t r = 0; r < all; r++) p.slot[r] = -1;
    for (int32_t r = 0; r < program->registers; r++) p.filled[r] = -1;
    find_arrays(&p, program, arrays);
    find_last_uses(&p, all);
    for (int32_t i = 0; i < program->inputs; i++) {
        p.slot[i] = new_slot(m);
        if (p.array[i]) m->moving_slot[m->moving++] = (uint8_t)i;
    }
    for (int32_t c = 0; c < program->constants; c++) {
        p.slot[program->inputs + c] = new_value(m);
        adj_store_constant(dtype, m->slot[program->inputs + c], constants[c]);
    }
    place_outputs(&p, program, data, outputs);
    for (int32_t k = 0; k < p.count; k++) emit(&p, k);
    for (int32_t o = 0; o < program->outputs; o++) m->stored_slot[o] = (uint8_t)p.slot[p.output[o]];
    lay_out_blocks(m);
}

static inline void run_steps(adj_machine *m, const adj_step *steps, int32_t count, int64_t n) {
    void *const *slot = m->slot;
    for (int32_t k = 0; k < count; k++) {
        const adj_step *s = &steps[k];
        s->loop(slot[s->d], slot[s->a], slot[s->b], slot[s->c], n);
    }
}

void adj_machine_run(adj_machine *m, const void *const *operands, void *const *outputs, int64_t n) {
    for (int32_t i = 0; i < m->inputs; i++) m->slot[i] = (void *)(uintptr_t)operands[i];
    for (int32_t o = 0; o < m->outputs; o++)
        if (m->output_slot[o] >= 0) m->slot[m->output_slot[o]] = outputs[o];
    int64_t block = m->block > 0 ? m->block : n;
    run_steps(m, m->value_step, m->value_steps, 1);
    run_steps(m, m->fill_step, m->fill_steps, adj_min64(block, n));
    for (int64_t start = 0; start < n; start += block) {
        int64_t count = adj_min64(block, n - start);
        run_steps(m, m->step, m->steps, count);
        for (int32_t o = 0; o < m->outputs; o++) {
            if (m->output_slot[o] >= 0) continue;
            char *to = (char *)outputs[o] + start * adj_size_of(m->output_dtype[o]);
            m->table->cast[m->dtype][m->output_dtype[o]](m->slot[m->stored_slot[o]], to, count);
        }
        for (int32_t i = 0; i < m->moving; i++) {
            char **slot = (char **)&m->slot[m->moving_slot[i]];
            *slot += count * m->size;
        }
    }
}
