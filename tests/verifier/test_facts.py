"""What facts keep: no run for which an assumption holds is ever dropped, and no value of a run left out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verifier.runs import Run
from tests.verifier.worlds import World, bases, sums, values, worlds
from xdp_lsp.domains.scalar import WORD, Infeasible, Scalar
from xdp_lsp.machine.arithmetic import TOP
from xdp_lsp.verifier import arithmetic, linear
from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.linear import Linear, of_symbol
from xdp_lsp.verifier.symbols import Op, SymbolTable


def assume_and_check(world: World, form: Linear, value: Scalar) -> World:
    """The world after assuming that `form` is in `value`: the runs for which that is so must stay."""
    staying = tuple(run for run in world.runs if WORD.contains(value, run.of(form)))
    left = world._replace(runs=staying)
    try:
        world.facts.assume(form, value)
    except Infeasible:
        assert not staying, (staying, form, value)
        return left
    left.check()
    for run in staying:
        assert WORD.contains(world.facts.evaluate(form), run.of(form))
    return left


@settings(max_examples=500, deadline=None)
@given(worlds(), st.data())
def test_assume_keeps_the_runs_for_which_it_holds(world, data):
    for _ in range(2):
        symbols = [form.symbol for form in world.forms if form.symbol]
        form = data.draw(st.one_of(st.sampled_from(world.forms), sums(symbols)))
        wanted = data.draw(st.lists(values, min_size=1, max_size=2))
        if data.draw(st.booleans()):
            wanted.append(world.runs[0].of(form))
        world = assume_and_check(world, form, data.draw(bases(wanted)))
        if not world.runs:
            return


def test_a_check_on_a_multiple_that_meets_in_two_pieces():
    table = SymbolTable()
    n = table.fresh(WORD.between(0, (1 << 64) // 5))
    facts = Facts(table)
    facts.assume(linear.scale(of_symbol(n), 5), WORD.between(-(1 << 62), 100))
    assert Run(table, {n: 3}).is_in(facts)


@settings(deadline=None)
@given(worlds(), st.data())
def test_a_copy_is_apart(world, data):
    copy = world.facts.copy()
    before = dict(world.facts.known)
    form = data.draw(st.sampled_from(world.forms))
    copy.assume(form, WORD.const(world.runs[0].of(form)), pc=7)
    assert world.facts.known == before
    assert not world.facts.checks
    world.check()


@settings(deadline=None)
@given(worlds(), st.data())
def test_keep_forgets_but_adds_nothing(world, data):
    symbols = [form.symbol for form in world.forms if form.symbol]
    kept = set(data.draw(st.lists(st.sampled_from(symbols))))
    world.facts.keep(kept, {})
    world.check()
    for key in world.facts.known:
        assert {key} <= kept if isinstance(key, int) else {symbol for symbol, _ in key} <= kept


def between(table: SymbolTable, low: int, high: int) -> Linear:
    return of_symbol(table.fresh(WORD.between(low, high)))


@pytest.fixture
def facts():
    return Facts(SymbolTable())


def test_a_check_bounds_what_was_computed_before(facts):
    n = between(facts.table, 0, 255)
    doubled = linear.scale(n, 2)
    facts.assume(n, WORD.between(0, 10))
    assert WORD.unsigned(facts.evaluate(doubled)) == (0, 20)
    assert facts.evaluate(doubled).bits.mask & 1 == 0


def test_a_check_on_a_result_bounds_its_operand(facts):
    n = between(facts.table, 0, TOP)
    low_byte = arithmetic.zero_extend(facts, n, 8)
    facts.assume(low_byte, WORD.const(0x35))
    assert facts.evaluate(n).bits.value & 0xFF == 0x35
    shifted = arithmetic.shift_right(facts, n, 8)
    facts.assume(shifted, WORD.between(1, 2))
    assert WORD.unsigned(facts.evaluate(n)) == (0x135, 0x235)


def test_a_check_on_an_arithmetic_shift_bounds_its_operand(facts):
    n = between(facts.table, -(1 << 40), 1 << 40)
    shifted = arithmetic.shift_right_arithmetic(facts, n, 4)
    facts.assume(shifted, WORD.between(-2, 1))
    assert WORD.signed(facts.evaluate(n)) == (-32, 31)


def test_a_mask_bounds_its_operands(facts):
    n = between(facts.table, 0, TOP)
    masked = arithmetic.and_(facts, n, linear.constant(0x90))
    facts.assume(masked, WORD.const(0x80))
    assert facts.evaluate(n).bits.value & 0x90 == 0x80
    assert facts.evaluate(n).bits.mask & 0x90 == 0
    assert WORD.unsigned(facts.evaluate(n))[0] == 0x80


@pytest.mark.parametrize("op", [Op.AND, Op.OR, Op.XOR, Op.MUL, Op.UDIV, Op.UMOD, Op.SDIV, Op.SMOD])
def test_a_check_on_a_result_keeps_every_pair_of_operands(op):
    for result in range(-3, 10):
        table = SymbolTable()
        x, y = (table.fresh(WORD.between(-1, 3)) for _ in range(2))
        facts = Facts(table)
        made = table.defined(op, of_symbol(x), of_symbol(y))
        runs = [Run(table, {x: i & TOP, y: j & TOP}) for i in range(-1, 4) for j in range(-1, 4)]
        staying = tuple(run for run in runs if run.of(made) == result & TOP)
        assume_and_check(World(facts, tuple(runs), (made,)), made, WORD.const(result))
        assert all(run.is_in(facts) for run in staying)


def test_a_bound_on_a_sum_bounds_its_parts_and_later_sums(facts):
    a, b = between(facts.table, 0, 100), between(facts.table, 0, 100)
    both = linear.add(a, b)
    facts.assume(both, WORD.between(0, 64))
    assert WORD.unsigned(facts.evaluate(a)) == (0, 64)
    assert WORD.unsigned(facts.evaluate(linear.shift(both, 8))) == (8, 72)
    assert WORD.signed(facts.evaluate(linear.scale(both, -1))) == (-64, 0)


def test_a_difference_relates_two_values(facts):
    a, b = between(facts.table, 0, 100), between(facts.table, 0, 100)
    facts.assume(linear.subtract(a, b), WORD.const(0))
    facts.assume(a, WORD.between(7, 9))
    assert WORD.signed(facts.evaluate(linear.subtract(b, a))) == (0, 0)


def test_a_bound_on_a_difference_bounds_its_multiples(facts):
    a, b = between(facts.table, 0, 31), between(facts.table, 0, 255)
    facts.assume(linear.subtract(a, b), WORD.between(1, 31))
    assert WORD.signed(facts.evaluate(linear.scale(linear.subtract(a, b), 4))) == (4, 124)
    assert WORD.signed(facts.evaluate(linear.scale(linear.subtract(a, b), -4))) == (-124, -4)


def test_a_number_in_the_middle_of_a_range_is_excluded(facts):
    n = between(facts.table, 0, 255)
    facts.exclude(linear.shift(n, 1), 42)
    assert facts.excludes(n, 41)
    assert facts.excludes(linear.scale(n, -1), -41)
    assert not facts.excludes(n, 42)
    with pytest.raises(Infeasible):
        facts.copy().assume(n, WORD.const(41))
    facts.assume(n, WORD.between(41, 255))
    assert WORD.unsigned(facts.evaluate(n)) == (42, 255)


def test_what_cannot_be_is_infeasible(facts):
    n = between(facts.table, 0, 9)
    with pytest.raises(Infeasible):
        facts.assume(n, WORD.between(10, 20))
    with pytest.raises(Infeasible):
        facts.assume(linear.scale(n, 2), WORD.const(3))


def test_checks_remember_the_last_three_branches(facts):
    n = between(facts.table, 0, 255)
    (symbol, _), *_ = n.terms
    for pc in (3, 5, 5, 8, 13):
        facts.assume(n, WORD.between(0, 200 - pc), pc)
    assert facts.checks[symbol] == (5, 8, 13)


@pytest.mark.parametrize("first", [1, -1, 2, -3])
@pytest.mark.parametrize("second", [0, 1, -1, 2])
def test_a_check_on_a_small_sum_by_enumeration(first, second):
    """Every run of two symbols from -2..3, after each check on `const + first * x + second * y` it passes."""
    around = range(-2, 4)
    for const in (0, 5):
        for low, high in ((-8, -1), (0, 0), (1, 3), (3, 12)):
            table = SymbolTable()
            x, y = (table.fresh(WORD.between(-2, 3)) for _ in range(2))
            form = Linear(const, tuple((symbol, c) for symbol, c in ((x, first), (y, second)) if c))
            runs = tuple(Run(table, {x: i & TOP, y: j & TOP}) for i in around for j in around)
            sums = (form, linear.scale(form, -1), linear.add(form, of_symbol(x)))
            assume_and_check(World(Facts(table), runs, sums), form, WORD.between(low, high))


WIDE = (0, 1, 0x7F, 0x80, 0xFF, 0x1FF, 1 << 31, (1 << 32) - 1, (5 << 32) + 1, 1 << 63, TOP - 7, TOP)


@pytest.mark.parametrize(
    ("op", "parameter"),
    [
        *((op, width) for op in (Op.ZERO_EXTEND, Op.SIGN_EXTEND) for width in (8, 16, 32)),
        *((op, count) for op in (Op.SHIFT_RIGHT, Op.SHIFT_RIGHT_ARITHMETIC) for count in (1, 4, 40)),
        *((Op.BYTE_SWAP, width) for width in (16, 32, 64)),
    ],
)
def test_a_check_on_a_result_keeps_every_operand(op, parameter):
    for other in WIDE:
        table = SymbolTable()
        x = table.fresh(WORD.top)
        made = table.defined(op, of_symbol(x), parameter=parameter)
        runs = tuple(Run(table, {x: number}) for number in WIDE)
        result = Run(table, {x: other}).of(made)
        for value in (WORD.const(result), WORD.between(0, result), WORD.between(result, TOP)):
            assume_and_check(World(Facts(table), runs, (made,)), made, value)
