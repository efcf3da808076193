"""The numbers of a run: whatever makes a new one out of others, and whatever decides by one."""

from __future__ import annotations

from xdp_lsp.machine.arithmetic import TOP, alu, byte_swap, compare, signed
from xdp_lsp.machine.inputs import Inputs, Kind, Source
from xdp_lsp.machine.memory import Memory


class Numbers:
    """What a subclass may look at to see where each number comes from, and what by.

    Values are unsigned 64-bit numbers. They may be of a subclass of int, which is handed on as it is.
    """

    def __init__(self, given: Inputs, *, big_endian: bool) -> None:
        self.given = given
        self.memory = Memory(big_endian=big_endian)
        self.calls: dict[str, int] = {}  # how often each helper that gives an input was called

    def operate(self, operation: int, x: int, y: int, width: int = 64, is_signed: bool = False) -> int:
        """`x operation y`, an ALU operation."""
        return alu(operation, x, y, width, is_signed)

    def swap(self, x: int, width: int) -> int:
        return byte_swap(x, width)

    def sign_extend(self, x: int, bits: int, width: int = 64) -> int:
        """The low `bits` of x, signed, in `width` bits with zeros above."""
        return signed(x, bits) & ((1 << width) - 1)

    def holds(self, operation: int, x: int, y: int, width: int = 64) -> bool:
        """Whether `x operation y`, a comparison: decides how the run goes on."""
        return compare(operation, x, y, width)

    def input(self, source: Source) -> int:
        return self.given.number(source)

    def load(self, address: int, size: int) -> int:
        """`size` bytes, zero-extended."""
        region, at = self.memory.place(address, size)
        if region.source is not None and region.source.kind is Kind.VALUE:
            changed = self.given.meanwhile(size)
            if changed is not None:
                return changed
        return int.from_bytes(region.data[at : at + size], self.memory.order)

    def store(self, address: int, size: int, value: int) -> None:
        self.memory.store(address, size, value)

    def result(self, name: str, bits: int = 64, allowed: tuple[int, ...] = ()) -> int:
        """A number that the next call of helper `name` gives."""
        number = self.calls.get(name, 0)
        self.calls[name] = number + 1
        return self.input(Source(Kind.RESULT, name, number=number, bits=bits, allowed=allowed))

    def output(self, name: str, address: int, size: int) -> None:
        """`size` bytes at `address` that the last call of helper `name` decides."""
        call = (self.calls.get(name, 1) - 1).to_bytes(4, "big")
        first = address & TOP
        for at in range(size):
            source = Source(Kind.OUTPUT, name, call, at)
            self.store(first + at, 1, self.input(source))

    def bytes_at(self, address: int, size: int) -> bytes:
        region, at = self.memory.place(address, size)
        return bytes(region.data[at : at + size])

    def copy(self, source: int, target: int, size: int) -> None:
        """As memcpy()."""
        moved = [self.load(source + at, 1) for at in range(size)]
        for at, value in enumerate(moved):
            self.store(target + at, 1, value)
