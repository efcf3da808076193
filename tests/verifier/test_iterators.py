"""Number iterators against a simulation of kernel/bpf/bpf_iter.c, over ranges of their arguments."""

from __future__ import annotations

from itertools import product

import pytest

from tests.verifier.runs import Run
from xdp_lsp.domains.scalar import WORD, Infeasible
from xdp_lsp.machine.arithmetic import TOP, signed
from xdp_lsp.verifier import iterators, linear
from xdp_lsp.verifier.linear import of_symbol
from xdp_lsp.verifier.state import State
from xdp_lsp.verifier.symbols import SymbolTable

INT_MIN, INT_MAX = -(1 << 31), (1 << 31) - 1
EDGES = [
    (-2, 1),
    (0, 3),
    (INT_MAX - 1, INT_MAX),
    (INT_MIN, INT_MIN + 1),
    (1 << 23, (1 << 23) + 1),
    ((5 << 32) - 1, 5 << 32),
]


def numbers(first: int, end: int) -> list[int] | None:
    """What the kernel gives out, the first few; None where it refuses to start. Its arguments are ints."""
    first, end = signed(first, 32), signed(end, 32)
    if first > end or end - first > 1 << 23:
        return None
    return list(range(first, min(end, first + 4)))


@pytest.mark.parametrize("first", EDGES, ids=str)
@pytest.mark.parametrize("end", EDGES, ids=str)
def test_every_round_of_every_loop_is_followed(first, end):
    table = SymbolTable()
    state = State(table, 0)
    symbols = tuple(table.fresh(WORD.between(*bounds)) for bounds in (first, end))
    pointer = linear.shift(of_symbol(table.frame(0)), -8)
    state.frame.registers[1:4] = [pointer, *map(of_symbol, symbols)]
    started = list(iterators.start(state))
    for i, j in product(*(range(low, high + 1) for low, high in (first, end))):
        run = Run(table, {symbols[0]: i & TOP, symbols[1]: j & TOP})
        given = numbers(i, j)
        inside = [
            one for one, succeeded in started if succeeded == (given is not None) and run.is_in(one.facts)
        ]
        assert inside, (i, j)
        for number in [*(given or [])[:3], None]:
            if number is None and len(given or []) >= 3:
                break  # there are more
            after = [round_ for one in inside for round_ in _advanced(one)]
            inside = [
                one for one, gone_on in after if gone_on == (number is not None) and run.is_in(one.facts)
            ]
            assert inside, (i, j, number)
            if number is not None:
                (last, _), *_ = (_held(one) for one in inside)
                assert signed(run.of(last)) == number


def _advanced(state: State) -> list[tuple[State, bool]]:
    state = state.copy()
    state.frame.registers[1] = linear.shift(of_symbol(state.facts.table.frame(0)), -8)
    try:
        return [(one, pointer is not None) for one, pointer in iterators.advance(state, 5)]
    except Infeasible:
        return []


def _held(state: State) -> tuple[linear.Linear, linear.Linear]:
    stack = state.frame.stack
    return stack[-8][1], stack[-4][1]
