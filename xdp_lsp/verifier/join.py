"""Joining two states into one that covers both, and widening, so that loops end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from xdp_lsp.domains.scalar import WORD, Scalar
from xdp_lsp.verifier import linear
from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.linear import Linear, Symbol, direction, of_symbol
from xdp_lsp.verifier.merge import fill, places
from xdp_lsp.verifier.result import ReasonKind
from xdp_lsp.verifier.state import Pending, Place, State
from xdp_lsp.verifier.symbols import Origin, Region


class Meet(NamedTuple):
    """Where two states are joined and why.

    `tests` are the pcs that decide whether the loop whose head this is goes round again (None: paths do not come back
    here); `in_haste` says that the budget is spent.
    """

    pc: int
    tests: tuple[int, ...] | None = None
    in_haste: bool = False


def join(
    a: State, b: State, place: Meet, widening: Sequence[int] | None = None, *, relate: bool = True
) -> State:
    """A state that covers `a` and `b` (which are at the same pc in the same calls).

    With `widening` (sorted thresholds), `a` is what was there before, and ranges that grew go to the next
    threshold. Without `relate`, places that differ are not related to each other: then repeating it ends, for places
    only ever part, and ranges only grow.
    """
    a, b = a.copy(), b.copy()
    _split_alike(a, b)
    _split_alike(b, a)
    return _Joiner(a, b, place, widening, relate=relate).joined()


def _split_alike(a: State, b: State) -> None:
    """Splits what a has on its stacks where b has only a part of it, so that the parts meet."""
    for depth, theirs in enumerate(b.frames):
        missing = [
            (offset, size)
            for offset, (size, _) in theirs.stack.items()
            if a.frames[depth].stack.get(offset, (0,))[0] != size
        ]
        for offset, size in missing:
            form = a.frames[depth].load(a.facts, offset, size)
            if form is not None:
                a.own_frame(depth).store(a.facts, offset, size, form)


class _Joiner:
    """Joins the forms of two states: equal ones stay, others become forms over new symbols.

    Two places whose values differ between the states in step (both by a multiple of one amount) stay related: a
    loop's counter and the total that it moves become `s` and `-8 * s`. That is the affine hull of the two points.

    Soundness: every form of the result becomes a's form if each new symbol is given the value of the form of a
    that it was made for, and b's likewise; every fact holds under both assignments.
    """

    def __init__(
        self, a: State, b: State, place: Meet, widening: Sequence[int] | None, *, relate: bool
    ) -> None:
        self._relate = relate
        self._a, self._b = a, b
        self._place = place
        self._widening = widening
        self._facts = Facts(a.facts.table)
        # (form in a, form in b, the symbol that stands for them)
        self._pivots: list[tuple[Linear, Linear, Symbol]] = []

    def joined(self) -> State:
        forms_b = dict(places(self._b))
        pairs = [(place, mine, forms_b[place]) for place, mine in places(self._a) if place in forms_b]
        # The smallest difference first: the others can then be multiples of it.
        pairs.sort(key=lambda pair: _step(pair[1], pair[2]))
        forms: dict[Place, Linear] = {}
        for place, mine, theirs in pairs:
            forms[place] = form = self._join(mine, theirs)
            if len(form.terms) > 1:
                self._keep_sum(form, mine, theirs)
        made = self._a.copy()
        fill(made, forms)
        made.pending = Pending.join(self._a.pending, self._b.pending)
        self._carry_over(forms)
        made.facts = self._facts
        return made

    def _hull(self, one: Scalar, other: Scalar) -> Scalar:
        if self._widening is None:
            return WORD.join(one, other)
        return WORD.widen(one, other, self._widening)

    def _join(self, mine: Linear, theirs: Linear) -> Linear:
        if mine == theirs:
            return mine
        table = self._facts.table
        region_a, region_b = table.region(mine), table.region(theirs)
        if region_a is not None and region_a == region_b and region_a[0] is not Region.UNKNOWN:
            base = of_symbol(region_a[1])
            offsets = linear.subtract(mine, base), linear.subtract(theirs, base)
            if table.region(offsets[0]) is None and table.region(offsets[1]) is None:
                return linear.add(base, self._join(*offsets))
        if region_a is None and region_b is None:
            for one, other, symbol in self._pivots:
                factor = _factor(mine, theirs, one, other)
                if factor is not None:
                    return linear.add(linear.add(mine, one, -factor), of_symbol(symbol), factor)
        return of_symbol(self._pivot(mine, theirs))

    def _pivot(self, mine: Linear, theirs: Linear) -> Symbol:
        """A new symbol for a place that holds `mine` in one state and `theirs` in the other."""
        table = self._facts.table
        parents = tuple(symbol for form in (mine, theirs) for symbol, _ in form.terms)
        regions = {table[symbol].region for symbol in parents} - {None}
        region = None
        if regions & {Region.STACK, Region.UNKNOWN}:
            region = Region.UNKNOWN
        elif regions == {Region.PACKET} and mine.symbol is not None and theirs.symbol is not None:
            region = Region.PACKET
        elif regions:
            region = Region.OTHER
        value_a, value_b = self._a.facts.evaluate(mine), self._b.facts.evaluate(theirs)
        name = self._name(mine, theirs) if region is Region.OTHER else ""
        symbol = table.fresh(WORD.top, self._origin(parents, (value_a, value_b)), region, name)
        self._facts.known[symbol] = self._hull(value_a, value_b)
        self._keep_excluded(symbol, mine, theirs)
        checks = (
            pc
            for facts, form in ((self._a.facts, mine), (self._b.facts, theirs))
            for parent, _ in form.terms
            for pc in facts.checks.get(parent, ())
        )
        self._facts.checks[symbol] = tuple(dict.fromkeys(checks))[-3:]
        if region is None and self._relate:
            self._pivots.append((mine, theirs, symbol))
        return symbol

    def _name(self, mine: Linear, theirs: Linear) -> str:
        """The map whose values both point to."""
        if mine.symbol is None or theirs.symbol is None:
            return ""
        one, other = self._facts.table[mine.symbol], self._facts.table[theirs.symbol]
        return one.name if one.name == other.name and not (one.is_fixed or other.is_fixed) else ""

    def _origin(self, parents: tuple[Symbol, ...], values: tuple[Scalar, Scalar]) -> Origin:
        pc, tests, in_haste = self._place
        if in_haste:
            return Origin(
                ReasonKind.WIDENED, pc, "the budget is spent, so all paths are joined here", parents
            )
        if tests is None:
            return Origin(ReasonKind.WIDENED, pc, "paths meet here", parents, values)
        # What a loop adds up depends on what decides how often it goes round.
        checks = self._a.facts.checks.items()
        deciding = tuple(symbol for symbol, pcs in checks if not set(tests).isdisjoint(pcs))
        return Origin(
            ReasonKind.LOOP, pc, "what the rounds of this loop add is joined here", (*parents, *deciding)
        )

    def _keep_sum(self, form: Linear, mine: Linear, theirs: Linear) -> None:
        """What a place that now holds a sum had in both states: more than the parts say, after a check on it."""
        key, sign = direction(form.terms)
        value = self._hull(self._a.facts.evaluate(mine), self._b.facts.evaluate(theirs))
        fact = WORD.scale(WORD.add(value, WORD.const(-form.const)), sign)
        old = self._facts.known.get(key)
        both = fact if old is None else WORD.meet(old, fact)
        if both is not None and both != WORD.top:
            self._facts.known[key] = both

    def _keep_excluded(self, symbol: Symbol, mine: Linear, theirs: Linear) -> None:
        """What `symbol` is not, as it is `mine` in one state and `theirs` in the other, and neither can be that."""
        if not self._a.facts.excluded and not self._b.facts.excluded:
            return
        excluded = (
            facts.excluded.get(form.symbol, frozenset()) if form.symbol is not None else frozenset()
            for facts, form in ((self._a.facts, mine), (self._b.facts, theirs))
        )
        numbers = frozenset(
            x
            for x in frozenset().union(*excluded)
            if self._a.facts.excludes(mine, x) and self._b.facts.excludes(theirs, x)
        )
        if numbers:
            self._facts.excluded[symbol] = numbers

    def _carry_over(self, forms: dict[Place, Linear]) -> None:
        """Facts of symbols that both states keep under their own names: what holds in both."""
        table = self._facts.table
        new = {key for key in self._facts.known if isinstance(key, int)}
        todo = [symbol for form in forms.values() for symbol, _ in form.terms if symbol not in new]
        kept: set[Symbol] = set()
        while todo:
            symbol = todo.pop()
            if symbol in kept:
                continue
            kept.add(symbol)
            value = self._hull(self._a.facts.value(symbol), self._b.facts.value(symbol))
            if value != table[symbol].base:
                self._facts.known[symbol] = value
            self._keep_excluded(symbol, of_symbol(symbol), of_symbol(symbol))
            checks = self._a.facts.checks.get(symbol) or self._b.facts.checks.get(symbol)
            if checks:
                self._facts.checks[symbol] = checks
            definition = table[symbol].definition
            if definition is not None:
                todo.extend(s for argument in definition.args for s, _ in argument.terms)
        for key, fact in self._a.facts.known.items():
            if not isinstance(key, int) and all(symbol in kept for symbol, _ in key):
                value = self._hull(fact, self._b.facts.evaluate(Linear(0, key)))
                if value != WORD.top and key not in self._facts.known:
                    self._facts.known[key] = value


def _step(mine: Linear, theirs: Linear) -> int:
    """How far apart two forms are, where that is a constant other than 0; else very far."""
    if mine.terms != theirs.terms:
        return 1 << 64
    return abs(linear.centred(theirs.const - mine.const)) or 1 << 65


def _factor(mine: Linear, theirs: Linear, one: Linear, other: Linear) -> int | None:
    """The integer f for which `mine - f * one` and `theirs - f * other` are the same form, if there is one."""
    if mine.terms == theirs.terms and one.terms == other.terms:
        numerator = linear.centred(theirs.const - mine.const)
        denominator = linear.centred(other.const - one.const)
    else:
        for left, right in ((mine, one), (theirs, other)):
            if left.terms and right.terms and left.terms[0][0] == right.terms[0][0]:
                numerator, denominator = left.terms[0][1], right.terms[0][1]
                break
        else:
            return None
    if denominator == 0 or numerator % denominator:
        return None
    factor = numerator // denominator
    if linear.add(mine, one, -factor) == linear.add(theirs, other, -factor):
        return factor
    return None
