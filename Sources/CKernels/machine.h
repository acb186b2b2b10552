// The vector machine: a program prepared for operands that are each an array or one value.
#ifndef ADJOINT_MACHINE_H
#define ADJOINT_MACHINE_H

#include "opcodes.h"

#define ADJ_SLOTS (2 * ADJ_MAX_REGISTERS + ADJ_MAX_OUTPUTS)
#define ADJ_STEPS (ADJ_MAX_INSTRUCTIONS + ADJ_MAX_OUTPUTS)
#define ADJ_SCRATCH (32 << 10) // bytes of all block registers together: they stay in the L1 cache
#define ADJ_BLOCK 512          // most elements of a block

typedef struct {
    adj_loop loop;
    uint8_t d, a, b, c; // slots
} adj_step;

// Slots are pointers to what steps read and write: first the operands, then constants, values, blocks, outputs.
typedef struct {
    const adj_table *table;
    int32_t dtype;
    int64_t size;  // of an element
    int64_t block; // elements of a block; 0 if there are no block registers, so that no cutting is needed
    int32_t inputs, slots, values, blocks;
    int32_t value_steps, fill_steps, steps;
    adj_step value_step[ADJ_STEPS]; // once a span, one element: operands are values
    adj_step fill_step[ADJ_SLOTS];  // once a span: a value repeated in a block
    adj_step step[ADJ_STEPS];       // once a block
    // Slots that advance with the blocks, and outputs that are stored from a block register after the steps.
    int32_t moving;
    uint8_t moving_slot[ADJ_MAX_INPUTS + ADJ_MAX_OUTPUTS];
    int32_t outputs;
    int16_t output_slot[ADJ_MAX_OUTPUTS]; // the slot to set to the output's data, or -1 if it is stored
    uint8_t stored_slot[ADJ_MAX_OUTPUTS];
    int32_t output_dtype[ADJ_MAX_OUTPUTS];
    int16_t block_of[ADJ_SLOTS]; // the block register of a slot, or -1
    void *slot[ADJ_SLOTS];
    adj_element value[ADJ_SLOTS];
    _Alignas(64) char scratch[ADJ_SCRATCH];
} adj_machine;

// arrays: bit i is set if operand i is an array, else it is one value. data: the operands' first elements, to see
// which outputs are in place.
void adj_machine_prepare(adj_machine *m, const adj_program *program, int32_t dtype, const adj_constant *constants,
                         uint32_t arrays, const void *const *data, const adj_output *outputs);

// Runs n elements: operands and outputs are contiguous from the pointers given.
void adj_machine_run(adj_machine *m, const void *const *operands, void *const *outputs, int64_t n);

#endif
