"""Runs a program of an `Image` on the kernel, with every attempt to move the packet recorded in a map."""

from __future__ import annotations

import struct
import sys
from collections.abc import Mapping, Sequence
from typing import TypeVar

from tests.oracle.bpf import FIRST, Array, Map, XdpProgram
from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.machine import Attempt
from xdp_lsp.machine.packet import ADJUST_HEAD, ADJUST_META
from xdp_lsp.program.image import DataAddress, FunctionAddress, Image, MapAddress, Program

_MOST_ATTEMPTS = 256
_ENTRY = struct.Struct("=iIq")  # delta, pc, result
_FIRST = 16  # where the entries start; before them is their number
TRACE_SIZE = _FIRST + _MOST_ATTEMPTS * _ENTRY.size

_GOTOL = isa.JMP32 | isa.JA
_Map = TypeVar("_Map", bound=Map)


def insert(
    slots: Sequence[Instruction],
    before: Mapping[int, Sequence[Instruction]],
    after: Mapping[int, Sequence[Instruction]],
) -> list[Instruction]:
    """`slots` with more put before and after some; jumps and calls are made to fit.

    A jump to an instruction arrives at what was put before it; so does falling through.
    """
    moved: list[int] = []  # where what stands before each old pc begins
    at = 0
    for pc in range(len(slots)):
        moved.append(at)
        at += len(before.get(pc, ())) + 1 + len(after.get(pc, ()))
    moved.append(at)
    made: list[Instruction] = []
    for pc, slot in enumerate(slots):
        made += before.get(pc, ())
        made.append(_moved(slot, pc, len(made), moved))
        made += after.get(pc, ())
    return made


def _moved(slot: Instruction, old: int, new: int, moved: Sequence[int]) -> Instruction:
    """The instruction at `old` as it has to be at `new`."""
    if slot.klass not in (isa.JMP, isa.JMP32) or slot.operation == isa.EXIT:
        return slot
    if slot.operation == isa.CALL and slot.src != isa.PSEUDO_CALL:
        return slot
    if slot.operation == isa.CALL or slot.opcode == _GOTOL:
        return slot._replace(imm=moved[old + 1 + slot.imm] - new - 1)
    return slot._replace(offset=moved[old + 1 + slot.offset] - new - 1)


def alone(image: Image, program: Program) -> tuple[list[Instruction], dict[int, int]]:
    """The code of `program` with the functions it calls, and where each of its pcs comes from (new -> old).

    The kernel takes no code that the program does not reach.
    """
    entries = [program.entry]
    for entry in entries:
        function = image.function_at(entry)
        assert function is not None
        called = [image.calls[pc] for pc in range(function.start, function.end) if pc in image.calls]
        entries += [callee for callee in dict.fromkeys(called) if callee not in entries]
    old: list[int] = []
    for entry in entries:
        function = image.function_at(entry)
        assert function is not None
        old += range(function.start, function.end)
    new = {pc: at for at, pc in enumerate(old)}
    slots = [
        slot._replace(imm=new[image.calls[pc]] - new[pc] - 1) if pc in image.calls else slot
        for pc, slot in zip(old, (image.slots[pc] for pc in old), strict=True)
    ]
    return slots, dict(enumerate(old))


class Traced:
    """A program on the kernel, with its maps. Use as a context manager; raises bpf.Refused where it does not load.

    `data` has contents of data sections that differ from the object's.
    """

    def __init__(self, image: Image, program: Program, data: Mapping[str, bytes] = {}) -> None:
        slots, old = alone(image, program)
        if any(isinstance(image.addresses.get(pc), FunctionAddress) for pc in old.values()):
            raise ValueError("callbacks want BTF, which is not made here")
        self._opened: list[Map] = []
        self._image = image
        try:
            self.trace = self._open(Array(TRACE_SIZE))
            self.maps = {
                one.name: self._open(Map(one.type, one.key_size, one.value_size, max(one.max_entries, 1)))
                for one in image.maps.values()
            }
            sections = {
                name: self._open(Array(len(s.data), data.get(name, s.data), constant=s.is_constant))
                for name, s in image.data.items()
                if s.data
            }
            for at, pc in old.items():
                address = image.addresses.get(pc)
                if isinstance(address, MapAddress):
                    kind = isa.PSEUDO_MAP_FD if address.value_offset is None else isa.PSEUDO_MAP_VALUE
                    self._patch(slots, at, kind, self.maps[address.map].fd, address.value_offset or 0)
                elif isinstance(address, DataAddress):
                    self._patch(slots, at, isa.PSEUDO_MAP_VALUE, sections[address.section].fd, address.offset)
            tracked = [
                at
                for at, s in enumerate(slots)
                if s.opcode == isa.JMP | isa.CALL
                and s.src == isa.CALL_HELPER
                and s.imm in (ADJUST_HEAD, ADJUST_META)
            ]
            before = {at: self._record_delta(old[at]) for at in tracked}
            after = dict.fromkeys(tracked, self._record_result())
            self.program = XdpProgram(insert(slots, before, after))
        except BaseException:
            self.close()
            raise

    def _open(self, opened: _Map) -> _Map:
        self._opened.append(opened)
        return opened

    @staticmethod
    def _patch(slots: list[Instruction], pc: int, kind: int, fd: int, offset: int) -> None:
        slots[pc] = slots[pc]._replace(src=kind, imm=fd)
        slots[pc + 1] = slots[pc + 1]._replace(imm=offset)

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
        self.trace.update(FIRST, bytes(TRACE_SIZE))
        for (name, key), value in values.items():
            self.maps[name].update(key, value)
        action = self.program.run(packet).action
        raw = self.trace.lookup(FIRST)
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
        for opened in self._opened:
            opened.close()
        if hasattr(self, "program"):
            self.program.close()

    def __enter__(self) -> Traced:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
