"""Runs a program on numbers, so that what `explore` claims can be held against what happens."""

from __future__ import annotations

import random
from typing import NamedTuple

from tests.verifier import concrete
from tests.verifier.concrete import TOP, signed
from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.program import Image

_CONTEXT = 1 << 50
_FRAME = 1 << 51  # the innermost frame's pointer is this plus 4096 times its depth
_ADJUST_HEAD, _LOOP = 44, 181
_STEPS = 3000


class Attempt(NamedTuple):
    """One call of bpf_xdp_adjust_head: `total` is S as it is if the call succeeds."""

    pc: int
    delta: int
    total: int


class Interpreter:
    """One run: `fields` are the context's by offset; what else a program cannot know is drawn from `rng`."""

    def __init__(self, image: Image, fields: dict[int, int], rng: random.Random) -> None:
        self._image = image
        self._fields = fields
        self._rng = rng
        self._bytes: dict[int, int] = {}
        self._steps = 0
        self.total = 0
        self.attempts: list[Attempt] = []

    def run(self) -> list[Attempt]:
        self._call(self._image.programs[0].entry, [_CONTEXT], 0)
        return self.attempts

    def _call(self, pc: int, arguments: list[int], depth: int) -> int:
        """The result of the function at `pc`."""
        registers = [0, *arguments, *[0] * (10 - len(arguments))]
        registers[10] = _FRAME + 4096 * depth
        while self._steps < _STEPS:
            self._steps += 1
            slot = self._image.slots[pc]
            klass = slot.klass
            following = pc + (2 if slot.is_wide else 1)
            if klass in (isa.ALU, isa.ALU64):
                registers[slot.dst] = alu(slot, registers)
            elif slot.is_wide:
                registers[slot.dst] = (self._image.slots[pc + 1].imm << 32 | slot.imm & 0xFFFFFFFF) & TOP
                if pc in self._image.addresses:
                    registers[slot.dst] = self._image.addresses[pc].pc
            elif klass == isa.LDX:
                value = self._load(registers[slot.src] + slot.offset, slot.size)
                registers[slot.dst] = signed(value, 8 * slot.size) & TOP if slot.mode == isa.MEMSX else value
            elif klass in (isa.ST, isa.STX):
                value = slot.imm if klass == isa.ST else registers[slot.src]
                self._store(registers[slot.dst] + slot.offset, slot.size, value)
            elif slot.operation == isa.EXIT:
                return registers[0]
            elif slot.operation == isa.CALL:
                registers[0] = self._enter(pc, slot, registers, depth)
                registers[1:6] = [self._rng.getrandbits(64) for _ in range(5)]
            elif slot.operation == isa.JA or taken(slot, registers):
                following = pc + 1 + slot.offset
            pc = following
        return 0

    def _enter(self, pc: int, slot: Instruction, registers: list[int], depth: int) -> int:
        if pc in self._image.calls:
            return self._call(self._image.calls[pc], registers[1:6], depth + 1)
        if slot.imm == _ADJUST_HEAD:
            return self._adjust_head(pc, signed(registers[2], 32))
        if slot.imm == _LOOP:
            count = registers[1] & 0xFFFFFFFF
            callback, context = registers[2], registers[3]
            for at in range(count):
                if self._steps >= _STEPS or self._call(callback, [at, context], depth + 1) == 1:
                    return at + 1
            return count
        return self._rng.choice((0, 1, 7, 0xFFFFFFFF))

    def _adjust_head(self, pc: int, delta: int) -> int:
        self.attempts.append(Attempt(pc, delta, self.total + delta))
        if abs(self.total + delta) > 256 or self._rng.random() < 0.3:
            return -22 & TOP
        self.total += delta
        return 0

    def _load(self, address: int, size: int) -> int:
        if address - _CONTEXT in self._fields:
            return self._fields[address - _CONTEXT]
        return int.from_bytes(bytes(self._bytes.get(address + at, 0) for at in range(size)), self._order)

    def _store(self, address: int, size: int, value: int) -> None:
        raw = (value & ((1 << 8 * size) - 1)).to_bytes(size, self._order)
        self._bytes.update({address + at: x for at, x in enumerate(raw)})

    @property
    def _order(self) -> str:
        return "big" if self._image.big_endian else "little"


def _operands(slot: Instruction, registers: list[int]) -> tuple[int, int]:
    return registers[slot.dst], registers[slot.src] if slot.uses_register else slot.imm & TOP


def alu(slot: Instruction, registers: list[int]) -> int:
    """What an ALU instruction leaves in dst."""
    x, y = _operands(slot, registers)
    width = 64 if slot.klass == isa.ALU64 else 32
    if slot.operation == isa.END:
        swaps = slot.klass == isa.ALU64 or slot.uses_register
        return concrete.byte_swap(x, slot.imm) if swaps else x & ((1 << slot.imm) - 1)
    if slot.operation == isa.NEG:
        return concrete.alu(isa.SUB, 0, x, width)
    if slot.operation == isa.MOV:
        return (signed(y, slot.offset) if slot.offset else y) & ((1 << width) - 1)
    return concrete.alu(slot.operation, x, y, width, bool(slot.offset))


def taken(slot: Instruction, registers: list[int]) -> bool:
    """Whether a conditional jump jumps."""
    x, y = _operands(slot, registers)
    return concrete.compare(slot.operation, x, y, 64 if slot.klass == isa.JMP else 32)
