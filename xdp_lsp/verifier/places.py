"""Sets of places as bit masks: registers, stack slots, and what is behind a pointer argument.

One bit per place: r0 to r10; the 8-byte slots fp-8, fp-16, ..., fp-512; any slot of any frame; and for each of r1 to
r5 as they were on entry, the 8-byte pieces from where it pointed on, with one more bit for all else around there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from xdp_lsp.verifier.pointers import Pointee

_PIECE = 8  # bytes
_SLOTS = 64
_FIRST_SLOT = 11
_ANY = _FIRST_SLOT + _SLOTS
_FIRST_BEHIND = _ANY + 1
_PIECES = 32  # followed one by one behind each argument: 256 bytes
_BEHIND = _PIECES + 1  # bits per argument
BITS = _FIRST_BEHIND + 5 * _BEHIND

ARGUMENTS = 0b111110  # r1 to r5
CALLER_SAVED = 0b111111  # r0 to r5
CALLEE_SAVED = 0b1111000000  # r6 to r9
ALL_SLOTS = ((1 << _SLOTS) - 1) << _FIRST_SLOT
ANY_SLOT = 1 << _ANY
ALL_BEHIND = ((1 << 5 * _BEHIND) - 1) << _FIRST_BEHIND
# What may be written or read through a pointer that is not known to be into the own frame.
ELSEWHERE = ANY_SLOT | ALL_BEHIND


class Live(NamedTuple):
    """The places that matter at one point, by why they do (see `slice`)."""

    value: int
    test: int
    base: int

    def also(self, other: Live) -> Live:
        return Live(self.value | other.value, self.test | other.test, self.base | other.base)


def slot_bits(offset: int, size: int) -> int:
    """The slots that hold the `size` bytes at frame offset `offset`; none outside the frame."""
    bits = 0
    for at in range(offset // _PIECE, (offset + size - 1) // _PIECE + 1):
        if -_SLOTS <= at < 0:
            bits |= 1 << (_FIRST_SLOT - at - 1)
    return bits


def slot_offset(bit: int) -> int:
    """The frame offset of the 8-byte slot that has the bit `bit`."""
    return -_PIECE * (bit.bit_length() - _FIRST_SLOT)


def pointed_bits(pointee: Pointee, offset: int, size: int) -> int:
    """The places of the `size` bytes at `offset` from where `pointee` points."""
    if pointee.is_constants:
        return 0
    argument = pointee.argument
    at = None if pointee.offset is None else pointee.offset + offset
    if pointee.is_own_frame:
        return ALL_SLOTS if at is None else slot_bits(at, size)
    if argument is None:
        return ANY_SLOT
    first = _FIRST_BEHIND + (argument - 1) * _BEHIND
    if at is None:
        return ((1 << _BEHIND) - 1) << first
    bits = 0
    for piece in range(at // _PIECE, (at + size - 1) // _PIECE + 1):
        bits |= 1 << (first + piece if 0 <= piece < _PIECES else first + _PIECES)
    return bits


def _behind(bits: int) -> Iterator[tuple[int, int | None]]:
    """The (argument, offset) of each piece behind an argument in `bits`; offset None for the rest around it."""
    bits >>= _FIRST_BEHIND
    while bits:
        at = (bits & -bits).bit_length() - 1
        bits &= bits - 1
        argument, piece = divmod(at, _BEHIND)
        yield argument + 1, piece * _PIECE if piece < _PIECES else None


def to_caller(bits: int, passed: Mapping[int, Pointee]) -> int:
    """A callee's places of other frames as its caller sees them: `passed` are the pointers it was given."""
    found = bits & ANY_SLOT
    for argument, offset in _behind(bits & ALL_BEHIND):
        pointee = passed.get(argument)
        if pointee is not None:
            known = pointee if offset is not None else pointee.moved(None)
            found |= pointed_bits(known, offset or 0, _PIECE)
    return found


def to_callee(bits: int, passed: Mapping[int, Pointee]) -> int:
    """A caller's places as the callee that is `passed` pointers to them sees them."""
    found = bits & ANY_SLOT
    for argument, pointee in passed.items():
        behind = Pointee(argument, 0)
        followed = 0
        for piece in range(_PIECES):
            there = _overlap(pointee, piece * _PIECE)
            followed |= there
            if there & bits:
                found |= pointed_bits(behind, piece * _PIECE, _PIECE)
        if _overlap(pointee.moved(None), 0) & bits & ~followed:
            found |= pointed_bits(behind, _PIECES * _PIECE, _PIECE)
    return found


def _overlap(pointee: Pointee, offset: int) -> int:
    """The places that the piece at `offset` behind a pointer may be in: of an unknown one, all."""
    if pointee.is_own_frame or pointee.argument is not None:
        return pointed_bits(pointee, offset, _PIECE) | ANY_SLOT
    return ALL_SLOTS | ELSEWHERE
