"""Ranges on the circle of integers modulo 2^bits: one arc, which may pass through 0 or through the sign change.

An arc is right for signed and unsigned readings alike, which a pair of intervals is not: `-n` for n in 0..64 is
the one arc -64..0. The full circle is any arc of size 2^bits - 1. (Navas et al., "Signedness-Agnostic Program
Analysis: Precise Integer Bounds for Low-Level Code", APLAS 2012.)
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple


class Circular(NamedTuple):
    """The values `low`, `low + 1`, ..., `low + size`, modulo 2^bits; `size` counts steps, so 0 is one value."""

    low: int
    size: int

    def contains(self, x: int, bits: int) -> bool:
        return (x - self.low) & ((1 << bits) - 1) <= self.size


def const(x: int, bits: int) -> Circular:
    return Circular(x & ((1 << bits) - 1), 0)


def full(bits: int) -> Circular:
    return Circular(0, (1 << bits) - 1)


def between(low: int, high: int, bits: int) -> Circular:
    """All integers `low`..`high` (low <= high) reduced modulo 2^bits."""
    top = (1 << bits) - 1
    if high - low >= top:
        return Circular(0, top)
    return Circular(low & top, high - low)


def unsigned_bounds(a: Circular, bits: int) -> tuple[int, int]:
    top = (1 << bits) - 1
    high = a.low + a.size
    return (0, top) if high > top else (a.low, high)


def signed_bounds(a: Circular, bits: int) -> tuple[int, int]:
    half = 1 << (bits - 1)
    low = ((a.low + half) & ((1 << bits) - 1)) - half
    high = low + a.size
    return (-half, half - 1) if high >= half else (low, high)


def add(a: Circular, b: Circular, bits: int) -> Circular:
    top = (1 << bits) - 1
    size = a.size + b.size
    if size >= top:
        return Circular(0, top)
    return Circular((a.low + b.low) & top, size)


def scale(a: Circular, factor: int, bits: int) -> Circular:
    """`a * factor` for a known (signed) factor."""
    top = (1 << bits) - 1
    size = a.size * abs(factor)
    if size >= top:
        return Circular(0, top)
    first = a.low if factor >= 0 else a.low + a.size
    return Circular((first * factor) & top, size)


def is_subset_of(a: Circular, b: Circular, bits: int) -> bool:
    top = (1 << bits) - 1
    return b.size >= top or ((a.low - b.low) & top) + a.size <= b.size


def join(a: Circular, b: Circular, bits: int) -> Circular:
    """The smallest arc that holds both arcs."""
    if is_subset_of(a, b, bits):
        return b
    if is_subset_of(b, a, bits):
        return a
    top = (1 << bits) - 1
    # Both candidates start at one arc's start and run to the other's end (or its own, if that is farther).
    from_a = max(a.size, ((b.low - a.low) & top) + b.size)
    from_b = max(b.size, ((a.low - b.low) & top) + a.size)
    if min(from_a, from_b) >= top:
        return Circular(0, top)
    return Circular(a.low, from_a) if from_a <= from_b else Circular(b.low, from_b)


def meet(a: Circular, b: Circular, bits: int) -> Circular | None:
    """An arc that holds all values in both; None where there is none.

    Two arcs can meet in two pieces; the answer then is the smaller of the two arcs, which holds both pieces.
    """
    top = (1 << bits) - 1
    start = (b.low - a.low) & top  # where b begins, seen from a's start
    wraps_to = start + b.size - (top + 1)  # where b ends after passing a's start; negative if it does not
    if start <= a.size:
        if wraps_to >= 0:  # the head of a is in b too
            if wraps_to >= start - 1 or a.size <= b.size:
                return a
            return b
        return Circular(b.low, min(a.size - start, b.size))
    if wraps_to < 0:
        return None
    return Circular(a.low, min(a.size, wraps_to))


def without(a: Circular, x: int, bits: int) -> Circular | None:
    """`a` less the value `x`, as far as one arc can say it: only an end can be cut off."""
    if not a.contains(x, bits):
        return a
    top = (1 << bits) - 1
    if a.size == 0:
        return None
    if a.size >= top:  # a full circle can be cut anywhere
        return Circular((x + 1) & top, top - 1)
    if x == a.low:
        return Circular((a.low + 1) & top, a.size - 1)
    if x == (a.low + a.size) & top:
        return Circular(a.low, a.size - 1)
    return a


def widen(old: Circular, new: Circular, thresholds: Sequence[int], bits: int) -> Circular:
    """`old` joined with `new`, each end that moved pushed out to the next of `thresholds` (sorted, signed).

    Chains of widenings are finite: an end only ever moves to one of finitely many places, then to the full circle.
    """
    if is_subset_of(new, old, bits):
        return old
    joined = join(old, new, bits)
    top = (1 << bits) - 1
    if joined.size >= top:
        return joined
    half = 1 << (bits - 1)
    # Read the arc as plain integers, signed if it can be, so that the thresholds apply.
    low = ((joined.low + half) & top) - half
    if low + joined.size >= half:
        low = joined.low
        if low + joined.size > top:
            return full(bits)
    high = low + joined.size
    if (old.low - low) & top:  # the lower end moved
        at = bisect_right(thresholds, low) - 1
        if at < 0:
            return full(bits)
        low = thresholds[at]
    if (old.low + old.size - high) & top:  # the upper end moved
        at = bisect_left(thresholds, high)
        if at == len(thresholds):
            return full(bits)
        high = thresholds[at]
    return between(low, high, bits)


def divide(a: Circular, product: Circular, factor: int, bits: int) -> Circular | None:
    """The members x of `a` for which `x * factor` (factor not 0) can be in `product`; None where there are none.

    Only where the multiples of `a` do not go once round the circle is there anything to learn.
    """
    magnitude = abs(factor)
    top = (1 << bits) - 1
    if a.size * magnitude >= top:
        return a
    multiples = scale(a, factor, bits)
    met = meet(multiples, product, bits)
    if met is None:
        return None
    # Distance of met's ends from the first multiple.
    first = (met.low - multiples.low) & top
    if first + met.size > multiples.size:
        return a  # the two meet in two pieces, and `met` is an arc around both
    steps_from, steps_to = -(-first // magnitude), (first + met.size) // magnitude
    if steps_from > steps_to:
        return None
    if factor > 0:
        return Circular((a.low + steps_from) & top, steps_to - steps_from)
    return Circular((a.low + a.size - steps_to) & top, steps_to - steps_from)
