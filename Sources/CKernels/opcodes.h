// What the vector machine has to know about an instruction to choose its loop.
#ifndef ADJOINT_OPCODES_H
#define ADJOINT_OPCODES_H

#include "half.h"

typedef struct {
    uint8_t arity;   // how many operands it reads
    uint8_t swapped; // the instruction that gives the same with a and b exchanged; COPY if there is none
} adj_opcode_info;

extern const adj_opcode_info adj_opcode_infos[ADJ_OP_COUNT];

// A loop for an instruction, with the operands in the order that it takes them.
typedef struct {
    adj_loop loop;
    uint8_t operand[3];
    uint8_t fill; // bit i: operand i is one value but the loop wants an array of it
} adj_choice;

// values: bit i is set if operand i (of a, b, c) is one value for all elements. Not all of them are.
ADJ_INLINE adj_choice adj_choose_loop(const adj_loop (*loops)[ADJ_FORMS], const adj_instruction *in, uint32_t values) {
    const adj_opcode_info *info = &adj_opcode_infos[in->op];
    const adj_loop *forms = loops[in->op];
    adj_choice choice = {forms[ADJ_FORM_ARRAYS], {in->a, in->b, in->c}, 0};
    if (values == 0) return choice;
    if (info->arity == 3) {
        adj_loop loop = forms[(values & 4 ? ADJ_FORM_LAST : 0) | (values & 2 ? ADJ_FORM_FIRST : 0)];
        if (loop) choice.loop = loop;
        choice.fill = (uint8_t)(loop ? values & 1 : values);
        return choice;
    }
    adj_loop loop = forms[values == 2 ? ADJ_FORM_LAST : ADJ_FORM_FIRST];
    if (values == 1 && info->swapped != ADJ_OP_COPY) {
        loop = loops[info->swapped][ADJ_FORM_LAST];
        if (loop) choice.operand[0] = in->b, choice.operand[1] = in->a;
    }
    if (loop) choice.loop = loop;
    else choice.fill = (uint8_t)values;
    return choice;
}

// Stores a constant as an element of a type.
ADJ_INLINE void adj_store_constant(int32_t dtype, void *to, adj_constant constant) {
    switch (dtype) {
    case ADJ_BOOL: *(uint8_t *)to = constant.i != 0; break;
    case ADJ_U8: *(uint8_t *)to = (uint8_t)constant.i; break;
    case ADJ_I32: *(int32_t *)to = (int32_t)constant.i; break;
    case ADJ_I64: *(int64_t *)to = constant.i; break;
    case ADJ_F16: *(uint16_t *)to = adj_to_f16((float)constant.f); break;
    case ADJ_BF16: *(uint16_t *)to = adj_to_bf16((float)constant.f); break;
    case ADJ_F32: *(float *)to = (float)constant.f; break;
    case ADJ_C64: *(adj_c64 *)to = (adj_c64){(float)constant.f, (float)constant.im}; break;
    case ADJ_C128: *(adj_c128 *)to = (adj_c128){constant.f, constant.im}; break;
    default: *(double *)to = constant.f; break;
    }
}

#endif
