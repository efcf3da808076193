"""Every operation on arcs over every arc of a small circle, against the sets of numbers that the arcs hold."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xdp_lsp.domains import Circular, circular

BITS = 4
SIZE = 1 << BITS
TOP = SIZE - 1
EVERY = [Circular(low, size) for low in range(SIZE) for size in range(SIZE)]
# Sets as bit masks: bit x is set where x is in the set.
ALL = (1 << SIZE) - 1


def held(low: int, size: int) -> int:
    return sum(1 << ((low + step) % SIZE) for step in range(size + 1))


MEMBERS = {arc: held(*arc) for arc in EVERY}
ELEMENTS = {arc: [(arc.low + step) % SIZE for step in range(arc.size + 1)] for arc in EVERY}


def members(arc: Circular | None) -> int:
    if arc is None:
        return 0
    assert 0 <= arc.low < SIZE, arc
    assert 0 <= arc.size < SIZE, arc
    return MEMBERS[arc]


def rotated(values: int, by: int) -> int:
    by %= SIZE
    return (values << by | values >> (SIZE - by)) & ALL


def count(values: int) -> int:
    return bin(values).count("1")


def signed(x: int) -> int:
    return x - SIZE if x >= SIZE // 2 else x


def test_contains():
    for arc in EVERY:
        assert sum(1 << x for x in range(SIZE) if arc.contains(x, BITS)) == MEMBERS[arc]


def test_const_full_between():
    assert all(members(circular.const(x, BITS)) == 1 << (x % SIZE) for x in range(-SIZE, 2 * SIZE))
    assert members(circular.full(BITS)) == ALL
    for low in range(-2 * SIZE, SIZE):
        for high in range(low, low + 2 * SIZE):
            expected = held(low, min(high - low, TOP))
            assert members(circular.between(low, high, BITS)) == expected


def test_bounds_are_the_least_that_hold():
    for arc in EVERY:
        assert circular.unsigned_bounds(arc, BITS) == (min(ELEMENTS[arc]), max(ELEMENTS[arc])), arc
        read = [signed(x) for x in ELEMENTS[arc]]
        assert circular.signed_bounds(arc, BITS) == (min(read), max(read)), arc


def test_add_is_exact():
    for a in EVERY:
        for b in EVERY:
            sums = 0
            for x in ELEMENTS[a]:
                sums |= rotated(MEMBERS[b], x)
            assert members(circular.add(a, b, BITS)) == sums, (a, b)


@pytest.mark.parametrize("factor", range(-SIZE - 1, SIZE + 2))
def test_scale_holds_every_product(factor):
    for a in EVERY:
        got = members(circular.scale(a, factor, BITS))
        products = {x * factor % SIZE for x in ELEMENTS[a]}
        assert all(got >> x & 1 for x in products), a
        if factor in (-1, 0, 1):
            assert count(got) == len(products), a


def test_subset_is_exact():
    for a in EVERY:
        for b in EVERY:
            assert circular.is_subset_of(a, b, BITS) == (not MEMBERS[a] & ~MEMBERS[b]), (a, b)


def test_join_is_the_smallest_arc_that_holds_both():
    sizes: dict[int, int] = {}
    for a in EVERY:
        for b in EVERY:
            both = MEMBERS[a] | MEMBERS[b]
            got = members(circular.join(a, b, BITS))
            assert not both & ~got, (a, b)
            if both not in sizes:
                sizes[both] = min(count(values) for values in MEMBERS.values() if not both & ~values)
            assert count(got) == sizes[both], (a, b)


def test_meet_keeps_every_common_value_and_is_exact_in_one_piece():
    arcs = set(MEMBERS.values())
    for a in EVERY:
        for b in EVERY:
            common = MEMBERS[a] & MEMBERS[b]
            met = circular.meet(a, b, BITS)
            assert not common & ~members(met), (a, b, met)
            assert not members(met) & ~MEMBERS[a] or not members(met) & ~MEMBERS[b], (a, b, met)
            if common in arcs or not common:
                assert members(met) == common, (a, b, met)


def test_without_loses_nothing_else():
    for a in EVERY:
        for x in range(SIZE):
            rest = circular.without(a, x, BITS)
            assert not (MEMBERS[a] & ~(1 << x)) & ~members(rest), (a, x, rest)
            assert not members(rest) & ~MEMBERS[a], (a, x, rest)
            if a.size in (0, TOP) or x in (ELEMENTS[a][0], ELEMENTS[a][-1]):
                assert not members(rest) >> x & 1, (a, x, rest)


@pytest.mark.parametrize("factor", [f for f in range(-9, 10) if f])
def test_divide_keeps_every_member_whose_multiple_fits(factor):
    for a in EVERY:
        for product in EVERY:
            got = members(circular.divide(a, product, factor, BITS))
            fitting = sum(1 << x for x in ELEMENTS[a] if MEMBERS[product] >> (x * factor % SIZE) & 1)
            assert not fitting & ~got, (a, product)


def test_divide_is_exact_where_the_pieces_are_one():
    # 3x in 4..10 for x in 0..4 (15 < 16: once round) leaves x in 2..3.
    assert circular.divide(Circular(0, 4), circular.between(4, 10, BITS), 3, BITS) == Circular(2, 1)
    assert circular.divide(Circular(0, 4), circular.between(4, 10, BITS), -3, BITS) == Circular(2, 2)
    assert circular.divide(Circular(0, 4), circular.between(4, 5, BITS), 3, BITS) is None


THRESHOLDS = ([], [0], [-3, 0, 2, 5], list(range(-SIZE, 2 * SIZE, 3)), [-8, 7, 15])


@pytest.mark.parametrize("thresholds", THRESHOLDS, ids=str)
def test_widen_holds_both(thresholds):
    for old in EVERY:
        for new in EVERY:
            got = circular.widen(old, new, thresholds, BITS)
            assert not (MEMBERS[old] | MEMBERS[new]) & ~members(got), (old, new, got)


@pytest.mark.parametrize("thresholds", THRESHOLDS, ids=str)
def test_every_chain_of_widenings_is_as_short_as_the_thresholds_say(thresholds):
    # The longest chain old -> widen(old, new) -> ... over all choices of `new`, by memoised search.
    longest: dict[Circular, int] = {}

    def steps(old: Circular) -> int:
        if old not in longest:
            after = {circular.widen(old, new, thresholds, BITS) for new in EVERY}
            after = {arc for arc in after if members(arc) != members(old)}
            longest[old] = 1 + max(map(steps, after)) if after else 0
        return longest[old]

    ends = len({threshold % SIZE for threshold in thresholds})
    # Each end moves from threshold to threshold, then the circle is full.
    assert max(map(steps, EVERY)) <= 2 * ends + 1


def test_widen_stops_at_thresholds():
    thresholds = [-8, 0, 3]
    assert circular.widen(Circular(0, 1), Circular(0, 2), thresholds, BITS) == Circular(0, 3)
    assert circular.widen(Circular(0, 1), Circular(2, 2), thresholds, BITS) == circular.full(BITS)
    # A total that goes down: the other end stays.
    down = [
        circular.widen(circular.between(-1, 0, BITS), circular.between(-n, -n, BITS), [-8, -4, 0], BITS)
        for n in range(1, 9)
    ]
    assert [circular.signed_bounds(arc, BITS)[0] for arc in down] == [-1, -4, -4, -4, -8, -8, -8, -8]
    assert all(circular.signed_bounds(arc, BITS)[1] == 0 for arc in down)
    assert all(b.size >= a.size for a, b in pairwise(down))


# -- at the widths of the product ----------------------------------------------------------------


@st.composite
def inhabited(draw: st.DrawFn, bits: int) -> tuple[Circular, int]:
    """An arc, often one that begins or ends at an edge, and one of its members."""
    top = (1 << bits) - 1
    edges = st.sampled_from((0, 1, 64, top >> 1, (top >> 1) + 1, top - 64, top))
    low = draw(st.one_of(edges, st.integers(0, top)))
    size = draw(st.one_of(edges, st.integers(0, 300), st.integers(0, top)))
    step = draw(st.one_of(st.sampled_from((0, size, size // 2)), st.integers(0, size)))
    return Circular(low, size), (low + step) & top


@pytest.mark.parametrize("bits", [32, 64])
@settings(max_examples=200)
@given(data=st.data())
def test_a_member_in_gives_a_member_out(bits, data):
    top = (1 << bits) - 1
    (a, x), (b, y) = data.draw(inhabited(bits)), data.draw(inhabited(bits))
    factor = data.draw(st.one_of(st.sampled_from((-1, 1, 2, -8, 1 << 16, 1 << bits)), st.integers(-top, top)))
    assert a.contains(x, bits)
    assert circular.add(a, b, bits).contains(x + y, bits)
    assert circular.scale(a, factor, bits).contains(x * factor, bits)
    for both in (circular.join(a, b, bits), circular.widen(a, b, [-64, 0, 64], bits)):
        assert both.contains(x, bits) and both.contains(y, bits)
    low, high = circular.unsigned_bounds(a, bits)
    assert low <= x <= high
    low, high = circular.signed_bounds(a, bits)
    assert low <= x - (x >> (bits - 1) << bits) <= high
    met = circular.meet(a, b, bits)
    if b.contains(x, bits):
        assert met is not None and met.contains(x, bits)
    elif circular.is_subset_of(a, b, bits):
        raise AssertionError("a member of a subset is a member")
    rest = circular.without(a, y, bits)
    assert x == y or (rest is not None and rest.contains(x, bits))
    if factor:
        multiple = circular.join(circular.const(x * factor, bits), circular.const(y, bits), bits)
        fitting = circular.divide(a, multiple, factor, bits)
        assert fitting is not None and fitting.contains(x, bits)
