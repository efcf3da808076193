"""Runs a program of an `Image` on the kernel, with every attempt to move the packet recorded in a map."""

from __future__ import annotations

import struct
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace

from tests.oracle.bpf import lookup, run
from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.kernel import Additions, Loader, Map
from xdp_lsp.kernel.bpf import ARRAY
from xdp_lsp.machine import Attempt
from xdp_lsp.machine.packet import ADJUST_HEAD, ADJUST_META
from xdp_lsp.objfile import ObjectFile
from xdp_lsp.program.image import Attach, FunctionAddress, Image, Program

_MOST_ATTEMPTS = 256
_ENTRY = struct.Struct("=iIq")  # delta, pc, result
_FIRST = 16  # where the entries start; before them is their number
TRACE_SIZE = _FIRST + _MOST_ATTEMPTS * _ENTRY.size


class Traced:
    """A program on the kernel, with its maps. Use as a context manager; raises `Refused` where it does not load.

    `obj` is the file that `image` was linked from, without which there are no callbacks and kernel functions; `data`
    has contents of data sections that differ from the object's.
    """

    def __init__(
        self,
        image: Image,
        program: Program,
        obj: ObjectFile | None = None,
        data: Mapping[str, bytes] = {},
    ) -> None:
        if obj is None and any(isinstance(one, FunctionAddress) for one in image.addresses.values()):
            raise ValueError("callbacks want BTF, which is in the object")
        sections = {
            name: section._replace(data=data.get(name, section.data)) for name, section in image.data.items()
        }
        self._image = image
        self._kept = ExitStack()
        self.trace = self._kept.enter_context(Map(ARRAY, 4, TRACE_SIZE, 1))
        loader = self._kept.enter_context(Loader(replace(image, data=sections), obj))
        self.maps = {name: loader.maps.named(name) for name in image.maps}
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
            # The kernel runs no programs of devmaps and cpumaps in tests: they differ in nothing else.
            plain = program._replace(attach=Attach.XDP)
            self.program = self._kept.enter_context(loader.load(plain, Additions((), before, after)))
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

    def run(self, packet: bytes, values: Mapping[tuple[str, bytes], bytes]) -> tuple[int, list[Attempt]]:
        """The action, and the attempts in order. `values` are those of the maps, by name and key."""
        self.trace.update(bytes(TRACE_SIZE))
        for (name, key), value in values.items():
            self.maps[name].update(value, key)
        action = run(self.program, packet).action
        raw = lookup(self.trace)
        count = int.from_bytes(raw[:4], sys.byteorder)
        assert count <= _MOST_ATTEMPTS, "more attempts than the trace holds"
        attempts: list[Attempt] = []
        total = metadata = 0
        for at in range(count):
            delta, pc, result = _ENTRY.unpack_from(raw, _FIRST + at * _ENTRY.size)
            helper = self._image.slots[pc].imm
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
