"""What a run is given: everything that the program's code does not decide."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

LEAST_PACKET = 14  # bytes: what every run begins with at least
MOST_HEADROOM = 1 << 20  # far beyond what is asked of any driver
LONGEST_PACKET = 4096 - 256 - 320  # a page less headroom and struct skb_shared_info, as in BPF_PROG_TEST_RUN


class Kind(Enum):
    """What a number stands for; with each, what `Source` has in `name`, `key` and `number`."""

    PACKET = "packet"  # number: a byte, counted from where the packet began when it came in
    LENGTH = "length"  # the packet's, in bytes
    HEADROOM = "headroom"  # bytes in front of the packet
    CONTEXT = "context"  # number: the offset in struct xdp_md
    VALUE = "value"  # name: map; key: as the program passes it; number: a byte of the value
    PRESENT = "present"  # name, key: whether a look-up of that key finds anything
    VARIABLE = "variable"  # name: data section; number: a byte of it
    RESULT = "result"  # name: helper; number: which of its calls
    OUTPUT = "output"  # name: helper; key: which of its calls (4 bytes); number: a byte that it wrote


class Source(NamedTuple):
    """One number of an input: `bits` wide, and one of `allowed` where those are given (unsigned 64 bits)."""

    kind: Kind
    name: str = ""
    key: bytes = b""
    number: int = 0
    bits: int = 8
    allowed: tuple[int, ...] | range = ()

    @property
    def most(self) -> int:
        if isinstance(self.allowed, range):
            return self.allowed[-1]
        return max(self.allowed) if self.allowed else (1 << self.bits) - 1


class Inputs:
    """The plainest input: a packet of `length` zeros, maps with zeros behind every key, calls that succeed.

    Others override `number` and `contents`; they must give the same answer to the same question during one run.
    """

    length = 128
    headroom = 256

    def number(self, source: Source) -> int:
        """The number that `source` names, one of PACKET, VALUE, VARIABLE or OUTPUT left to `contents`."""
        if source.kind is Kind.LENGTH:
            return self.length
        if source.kind is Kind.HEADROOM:
            return self.headroom
        if source.kind is Kind.PRESENT:
            return 1
        return source.allowed[0] if source.allowed else 0

    def contents(self, source: Source, initial: bytes) -> bytes:
        """The bytes that `source` and those after it name, as many as `initial`, which the object says they are."""
        return initial

    def fresh(self, size: int) -> bytes:
        """What memory holds that nobody wrote: a frame of the stack."""
        return bytes(size)

    def meanwhile(self, size: int) -> int | None:
        """What another CPU wrote where a map value is read, in `size` bytes; None: nothing."""
        return None
