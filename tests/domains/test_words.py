"""Scalars of 64 bits with halves of 32, as the product uses them: members in, member out."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from xdp_lsp.domains.scalar import WORD, Scalar

TOP = (1 << 64) - 1
# Where ranges end and operations change their minds.
EDGES = [
    0,
    1,
    7,
    8,
    64,
    255,
    0xFFFF,
    1 << 31,
    (1 << 31) - 1,
    (1 << 32) - 1,
    1 << 32,
    1 << 63,
    (1 << 63) - 1,
    TOP,
]
values = st.one_of(
    st.sampled_from(EDGES),
    st.integers(0, 300),
    st.integers(-300, -1).map(lambda x: x & TOP),
    st.integers(0, TOP),
)


@st.composite
def inhabited(draw: st.DrawFn) -> tuple[Scalar, int, int]:
    """A scalar and two of its members."""
    x, y = draw(values), draw(values)
    kind = draw(st.sampled_from(("hull", "range", "signed range", "low half", "masked", "met")))
    if kind == "range":
        return WORD.between(min(x, y), max(x, y)), x, y
    if kind == "signed range":
        low, high = sorted(z - (z >> 63 << 64) for z in (x, y))
        return WORD.between(low, high), x, y
    joined = WORD.join(WORD.const(x), WORD.const(y))
    if kind == "low half":
        return WORD.low_half_in(joined.low_range), x, y
    if kind == "masked":
        mask = draw(values)
        return WORD.and_(joined, WORD.const(mask)), x & mask, y & mask
    if kind == "met":
        met = WORD.meet(WORD.low_half_in(joined.low_range), WORD.between(min(x, y), max(x, y)))
        assert met is not None
        return met, x, y
    return joined, x, y


def signed(x: int, bits: int = 64) -> int:
    x &= (1 << bits) - 1
    return x - (1 << bits) if x >> (bits - 1) else x


def quotient(a: int, b: int) -> int:
    return 0 if b == 0 else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


BINARY = {
    "add": lambda x, y: x + y,
    "mul": lambda x, y: x * y,
    "and_": lambda x, y: x & y,
    "or_": lambda x, y: x | y,
    "xor": lambda x, y: x ^ y,
    "unsigned_divide": lambda x, y: x // y if y else 0,
    "unsigned_modulo": lambda x, y: x % y if y else x,
    "signed_divide": lambda x, y: quotient(signed(x), signed(y)),
    "signed_modulo": lambda x, y: signed(x) - signed(y) * quotient(signed(x), signed(y)),
}


@given(inhabited())
def test_generated_members_are_members(made):
    a, x, y = made
    assert WORD.contains(a, x)
    assert WORD.contains(a, y)


@settings(max_examples=400)
@given(inhabited(), inhabited(), st.sampled_from(sorted(BINARY)))
def test_binary_operation(one, other, name):
    (a, *xs), (b, *ys) = one, other
    got = getattr(WORD, name)(a, b)
    for x in xs:
        for y in ys:
            assert WORD.contains(got, BINARY[name](x, y) & TOP)


@settings(max_examples=300)
@given(inhabited(), st.integers(0, 63), values)
def test_operation_with_a_constant(made, count, factor):
    a, x, _ = made
    assert WORD.contains(WORD.scale(a, signed(factor)), x * factor)
    assert WORD.contains(WORD.shift_left(a, count), x << count)
    assert WORD.contains(WORD.shift_right(a, count), x >> count)
    assert WORD.contains(WORD.shift_right_arithmetic(a, count), signed(x) >> count)
    width = count + 1
    assert WORD.contains(WORD.zero_extend(a, width), x & ((1 << width) - 1))
    assert WORD.contains(WORD.sign_extend(a, width), signed(x, width))


@settings(max_examples=300)
@given(inhabited(), st.sampled_from((16, 32, 64)))
def test_byte_swaps(a, width):
    scalar, *members = a
    for x in members:
        swapped = int.from_bytes((x & ((1 << width) - 1)).to_bytes(width // 8, "little"), "big")
        assert WORD.contains(WORD.byte_swap(scalar, width), swapped)
        assert WORD.byte_swap(WORD.const(x), width) == WORD.const(swapped)


@given(inhabited(), inhabited())
def test_lattice(one, other):
    (a, x, _), (b, y, _) = one, other
    for joined in (WORD.join(a, b), WORD.widen(a, b, [0, 255, 65535])):
        assert WORD.contains(joined, x)
        assert WORD.contains(joined, y)
    assert WORD.is_subset_of(a, WORD.widen(a, b, []))
    if WORD.contains(b, x):
        met = WORD.meet(a, b)
        assert met is not None
        assert WORD.contains(met, x)
    elif WORD.is_subset_of(a, b):
        raise AssertionError("a member of a subset is a member")


@settings(max_examples=200)
@given(inhabited(), values)
def test_what_branches_teach(made, bound):
    a, x, y = made
    if x != bound:
        rest = WORD.without(a, bound)
        assert rest is not None
        assert WORD.contains(rest, x)
    half = 1 << 63
    unsigned_ranges = [(y, 0, bound), (y, bound, TOP)]
    signed_ranges = [(signed(y), -half, signed(bound)), (signed(y), signed(bound), half - 1)]
    for reading, low, high in (*unsigned_ranges, *signed_ranges):
        if low <= reading <= high:
            kept = WORD.in_range(a, low, high)
            assert kept is not None
            assert WORD.contains(kept, y)


@settings(max_examples=200)
@given(inhabited())
def test_bounds(made):
    a, x, _ = made
    low, high = WORD.unsigned(a)
    assert low <= x <= high
    low, high = WORD.signed(a)
    assert low <= signed(x) <= high
