"""Recognising, forgetting and joining states: no run is lost, by enumeration of small states."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.verifier.runs import Run
from tests.verifier.states import Maker, Small, Values
from xdp_lsp.domains.scalar import WORD
from xdp_lsp.verifier import linear, merge
from xdp_lsp.verifier.join import Meet, join
from xdp_lsp.verifier.linear import Linear, constant, of_symbol
from xdp_lsp.verifier.merge import fill, fingerprint, forget_dead, freeze, places
from xdp_lsp.verifier.places import Live, slot_bits
from xdp_lsp.verifier.state import Callback, Pending, State
from xdp_lsp.verifier.symbols import Op, Region, SymbolTable

EVERYTHING = 1 << 6 | 1 << 7 | 1 << 8 | slot_bits(-8, 8)

seeds = pytest.mark.parametrize("seed", range(8))


def covers(a: State, b: State) -> bool:
    """`merge.covers` of the two as they wait."""
    a, b = a.copy(), b.copy()
    freeze(a)
    freeze(b)
    return merge.covers(a, b)


class Waiting(NamedTuple):
    """A state as it waits where paths meet, and what its runs show."""

    state: State
    runs: list[tuple[Run, Values]]


def waiting(maker: Maker, small: Small) -> Waiting:
    runs = [(run, maker.shown(small, run)) for run in maker.runs(small)]
    forget_dead(small.state, [Live(EVERYTHING, EVERYTHING, EVERYTHING)], keep_tested=True)
    return Waiting(small.state, runs)


def pairs(maker: Maker, number: int) -> list[tuple[Waiting, Waiting]]:
    """Two states of one program point: unrelated, or one a variant of the other."""
    made = []
    for at in range(number):
        one = maker.make()
        other = maker.make() if at % 4 == 0 else maker.variant(one)
        made.append((waiting(maker, one), waiting(maker, other)))
    return made


def lost(maker: Maker, state: State, other: Waiting) -> list[Run]:
    """The runs of `other` that `state` does not allow."""
    return [run for run, values in other.runs if not maker.allows(state, values, run)]


@seeds
def test_what_covers_allows_all_runs_of_what_it_covers(seed):
    maker = Maker(seed)
    found = 0
    for a, b in pairs(maker, 120):
        for one, other in ((a, b), (b, a)):
            if covers(one.state, other.state):
                found += 1
                assert not lost(maker, one.state, other), (places(one.state), places(other.state))
    assert found > 20


@seeds
def test_states_with_one_fingerprint_allow_the_same(seed):
    maker = Maker(seed)
    found = 0
    for a, b in pairs(maker, 120):
        if fingerprint(a.state) == fingerprint(b.state):
            found += 1
            assert not lost(maker, a.state, b)
            assert not lost(maker, b.state, a)
    assert found > 10


def test_a_state_that_waits_covers_itself():
    maker = Maker(3)
    for _ in range(300):
        state = waiting(maker, maker.make()).state
        assert covers(state, state.copy()), (places(state), state.facts.known)


@seeds
@pytest.mark.parametrize("widening", [None, [-64, -8, 0, 8, 64]], ids=["join", "widen"])
def test_a_join_allows_the_runs_of_both(seed, widening):
    maker = Maker(seed)
    for a, b in pairs(maker, 60):
        joined = join(a.state, b.state, Meet(7), widening)
        assert not lost(maker, joined, a), (places(a.state), places(b.state), places(joined))
        assert not lost(maker, joined, b), (places(a.state), places(b.state), places(joined))


@seeds
def test_forgetting_loses_no_run(seed):
    maker = Maker(seed)
    for _ in range(60):
        small = maker.make()
        shown = [(run, maker.shown(small, run)) for run in maker.runs(small)]
        value, test, base = (
            sum(bit for bit in (1 << 6, 1 << 7, 1 << 8, slot_bits(-8, 8)) if maker.random.random() < chance)
            for chance in (0.6, 0.3, 0.2)
        )
        forgotten = small.state.copy()
        forget_dead(forgotten, [Live(value, test, base)], keep_tested=maker.random.random() < 0.5)
        for run, values in shown:
            for place, form in places(forgotten):
                region = maker.table.region(form)
                if region is not None and region[0] is Region.OTHER:
                    values[place] = 0  # an address of which only this much is known
            assert maker.allows(forgotten, values, run), (places(small.state), places(forgotten))


# -- by hand ------------------------------------------------------------------------------------


def state_with(table: SymbolTable, total: Linear = linear.ZERO, **registers: Linear | None) -> State:
    state = State(table, 0)
    state.packet = table.shared("packet", WORD.of_width(48))
    for name, form in registers.items():
        state.frame.registers[int(name.removeprefix("r"))] = form
    state.total = total
    return state


@pytest.fixture
def table():
    return SymbolTable()


def between(table: SymbolTable, low: int, high: int) -> Linear:
    return of_symbol(table.fresh(WORD.between(low, high)))


def test_covers_takes_a_larger_range_for_a_smaller(table):
    wide, narrow = between(table, 0, 9), between(table, 2, 3)
    assert covers(state_with(table, r6=wide), state_with(table, r6=narrow))
    assert not covers(state_with(table, r6=narrow), state_with(table, r6=wide))
    assert covers(state_with(table, r6=wide), state_with(table, r6=constant(4)))
    assert not covers(state_with(table, r6=constant(0)), state_with(table, r6=wide))
    assert covers(state_with(table), state_with(table, r6=wide))
    assert not covers(state_with(table, r6=wide), state_with(table))


def test_covers_wants_relations_kept(table):
    n, m, k = between(table, 0, 9), between(table, 0, 9), between(table, 0, 9)
    related, apart = state_with(table, r6=n, r7=linear.scale(n, -8)), state_with(table, r6=m, r7=k)
    assert covers(apart, state_with(table, r6=m, r7=m))
    assert not covers(related, apart)
    assert covers(related, state_with(table, r6=constant(2), r7=constant(-16)))
    assert not covers(related, state_with(table, r6=constant(2), r7=constant(-15)))
    others = (
        state_with(table, r6=n, r7=linear.scale(n, -16)),
        state_with(table, r6=n, r7=linear.shift(n, 1)),
    )
    assert all(fingerprint(related) != fingerprint(other) for other in others)


@pytest.mark.parametrize(
    ("one", "other"),
    [((Op.AND, 0), (Op.MUL, 0)), ((Op.SHIFT_RIGHT, 1), (Op.SHIFT_RIGHT, 2)), ((Op.UDIV, 0), (Op.UMOD, 0))],
)
def test_covers_wants_the_same_operation_on_the_same_operands(table, one, other):
    def computed(how: tuple[Op, int], *, of_itself: bool = True) -> State:
        n, m = between(table, 0, 9), between(table, 0, 9)
        op, parameter = how
        operands = (n,) if op is Op.SHIFT_RIGHT else (n, n)
        made = table.defined(op, *operands, parameter=parameter)
        return state_with(table, r6=made, r7=n if of_itself else m)

    assert covers(computed(one), computed(one))
    assert not covers(computed(one), computed(other))
    assert not covers(computed(one), computed(one, of_itself=False))
    assert fingerprint(computed(one)) == fingerprint(computed(one))
    assert fingerprint(computed(one)) != fingerprint(computed(other))
    assert fingerprint(computed(one)) != fingerprint(computed(one, of_itself=False))


def test_covers_keeps_sums_that_were_checked(table):
    n, m, k, j = (between(table, 0, 9) for _ in range(4))
    checked, free = state_with(table, r6=n, r7=m), state_with(table, r6=k, r7=j)
    checked.facts.assume(linear.add(n, m), WORD.between(0, 9))
    assert covers(free, checked)
    assert not covers(checked, free)
    assert fingerprint(checked) != fingerprint(free)
    free.facts.assume(linear.add(k, j), WORD.between(1, 8))
    assert covers(checked, free)


def test_a_field_of_the_context_stands_for_nothing_else(table):
    field = of_symbol(table.shared(("context", 12), WORD.of_width(32)))
    a, b = state_with(table, r6=field), state_with(table, r6=constant(5))
    assert not covers(a, b)
    assert fingerprint(a) != fingerprint(state_with(table, r6=of_symbol(table.fresh(WORD.of_width(32)))))
    assert covers(state_with(table, r6=between(table, 0, (1 << 32) - 1)), a)


def test_what_was_learnt_of_a_field_that_no_place_holds_is_forgotten(table):
    # Code that follows may read the field again, in a run that took another way here.
    field = of_symbol(table.shared(("context", 12), WORD.of_width(32)))
    masked = table.defined(Op.AND, field, constant(5))

    def after(low: int, high: int) -> State:
        state = state_with(table, r6=masked, r7=field)
        state.facts.assume(field, WORD.between(low, high))
        forget_dead(state, [Live(1 << 6, 0, 0)], keep_tested=True)
        return state

    small, large = after(0, 100), after(101, 200)
    assert fingerprint(small) == fingerprint(large)
    assert WORD.unsigned(small.facts.evaluate(field)) == (0, (1 << 32) - 1)


def test_addresses_of_two_functions_are_two_things(table):
    one, other = (state_with(table, r2=of_symbol(table.function(pc))) for pc in (10, 20))
    assert not covers(one, other)
    assert fingerprint(one) != fingerprint(other)


def test_a_frame_pointer_is_no_other_pointer(table):
    stack = state_with(table, r6=linear.shift(of_symbol(table.frame(0)), -8))
    unknown = state_with(table, r6=of_symbol(table.fresh(WORD.top, region=Region.UNKNOWN)))
    number = state_with(table, r6=of_symbol(table.fresh(WORD.top)))
    other = state_with(table, r6=of_symbol(table.pointer(Region.OTHER)))
    assert covers(unknown, stack)
    assert fingerprint(unknown) != fingerprint(number)
    assert not covers(number, stack)
    assert not covers(other, stack)
    assert not covers(stack, other)


@pytest.mark.parametrize("field", ["counter", "limit", "context"])
def test_states_inside_a_callback_differ_by_its_loop(table, field):
    def inside(number: int) -> State:
        state = state_with(table)
        callback = Callback(3, 9, constant(0), constant(5), constant(1))
        state.frame.callback = callback._replace(**{field: constant(number)})
        return state

    assert covers(inside(4), inside(4))
    assert not covers(inside(4), inside(7))
    assert fingerprint(inside(4)) != fingerprint(inside(7))
    joined = join(inside(4), inside(7), Meet(9))
    assert covers(joined, inside(4))
    assert covers(joined, inside(7))


def test_prepends_that_failed_are_covered_by_worse_ones(table):
    def failed(pending: Pending | None) -> State:
        state = state_with(table)
        state.pending = pending
        return state

    worse, better, none = failed(Pending(8, 128, True)), failed(Pending(16, 64, True)), failed(None)
    assert covers(worse, better)
    assert not covers(better, worse)
    perhaps = failed(Pending(16, 64, False))
    assert covers(perhaps, better)
    assert covers(perhaps, none)
    assert not covers(better, perhaps)
    assert not covers(better, none)
    assert not covers(none, better)
    assert join(better, worse, Meet(0)).pending == Pending(8, 128, True)
    assert join(none, better, Meet(0)).pending == Pending(16, 64, False)
    assert fingerprint(none) != fingerprint(better)


def test_a_join_keeps_the_total_in_step_with_the_counter(table):
    before = state_with(table, r6=constant(0), total=constant(0))
    after = state_with(table, r6=constant(1), total=constant(-8))
    joined = join(before, after, Meet(5))
    counter = joined.frame.registers[6]
    assert counter is not None
    assert joined.facts.evaluate(linear.add(joined.total, counter, 8)).constant == 0
    # A check on the counter then bounds the total.
    joined.facts.assume(counter, WORD.const(1))
    assert WORD.signed(joined.facts.evaluate(joined.total)) == (-8, -8)


def test_a_join_keeps_what_is_equal_and_pointers_to_their_region(table):
    n = between(table, 0, 9)
    frame = of_symbol(table.frame(0))
    a = state_with(table, r6=n, r7=linear.shift(frame, -8), r8=constant(1))
    b = state_with(table, r6=n, r7=linear.shift(frame, -16), r8=None)
    joined = join(a, b, Meet(5))
    _, _, r6, r7, r8 = (joined.frame.registers[register] for register in (4, 5, 6, 7, 8))
    assert r6 == n
    assert r7 is not None
    assert table.region(r7) == (Region.STACK, table.frame(0))
    assert WORD.signed(joined.facts.evaluate(linear.subtract(r7, frame))) == (-16, -8)
    assert r8 is None


def test_a_join_with_a_frame_pointer_may_point_to_a_frame(table):
    a = state_with(table, r6=linear.shift(of_symbol(table.frame(0)), -8))
    b = state_with(table, r6=of_symbol(table.pointer(Region.OTHER)))
    joined = join(a, b, Meet(5)).frame.registers[6]
    assert joined is not None
    region = table.region(joined)
    assert region is not None
    assert region[0] is Region.UNKNOWN


def test_a_join_keeps_what_both_know_of_a_value(table):
    n = between(table, 0, 9)
    a, b = (state_with(table, r6=n) for _ in range(2))
    a.facts.assume(n, WORD.between(0, 3))
    b.facts.assume(n, WORD.between(2, 6))
    assert WORD.unsigned(join(a, b, Meet(5)).facts.evaluate(n)) == (0, 6)


def test_a_join_keeps_what_both_know_of_a_place_with_a_sum(table):
    n, m = between(table, 0, 9), between(table, 0, 9)
    a, b = (state_with(table, r6=linear.add(n, m)) for _ in range(2))
    a.facts.assume(linear.add(n, m), WORD.between(0, 3))
    b.facts.assume(linear.add(n, m), WORD.between(2, 6))
    assert WORD.unsigned(join(a, b, Meet(5)).facts.evaluate(linear.add(n, m))) == (0, 6)


def test_a_join_drops_facts_that_hold_on_one_side_only(table):
    n, m = between(table, 0, 9), between(table, 0, 9)
    a, b = (state_with(table, r6=n, r7=m) for _ in range(2))
    a.facts.assume(linear.add(n, m), WORD.between(0, 3))
    b.facts.assume(linear.add(n, m), WORD.between(2, 6))
    joined = join(a, b, Meet(5))
    assert WORD.unsigned(joined.facts.evaluate(linear.add(n, m))) == (0, 6)
    b.facts.known.clear()
    assert WORD.unsigned(
        join(a, state_with(table, r6=n, r7=m), Meet(5)).facts.evaluate(linear.add(n, m))
    ) == (
        0,
        18,
    )


def test_what_a_value_is_not_is_kept_where_it_is_not_on_either_side(table):
    n, m = between(table, 0, 9), between(table, 0, 9)
    a, b = (state_with(table, r6=n, r7=m) for _ in range(2))
    assert covers(a, b)
    a.facts.exclude(n, 5)
    a.facts.exclude(m, 5)
    assert not covers(a, b)
    b.facts.assume(n, WORD.between(0, 4))
    joined = join(a, b, Meet(5))
    assert joined.facts.excludes(n, 5)
    assert not joined.facts.excludes(m, 5)
    assert covers(joined, a)
    assert covers(joined, b)


def test_fill_undoes_places(table):
    state = state_with(table, r6=between(table, 0, 9), total=constant(-8))
    state.frame.stack[-8] = (8, constant(3))
    state.metadata = constant(4)
    forms = dict(places(state))
    other = state_with(table, r6=constant(0), r7=constant(1))
    other.frame.stack = {-8: (8, constant(0)), -16: (8, constant(0))}
    fill(other, forms)
    assert dict(places(other)) == forms


def test_forgetting_what_is_dead(table):
    n, flag = between(table, 0, 9), between(table, 0, 1)
    state = state_with(table, r1=n, r6=n, r7=flag, r8=of_symbol(table.frame(0)), r9=n)
    state.frame.stack = {-8: (8, n), -16: (4, flag)}
    live = Live(value=1 << 6 | slot_bits(-16, 8), test=1 << 7, base=1 << 8)
    forget_dead(state, [live], keep_tested=True)
    registers = state.frame.registers
    assert registers[6] == n
    assert registers[7] == flag
    assert registers[8] == of_symbol(table.frame(0))
    assert registers[1] is None
    assert registers[9] is None
    assert state.frame.stack == {-16: (4, flag)}
    forget_dead(state, [live], keep_tested=False)
    assert state.frame.registers[7] is None
