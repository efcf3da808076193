"""What a branch teaches: the runs that go that way stay, on both sides of every comparison."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verifier.runs import Run
from tests.verifier.worlds import MASKS, values, worlds
from xdp_lsp.domains.scalar import WORD, Infeasible
from xdp_lsp.isa import instruction as isa
from xdp_lsp.machine import arithmetic as concrete
from xdp_lsp.machine.arithmetic import TOP
from xdp_lsp.verifier import linear
from xdp_lsp.verifier.compare import assume_outcome
from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.linear import Linear, constant, of_symbol
from xdp_lsp.verifier.symbols import Region, SymbolTable

COMPARISONS = [
    isa.JEQ, isa.JNE, isa.JSET, isa.JGT, isa.JGE, isa.JLT, isa.JLE, isa.JSGT, isa.JSGE, isa.JSLT, isa.JSLE,
]  # fmt: skip
NAMES = ["==", "!=", "&", ">", ">=", "<", "<=", "s>", "s>=", "s<", "s<="]
every_comparison = pytest.mark.parametrize("operation", COMPARISONS, ids=NAMES)


def check_branch(facts: Facts, runs: list[Run], operation: int, a: Linear, b: Linear, *, width: int) -> None:
    """Both sides of a branch: each run stays on its side, and a side that no run takes may be infeasible."""
    for taken in (True, False):
        staying = [run for run in runs if concrete.compare(operation, run.of(a), run.of(b), width) == taken]
        side = facts.copy()
        try:
            assume_outcome(side, operation, a, b, width=width, taken=taken, pc=1)
        except Infeasible:
            assert not staying, (staying, a, b, taken)
            continue
        for run in staying:
            assert run.is_in(side), (run, a, b, taken, side.known)
            for form in (a, b, linear.subtract(a, b)):
                assert WORD.contains(side.evaluate(form), run.of(form)), (run, form, taken)


@every_comparison
@settings(max_examples=120, deadline=None)
@given(world=worlds(), width=st.sampled_from((32, 64)), data=st.data())
def test_runs_stay_on_their_side(operation, world, width, data):
    a = data.draw(st.sampled_from(world.forms))
    b = data.draw(
        st.one_of(
            st.sampled_from(world.forms),
            st.sampled_from([constant(x + by) for x in MASKS for by in (-1, 0, 1)]),
            values.map(constant),
            st.sampled_from([constant(run.of(a)) for run in world.runs]),
        )
    )
    check_branch(world.facts, list(world.runs), operation, a, b, width=width)


@every_comparison
@pytest.mark.parametrize("width", [32, 64])
def test_small_ranges_by_enumeration(operation, width):
    """All pairs of values around 0, where signs and halves change, against constants and each other."""
    for around in (range(-3, 4), range(2), range(-1, 1)):
        table = SymbolTable()
        x, y = (table.fresh(WORD.between(around[0], around[-1])) for _ in range(2))
        runs = [Run(table, {x: i & TOP, y: j & TOP}) for i in around for j in around]
        check_branch(Facts(table), runs, operation, of_symbol(x), of_symbol(y), width=width)
        for k in around:
            check_branch(Facts(table), runs, operation, of_symbol(x), constant(k), width=width)
            check_branch(Facts(table), runs, operation, constant(k), of_symbol(y), width=width)


WIDE = (0, 1, 0xFF, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, (5 << 32) + 1, 1 << 63, TOP - 7, TOP)


@every_comparison
@pytest.mark.parametrize("width", [32, 64])
def test_upper_halves_by_enumeration(operation, width):
    """Numbers at the edges of both widths, against each other and against constants."""
    table = SymbolTable()
    x, y = table.fresh(WORD.top), table.fresh(WORD.top)
    runs = [Run(table, {x: i, y: j}) for i in WIDE for j in WIDE]
    check_branch(Facts(table), runs, operation, of_symbol(x), of_symbol(y), width=width)
    for k in WIDE:
        check_branch(Facts(table), runs, operation, of_symbol(x), constant(k), width=width)
        check_branch(Facts(table), runs, operation, constant(k), of_symbol(y), width=width)


@every_comparison
def test_pointers_into_two_packets(operation):
    """What a helper moved is elsewhere: the order of the offsets is not that of the addresses."""
    table = SymbolTable()
    one, other = table.pointer(Region.PACKET), table.pointer(Region.PACKET)
    runs = [
        Run(table, {one: a, other: b})
        for a in (1 << 32, 0xFFFF888000000100)
        for b in (1 << 33, 0xFFFF888000000000)
    ]
    check_branch(Facts(table), runs, operation, linear.shift(of_symbol(one), 4), of_symbol(other), width=64)


@every_comparison
def test_offsets_before_the_packet(operation):
    """`data - 8` is less than `data`, though -8 is more than 0 where numbers have no sign."""
    table = SymbolTable()
    packet, n = table.pointer(Region.PACKET), table.fresh(WORD.between(-8, 8))
    runs = [
        Run(table, {packet: address, n: i & TOP})
        for address in (1 << 33, 0xFFFF888000000100)
        for i in range(-8, 9)
    ]
    start = of_symbol(packet)
    check_branch(Facts(table), runs, operation, linear.add(start, of_symbol(n)), start, width=64)


@every_comparison
def test_two_packet_pointers(operation):
    """Offsets stand for addresses, wherever the kernel puts the packet."""
    table = SymbolTable()
    packet = table.pointer(Region.PACKET)
    n, length = table.fresh(WORD.between(0, 60)), table.fresh(WORD.between(0, 90))
    pointer = linear.shift(linear.add(of_symbol(packet), of_symbol(n)), 14)
    end = linear.add(of_symbol(packet), of_symbol(length))
    runs = [
        Run(table, {packet: address, n: i, length: j})
        for address in (1 << 32, 0xFFFF888000000100, (1 << 63) - 50)
        for i in (0, 1, 20, 60)
        for j in (0, 14, 15, 34, 90)
    ]
    # The last address is in the middle of the address space, where the kernel maps nothing: signed order breaks.
    if operation in (isa.JSGT, isa.JSGE, isa.JSLT, isa.JSLE):
        runs = [run for run in runs if run.values[packet] != (1 << 63) - 50]
    check_branch(Facts(table), runs, operation, pointer, end, width=64)


@every_comparison
def test_packet_pointers_far_from_the_packet(operation):
    table = SymbolTable()
    packet, n = table.pointer(Region.PACKET), table.fresh(WORD.top)
    runs = [
        Run(table, {packet: address, n: i & TOP})
        for address in (1 << 32, 0xFFFF888000000100)
        for i in (0, 7, -7, 1 << 31, 1 << 62, 1 << 63, -(1 << 40))
    ]
    start = of_symbol(packet)
    check_branch(Facts(table), runs, operation, linear.add(start, of_symbol(n)), start, width=64)


def test_low_halves_of_packet_pointers():
    table = SymbolTable()
    packet, n = table.pointer(Region.PACKET), table.fresh(WORD.between(0, 60))
    runs = [Run(table, {packet: (5 << 32) - 10, n: i}) for i in (0, 9, 10, 60)]
    start = of_symbol(packet)
    check_branch(Facts(table), runs, isa.JGT, linear.add(start, of_symbol(n)), start, width=32)


def test_bits_of_addresses():
    table = SymbolTable()
    packet = table.pointer(Region.PACKET)
    runs = [Run(table, {packet: 0xFFFF888000000100})]
    check_branch(Facts(table), runs, isa.JSET, of_symbol(packet), of_symbol(packet), width=64)


# `if r1 OP K goto ...` for r1 in 0..255 (and its 32-bit twin): what both sides know then, unsigned or signed.
ONE_BRANCH = [
    # OP, K, taken, not taken
    (">", 64, (65, 255), (0, 64)),
    (">=", 64, (64, 255), (0, 63)),
    ("<", 64, (0, 63), (64, 255)),
    ("<=", 64, (0, 64), (65, 255)),
    ("s>", 64, (65, 255), (0, 64)),
    ("s>=", 64, (64, 255), (0, 63)),
    ("s<", 64, (0, 63), (64, 255)),
    ("s<=", 64, (0, 64), (65, 255)),
    ("==", 64, (64, 64), (0, 255)),
    ("==", 0, (0, 0), (1, 255)),
    ("!=", 255, (0, 254), (255, 255)),
    ("==", 300, None, (0, 255)),
    ("s<", 0, None, (0, 255)),
    (">", -1, None, (0, 255)),
    ("s>", -1, (0, 255), None),
    ("&", 0x100, None, (0, 255)),
    ("&", 0x80, (128, 255), (0, 127)),
]


@pytest.mark.parametrize("width", [32, 64])
@pytest.mark.parametrize(("sign", "k", "taken", "not_taken"), ONE_BRANCH)
def test_one_branch(sign, k, taken, not_taken, width):
    for side, expected in ((True, taken), (False, not_taken)):
        table = SymbolTable()
        facts, n = Facts(table), of_symbol(table.fresh(WORD.of_width(8)))
        operation = COMPARISONS[NAMES.index(sign)]
        if expected is None:
            with pytest.raises(Infeasible):
                assume_outcome(facts, operation, n, constant(k), width=width, taken=side, pc=None)
        else:
            assume_outcome(facts, operation, n, constant(k), width=width, taken=side, pc=None)
            assert WORD.unsigned(facts.evaluate(n)) == expected


def test_a_32_bit_check_says_nothing_of_the_upper_half():
    table = SymbolTable()
    facts, n = Facts(table), of_symbol(table.fresh(WORD.top))
    assume_outcome(facts, isa.JGT, n, constant(64), width=32, taken=False, pc=None)
    value = facts.evaluate(n)
    assert (value.low_range.low, value.low_range.size) == (0, 64)
    assert WORD.contains(value, (7 << 32) + 64)
    assert not WORD.contains(value, 65)


def test_a_packet_bound_bounds_the_length():
    # if (data + 34 > data_end) return: then the packet has 34 bytes.
    table = SymbolTable()
    facts = Facts(table)
    packet, length = of_symbol(table.pointer(Region.PACKET)), of_symbol(table.fresh(WORD.between(0, 65535)))
    assume_outcome(
        facts, isa.JGT, linear.shift(packet, 34), linear.add(packet, length), width=64, taken=False, pc=None
    )
    assert WORD.unsigned(facts.evaluate(length)) == (34, 65535)
