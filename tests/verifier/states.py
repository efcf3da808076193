"""Small random states, all their runs, and whether a state allows what a run shows at its places."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from typing import NamedTuple

from tests.verifier.runs import Run
from xdp_lsp.domains.scalar import WORD, Infeasible, Scalar
from xdp_lsp.machine.arithmetic import TOP, signed
from xdp_lsp.verifier import arithmetic, linear
from xdp_lsp.verifier.linear import Linear, Symbol, of_symbol
from xdp_lsp.verifier.merge import Place, places
from xdp_lsp.verifier.state import State
from xdp_lsp.verifier.symbols import Op, Region, SymbolTable

PACKET_AT = 1 << 40
Values = dict[Place, int]


class Small(NamedTuple):
    """A state whose symbols have few values each: `free` are those the test made for it."""

    state: State
    free: tuple[Symbol, ...]


class Maker:
    """Makes states over one table: all have one packet, and a context field `fixed` that any may hold."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.table = SymbolTable()
        self.packet = self.table.pointer(Region.PACKET)
        self.fixed = self.table.shared(("context", 12), WORD.between(0, 2))

    def make(self) -> Small:
        choose = self.random.choice
        free = tuple(
            self.table.fresh(WORD.between(low, low + self.random.randrange(4)))
            for low in self.random.choices((-1, 0, 1), k=2)
        )
        state = State(self.table, 0)
        state.packet = self.packet
        state.frame.registers[1] = None
        made = [self._form(state, free) for _ in range(3)]
        for register in (6, 7, 8):
            if self.random.random() < 0.8:
                state.frame.registers[register] = choose(made)
        if self.random.random() < 0.4:
            state.frame.stack[-8] = (8, choose(made))
        state.total = choose((linear.ZERO, choose(made)))
        for _ in range(self.random.randrange(3)):
            low = self.random.randrange(-4, 5)
            self._assume(state, self._sum(free), WORD.between(low, low + self.random.randrange(8)))
        if self.random.random() < 0.3:
            self._exclude(state, of_symbol(choose((*free, self.fixed))), self.random.randrange(-1, 5))
        return Small(state, free)

    def _assume(self, state: State, form: Linear, value: Scalar) -> None:
        """Assumes it, unless that would leave no run."""
        tried = state.facts.copy()
        with suppress(Infeasible):
            tried.assume(form, value)
            state.facts = tried

    def _exclude(self, state: State, form: Linear, x: int) -> None:
        """Assumes that it is not `x`, unless that would leave no run."""
        tried = state.facts.copy()
        with suppress(Infeasible):
            tried.exclude(form, x)
            state.facts = tried

    def _sum(self, free: tuple[Symbol, ...]) -> Linear:
        form = linear.constant(self.random.randrange(-2, 3))
        for symbol in self.random.sample((*free, self.fixed), self.random.randrange(3)):
            form = linear.add(form, of_symbol(symbol), self.random.choice((1, 1, -1, 2, -8)))
        return form

    def _form(self, state: State, free: tuple[Symbol, ...]) -> Linear:
        form, other = self._sum(free), self._sum(free)
        kind = self.random.randrange(6)
        if kind == 0:
            return self.table.defined(Op.AND, form, other)
        if kind == 1:
            return self.table.defined(Op.MUL, form, other)
        if kind == 2:
            return arithmetic.zero_extend(state.facts, form, 2)
        return form

    def variant(self, small: Small) -> Small:
        """`small` under other names, perhaps with one thing changed."""
        state = small.state.copy()
        names = {old: self.table.fresh(self.table[old].base) for old in small.free}
        forms = dict(places(state))

        def renamed(form: Linear) -> Linear:
            total = linear.constant(form.const)
            for symbol, coefficient in form.terms:
                total = linear.add(total, self._renamed(symbol, names), coefficient)
            return total

        frame = state.frame
        frame.registers = [None if form is None else renamed(form) for form in frame.registers[:10]] + [
            frame.registers[10]
        ]
        frame.stack = {offset: (size, renamed(form)) for offset, (size, form) in frame.stack.items()}
        state.total = renamed(forms["total"])
        known, excluded = list(state.facts.known.items()), list(state.facts.excluded.items())
        state.facts.keep(set(), {})
        for key, value in known:
            if self.random.random() < 0.85:
                self._assume(
                    state, renamed(of_symbol(key) if isinstance(key, int) else Linear(0, key)), value
                )
        for symbol, numbers in excluded:
            for x in numbers:
                if self.random.random() < 0.85:
                    self._exclude(state, renamed(of_symbol(symbol)), x)
        change = self.random.randrange(8)
        if change == 0:
            frame.registers[self.random.choice((6, 7, 8))] = linear.constant(self.random.randrange(-2, 3))
        elif change == 1:
            frame.registers[self.random.choice((6, 7, 8))] = of_symbol(self.fixed)
        elif change == 2:
            self._assume(state, of_symbol(names[small.free[0]]), WORD.between(0, 1))
        elif change == 3:
            frame.registers[7] = None
        return Small(state, tuple(names.values()))

    def _renamed(self, symbol: Symbol, names: dict[Symbol, Symbol]) -> Linear:
        definition = self.table[symbol].definition
        if definition is None:
            return of_symbol(names.get(symbol, symbol))
        args = []
        for argument in definition.args:
            total = linear.constant(argument.const)
            for inner, coefficient in argument.terms:
                total = linear.add(total, self._renamed(inner, names), coefficient)
            args.append(total)
        return self.table.defined(definition.op, *args, parameter=definition.parameter)

    def runs(self, small: Small) -> Iterator[Run]:
        """Every run in the state."""
        symbols = (*small.free, self.fixed)
        ranges = []
        for symbol in symbols:
            low, high = WORD.signed(self.table[symbol].base)
            ranges.append(range(low, high + 1))
        for row in product(*ranges):
            values = {symbol: x & TOP for symbol, x in zip(symbols, row, strict=True)}
            run = Run(self.table, {**values, self.packet: PACKET_AT})
            if run.is_in(small.state.facts):
                yield run

    def shown(self, small: Small, run: Run) -> Values:
        return {place: run.of(form) for place, form in places(small.state)}

    def allows(self, state: State, shown: Values, run: Run) -> bool:
        """Whether some run in `state` has the values `shown` at its places, and the fixed ones of `run`."""
        equations = []
        for place, form in places(state):
            if place not in shown:
                return False
            equations.append((form, shown[place]))
        fixed = {self.fixed: run.values[self.fixed], self.packet: PACKET_AT}
        return _solvable(state, equations, fixed)


