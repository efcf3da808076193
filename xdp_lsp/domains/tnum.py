"""Tracked numbers: which bits of a value are known. The domain of the kernel's verifier (kernel/bpf/tnum.c).

A Tnum (value, mask) stands for every x with `x & ~mask == value`; value and mask never share a bit. Functions that can
overflow take the width in bits.
"""

from __future__ import annotations

from typing import NamedTuple


class Tnum(NamedTuple):
    """Bits set in `mask` are unknown; the others are as in `value`."""

    value: int
    mask: int

    def contains(self, x: int) -> bool:
        return x & ~self.mask == self.value

    def is_subset_of(self, other: Tnum) -> bool:
        return not self.mask & ~other.mask and self.value & ~other.mask == other.value


def const(x: int) -> Tnum:
    return Tnum(x, 0)


def unknown(bits: int) -> Tnum:
    return Tnum(0, (1 << bits) - 1)


def spanning(low: int, high: int) -> Tnum:
    """The best tnum that holds all of `low`..`high`: their common leading bits (tnum_range)."""
    differing = (1 << (low ^ high).bit_length()) - 1
    return Tnum(low & ~differing, differing)


def add(a: Tnum, b: Tnum, bits: int) -> Tnum:
    """tnum_add: a bit of the sum is unknown where a bit or a carry into it is."""
    top = (1 << bits) - 1
    known = a.value + b.value
    changed = ((a.mask + b.mask + known) ^ known) | a.mask | b.mask
    mask = changed & top
    return Tnum(known & top & ~mask, mask)


def sub(a: Tnum, b: Tnum, bits: int) -> Tnum:
    """tnum_sub: as `add`, with borrows."""
    top = (1 << bits) - 1
    known = a.value - b.value
    mask = (((known + a.mask) ^ (known - b.mask)) | a.mask | b.mask) & top
    return Tnum(known & top & ~mask, mask)


def and_(a: Tnum, b: Tnum) -> Tnum:
    value = a.value & b.value
    return Tnum(value, (a.value | a.mask) & (b.value | b.mask) & ~value)


def or_(a: Tnum, b: Tnum) -> Tnum:
    value = a.value | b.value
    return Tnum(value, (a.mask | b.mask) & ~value)


def xor(a: Tnum, b: Tnum) -> Tnum:
    mask = a.mask | b.mask
    return Tnum((a.value ^ b.value) & ~mask, mask)


def shift_left(a: Tnum, count: int, bits: int) -> Tnum:
    top = (1 << bits) - 1
    return Tnum((a.value << count) & top, (a.mask << count) & top)


def shift_right(a: Tnum, count: int) -> Tnum:
    return Tnum(a.value >> count, a.mask >> count)


def sign_extend(a: Tnum, from_bits: int, bits: int) -> Tnum:
    """The low `from_bits` bits of `a`, their top bit (known or not) copied upwards to `bits`."""
    low = (1 << from_bits) - 1
    high = ((1 << bits) - 1) & ~low
    sign = 1 << (from_bits - 1)
    value, mask = a.value & low, a.mask & low
    if mask & sign:
        return Tnum(value, mask | high)
    return Tnum(value | high if value & sign else value, mask)


def byte_swap(a: Tnum, width: int) -> Tnum:
    """The low `width` bits (a multiple of 8) with their bytes the other way round, zeros above."""

    def swapped(bits: int) -> int:
        return int.from_bytes((bits & ((1 << width) - 1)).to_bytes(width // 8, "little"), "big")

    return Tnum(swapped(a.value), swapped(a.mask))


def scale(a: Tnum, factor: int, bits: int) -> Tnum:
    """`a * factor` modulo 2^bits for a known factor: the sum of the shifted summands (as tnum_mul does)."""
    top = (1 << bits) - 1
    magnitude = abs(factor)
    total = const(0)
    shift = 0
    while magnitude:
        if magnitude & 1:
            total = add(total, shift_left(a, shift, bits), bits)
        magnitude >>= 1
        shift += 1
        if shift >= bits:
            break
    if factor < 0:
        total = sub(const(0), total, bits)
    return Tnum(total.value & top, total.mask & top)


def mul(a: Tnum, b: Tnum, bits: int) -> Tnum:
    """tnum_mul of Linux 5.14 and later: shift and add, unknown bits of `a` adding an unknown `b`."""
    top = (1 << bits) - 1
    value = (a.value * b.value) & top
    unknown_part = const(0)
    while a.value or a.mask:
        if a.value & 1:
            unknown_part = add(unknown_part, Tnum(0, b.mask & top), bits)
        elif a.mask & 1:
            unknown_part = add(unknown_part, Tnum(0, (b.value | b.mask) & top), bits)
        a = shift_right(a, 1)
        b = shift_left(b, 1, bits)
    return add(const(value), unknown_part, bits)


def least_from(a: Tnum, start: int) -> int | None:
    """The smallest member that is `start` or more; None where all are less."""
    differing = (start ^ a.value) & ~a.mask
    if not differing:
        return start
    at = differing.bit_length() - 1  # above it, the known bits of `start` are a's
    if a.value >> at & 1:  # there a's is 1: every member that agrees above is more
        kept = start >> at << at
        return (kept & a.mask) | a.value
    higher = a.mask & ~start & -(1 << at)
    if not higher:
        return None
    at = (higher & -higher).bit_length() - 1  # the lowest bit that can be raised to get past `start`
    return (start >> at << at & a.mask) | 1 << at | a.value


def most_until(a: Tnum, end: int, bits: int) -> int | None:
    """The largest member that is `end` or less; None where all are more."""
    top = (1 << bits) - 1
    mirrored = least_from(Tnum(~a.value & ~a.mask & top, a.mask), ~end & top)
    return None if mirrored is None else ~mirrored & top


def meet(a: Tnum, b: Tnum) -> Tnum | None:
    """The values in both; None where known bits disagree."""
    if (a.value ^ b.value) & ~a.mask & ~b.mask:
        return None
    mask = a.mask & b.mask
    return Tnum((a.value | b.value) & ~mask, mask)


def join(a: Tnum, b: Tnum) -> Tnum:
    """The least tnum that holds both."""
    mask = a.mask | b.mask | (a.value ^ b.value)
    return Tnum(a.value & ~mask, mask)
