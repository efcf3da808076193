"""Which registers stand in an instruction: what it reads and writes, for readers."""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.helpers import helper
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.isa.validity import CMPXCHG, FETCH, is_load_acquire
from xdp_lsp.program.image import Image


class Operands(NamedTuple):
    """Registers by number; of a call, its arguments and its result."""

    read: tuple[int, ...]
    written: tuple[int, ...]


def operands(image: Image, pc: int) -> Operands:
    """What the instruction at `pc` reads and writes, as far as its text shows it: not what a call clobbers."""
    instruction = image.slots[pc]
    klass, dst, src = instruction.klass, instruction.dst, instruction.src
    if klass in (isa.ALU, isa.ALU64):
        second = (src,) if instruction.uses_register and instruction.operation != isa.END else ()
        return Operands(second if instruction.operation == isa.MOV else _each(dst, *second), (dst,))
    if klass == isa.LDX or is_load_acquire(instruction):
        return Operands((src,), (dst,))
    if klass == isa.LD:
        if instruction.is_wide:
            return Operands((), (dst,))
        return Operands((src,) if instruction.mode == isa.IND else (), (0,))
    if klass == isa.ST:
        return Operands((dst,), ())
    if klass == isa.STX:
        if instruction.mode != isa.ATOMIC or not instruction.imm & FETCH:
            return Operands(_each(dst, src), ())
        if instruction.imm == CMPXCHG:
            return Operands(_each(dst, 0, src), (0,))
        return Operands(_each(dst, src), (src,))
    return _of_jump(image, pc, instruction)


def _of_jump(image: Image, pc: int, instruction: Instruction) -> Operands:
    operation, uses_register = instruction.operation, instruction.uses_register
    if operation == isa.EXIT:
        return Operands((0,), ())
    if operation == isa.CALL:
        return Operands(tuple(range(1, _arguments(image, pc, instruction) + 1)), (0,))
    if operation in (isa.JA, isa.JCOND):
        return Operands((instruction.dst,) if operation == isa.JA and uses_register else (), ())
    return Operands(_each(instruction.dst, instruction.src) if uses_register else (instruction.dst,), ())


def _arguments(image: Image, pc: int, instruction: Instruction) -> int:
    """How many arguments a call passes; 0 where that is not known."""
    if pc in image.kfuncs:
        return len(image.kfuncs[pc].pointees)
    known = helper(instruction.imm) if instruction.src == isa.CALL_HELPER else None
    return len(known.params) if known is not None else 0


def _each(*registers: int) -> tuple[int, ...]:
    return tuple(dict.fromkeys(registers))
