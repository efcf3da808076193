"""Every tnum operation over every tnum of four bits, and the laws of the lattice."""

from __future__ import annotations

import operator
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdp_lsp.domains import Tnum, tnum

BITS = 4
TOP = (1 << BITS) - 1
EVERY = [Tnum(value, mask) for mask in range(TOP + 1) for value in range(TOP + 1) if not value & mask]
MEMBERS = {t: frozenset(x for x in range(TOP + 1) if x & ~t.mask == t.value) for t in EVERY}

BINARY: dict[str, tuple[Callable[[Tnum, Tnum], Tnum], Callable[[int, int], int]]] = {
    "add": (lambda a, b: tnum.add(a, b, BITS), operator.add),
    "sub": (lambda a, b: tnum.sub(a, b, BITS), operator.sub),
    "mul": (lambda a, b: tnum.mul(a, b, BITS), operator.mul),
    "and": (tnum.and_, operator.and_),
    "or": (tnum.or_, operator.or_),
    "xor": (tnum.xor, operator.xor),
}


def least(values: set[int]) -> Tnum:
    """The least tnum that holds all of `values`."""
    always = TOP
    never = TOP
    for x in values:
        always &= x
        never &= ~x
    return Tnum(always, TOP & ~(always | never))


def is_well_formed(t: Tnum) -> bool:
    return not t.value & t.mask and t.value | t.mask <= TOP


def test_members_are_those_that_agree_on_the_known_bits():
    for t in EVERY:
        assert {x for x in range(TOP + 1) if t.contains(x)} == MEMBERS[t]


@pytest.mark.parametrize("name", BINARY)
def test_binary_operation_holds_every_concrete_result(name):
    abstract, concrete = BINARY[name]
    for a in EVERY:
        for b in EVERY:
            got = abstract(a, b)
            assert is_well_formed(got), (a, b, got)
            results = {concrete(x, y) & TOP for x in MEMBERS[a] for y in MEMBERS[b]}
            assert results <= MEMBERS[got], (a, b, got)
            if name != "mul":  # tnum_mul is not the best there is
                assert got == least(results), (a, b, got)


@pytest.mark.parametrize("factor", range(-TOP - 2, TOP + 3))
def test_scale_holds_every_product(factor):
    for a in EVERY:
        got = tnum.scale(a, factor, BITS)
        assert is_well_formed(got)
        assert {x * factor & TOP for x in MEMBERS[a]} <= MEMBERS[got], (a, got)


@pytest.mark.parametrize("count", range(BITS))
def test_shifts_are_exact(count):
    for a in EVERY:
        assert MEMBERS[tnum.shift_left(a, count, BITS)] >= {x << count & TOP for x in MEMBERS[a]}
        assert tnum.shift_left(a, count, BITS) == least({x << count & TOP for x in MEMBERS[a]})
        assert tnum.shift_right(a, count) == least({x >> count for x in MEMBERS[a]})


@pytest.mark.parametrize("width", range(1, BITS + 1))
def test_sign_extension_is_exact(width):
    sign, low = 1 << (width - 1), (1 << width) - 1
    for a in EVERY:
        extended = {(((x & low) ^ sign) - sign) & TOP for x in MEMBERS[a]}
        assert tnum.sign_extend(a, width, BITS) == least(extended)


def test_spanning_is_the_least_that_holds_the_range():
    for low in range(TOP + 1):
        for high in range(low, TOP + 1):
            got = tnum.spanning(low, high)
            assert is_well_formed(got)
            assert set(range(low, high + 1)) <= MEMBERS[got]
            # tnum_range: common leading bits only, which no tnum of a whole range improves on.
            assert got == least(set(range(low, high + 1)))


def test_lattice():
    for a in EVERY:
        for b in EVERY:
            assert a.is_subset_of(b) == (MEMBERS[a] <= MEMBERS[b])
            assert tnum.join(a, b) == least(set(MEMBERS[a] | MEMBERS[b]))
            common = MEMBERS[a] & MEMBERS[b]
            met = tnum.meet(a, b)
            assert (MEMBERS[met] if met is not None else frozenset()) == common, (a, b, met)


def test_the_members_next_to_a_number():
    for a in EVERY:
        for x in range(TOP + 1):
            assert tnum.least_from(a, x) == min((m for m in MEMBERS[a] if m >= x), default=None), (a, x)
            assert tnum.most_until(a, x, BITS) == max((m for m in MEMBERS[a] if m <= x), default=None), (a, x)


def test_constants_and_unknown():
    assert MEMBERS[tnum.unknown(BITS)] == frozenset(range(TOP + 1))
    assert all(MEMBERS[tnum.const(x)] == {x} for x in range(TOP + 1))


WORDS = st.integers(0, (1 << 64) - 1)


@given(st.tuples(WORDS, WORDS, WORDS), st.tuples(WORDS, WORDS, WORDS), st.sampled_from(sorted(BINARY)))
def test_binary_operations_at_64_bits(a, b, name):
    top = (1 << 64) - 1
    wide = {
        "add": lambda s, t: tnum.add(s, t, 64),
        "sub": lambda s, t: tnum.sub(s, t, 64),
        "mul": lambda s, t: tnum.mul(s, t, 64),
    }
    abstract = wide.get(name, BINARY[name][0])
    (mask_a, value_a, pick_a), (mask_b, value_b, pick_b) = a, b
    one, other = Tnum(value_a & ~mask_a, mask_a), Tnum(value_b & ~mask_b, mask_b)
    x, y = one.value | (pick_a & mask_a), other.value | (pick_b & mask_b)
    got = abstract(one, other)
    assert got.contains(BINARY[name][1](x, y) & top)
    assert not got.value & got.mask


@pytest.mark.parametrize("bits", [32, 64])
@given(data=st.data())
def test_a_member_in_gives_a_member_out(bits, data):
    top = (1 << bits) - 1
    words = st.integers(0, top)
    (mask, value, pick), (other_mask, other_value, other_pick) = data.draw(
        st.tuples(st.tuples(words, words, words), st.tuples(words, words, words))
    )
    a, b = Tnum(value & ~mask, mask), Tnum(other_value & ~other_mask, other_mask)
    x, y = a.value | (pick & mask), b.value | (other_pick & other_mask)
    count = data.draw(st.integers(0, bits - 1))
    factor = data.draw(st.one_of(st.integers(-300, 300), st.integers(-top, top)))
    assert tnum.shift_left(a, count, bits).contains(x << count & top)
    assert tnum.shift_right(a, count).contains(x >> count)
    sign = 1 << count
    assert tnum.sign_extend(a, count + 1, bits).contains((((x & (2 * sign - 1)) ^ sign) - sign) & top)
    assert tnum.scale(a, factor, bits).contains(x * factor & top)
    assert tnum.mul(a, b, bits).contains(x * y & top)
    assert tnum.join(a, b).contains(x) and tnum.join(a, b).contains(y)
    met = tnum.meet(a, b)
    assert not b.contains(x) or (met is not None and met.contains(x))
    assert not a.is_subset_of(b) or b.contains(x)
    assert tnum.spanning(min(x, y), max(x, y)).contains((x + y) // 2)
    least, most = tnum.least_from(a, y), tnum.most_until(a, y, bits)
    assert x < y or (least is not None and y <= least <= x and a.contains(least))
    assert x > y or (most is not None and x <= most <= y and a.contains(most))
