"""Scalars: what is known of one 64-bit register, as a reduced product.

A `Scalar` holds the intersection of three views: a tnum of the whole word, a circular range of the whole word, and a
circular range of its low half. `ScalarDomain(bits, half)` carries the widths, so that every operation can be checked by
brute force at small ones; the product uses `WORD = ScalarDomain(64, 32)`. Bottom (no value at all) is None and only the
meets and refinements return it.

Soundness of every operation: if x is in a and y is in b, then the concrete result is in the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from xdp_lsp.domains import circular, tnum
from xdp_lsp.domains.circular import Circular
from xdp_lsp.domains.tnum import Tnum

# The same few values meet again and again, and looking an answer up is some ten times quicker than a reduction.
# The domains live as long as the process, so a method's cache holds on to nothing that would otherwise go.
_memo = lru_cache(maxsize=1 << 15)


class Infeasible(Exception):  # noqa: N818 - a condition, not an error
    """There is no value, so no run, for which all that is assumed holds."""


class Scalar(NamedTuple):
    """The values in all of `bits` (whole word), `range` (whole word) and `low_range` (low half)."""

    bits: Tnum
    range: Circular
    low_range: Circular

    @property
    def constant(self) -> int | None:
        """The one value (unsigned), if there is only one."""
        return self.range.low if self.range.size == 0 else None


class ScalarDomain:
    """Operations on scalars of `bits` bits whose low half is `half` bits wide."""

    def __init__(self, bits: int, half: int) -> None:
        self.bits = bits
        self.half = half
        self.top_value = (1 << bits) - 1
        self.half_top = (1 << half) - 1
        self.top = Scalar(tnum.unknown(bits), circular.full(bits), circular.full(half))

    # -- making and taking apart ----------------------------------------------------------------

    @_memo
    def const(self, x: int) -> Scalar:
        x &= self.top_value
        return Scalar(Tnum(x, 0), Circular(x, 0), Circular(x & self.half_top, 0))

    def between(self, low: int, high: int) -> Scalar:
        """All integers `low`..`high`, modulo the word."""
        made = self.reduce(
            tnum.unknown(self.bits), circular.between(low, high, self.bits), circular.full(self.half)
        )
        assert made is not None
        return made

    def of_width(self, bits: int) -> Scalar:
        """Any value of an unsigned type of `bits` bits."""
        return self.between(0, (1 << bits) - 1) if bits < self.bits else self.top

    def low_half_in(self, arc: Circular) -> Scalar:
        """Any word whose low half is in `arc`."""
        made = self.reduce(self.top.bits, self.top.range, arc)
        assert made is not None
        return made

    def contains(self, a: Scalar, x: int) -> bool:
        x &= self.top_value
        return (
            a.bits.contains(x)
            and a.range.contains(x, self.bits)
            and a.low_range.contains(x & self.half_top, self.half)
        )

    def unsigned(self, a: Scalar) -> tuple[int, int]:
        return circular.unsigned_bounds(a.range, self.bits)

    def signed(self, a: Scalar) -> tuple[int, int]:
        return circular.signed_bounds(a.range, self.bits)

    # -- the lattice ----------------------------------------------------------------------------

    @_memo
    def reduce(self, bits: Tnum, arc: Circular, low: Circular) -> Scalar | None:
        """The three views, each cut down by what the others know; None if nothing is left.

        Each step replaces one view by its meet with a consequence of the others, so no common value is lost.
        """
        word, half = self.bits, self.half
        if arc.size == 0:
            x = arc.low
            if not bits.contains(x) or not low.contains(x & self.half_top, half):
                return None
            return self.const(x)
        for _ in range(2):
            before = bits, arc, low
            # bits -> range
            if bits.mask != self.top_value:
                met = circular.meet(arc, Circular(bits.value, bits.mask), word)  # value .. value|mask
                if met is None:
                    return None
                arc = met
                first, last = circular.unsigned_bounds(arc, word)
                least, most = tnum.least_from(bits, first), tnum.most_until(bits, last, word)
                if least is None or most is None or least > most:
                    return None
                if last - first == arc.size:  # else the arc goes through 0 and these are not its ends
                    arc = Circular(least, most - least)
            # range -> bits
            first, last = circular.unsigned_bounds(arc, word)
            if first or last != self.top_value:
                spanned = tnum.meet(bits, tnum.spanning(first, last))
                if spanned is None:
                    return None
                bits = spanned
            # range, bits -> low half
            low_bits = Tnum(bits.value & self.half_top, bits.mask & self.half_top)
            met = circular.meet(low, Circular(low_bits.value, low_bits.mask), half)
            if met is not None and arc.size < self.half_top:
                met = circular.meet(met, Circular(arc.low & self.half_top, arc.size), half)
            if met is None:
                return None
            low = met
            # low half -> range and bits, where the high half is known
            low_first, low_last = circular.unsigned_bounds(low, half)
            if first >> half == last >> half:
                base = first & ~self.half_top
                met = circular.meet(arc, Circular(base + low_first, low_last - low_first), word)
                if met is None:
                    return None
                arc = met
            spanned = tnum.spanning(low_first, low_last)
            merged = tnum.meet(bits, Tnum(spanned.value, spanned.mask | (self.top_value & ~self.half_top)))
            if merged is None:
                return None
            bits = merged
            if arc.size == 0:
                return self.reduce(bits, arc, low)
            if before == (bits, arc, low):
                break
        return Scalar(bits, arc, low)

    @_memo
    def join(self, a: Scalar, b: Scalar) -> Scalar:
        if a == b:
            return a
        bits = tnum.join(a.bits, b.bits)
        arc = circular.join(a.range, b.range, self.bits)
        low = circular.join(a.low_range, b.low_range, self.half)
        return self.reduce(bits, arc, low) or Scalar(bits, arc, low)

    @_memo
    def meet(self, a: Scalar, b: Scalar) -> Scalar | None:
        """Holds what is in both, and None if nothing is. Arcs that meet in two pieces give one arc around both."""
        if a == b:
            return a
        bits = tnum.meet(a.bits, b.bits)
        arc = circular.meet(a.range, b.range, self.bits)
        low = circular.meet(a.low_range, b.low_range, self.half)
        if bits is None or arc is None or low is None:
            return None
        return self.reduce(bits, arc, low)

    def is_subset_of(self, a: Scalar, b: Scalar) -> bool:
        return (
            a.bits.is_subset_of(b.bits)
            and circular.is_subset_of(a.range, b.range, self.bits)
            and circular.is_subset_of(a.low_range, b.low_range, self.half)
        )

    def widen(self, old: Scalar, new: Scalar, thresholds: Sequence[int]) -> Scalar:
        """`old` joined with `new`, made coarse enough that repeating it ends."""
        if self.is_subset_of(new, old):
            return old
        # Not reduced against each other more than once: a reduction could undo a widening and so never end.
        # The tnum can only lose known bits, the arcs only move to thresholds: both chains are finite.
        return Scalar(
            tnum.join(old.bits, new.bits),
            circular.widen(old.range, new.range, thresholds, self.bits),
            circular.widen(old.low_range, new.low_range, thresholds, self.half),
        )

    # -- arithmetic -----------------------------------------------------------------------------

    @_memo
    def add(self, a: Scalar, b: Scalar) -> Scalar:
        return self._made(
            tnum.add(a.bits, b.bits, self.bits),
            circular.add(a.range, b.range, self.bits),
            circular.add(a.low_range, b.low_range, self.half),
        )

    @_memo
    def scale(self, a: Scalar, factor: int) -> Scalar:
        """`a * factor` for a known factor (any integer; a negative one is a negation and a product)."""
        if factor == 1:
            return a
        return self._made(
            tnum.scale(a.bits, factor, self.bits),
            circular.scale(a.range, factor, self.bits),
            circular.scale(a.low_range, factor, self.half),
        )

    @_memo
    def mul(self, a: Scalar, b: Scalar) -> Scalar:
        if b.constant is not None:
            return self.scale(a, b.constant)
        if a.constant is not None:
            return self.scale(b, a.constant)
        first_a, last_a = self.unsigned(a)
        first_b, last_b = self.unsigned(b)
        arc = circular.between(first_a * first_b, last_a * last_b, self.bits)
        return self._made(tnum.mul(a.bits, b.bits, self.bits), arc, self.top.low_range)

    def unsigned_divide(self, a: Scalar, b: Scalar) -> Scalar:
        """BPF division: by zero it is zero."""
        first_a, last_a = self.unsigned(a)
        first_b, last_b = self.unsigned(b)
        low = 0 if first_b == 0 or last_b == 0 else first_a // last_b
        return self.between(low, last_a // max(first_b, 1) if last_b else 0)

    def unsigned_modulo(self, a: Scalar, b: Scalar) -> Scalar:
        """BPF remainder: by zero it is the dividend."""
        last_a = self.unsigned(a)[1]
        first_b, last_b = self.unsigned(b)
        if last_a < first_b or last_b == 0:  # nothing to take off
            return a
        if a.constant is not None and b.constant is not None:
            return self.const(a.constant % b.constant)
        return self.between(0, last_a if first_b == 0 else min(last_a, last_b - 1))

    def signed_divide(self, a: Scalar, b: Scalar) -> Scalar:
        """BPF signed division, truncating: by zero zero, and the least number by -1 itself."""
        low, high = self.signed(a)
        divisor, other = self.signed(b)
        least = -(1 << (self.bits - 1))
        if divisor == other and divisor != 0 and (low, divisor) != (least, -1):
            ends = _truncated(low, divisor), _truncated(high, divisor)
            return self.between(min(ends), max(ends))
        largest = max(abs(low), abs(high))
        if low >= 0 and divisor >= 0:
            return self.between(0, largest)
        return self.between(-largest, largest)

    def signed_modulo(self, a: Scalar, b: Scalar) -> Scalar:
        """BPF signed remainder: it has the dividend's sign and no more than its magnitude."""
        low, high = self.signed(a)
        low_b, high_b = self.signed(b)
        if low == high and low_b == high_b:
            return a if low_b == 0 else self.const(low - low_b * _truncated(low, low_b))
        magnitude = max(abs(low_b), abs(high_b))
        limit = self.top_value if low_b <= 0 <= high_b else magnitude - 1
        return self.between(max(min(low, 0), -limit), min(max(high, 0), limit))

    # -- bits -----------------------------------------------------------------------------------

    def and_(self, a: Scalar, b: Scalar) -> Scalar:
        first, limit = 0, min(self.unsigned(a)[1], self.unsigned(b)[1])
        for one, other in ((a, b), (b, a)):
            mask = other.constant
            if mask is not None and (mask | (mask - 1)) == self.top_value:  # rounds down to a power of two
                first, limit = self.unsigned(one)[0] & mask, self.unsigned(one)[1] & mask
        arc, low = Circular(first, limit - first), self.top.low_range
        # A sign, as `flag ? n : 0` is compiled without a branch: the number or 0.
        for one, other in ((a, b), (b, a)):
            if _is_sign(one.range, self.bits):
                arc = circular.join(other.range, Circular(0, 0), self.bits)
            if _is_sign(one.low_range, self.half):
                low = circular.join(other.low_range, Circular(0, 0), self.half)
        return self._made(tnum.and_(a.bits, b.bits), arc, low)

    def or_(self, a: Scalar, b: Scalar) -> Scalar:
        least = max(self.unsigned(a)[0], self.unsigned(b)[0])
        return self._made(
            tnum.or_(a.bits, b.bits), Circular(least, self.top_value - least), self.top.low_range
        )

    def xor(self, a: Scalar, b: Scalar) -> Scalar:
        arc, low = self.top.range, self.top.low_range
        # A sign, as abs() uses it: the number or its complement.
        for one, other in ((a, b), (b, a)):
            if _is_sign(one.range, self.bits):
                arc = circular.join(other.range, _complement(other.range, self.bits), self.bits)
            if _is_sign(one.low_range, self.half):
                low = circular.join(other.low_range, _complement(other.low_range, self.half), self.half)
        return self._made(tnum.xor(a.bits, b.bits), arc, low)

    def shift_left(self, a: Scalar, count: int) -> Scalar:
        return self.scale(a, 1 << count)

    def shift_right(self, a: Scalar, count: int) -> Scalar:
        first, last = self.unsigned(a)
        return self._made(
            tnum.shift_right(a.bits, count),
            Circular(first >> count, (last >> count) - (first >> count)),
            self.top.low_range,
        )

    def shift_right_arithmetic(self, a: Scalar, count: int) -> Scalar:
        low, high = self.signed(a)
        shifted = tnum.sign_extend(tnum.shift_right(a.bits, count), self.bits - count, self.bits)
        return self._made(
            shifted, circular.between(low >> count, high >> count, self.bits), self.top.low_range
        )

    @_memo
    def zero_extend(self, a: Scalar, width: int) -> Scalar:
        """The low `width` bits of `a`, zeros above."""
        if width >= self.bits:
            return a
        mask = (1 << width) - 1
        arc = self._low_arc(a, width)
        first, last = circular.unsigned_bounds(arc, width)
        low = a.low_range if width >= self.half else self.top.low_range
        return self._made(Tnum(a.bits.value & mask, a.bits.mask & mask), Circular(first, last - first), low)

    @_memo
    def sign_extend(self, a: Scalar, width: int) -> Scalar:
        """The low `width` bits of `a` read as a signed number."""
        if width >= self.bits:
            return a
        low, high = circular.signed_bounds(self._low_arc(a, width), width)
        half = a.low_range if width >= self.half else self.top.low_range
        return self._made(
            tnum.sign_extend(a.bits, width, self.bits), circular.between(low, high, self.bits), half
        )

    def byte_swap(self, a: Scalar, width: int) -> Scalar:
        """The low `width` bits (a multiple of 8) with their bytes the other way round, zeros above."""
        # Ranges say nothing of what the bytes are in another order; bits do.
        return self._made(tnum.byte_swap(a.bits, width), self.top.range, self.top.low_range)

    def _low_arc(self, a: Scalar, width: int) -> Circular:
        """An arc modulo 2^width that holds the low `width` bits of every value of `a`."""
        mask = (1 << width) - 1
        arc = circular.full(width)
        if a.range.size < mask:
            arc = Circular(a.range.low & mask, a.range.size)
        if width <= self.half and a.low_range.size < mask:
            met = circular.meet(arc, Circular(a.low_range.low & mask, a.low_range.size), width)
            if met is None:
                raise Infeasible
            arc = met
        return arc

    def _made(self, bits: Tnum, arc: Circular, low: Circular) -> Scalar:
        made = self.reduce(bits, arc, low)
        if made is None:  # an operand was empty and only now it shows
            raise Infeasible
        return made

    # -- what a branch teaches ------------------------------------------------------------------

    def without(self, a: Scalar, x: int) -> Scalar | None:
        """`a` where it is known not to be `x`."""
        if not self.contains(a, x):
            return a
        arc = circular.without(a.range, x & self.top_value, self.bits)
        return None if arc is None else self.reduce(a.bits, arc, a.low_range)

    def in_range(self, a: Scalar, low: int, high: int) -> Scalar | None:
        """`a` where it is known to be one of the integers `low`..`high` (either reading)."""
        if low > high:
            return None
        arc = circular.meet(a.range, circular.between(low, high, self.bits), self.bits)
        return None if arc is None else self.reduce(a.bits, arc, a.low_range)


def _is_sign(arc: Circular, bits: int) -> bool:
    """Whether `arc` is 0 and -1: what an arithmetic shift by all bits but one leaves."""
    return arc == Circular((1 << bits) - 1, 1)


def _complement(arc: Circular, bits: int) -> Circular:
    """`~x`, which is `-x - 1`, for each x in `arc`."""
    return circular.add(circular.scale(arc, -1, bits), circular.const(-1, bits), bits)


def _truncated(x: int, divisor: int) -> int:
    """`x / divisor`, rounded towards zero."""
    quotient = abs(x) // abs(divisor)
    return quotient if (x < 0) == (divisor < 0) else -quotient


WORD = ScalarDomain(64, 32)
