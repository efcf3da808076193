"""What is claimed of a program, as code that the kernel's verifier takes only if it agrees.

Before a call stands a compare whose one branch leads on to the call and whose other branch loads from an address
that no program may load from. The verifier takes the program only if it finds that this branch is never taken.

- *Delta* is compared in w2: the call looks at the low 32 bits alone, as a signed number (`bpf_xdp_adjust_head()`,
  net/core/filter.c). A compare of r2 would prove nothing.
- A call that is claimed *unreachable* gets the forbidden load alone.
- The *need* is about a sum. A slot of the frame holds `T = S - M`, the sum of the deltas that succeeded less the
  metadata's length: a successful call of either helper adds its delta to it. The demand of a call is
  `M - (S + delta) = -(T + delta)`. The slot belongs to the program's own frame, so that calls in other functions
  are out of its reach.

r3 to r5 are free before a call of two arguments, r1 to r5 after any call.

INT_MIN that only a negation brings is let through (`CallSite.delta_has_int_min`): every kernel refuses such a call.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import Enum
from typing import NamedTuple

from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.kernel import Additions
from xdp_lsp.verifier.result import UNBOUNDED_NEED

_INT_MIN = -(1 << 31)
_FRAME = 10


class Quantity(Enum):
    """What a claim is about."""

    LEAST_DELTA = "least delta"  # no delta is below the bound: the longest prepend
    LARGEST_DELTA = "largest delta"  # no delta is above the bound: the longest trim
    UNREACHABLE = "unreachable"
    DEMAND = "demand"  # no call of the program demands more bytes than the bound


class Claim(NamedTuple):
    """One statement about the calls at `pcs`, that can be proved alone.

    `bound` is in bytes, 0 for UNREACHABLE. At the calls of `lets_int_min` a delta of INT_MIN demands nothing.
    """

    quantity: Quantity
    pcs: tuple[int, ...]
    bound: int = 0
    lets_int_min: frozenset[int] = frozenset()

    @property
    def towards_tight(self) -> int:
        """The direction in which the bound says more: 1 upwards, -1 downwards."""
        return 1 if self.quantity is Quantity.LEAST_DELTA else -1


class Ledger(NamedTuple):
    """Two free slots in the frame of the program's entry function, for a running total: the offsets from r10.

    `calls` are the pcs of all calls that move the packet's start or its metadata's.
    """

    total: int
    tried: int
    calls: tuple[int, ...]


def assertions(claims: Collection[Claim], ledger: Ledger | None) -> Additions:
    """The code for all of `claims`. Those of a DEMAND need a `ledger`."""
    keeps_books = any(claim.quantity is Quantity.DEMAND for claim in claims)
    assert ledger is not None or not keeps_books
    before: dict[int, list[Instruction]] = {}
    if ledger is not None and keeps_books:
        for pc in ledger.calls:
            before[pc] = _note_what_is_tried(ledger)
    for pc in sorted({pc for claim in claims for pc in claim.pcs}):
        here = [claim for claim in claims if pc in claim.pcs]
        strict = [check for claim in here if pc not in claim.lets_int_min for check in _check(claim, ledger)]
        lenient = [check for claim in here if pc in claim.lets_int_min for check in _check(claim, ledger)]
        if lenient:
            lenient.insert(0, _if_w2(isa.JEQ, _INT_MIN, len(lenient)))
        before.setdefault(pc, []).extend((*strict, *lenient))
    if ledger is None or not keeps_books:
        return Additions(before=before)
    settle = _settle(ledger)
    start = [_store_number(ledger.total, 0)]
    return Additions(start, before, dict.fromkeys(ledger.calls, settle))


def _check(claim: Claim, ledger: Ledger | None) -> Sequence[Instruction]:
    """Falls through where the claim holds."""
    if claim.quantity is Quantity.UNREACHABLE:
        return _FORBIDDEN
    if claim.quantity is Quantity.LEAST_DELTA:
        return (_if_w2(isa.JSGE, claim.bound, len(_FORBIDDEN)), *_FORBIDDEN)
    if claim.quantity is Quantity.LARGEST_DELTA:
        return (_if_w2(isa.JSLE, claim.bound, len(_FORBIDDEN)), *_FORBIDDEN)
    assert ledger is not None
    return (
        _load(3, ledger.tried),
        Instruction(isa.JMP | isa.JSGE, 3, 0, len(_FORBIDDEN), -claim.bound),
        *_FORBIDDEN,
    )


_FORBIDDEN = (
    Instruction(isa.ALU64 | isa.MOV, 5, 0, 0, 0),
    Instruction(isa.LDX | isa.DW | isa.MEM, 5, 5, 0, 0),
)


def _note_what_is_tried(ledger: Ledger) -> list[Instruction]:
    """tried = total + delta. Two shifts extend the sign of w2 on every kernel, and keep its bounds."""
    return [
        _load(3, ledger.total),
        Instruction(isa.ALU64 | isa.MOV | isa.X, 4, 2, 0, 0),
        Instruction(isa.ALU64 | isa.LSH, 4, 0, 0, 32),
        Instruction(isa.ALU64 | isa.ARSH, 4, 0, 0, 32),
        Instruction(isa.ALU64 | isa.ADD | isa.X, 3, 4, 0, 0),
        Instruction(isa.STX | isa.DW | isa.MEM, _FRAME, 3, ledger.tried, 0),
    ]


def _settle(ledger: Ledger) -> list[Instruction]:
    """After a call: on success total = tried.

    A failure returns a negative errno, whose upper 33 bits are ones. To set them changes nothing, and tells the
    verifier what it does not know of these helpers: that what the program takes for success is none. And nothing
    succeeds that demands more than any driver has (`UNBOUNDED_NEED`).
    """
    return [
        Instruction(isa.JMP | isa.JNE, 0, 0, 4, 0),
        _load(1, ledger.tried),
        Instruction(isa.JMP | isa.JSLT, 1, 0, 2, -UNBOUNDED_NEED),
        Instruction(isa.STX | isa.DW | isa.MEM, _FRAME, 1, ledger.total, 0),
        Instruction(isa.JMP | isa.JA, 0, 0, 1, 0),
        Instruction(isa.ALU64 | isa.OR, 0, 0, 0, _INT_MIN),
    ]


def _if_w2(operation: int, bound: int, distance: int) -> Instruction:
    return Instruction(isa.JMP32 | operation, 2, 0, distance, bound)


def _load(register: int, offset: int) -> Instruction:
    return Instruction(isa.LDX | isa.DW | isa.MEM, register, _FRAME, offset, 0)


def _store_number(offset: int, number: int) -> Instruction:
    return Instruction(isa.ST | isa.DW | isa.MEM, _FRAME, 0, offset, number)
