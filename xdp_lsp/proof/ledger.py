"""Where a program's frame has room for a running total."""

from __future__ import annotations

from collections.abc import Iterable

from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.program.image import Function, Image
from xdp_lsp.proof.assertions import Ledger

_STACK_SIZE = 512  # bytes, MAX_BPF_STACK
_SLOT = 8  # bytes
_FRAME = 10


def find_ledger(image: Image, function: Function, calls: tuple[int, ...]) -> Ledger | str:
    """A ledger below everything that `function` keeps in its frame; in words why there is none.

    `calls` are all calls of the program that move the packet's start or its metadata's.
    """
    if not all(pc in range(function.start, function.end) for pc in calls):
        return "some of its calls are in functions of their own"
    lowest = _lowest(image.slots[function.start : function.end])
    tried = lowest // _SLOT * _SLOT - 2 * _SLOT
    if tried < -_STACK_SIZE:
        return "its frame has no room left for a running total"
    return Ledger(total=tried + _SLOT, tried=tried, calls=calls)


def _lowest(slots: Iterable[Instruction]) -> int:
    """The lowest offset from r10 that the code can mean.

    Compilers address the frame by `r10 + offset`, or by a copy of r10 to which a constant is added. Every negative
    constant that is added to anything counts: too deep does no harm.
    """
    lowest = 0
    for slot in slots:
        base = slot.src if slot.klass == isa.LDX else slot.dst
        if slot.klass in (isa.LDX, isa.ST, isa.STX) and base == _FRAME:
            lowest = min(lowest, slot.offset)
        elif slot.opcode == isa.ALU64 | isa.ADD and -_STACK_SIZE <= slot.imm < 0:
            lowest = min(lowest, slot.imm)
    return lowest
