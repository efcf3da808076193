"""Runs a program of an `Image` on the kernel, with every attempt to move the packet recorded in a map."""

from __future__ import annotations

import struct
import sys
from contextlib import ExitStack

from tests.oracle.bpf import lookup, run
from tests.support.machine import ADJUST_HEAD, ADJUST_META, Attempt
from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.kernel import Additions, Loader, Map
from xdp_lsp.kernel.bpf import ARRAY
from xdp_lsp.program.image import FunctionAddress, Image, Program

_MOST_ATTEMPTS = 64
_ENTRY = struct.Struct("=iIq")  # delta, pc, result
_FIRST = 16  # where the entries start; before them is their number
TRACE_SIZE = _FIRST + _MOST_ATTEMPTS * _ENTRY.size


class Traced:
    """A program on the kernel, with its maps. Use as a context manager; raises `Refused` where it does not load."""

    def __init__(self, image: Image, program: Program) -> None:
        if any(isinstance(address, FunctionAddress) for address in image.addresses.values()):
            raise ValueError("callbacks want BTF, which is not made here")
        self._kept = ExitStack()
        self.trace = self._kept.enter_context(Map(ARRAY, 4, TRACE_SIZE, 1))
        loader = self._kept.enter_context(Loader(image))
        self.maps = [loader.maps.named(name) for name in image.maps]
        tracked = [
            pc
            for pc, s in enumerate(image.slots)
            if s.opcode == isa.JMP | isa.CALL
            and s.src == isa.CALL_HELPER
            and s.imm in (ADJUST_HEAD, ADJUST_META)
        ]
        before = {pc: self._record_delta(pc) for pc in tracked}
        after = dict.fromkeys(tracked, self._record_result())
        try:
            self.program = self._kept.enter_context(loader.load(program, Additions((), before, after)))
        except BaseException:
            self.close()
            raise

    def _entry(self, base: int, index: int) -> list[Instruction]:
        """`base` = the trace, `index` = where in it the next entry is (both registers)."""
        return [
            Instruction(isa.LD_IMM64, base, isa.PSEUDO_MAP_VALUE, 0, self.trace.fd),
            Instruction(0, 0, 0, 0, 0),
            Instruction(isa.LDX | isa.W | isa.MEM, index, base, 0, 0),
            Instruction(isa.ALU64 | isa.AND, index, 0, 0, _MOST_ATTEMPTS - 1),
            Instruction(isa.ALU64 | isa.MUL, index, 0, 0, _ENTRY.size),
            Instruction(isa.ALU64 | isa.ADD | isa.X, index, base, 0, 0),
        ]

    def _record_delta(self, pc: int) -> list[Instruction]:
        """r3 to r5 are dead before a call of two arguments."""
        return [
            *self._entry(3, 4),
            Instruction(isa.STX | isa.W | isa.MEM, 4, 2, _FIRST, 0),
            Instruction(isa.ST | isa.W | isa.MEM, 4, 0, _FIRST + 4, pc),
        ]

    def _record_result(self) -> list[Instruction]:
        """r1 to r5 are dead after any call."""
        return [
            *self._entry(1, 2),
            Instruction(isa.STX | isa.DW | isa.MEM, 2, 0, _FIRST + 8, 0),
            Instruction(isa.LDX | isa.W | isa.MEM, 2, 1, 0, 0),
            Instruction(isa.ALU64 | isa.ADD, 2, 0, 0, 1),
            Instruction(isa.STX | isa.W | isa.MEM, 1, 2, 0, 0),
        ]

    def run(self, packet: bytes, map_value: bytes, image: Image) -> tuple[int, list[Attempt]]:
        """The action, and the attempts in order (the first 64; more is an error)."""
        self.trace.update(bytes(TRACE_SIZE))
        for one in self.maps:
            one.update(map_value)
        action = run(self.program, packet).action
        raw = lookup(self.trace)
        count = int.from_bytes(raw[:4], sys.byteorder)
        assert count <= _MOST_ATTEMPTS, "more attempts than the trace holds"
        attempts: list[Attempt] = []
        total = metadata = 0
        for at in range(count):
            delta, pc, result = _ENTRY.unpack_from(raw, _FIRST + at * _ENTRY.size)
            helper = image.slots[pc].imm
            attempts.append(Attempt(pc, helper, delta, result, total, metadata))
            if result == 0:
                total, metadata = attempts[-1].wanted
        return action, attempts

    def close(self) -> None:
        self._kept.close()

    def __enter__(self) -> Traced:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
