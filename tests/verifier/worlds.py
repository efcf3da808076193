"""Random states with runs that are in them: facts over a few symbols, and forms over those symbols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st

from tests.verifier.runs import Run
from xdp_lsp.domains.scalar import WORD, Scalar
from xdp_lsp.isa import instruction as isa
from xdp_lsp.machine.arithmetic import TOP, signed
from xdp_lsp.verifier import arithmetic, linear
from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.linear import Linear
from xdp_lsp.verifier.symbols import SymbolTable

EDGES = [
    0,
    1,
    7,
    14,
    64,
    255,
    256,
    0xFFFF,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
    1 << 32,
    (1 << 63) - 1,
    1 << 63,
]
values = st.one_of(
    st.sampled_from(EDGES),
    st.integers(0, 40),
    st.integers(-300, -1).map(lambda x: x & TOP),
    st.integers(0, TOP),
)
COEFFICIENTS = (1, -1, 2, -2, 3, 4, 8, -8, 16, -16, 1 << 32)
ALU_OPERATIONS = (
    isa.ADD, isa.SUB, isa.MUL, isa.DIV, isa.OR, isa.AND, isa.LSH, isa.RSH, isa.MOD, isa.XOR, isa.ARSH,
)  # fmt: skip
MASKS = (0, 1, 7, 0xF, 0xF0, 0xFF, 0xFC, 0x3F, -8, -1, 0xFFFF, 0x7FFFFFFF, -1 << 31, 1 << 40, (1 << 63) - 1)


class World(NamedTuple):
    facts: Facts
    runs: tuple[Run, ...]
    forms: tuple[Linear, ...]  # of symbols, sums, and results of operations

    def check(self) -> None:
        for run in self.runs:
            assert run.is_in(self.facts), (run, self.facts.known)
            for form in self.forms:
                assert WORD.contains(self.facts.evaluate(form), run.of(form)), (run, form)


def hull(numbers: Sequence[int]) -> Scalar:
    joined = WORD.const(numbers[0])
    for x in numbers[1:]:
        joined = WORD.join(joined, WORD.const(x))
    return joined


def sums(symbols: Sequence[int]) -> st.SearchStrategy[Linear]:
    """Forms over some of `symbols`."""
    constants = st.one_of(st.sampled_from((0, 1, -1, 8, -14, 14)), st.sampled_from(MASKS), values)
    chosen = st.lists(
        st.tuples(st.sampled_from(symbols), st.sampled_from(COEFFICIENTS)),
        max_size=3,
        unique_by=lambda t: t[0],
    )
    return st.builds(
        lambda constant, terms: Linear(linear.centred(constant), tuple(sorted(terms))), constants, chosen
    )


@st.composite
def bases(draw: st.DrawFn, numbers: Sequence[int]) -> Scalar:
    """A scalar that holds all of `numbers`."""
    around = hull(numbers)
    kind = draw(st.sampled_from(("hull", "unsigned", "signed", "low half", "type")))
    if kind == "unsigned":
        return WORD.between(min(numbers), max(numbers))
    if kind == "signed":
        read = [signed(x) for x in numbers]
        return WORD.between(min(read), max(read))
    if kind == "low half":
        return WORD.low_half_in(around.low_range)
    if kind == "type":
        return next(WORD.of_width(bits) for bits in (8, 16, 32, 64) if max(numbers) < 1 << bits)
    return around


@st.composite
def worlds(draw: st.DrawFn) -> World:
    table = SymbolTable()
    facts = Facts(table)
    count = draw(st.integers(1, 3))
    small = draw(st.booleans())
    symbols, columns = [], []
    for _ in range(count):
        numbers = draw(st.lists(st.integers(0, 20) if small else values, min_size=3, max_size=3))
        symbols.append(table.fresh(draw(bases(numbers))))
        columns.append(numbers)
    runs = tuple(Run(table, dict(zip(symbols, row, strict=True))) for row in zip(*columns, strict=True))
    forms = [linear.of_symbol(symbol) for symbol in symbols]
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(("sum", "operation", "operation", "sign", "zero", "fact")))
        if kind == "sum":
            forms.append(draw(sums(symbols)))
        elif kind == "operation":
            made = arithmetic.operate(
                facts,
                draw(st.sampled_from(ALU_OPERATIONS)),
                draw(st.sampled_from(forms)),
                draw(st.one_of(st.sampled_from(forms), st.sampled_from(MASKS).map(linear.constant))),
                width=draw(st.sampled_from((32, 64))),
                signed=draw(st.booleans()),
            )
            if made is not None and runs[0].knows(made):
                forms.append(made)
        elif kind in ("sign", "zero"):
            extend = arithmetic.sign_extend if kind == "sign" else arithmetic.zero_extend
            forms.append(extend(facts, draw(st.sampled_from(forms)), draw(st.sampled_from((8, 16, 32)))))
        else:
            form = draw(sums(symbols))
            facts.assume(form, draw(bases([run.of(form) for run in runs])))
    return World(facts, runs, tuple(forms))
