"""Holds what a run has in its registers and frames against the values that are claimed of all runs."""

from __future__ import annotations

from collections.abc import Mapping

from xdp_lsp.domains.scalar import WORD
from xdp_lsp.machine import Fault, Machine
from xdp_lsp.machine.arithmetic import TOP
from xdp_lsp.verifier import Kind, PointValues, Value, kernel_text


class Watched:
    """A run that is looked at before each instruction; `checked` counts the values that something was claimed of.

    `claims` are those of each program that it may come to by tail calls, by entry pc.
    """

    def __init__(self, machine: Machine, claims: Mapping[int, Mapping[int, PointValues]]) -> None:
        self.machine = machine
        self.checked = 0
        self._claims = claims
        self._programs = [machine.pc]  # which one runs in each frame, by its entry
        self._tail_calls = 0

    def _program(self) -> int:
        """The entry of the program that runs now."""
        depth = len(self.machine.frames)
        self._programs = self._programs[:depth]
        self._programs += [self._programs[-1]] * (depth - len(self._programs))
        if self.machine.tail_calls != self._tail_calls:
            self._tail_calls = self.machine.tail_calls
            self._programs[-1] = self.machine.pc
        return self._programs[-1]

    def first_wrong(self) -> str | None:
        """In words, the first value that is not what it is claimed to be. Raises Fault where the run ends so."""
        while True:
            wrong = self._wrong()
            if wrong is not None:
                return wrong
            if self.machine.step() is not None:
                return None

    def _wrong(self) -> str | None:
        machine = self.machine
        claim = self._claims[self._program()].get(machine.pc)
        if claim is None:
            return f"pc {machine.pc} counts as unreachable"
        frame = machine.frames[-1]
        for register, (claimed, value) in enumerate(zip(claim.registers, frame.registers, strict=True)):
            if claimed is not None and value is not None and not self._holds(claimed, int(value)):
                return f"pc {machine.pc}: r{register} is {int(value):#x}, not {kernel_text(claimed)}"
        pointer = frame.registers[10]
        assert pointer is not None
        for offset, (size, claimed) in claim.stack.items():
            value = machine.memory.load((pointer + offset) & TOP, size)
            if not self._holds(claimed, value):
                return (
                    f"pc {machine.pc}: {size} bytes at fp{offset} are {value:#x}, not {kernel_text(claimed)}"
                )
        return None

    def _holds(self, claimed: Value, value: int) -> bool:
        self.checked += 1
        if claimed.kind is Kind.OTHER or (claimed.may_be_null and value == 0):
            return True
        return any(WORD.contains(claimed.number, value - start) for start in self._starts(claimed))

    def _starts(self, claimed: Value) -> list[int]:
        """Where the region of a value begins; 0 for a number."""
        machine, kind = self.machine, claimed.kind
        if kind is Kind.SCALAR:
            return [0]
        if kind is Kind.CONTEXT:
            return [machine.context]
        if kind is Kind.PACKET:
            return [machine.first + int(machine.total)]
        if kind is Kind.PACKET_END:
            return [machine.first + int(machine.length)]
        if kind is Kind.METADATA:
            return [machine.first + int(machine.total) - int(machine.metadata)]
        if kind is Kind.STACK:
            pointer = machine.frames[-1 - claimed.frame].registers[10]
            assert pointer is not None
            return [pointer]
        if kind is Kind.DATA:
            return [machine.section(claimed.name).address]
        if kind is Kind.MAP:
            return [machine.maps.address(claimed.name)]
        return [region.address for region in machine.maps.regions(claimed.name)]


def refuted(machine: Machine, claims: Mapping[int, Mapping[int, PointValues]]) -> tuple[str | None, int]:
    """The first value of the run that is not as claimed, in words, and how many were looked at."""
    watched = Watched(machine, claims)
    try:
        return watched.first_wrong(), watched.checked
    except Fault:  # a loop without end, or a program that ends so: what was seen before counts
        return None, watched.checked
