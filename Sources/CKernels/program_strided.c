// The vector machine over strided operands. The axes of all operands are collapsed together; what is left runs
// either row by row, with every operand in place, or in pieces into which awkward operands are gathered first.
#include "copy.h"
#include "machine.h"
#include <stdlib.h>

#define ROW_LENGTH 128                   // rows from this length on are run one by one
#define PIECE 2048                       // elements gathered at a time
#define TRANSPOSED_ROWS 16               // rows gathered at a time where an operand runs across them
#define TRANSPOSED_PIECE ((int64_t)1 << 22) // but not more elements than this

typedef enum { VALUE, IN_PLACE, STEPPED, AWKWARD } access;

typedef struct {
    const adj_operand *operand;
    int32_t inputs, dtype;
    int32_t rank;
    int64_t dims[ADJ_MAX_RANK];
    int64_t strides[ADJ_MAX_INPUTS][ADJ_MAX_RANK];
    access how[ADJ_MAX_INPUTS];
    adj_element value[ADJ_MAX_INPUTS]; // converted to the program's type
} walk;

// Drops axes of one element and merges neighbours that every operand can walk as one. At least one axis is left.
static void collapse(walk *w, int32_t rank, const int64_t *dims) {
    w->rank = 0;
    for (int32_t axis = 0; axis < rank; axis++) {
        if (dims[axis] == 1) continue;
        bool merge = w->rank > 0;
        for (int32_t i = 0; merge && i < w->inputs; i++)
            merge = w->strides[i][w->rank - 1] == w->operand[i].strides[axis] * dims[axis];
        if (merge) {
            w->dims[w->rank - 1] *= dims[axis];
        } else {
            w->dims[w->rank++] = dims[axis];
        }
        for (int32_t i = 0; i < w->inputs; i++) w->strides[i][w->rank - 1] = w->operand[i].strides[axis];
    }
    if (w->rank == 0) {
        w->rank = 1;
        w->dims[0] = 1;
        for (int32_t i = 0; i < w->inputs; i++) w->strides[i][0] = 1;
    }
}

// IN_PLACE: contiguous. STEPPED: each row is contiguous or one value. What the program wants in
// another type has to be converted, and so gathered.
static access classify(const walk *w, int32_t i) {
    bool zero = true, contiguous = true;
    int64_t step = 1;
    for (int32_t axis = w->rank - 1; axis >= 0; axis--) {
        zero = zero && w->strides[i][axis] == 0;
        contiguous = contiguous && w->strides[i][axis] == step;
        step *= w->dims[axis];
    }
    if (zero) return VALUE;
    if (w->operand[i].dtype != w->dtype) return AWKWARD;
    if (contiguous) return IN_PLACE;
    int64_t inner = w->strides[i][w->rank - 1];
    return inner == 0 || inner == 1 ? STEPPED : AWKWARD;
}

static const void *value_of(walk *w, int32_t i) {
    if (w->operand[i].dtype == w->dtype) return w->operand[i].data;
    adj_kernels()->cast[w->operand[i].dtype][w->dtype](w->operand[i].data, &w->value[i], 1);
    return &w->value[i];
}

static void count_traffic(const walk *w, int32_t outputs, const adj_output *output, int64_t n) {
    int64_t read = 0, written = 0;
    for (int32_t i = 0; i < w->inputs; i++) {
        int64_t distinct = 1;
        for (int32_t axis = 0; axis < w->rank; axis++)
            if (w->strides[i][axis] != 0) distinct *= w->dims[axis];
        read += adj_min64(distinct, n) * adj_size_of(w->operand[i].dtype);
    }
    for (int32_t o = 0; o < outputs; o++) written += n * adj_size_of(output[o].dtype);
    adj_count_traffic(read, written);
}

static void advance_outputs(void **to, int32_t outputs, const adj_output *output, int64_t n) {
    for (int32_t o = 0; o < outputs; o++) to[o] = (char *)to[o] + n * adj_size_of(output[o].dtype);
}

static void run_rows(walk *w, adj_machine *m, const void **at, void **to, int32_t outputs, const adj_output *output,
                     int64_t begin, int64_t end) {
    int32_t last = w->rank - 1;
    int64_t length = w->dims[last], index[ADJ_MAX_RANK], row = begin / length;
    const char *start[ADJ_MAX_INPUTS];
    for (int32_t i = 0; i < w->inputs; i++) start[i] = at[i];
    for (int32_t axis = last - 1; axis >= 0; axis--) {
        index[axis] = row % w->dims[axis];
        row /= w->dims[axis];
        for (int32_t i = 0; i < w->inputs; i++) start[i] += index[axis] * w->strides[i][axis] * m->size;
    }
    for (int64_t position = begin; position < end;) {
        int64_t column = position % length, n = adj_min64(length - column, end - position);
        for (int32_t i = 0; i < w->inputs; i++) at[i] = start[i] + column * w->strides[i][last] * m->size;
        adj_machine_run(m, at, to, n);
        advance_outputs(to, outputs, output, n);
        position += n;
        for (int32_t axis = last - 1; axis >= 0; axis--) {
            bool carry = ++index[axis] == w->dims[axis];
            int64_t steps = carry ? 1 - w->dims[axis] : 1;
            for (int32_t i = 0; i < w->inputs; i++) start[i] += steps * w->strides[i][axis] * m->size;
            if (!carry) break;
            index[axis] = 0;
        }
    }
}

