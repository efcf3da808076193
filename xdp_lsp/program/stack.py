"""How much stack a function takes: how far below r10 it reaches.

The verifier counts what is accessed (kernel/bpf/verifier.c, update_stack_depth(); Linux 4.16 to 7.3). An address that
is only computed counts here as well: compilers compute none that is not passed on.
"""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.program.image import Function, Image
from xdp_lsp.program.operands import operands

_FRAME = 10
_SLOT = 8  # bytes: BPF_REG_SIZE, which the verifier counts in


class StackUse(NamedTuple):
    """`depth` in bytes; a lower bound unless it `is_exact`: then no address on the stack has a variable in it."""

    depth: int
    is_exact: bool


def stack_use(image: Image, function: Function) -> StackUse:
    """The stack that `function` itself takes, without what it calls."""
    known: dict[int, int] = {_FRAME: 0}  # registers that hold r10 and a constant, in the order of the code
    lowest, is_exact = 0, True
    for pc in range(function.start, function.end):
        instruction = image.slots[pc]
        base = _base(instruction)
        if base in known:
            lowest = min(lowest, known[base] + instruction.offset)
        if _is_move(instruction) and instruction.src in known:
            known[instruction.dst] = known[instruction.src]
            continue
        if _is_addition(instruction) and instruction.dst in known:
            if instruction.uses_register:
                is_exact = False
            else:
                known[instruction.dst] += instruction.imm
                lowest = min(lowest, known[instruction.dst])
                continue
        for register in operands(image, pc).written:
            if register != _FRAME:
                known.pop(register, None)
        if instruction.klass == isa.JMP and instruction.operation == isa.CALL:
            for register in range(6):
                known.pop(register, None)
    return StackUse(-(lowest // _SLOT) * _SLOT, is_exact)


def _base(instruction: Instruction) -> int | None:
    """The register whose address is accessed."""
    if instruction.klass == isa.LDX:
        return instruction.src
    return instruction.dst if instruction.klass in (isa.ST, isa.STX) else None


def _is_move(instruction: Instruction) -> bool:
    return instruction.klass == isa.ALU64 and instruction.operation == isa.MOV and instruction.uses_register


def _is_addition(instruction: Instruction) -> bool:
    return instruction.klass == isa.ALU64 and instruction.operation == isa.ADD
