"""Linear forms over symbols, modulo 2^64: what the analysis holds in a register.

A register is `const + sum(coefficient * symbol)`. A symbol stands for one value that one run of the program has:
something it read, the result of an operation that is not linear, or the base of a memory region. Two registers that
hold forms over the same symbol are related, which is what real code needs: a length stripped and added again cancels,
the difference of two packet pointers is a length, `-(8 + 16 * n)` follows a check on `n`.

Exact: every rule here is an identity in the ring of integers modulo 2^64, so nothing is lost and nothing added.
"""

from __future__ import annotations

from typing import NamedTuple

MODULUS = 1 << 64
HALF = 1 << 63

Symbol = int
Terms = tuple[tuple[Symbol, int], ...]


def centred(x: int) -> int:
    """`x` modulo 2^64, read as a signed number."""
    return ((x + HALF) & (MODULUS - 1)) - HALF


class Linear(NamedTuple):
    """`const + sum(c * s for s, c in terms)`: terms sorted by symbol, coefficients centred and not 0."""

    const: int
    terms: Terms = ()

    @property
    def is_constant(self) -> bool:
        return not self.terms

    @property
    def symbol(self) -> Symbol | None:
        """The symbol, where the form is that symbol alone."""
        if self.const == 0 and len(self.terms) == 1 and self.terms[0][1] == 1:
            return self.terms[0][0]
        return None


ZERO = Linear(0)


def constant(x: int) -> Linear:
    return Linear(centred(x))


def of_symbol(symbol: Symbol) -> Linear:
    return Linear(0, ((symbol, 1),))


def shift(a: Linear, by: int) -> Linear:
    """`a + by`."""
    return Linear(centred(a.const + by), a.terms)


def add(a: Linear, b: Linear, factor: int = 1) -> Linear:
    """`a + factor * b`."""
    const = centred(a.const + factor * b.const)
    if not b.terms:
        return Linear(const, a.terms)
    if not a.terms and factor == 1:
        return Linear(const, b.terms)
    sums = dict(a.terms)
    for symbol, coefficient in b.terms:
        total = centred(sums.get(symbol, 0) + factor * coefficient)
        if total:
            sums[symbol] = total
        else:
            sums.pop(symbol, None)
    return Linear(const, tuple(sorted(sums.items())))


def subtract(a: Linear, b: Linear) -> Linear:
    return add(a, b, -1)


def scale(a: Linear, factor: int) -> Linear:
    factor = centred(factor)
    if factor == 1:
        return a
    scaled = ((symbol, centred(coefficient * factor)) for symbol, coefficient in a.terms)
    return Linear(centred(a.const * factor), tuple(term for term in scaled if term[1]))


def direction(terms: Terms) -> tuple[Terms, int]:
    """`terms` with a positive first coefficient, and the sign (1 or -1) that was taken off."""
    if terms[0][1] >= 0:
        return terms, 1
    return tuple((symbol, centred(-coefficient)) for symbol, coefficient in terms), -1


def substitute(a: Linear, symbol: Symbol, by: Linear) -> Linear:
    """`a` with `symbol` replaced by the form `by`."""
    for at, (other, coefficient) in enumerate(a.terms):
        if other == symbol:
            return add(Linear(a.const, a.terms[:at] + a.terms[at + 1 :]), by, coefficient)
    return a