// How many elements to gather at a time: some whole rows where an operand runs across the rows, so that it can be
// transposed in tiles; else a multiple of the inner axes, so that operands repeated along the outer ones stay.
static int64_t piece_length(const walk *w, int64_t n) {
    int64_t length = w->dims[w->rank - 1], period = 1;
    for (int32_t i = 0; i < w->inputs; i++) {
        int64_t inner = w->strides[i][w->rank - 1];
        if (w->how[i] == AWKWARD && inner != 0 && inner != 1 && length >= TRANSPOSED_ROWS &&
            length * TRANSPOSED_ROWS <= TRANSPOSED_PIECE) {
            int64_t rows = PIECE / length > TRANSPOSED_ROWS ? PIECE / length : TRANSPOSED_ROWS;
            return adj_min64(rows * length, n);
        }
    }
    for (int32_t axis = w->rank - 1; axis >= 0 && period * w->dims[axis] <= PIECE; axis--) period *= w->dims[axis];
    return adj_min64(PIECE / period * period, n);
}

// Whether pieces of this length all see the same elements of an operand.
static bool repeats(const walk *w, int32_t i, int64_t piece) {
    int64_t period = adj_product(w->rank, w->dims);
    for (int32_t axis = 0; axis < w->rank && w->strides[i][axis] == 0; axis++) period /= w->dims[axis];
    return piece % period == 0;
}

static void gather(const walk *w, int32_t i, char *to, char *bytes, int64_t begin, int64_t end) {
    const adj_operand *operand = &w->operand[i];
    bool convert = operand->dtype != w->dtype;
    adj_gather((int32_t)adj_size_of(operand->dtype), w->rank, w->dims, convert ? bytes : to, operand->data,
               w->strides[i], begin, end);
    if (convert) adj_kernels()->cast[operand->dtype][w->dtype](bytes, to, end - begin);
}

static void run_pieces(walk *w, adj_machine *m, const void **at, void **to, int32_t outputs, const adj_output *output,
                       int64_t begin, int64_t end) {
    int64_t piece = piece_length(w, end - begin), bytes = (piece * m->size + 63) & ~(int64_t)63;
    char *block = malloc((size_t)(bytes * (w->inputs + 1)));
    if (!block) abort();
    char *converted = block + bytes * w->inputs;
    for (int64_t position = begin; position < end; position += piece) {
        int64_t n = adj_min64(piece, end - position);
        for (int32_t i = 0; i < w->inputs; i++) {
            if (w->how[i] == VALUE) continue;
            if (w->how[i] == IN_PLACE) {
                at[i] = (const char *)w->operand[i].data + position * m->size;
                continue;
            }
            char *gathered = block + bytes * i;
            at[i] = gathered;
            if (position == begin || !repeats(w, i, piece)) gather(w, i, gathered, converted, position, position + n);
        }
        adj_machine_run(m, at, to, n);
        advance_outputs(to, outputs, output, n);
    }
    free(block);
}

// Every operand contiguous and nothing to convert.
static bool run_plain(const walk *w, const adj_program *program, const adj_constant *constants,
                      const adj_output *output, int64_t begin, int64_t end) {
    const void *at[ADJ_MAX_INPUTS];
    void *to[ADJ_MAX_OUTPUTS];
    int64_t skip = begin * adj_size_of(w->dtype);
    for (int32_t i = 0; i < w->inputs; i++) {
        if (w->how[i] != IN_PLACE) return false;
        at[i] = (const char *)w->operand[i].data + skip;
    }
    for (int32_t o = 0; o < program->outputs; o++) {
        if (output[o].dtype != w->dtype) return false;
        to[o] = (char *)output[o].data + skip;
    }
    adj_program_run_contiguous(program, w->dtype, constants, to, at, end - begin);
    return true;
}

void adj_program_run(const adj_program *program, int32_t dtype, const adj_constant *constants,
                     const adj_output *outputs, const adj_operand *operands,
                     int32_t rank, const int64_t *dims, int64_t begin, int64_t end) {
    if (begin >= end) return;
    walk w = {.operand = operands, .inputs = program->inputs, .dtype = dtype};
    collapse(&w, rank, dims);
    const void *at[ADJ_MAX_INPUTS], *data[ADJ_MAX_INPUTS];
    void *to[ADJ_MAX_OUTPUTS];
    uint32_t values = 0, single_rows = 0;
    bool awkward = false, stepped = false;
    for (int32_t i = 0; i < w.inputs; i++) {
        w.how[i] = classify(&w, i);
        awkward = awkward || w.how[i] == AWKWARD;
        stepped = stepped || w.how[i] == STEPPED;
        if (w.how[i] == VALUE) values |= 1u << i;
        if (w.strides[i][w.rank - 1] == 0) single_rows |= 1u << i;
    }
    if (run_plain(&w, program, constants, outputs, begin, end)) return;
    count_traffic(&w, program->outputs, outputs, end - begin);

    // The first elements, so that the machine sees which outputs are in place, also when the range starts later.
    for (int32_t i = 0; i < w.inputs; i++) {
        data[i] = operands[i].data;
        at[i] = w.how[i] == VALUE ? value_of(&w, i) : operands[i].data;
    }
    for (int32_t o = 0; o < program->outputs; o++) to[o] = outputs[o].data;
    advance_outputs(to, program->outputs, outputs, begin);
    bool rows = !awkward && (!stepped || w.dims[w.rank - 1] >= ROW_LENGTH);
    adj_machine m;
    adj_machine_prepare(&m, program, dtype, constants, ~(rows ? single_rows : values), data, outputs);
    if (rows) run_rows(&w, &m, at, to, program->outputs, outputs, begin, end);
    else run_pieces(&w, &m, at, to, program->outputs, outputs, begin, end);
}
