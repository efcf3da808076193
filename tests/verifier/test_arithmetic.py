"""ALU operations on forms: the form's value in every run is what the machine computes."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verifier.runs import Run
from tests.verifier.worlds import ALU_OPERATIONS, MASKS, World, values, worlds
from xdp_lsp.domains.scalar import WORD
from xdp_lsp.isa import instruction as isa
from xdp_lsp.machine import arithmetic as concrete
from xdp_lsp.machine.arithmetic import TOP
from xdp_lsp.verifier import arithmetic, linear
from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.linear import Linear, constant, of_symbol
from xdp_lsp.verifier.symbols import SymbolTable

widths = st.sampled_from((32, 64))
constants = st.one_of(st.sampled_from(MASKS), values).map(constant)


def check(world: World, form: Linear, expected: list[int]) -> None:
    """`form` is `expected` in the world's runs, in turn, and the facts allow those values."""
    for run, x in zip(world.runs, expected, strict=True):
        if run.knows(form):
            assert run.of(form) == x & TOP, (run, form)
        assert WORD.contains(world.facts.evaluate(form), x), (run, form)
    world.check()


@settings(max_examples=700, deadline=None)
@given(worlds(), st.sampled_from(ALU_OPERATIONS), widths, st.booleans(), st.data())
def test_operate(world, operation, width, is_signed, data):
    a = data.draw(st.sampled_from(world.forms))
    b = data.draw(st.one_of(st.sampled_from(world.forms), constants))
    is_signed = is_signed and operation in (isa.DIV, isa.MOD)
    made = arithmetic.operate(world.facts, operation, a, b, width=width, signed=is_signed)
    if made is None:
        assert operation in (isa.LSH, isa.RSH, isa.ARSH)
        return
    check(
        world, made, [concrete.alu(operation, run.of(a), run.of(b), width, is_signed) for run in world.runs]
    )


NEAR_ZERO = range(-3, 5)
WIDE = (0, 1, 7, 33, 0xFF, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, (5 << 32) + 9, 1 << 63, TOP - 8, TOP)


@pytest.mark.parametrize("width", [32, 64])
@pytest.mark.parametrize("operation", ALU_OPERATIONS)
def test_operate_by_enumeration(operation, width):
    """All pairs of values around 0, and of values at the edges of both widths, one or both of them variable."""
    for is_signed in (False, True) if operation in (isa.DIV, isa.MOD) else (False,):
        for bounds, numbers in (((-3, 4), NEAR_ZERO), ((0, TOP), WIDE)):
            facts, (x, y) = state(x=bounds, y=bounds)
            operands = [(x, y), *((x, constant(k)) for k in numbers), *((constant(k), y) for k in numbers)]
            for a, b in operands:
                made = arithmetic.operate(facts, operation, a, b, width=width, signed=is_signed)
                if made is None:
                    continue
                values = facts.evaluate(made)
                for i, j in product(numbers, numbers):
                    run = Run(facts.table, {x.terms[0][0]: i & TOP, y.terms[0][0]: j & TOP})
                    expected = concrete.alu(operation, run.of(a), run.of(b), width, is_signed)
                    assert WORD.contains(values, expected), (i, j, a, b, values)
                    assert not run.knows(made) or run.of(made) == expected, (i, j, a, b, made)


@pytest.mark.parametrize("factor", [1, 2, -3, 256])
@pytest.mark.parametrize("width", [8, 16, 32])
def test_extensions_of_extensions_by_enumeration(width, factor):
    for inner in (arithmetic.zero_extend, arithmetic.sign_extend):
        for inner_width in (8, 32):
            facts, (x,) = state(x=(0, TOP))
            within = linear.shift(linear.scale(inner(facts, x, inner_width), factor), 1)
            for outer, read in ((arithmetic.zero_extend, 0), (arithmetic.sign_extend, 1)):
                made = outer(facts, within, width)
                for number in WIDE:
                    run = Run(facts.table, {x.terms[0][0]: number})
                    low = run.of(within) & ((1 << width) - 1)
                    assert run.of(made) == (concrete.signed(low, width) & TOP if read else low)