def _leaves(table: SymbolTable, form: Linear) -> set[Symbol]:
    found: set[Symbol] = set()
    for symbol, _ in form.terms:
        definition = table[symbol].definition
        if definition is None:
            found.add(symbol)
        else:
            for argument in definition.args:
                found |= _leaves(table, argument)
    return found


def _solvable(state: State, equations: list[tuple[Linear, int]], values: dict[Symbol, int]) -> bool:
    """Whether `values` can be extended so that the equations and the state's facts hold."""
    table, known = state.facts.table, state.facts.known
    values = dict(values)
    unknown: set[Symbol] = set()
    progress = True
    while progress:
        progress, unknown = False, set()
        for form, x in equations:
            missing = [term for term in form.terms if _leaves(table, of_symbol(term[0])) - values.keys()]
            unknown |= _leaves(table, form) - values.keys()
            if len(missing) == 1 and table[missing[0][0]].definition is None:
                symbol, coefficient = missing[0]
                rest = Linear(form.const, tuple(term for term in form.terms if term[0] != symbol))
                left = signed(x - Run(table, values).of(rest))
                if left % coefficient:
                    return False
                values[symbol] = left // coefficient & TOP
                progress = True
                break
    if unknown:
        symbol = min(unknown)
        low, high = WORD.signed(state.facts.value(symbol))
        assert high - low < 100, "a symbol of many values that no place shows"
        return any(_solvable(state, equations, {**values, symbol: x & TOP}) for x in range(low, high + 1))
    run = Run(table, values)
    if any(run.of(form) != x for form, x in equations):
        return False
    for key, fact in known.items():
        form = of_symbol(key) if isinstance(key, int) else Linear(0, key)
        if not _leaves(table, form) - values.keys() and not WORD.contains(fact, run.of(form)):
            return False
    if any(values.get(symbol) in numbers for symbol, numbers in state.facts.excluded.items()):
        return False
    return all(WORD.contains(table[symbol].base, x) for symbol, x in values.items())
