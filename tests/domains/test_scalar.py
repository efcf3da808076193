"""Every operation on scalars of a few bits: over all of them where that is possible, over a fixed sample else."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from itertools import product

import pytest

from xdp_lsp.domains import Circular, Scalar, ScalarDomain, Tnum, circular, tnum
from xdp_lsp.domains.scalar import Infeasible

# (bits of a word, bits of its low half). Of the first, every scalar and every pair is tried.
WIDTHS = [(3, 1), (4, 2), (5, 3)]
DOMAINS = {widths: ScalarDomain(*widths) for widths in WIDTHS}
SCALARS = 400  # of the larger domains
PAIRS = 6000

Concrete = Callable[[int, int, int], int]


@cache
def views(widths: tuple[int, int]) -> list[tuple[Tnum, Circular, Circular]]:
    """Triples of views, reduced or not: all of the smallest domain, a sample of the others."""
    bits, half = widths
    top, half_top = (1 << bits) - 1, (1 << half) - 1
    tnums = [Tnum(v, m) for m in range(top + 1) for v in range(top + 1) if not v & m]
    arcs = [Circular(low, size) for low in range(top + 1) for size in range(top)] + [circular.full(bits)]
    halves = [Circular(low, size) for low in range(half_top + 1) for size in range(half_top)]
    every = product(tnums, arcs, [*halves, circular.full(half)])
    if bits == 3:
        return list(every)
    rng = random.Random(bits)
    return [
        (rng.choice(tnums), rng.choice(arcs), rng.choice([*halves, circular.full(half)]))
        for _ in range(20_000)
    ]


@cache
def members(widths: tuple[int, int], a: Scalar) -> frozenset[int]:
    domain = DOMAINS[widths]
    return frozenset(x for x in range(domain.top_value + 1) if domain.contains(a, x))


@cache
def scalars(widths: tuple[int, int]) -> list[Scalar]:
    """Reduced scalars with members, the special ones among them."""
    domain = DOMAINS[widths]
    made = {domain.reduce(*view) for view in views(widths)} - {None}
    found = sorted(a for a in made if members(widths, a))
    if widths[0] > 3:
        found = random.Random(7).sample(found, min(SCALARS, len(found)))
        found += [domain.const(x) for x in (0, 1, 2, domain.top_value, domain.top_value // 2 + 1)]
    return [*found, domain.top]


@cache
def pairs(widths: tuple[int, int]) -> list[tuple[Scalar, Scalar]]:
    known = scalars(widths)
    if widths[0] == 3:
        return list(product(known, known))
    rng = random.Random(11)
    return [(rng.choice(known), rng.choice(known)) for _ in range(PAIRS)]


def read_signed(x: int, bits: int) -> int:
    x &= (1 << bits) - 1
    return x - (1 << bits) if x >> (bits - 1) else x


def divide_signed(x: int, y: int, bits: int) -> int:
    a, b = read_signed(x, bits), read_signed(y, bits)
    return 0 if b == 0 else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def modulo_signed(x: int, y: int, bits: int) -> int:
    a, b = read_signed(x, bits), read_signed(y, bits)
    return a if b == 0 else (abs(a) % abs(b)) * (-1 if a < 0 else 1)


every_width = pytest.mark.parametrize("widths", WIDTHS, ids=str)


# -- reduction and the lattice --------------------------------------------------------------------


@every_width
def test_reduce_keeps_the_common_members(widths):
    domain = DOMAINS[widths]
    bits, half = widths
    for view in views(widths):
        a, arc, low = view
        common = {
            x
            for x in range(domain.top_value + 1)
            if a.contains(x) and arc.contains(x, bits) and low.contains(x & domain.half_top, half)
        }
        made = domain.reduce(*view)
        # Arcs that meet in two pieces make one of the arcs, so others may come in.
        assert common <= (members(widths, made) if made is not None else set()), (view, made)


@every_width
def test_reducing_again_only_narrows(widths):
    domain = DOMAINS[widths]
    for a in scalars(widths):
        again = domain.reduce(*a)
        assert again is not None
        assert domain.is_subset_of(again, a), a
        assert domain.reduce(*again) == again, a


@every_width
def test_a_single_member_is_a_constant(widths):
    domain = DOMAINS[widths]
    for x in range(domain.top_value + 1):
        assert members(widths, domain.const(x)) == {x}
        assert domain.const(x).constant == x
    for a in scalars(widths):
        if a.constant is not None:
            assert members(widths, a) == {a.constant}


@every_width
def test_between(widths):
    domain = DOMAINS[widths]
    size = domain.top_value + 1
    for low in range(-size, size):
        for high in range(low, low + size + 2):
            inside = {x % size for x in range(low, high + 1)}
            assert members(widths, domain.between(low, high)) == inside


@every_width
def test_of_width(widths):
    domain = DOMAINS[widths]
    for bits in range(1, widths[0] + 1):
        assert members(widths, domain.of_width(bits)) == set(range(1 << bits))


@every_width
def test_bounds_hold_every_member(widths):
    domain = DOMAINS[widths]
    bits = widths[0]
    for a in scalars(widths):
        low, high = domain.unsigned(a)
        assert all(low <= x <= high for x in members(widths, a)), a
        low, high = domain.signed(a)
        assert all(low <= read_signed(x, bits) <= high for x in members(widths, a)), a


@every_width
def test_low_half_in(widths):
    domain = DOMAINS[widths]
    for low, size in product(range(domain.half_top + 1), repeat=2):
        arc = Circular(low, size)
        inside = {x for x in range(domain.top_value + 1) if arc.contains(x & domain.half_top, domain.half)}
        assert members(widths, domain.low_half_in(arc)) == inside


@every_width
def test_join_holds_both(widths):
    domain = DOMAINS[widths]
    for a, b in pairs(widths):
        joined = domain.join(a, b)
        assert members(widths, a) | members(widths, b) <= members(widths, joined), (a, b)


@every_width
def test_join_of_related_scalars_is_the_larger(widths):
    domain = DOMAINS[widths]
    for a, b in pairs(widths):
        if domain.is_subset_of(a, b):
            assert members(widths, domain.join(a, b)) == members(widths, b), (a, b)


@every_width
def test_meet_keeps_every_common_member(widths):
    domain = DOMAINS[widths]
    for a, b in pairs(widths):
        common = members(widths, a) & members(widths, b)
        met = domain.meet(a, b)
        assert common <= (members(widths, met) if met is not None else set()), (a, b)


@every_width
def test_subset_is_never_said_wrongly(widths):
    domain = DOMAINS[widths]
    said = 0
    for a, b in pairs(widths):
        if domain.is_subset_of(a, b):
            said += 1
            assert members(widths, a) <= members(widths, b), (a, b)
        assert domain.is_subset_of(a, domain.top)
        assert domain.is_subset_of(a, a)
    assert said


@every_width
def test_widen_holds_both(widths):
    domain = DOMAINS[widths]
    for thresholds in ([], [-2, 0, 3]):
        for a, b in pairs(widths):
            got = domain.widen(a, b, thresholds)
            assert members(widths, a) | members(widths, b) <= members(widths, got), (a, b)


@every_width
def test_chains_of_widenings_end(widths):
    """Whatever comes next, and reduced or not in between, as a loop's head sees it."""
    domain = DOMAINS[widths]
    rng = random.Random(3)
    known = scalars(widths)
    thresholds = [-3, 0, 2, 4]
    # Two arcs, two ends each, four thresholds each; one step for each bit that can be lost; the full circles.
    longest = 4 * (len(thresholds) + 1) + widths[0] + 2
    for _ in range(300):
        a, moved = rng.choice(known), 0
        for _ in range(60):
            after = domain.widen(a, rng.choice(known), thresholds)
            moved += after != a
            a = after
        assert moved <= longest