@given(st.sampled_from(ALU_OPERATIONS), widths, st.booleans(), constants, constants)
def test_operate_on_constants_is_exact(operation, width, is_signed, a, b):
    facts = Facts(SymbolTable())
    is_signed = is_signed and operation in (isa.DIV, isa.MOD)
    made = arithmetic.operate(facts, operation, a, b, width=width, signed=is_signed)
    expected = concrete.alu(operation, a.const & TOP, b.const & TOP, width, is_signed)
    assert made is not None
    assert WORD.contains(facts.evaluate(made), expected)
    if operation not in (isa.DIV, isa.MOD):
        assert facts.evaluate(made).constant == expected


@pytest.mark.parametrize("mask", [-1, 0x7FFFFFFF, 0xFF])
def test_constants_are_read_signed(mask):
    # Forms are compared and shifted as they are, so their numbers must stay in the signed range.
    facts = Facts(SymbolTable())
    masked = arithmetic.operate(facts, isa.AND, constant(-64), constant(mask), width=64, signed=False)
    assert masked == constant(-64 & mask)


def test_an_arithmetic_shift_after_a_mask_of_all_bits():
    facts = Facts(SymbolTable())
    masked = arithmetic.operate(facts, isa.AND, constant(-64), constant(-1), width=64, signed=False)
    assert masked is not None
    shifted = arithmetic.operate(facts, isa.ARSH, masked, constant(35), width=64, signed=False)
    assert shifted is not None
    assert facts.evaluate(shifted).constant == -1 & TOP


@settings(max_examples=300, deadline=None)
@given(worlds(), st.integers(1, 63), st.data())
def test_extensions(world, width, data):
    a = data.draw(st.sampled_from(world.forms))
    zero = arithmetic.zero_extend(world.facts, a, width)
    check(world, zero, [run.of(a) & ((1 << width) - 1) for run in world.runs])
    sign = arithmetic.sign_extend(world.facts, a, width)
    check(world, sign, [concrete.signed(run.of(a), width) for run in world.runs])
    # An extension of an extension, as compilers write them.
    again = arithmetic.zero_extend(world.facts, sign, width)
    check(world, again, [run.of(a) & ((1 << width) - 1) for run in world.runs])
    other = data.draw(st.sampled_from((8, 16, 32)))
    again = arithmetic.zero_extend(world.facts, sign, other)
    check(world, again, [concrete.signed(run.of(a), width) & ((1 << other) - 1) for run in world.runs])


def test_an_extension_of_a_narrower_one_is_not_undone():
    facts, (n,) = state(n=(0, TOP))
    narrow = arithmetic.sign_extend(facts, n, 8)
    wide = arithmetic.zero_extend(facts, narrow, 32)
    (symbol, _), *_ = n.terms
    assert Run(facts.table, {symbol: 0x1FF}).of(wide) == 0xFFFFFFFF


@settings(max_examples=200, deadline=None)
@given(worlds(), st.sampled_from((16, 32, 64)), st.data())
def test_byte_swap(world, width, data):
    a = data.draw(st.sampled_from(world.forms))
    swapped = arithmetic.byte_swap(world.facts, a, width)
    check(world, swapped, [concrete.byte_swap(run.of(a), width) for run in world.runs])
    # The same bytes swapped again are the same symbol: two reads of a port stay related.
    assert arithmetic.byte_swap(world.facts, a, width) == swapped


@given(st.integers(0, TOP), st.sampled_from((16, 32, 64)))
def test_byte_swap_of_a_constant(x, width):
    swapped = arithmetic.byte_swap(Facts(SymbolTable()), constant(x), width)
    assert swapped == constant(concrete.byte_swap(x, width))


