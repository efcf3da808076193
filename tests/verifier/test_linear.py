"""Linear forms are exact: every operation on them is the same operation on the numbers they stand for."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdp_lsp.machine.arithmetic import TOP, signed
from xdp_lsp.verifier import linear
from xdp_lsp.verifier.linear import Linear, Symbol

NUMBERS = (0, 1, -1, 2, 3, -8, 1 << 31, 1 << 62, -1 << 63, (1 << 63) - 1)
SMALL = [
    Linear(const, tuple((symbol, c) for symbol, c in ((1, one), (2, two)) if c))
    for const, one, two in product((0, 1, -3), (0, 1, -1, 2), (0, 1, -2))
]
RUNS: list[dict[Symbol, int]] = [{1: 5, 2: 7}, {1: -1, 2: 1 << 63}, {1: 0, 2: 0}]


def number(form: Linear, run: dict[Symbol, int]) -> int:
    return (form.const + sum(coefficient * run[symbol] for symbol, coefficient in form.terms)) & TOP


def well_formed(form: Linear) -> bool:
    numbers = [form.const, *(coefficient for _, coefficient in form.terms)]
    symbols = [symbol for symbol, _ in form.terms]
    return (
        all(signed(x) == x for x in numbers)
        and all(coefficient for _, coefficient in form.terms)
        and symbols == sorted(set(symbols))
    )


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_sums_and_multiples_are_exact(run):
    for a in SMALL:
        for factor in NUMBERS:
            multiple, moved = linear.scale(a, factor), linear.shift(a, factor)
            assert well_formed(multiple) and well_formed(moved)
            assert number(multiple, run) == number(a, run) * factor & TOP
            assert number(moved, run) == number(a, run) + factor & TOP
        for b in SMALL:
            assert number(linear.subtract(a, b), run) == number(a, run) - number(b, run) & TOP
            for factor in (1, -1, 3, 1 << 63):
                total = linear.add(a, b, factor)
                assert well_formed(total)
                assert number(total, run) == number(a, run) + factor * number(b, run) & TOP


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_a_symbol_replaced_by_a_form_of_the_same_value(run):
    for a, by in product(SMALL, SMALL):
        replaced = linear.substitute(a, 1, by)
        assert well_formed(replaced)
        assert number(replaced, {**run, 3: 0}) == number(a, {**run, 1: number(by, run)})


def test_a_direction_and_its_sign_are_the_terms():
    for form in filter(None, SMALL):
        if form.terms:
            terms, sign = linear.direction(form.terms)
            assert terms[0][1] > 0
            assert linear.scale(Linear(0, terms), sign) == Linear(0, form.terms)
            assert linear.direction(linear.scale(form, -1).terms) == (terms, -sign)


def test_only_a_symbol_alone_is_a_symbol():
    for form in SMALL:
        alone = [symbol for symbol in (1, 2) if all(number(form, run) == run[symbol] & TOP for run in RUNS)]
        assert form.symbol == (alone[0] if alone else None)
        assert form.is_constant == (not form.terms)


@given(st.integers(-1 << 70, 1 << 70))
def test_constants_are_read_signed(x):
    assert linear.constant(x) == Linear(signed(x))