# -- operations -----------------------------------------------------------------------------------

BINARY: dict[str, Concrete] = {
    "add": lambda x, y, bits: x + y,
    "mul": lambda x, y, bits: x * y,
    "unsigned_divide": lambda x, y, bits: x // y if y else 0,
    "unsigned_modulo": lambda x, y, bits: x % y if y else x,
    "signed_divide": divide_signed,
    "signed_modulo": modulo_signed,
    "and_": lambda x, y, bits: x & y,
    "or_": lambda x, y, bits: x | y,
    "xor": lambda x, y, bits: x ^ y,
}


@every_width
@pytest.mark.parametrize("name", BINARY)
def test_binary_operation_holds_every_result(name, widths):
    domain = DOMAINS[widths]
    bits = widths[0]
    concrete = BINARY[name]
    table = [[concrete(x, y, bits) & domain.top_value for y in range(1 << bits)] for x in range(1 << bits)]
    for a, b in pairs(widths):
        results = {table[x][y] for x in members(widths, a) for y in members(widths, b)}
        got = getattr(domain, name)(a, b)
        assert results <= members(widths, got), (a, b, got)


# (operation, its parameters at a width of `bits`, the concrete operation)
UNARY: dict[str, tuple[Callable[[int], range], Concrete]] = {
    "scale": (lambda bits: range(-(1 << bits) - 1, (1 << bits) + 2), lambda x, k, bits: x * k),
    "shift_left": (range, lambda x, k, bits: x << k),
    "shift_right": (range, lambda x, k, bits: x >> k),
    "shift_right_arithmetic": (range, lambda x, k, bits: read_signed(x, bits) >> k),
    "zero_extend": (lambda bits: range(1, bits + 1), lambda x, k, bits: x & ((1 << k) - 1)),
    "sign_extend": (lambda bits: range(1, bits + 1), lambda x, k, bits: read_signed(x, k)),
}