def state(**ranges: tuple[int, int]) -> tuple[Facts, list[Linear]]:
    """Facts, and a form of one symbol for each range."""
    table = SymbolTable()
    return Facts(table), [of_symbol(table.fresh(WORD.between(low, high))) for low, high in ranges.values()]


def test_a_shifted_and_negated_length_stays_linear():
    # -(8 + 16 * n) as compilers write it: w7 <<= 4; w7 ^= -8.
    facts, (n,) = state(n=(0, 4))
    shifted = arithmetic.operate(facts, isa.LSH, n, constant(4), width=32, signed=False)
    assert shifted is not None
    flipped = arithmetic.operate(facts, isa.XOR, shifted, constant(-8), width=32, signed=False)
    assert flipped is not None
    delta = arithmetic.sign_extend(facts, flipped, 32)
    assert delta == linear.add(constant(-8), n, -16)
    assert WORD.signed(facts.evaluate(delta)) == (-72, -8)


def test_or_of_disjoint_bits_is_a_sum():
    facts, (n, m) = state(n=(0, 15), m=(0, 15))
    upper = arithmetic.shift_left(facts, n, 4)
    assert arithmetic.or_(facts, upper, m) == linear.add(upper, m)
    assert arithmetic.or_(facts, n, m) != linear.add(n, m)


def test_a_length_stripped_and_added_again_cancels_through_32_bits():
    facts, (n,) = state(n=(0, 1500))
    minus = arithmetic.operate(facts, isa.MUL, n, constant(-1), width=32, signed=False)
    assert minus is not None
    total = arithmetic.operate(facts, isa.ADD, minus, n, width=32, signed=False)
    assert total == constant(0)


def test_shifts_left_and_right_are_an_extension():
    facts, (n,) = state(n=(0, TOP))
    left = arithmetic.operate(facts, isa.LSH, n, constant(32), width=64, signed=False)
    assert left is not None
    right = arithmetic.operate(facts, isa.RSH, left, constant(32), width=64, signed=False)
    assert right == arithmetic.zero_extend(facts, n, 32)
    right = arithmetic.operate(facts, isa.ARSH, left, constant(32), width=64, signed=False)
    assert right == arithmetic.sign_extend(facts, n, 32)


@pytest.mark.parametrize(("operation", "most"), [(isa.LSH, 72), (isa.RSH, 9), (isa.ARSH, 9)])
def test_a_shift_by_a_varying_count_is_the_hull_of_all(operation, most):
    facts, (n, count) = state(n=(0, 9), count=(0, 3))
    made = arithmetic.operate(facts, operation, n, count, width=64, signed=False)
    assert made is not None
    assert WORD.unsigned(facts.evaluate(made)) == (0, most)


def test_a_hash_keeps_its_values_where_it_forgets_how_they_came_about():
    facts, (n,) = state(n=(0, 1 << 20))
    form, numbers = n, {0: 0, 1: 1, 12345: 12345, 1 << 20: 1 << 20}
    for at in range(12):
        for operation, operand in ((isa.XOR, constant(0x9E37 << at)), (isa.MUL, n), (isa.RSH, constant(3))):
            made = arithmetic.operate(facts, operation, form, operand, width=64, signed=False)
            assert made is not None
            form = made
            for x, number in numbers.items():
                run = Run(facts.table, {n.terms[0][0]: x})
                numbers[x] = concrete.alu(operation, number, run.of(operand), 64)
                assert WORD.contains(facts.evaluate(form), numbers[x])


def test_every_form_of_a_run_is_told_by_its_definition():
    facts, (n,) = state(n=(3, 9))
    (symbol, _), *_ = n.terms
    squared = arithmetic.mul(facts, n, n)
    assert Run(facts.table, {symbol: 7}).of(squared) == 49
    assert WORD.unsigned(facts.evaluate(squared)) == (9, 81)