@every_width
@pytest.mark.parametrize("name", UNARY)
def test_operation_with_a_constant_holds_every_result(name, widths):
    domain = DOMAINS[widths]
    bits = widths[0]
    parameters, concrete = UNARY[name]
    for a in scalars(widths):
        for parameter in parameters(bits):
            results = {concrete(x, parameter, bits) & domain.top_value for x in members(widths, a)}
            got = getattr(domain, name)(a, parameter)
            assert results <= members(widths, got), (a, parameter, got)


@every_width
def test_without_drops_no_other_value(widths):
    domain = DOMAINS[widths]
    for a in scalars(widths):
        for x in range(domain.top_value + 1):
            rest = domain.without(a, x)
            kept = members(widths, rest) if rest is not None else frozenset()
            assert members(widths, a) - {x} <= kept, (a, x)
            if a.constant == x:
                assert rest is None


@every_width
def test_in_range_keeps_what_is_in_range(widths):
    domain = DOMAINS[widths]
    bits = widths[0]
    size = 1 << bits
    for a in scalars(widths)[::3]:
        for low in range(-size // 2, size):
            for high in range(low, size):
                inside = {x % size for x in range(low, high + 1)} & members(widths, a)
                got = domain.in_range(a, low, high)
                assert inside <= (members(widths, got) if got is not None else set()), (a, low, high)
        assert domain.in_range(a, 1, 0) is None


# -- precision that programs need ----------------------------------------------------------------


def test_negation_of_a_small_range_is_one_arc():
    domain = ScalarDomain(64, 32)
    assert domain.signed(domain.scale(domain.between(0, 64), -1)) == (-64, 0)


def test_multiples_keep_their_low_bits():
    domain = ScalarDomain(64, 32)
    bytes_of_words = domain.scale(domain.between(5, 15), 4)  # the IP header's length
    assert domain.unsigned(bytes_of_words) == (20, 60)
    assert bytes_of_words.bits.mask & 3 == 0


def test_a_known_low_half_and_high_half_make_the_word():
    domain = ScalarDomain(64, 32)
    word = domain.reduce(tnum.Tnum(0, (1 << 32) - 1), domain.top.range, Circular(8, 56))
    assert word is not None
    assert domain.unsigned(word) == (8, 64)


def test_a_multiple_outside_the_range_leaves_nothing():
    domain = ScalarDomain(64, 32)
    multiples_of_8 = domain.scale(domain.of_width(8), 8)
    assert domain.in_range(multiples_of_8, 1, 7) is None


@pytest.mark.parametrize("widths", WIDTHS[1:], ids=str)
def test_what_is_empty_may_be_found_out_late(widths):
    """A reduction can miss that nothing is left: then an operation says so, or takes it for something."""
    domain = DOMAINS[widths]
    made = {domain.reduce(*view) for view in views(widths)} - {None}
    empty = sorted(a for a in made if not members(widths, a))
    assert len(empty) < len(made) // 50
    other = domain.between(1, 3)
    for a in [*empty, Scalar(tnum.const(1), Circular(2, 4), Circular(0, 3))]:
        operations = [partial(getattr(domain, name), a, other) for name in (*BINARY, "join")]
        operations += [partial(getattr(domain, name), a, 1) for name in UNARY]
        for operation in operations:
            with suppress(Infeasible):
                assert isinstance(operation(), Scalar)
