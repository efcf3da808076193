"""What one state knows of its symbols: a value for each, and for sums of several.

`Facts` maps a symbol, or a direction (a sum of several symbols, as `linear.direction` writes it), to a Scalar that
holds its value. Forms are evaluated when they are needed, so a check on a value bounds everything that was computed
from it before.

Soundness: `value` and `evaluate` only meet things that hold of every run in the state; `assume` only drops runs for
which the assumed condition is false. All raise `Infeasible` where no run is left.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from math import gcd

from xdp_lsp.domains import circular, tnum
from xdp_lsp.domains.scalar import WORD, Infeasible, Scalar
from xdp_lsp.domains.tnum import Tnum
from xdp_lsp.verifier.linear import Linear, Symbol, Terms, direction, of_symbol
from xdp_lsp.verifier.result import ReasonKind
from xdp_lsp.verifier.symbols import Definition, Op, Origin, SymbolTable

Key = Symbol | Terms

# Definitions hang on definitions this deep; what is made of deeper ones (a hash) only keeps its values. It bounds
# how far one look has to go.
_DEPTH = 6

# Numbers that a symbol is known not to be, besides those that its range leaves out.
_MOST_EXCLUDED = 8


class Facts:
    """The facts of one state. Copied when states part; changed only by `assume`."""

    __slots__ = ("_values", "checks", "excluded", "known", "table")

    def __init__(self, table: SymbolTable) -> None:
        self.table = table
        self.known: dict[Key, Scalar] = {}
        # Numbers in the middle of a symbol's range that it is not: what `!=` teaches, so that a second test of the
        # same value comes out as the first did.
        self.excluded: dict[Symbol, frozenset[int]] = {}
        self.checks: dict[Symbol, tuple[int, ...]] = {}  # the pcs of the branches that narrowed a symbol
        self._values: dict[Symbol, Scalar] = {}  # memo of `value`, dropped at every change

    def copy(self) -> Facts:
        other = Facts.__new__(Facts)
        other.table = self.table
        other.known = self.known.copy()
        other.excluded = self.excluded.copy()
        other.checks = self.checks.copy()
        other._values = self._values.copy()
        return other

    def keep(self, symbols: Container[Symbol], values: dict[Symbol, Scalar]) -> None:
        """Forgets what is known of all but `symbols`, and takes in the `values` of new ones."""
        self.known = {
            key: value
            for key, value in self.known.items()
            if (key in symbols if isinstance(key, int) else all(symbol in symbols for symbol, _ in key))
        }
        self.known.update((symbol, value) for symbol, value in values.items() if value != WORD.top)
        self.excluded = {symbol: numbers for symbol, numbers in self.excluded.items() if symbol in symbols}
        self.checks = {symbol: pcs for symbol, pcs in self.checks.items() if symbol in symbols}
        self._values.clear()

    # -- reading --------------------------------------------------------------------------------

    def value(self, symbol: Symbol) -> Scalar:
        """Every value `symbol` can have here."""
        memo = self._values.get(symbol)
        if memo is not None:
            return memo
        info = self.table[symbol]
        value = self.known.get(symbol, info.base)
        if info.definition is not None and value.range.size:
            value = _met(value, self._result(info.definition))
        self._values[symbol] = value
        return value

    def evaluate(self, form: Linear) -> Scalar:
        """Every value `form` can have here."""
        terms = form.terms
        if not terms:
            return WORD.const(form.const)
        first, factor = terms[0]
        total = WORD.scale(self.value(first), factor)
        if len(terms) > 1:
            for symbol, coefficient in terms[1:]:
                total = WORD.add(total, WORD.scale(self.value(symbol), coefficient))
            key, sign = direction(terms)
            fact = self.known.get(key)
            if fact is not None:
                total = _met(total, WORD.scale(fact, sign))
            # `4 * (a - b)` after a check on `a - b`.
            factor = gcd(*(coefficient for _, coefficient in key))
            if factor > 1:
                fact = self.known.get(tuple((symbol, coefficient // factor) for symbol, coefficient in key))
                if fact is not None:
                    total = _met(total, WORD.scale(fact, sign * factor))
        return WORD.add(total, WORD.const(form.const)) if form.const else total

    def excludes(self, form: Linear, x: int) -> bool:
        """Whether `form` is known not to be `x` here."""
        if not WORD.contains(self.evaluate(form), x):
            return True
        if len(form.terms) != 1 or form.terms[0][1] not in (1, -1):
            return False
        ((symbol, sign),) = form.terms
        return (x - form.const) * sign & WORD.top_value in self.excluded.get(symbol, ())

    def _result(self, definition: Definition) -> Scalar:
        op, args, parameter = definition
        a = self.evaluate(args[0])
        if op is Op.ZERO_EXTEND:
            return WORD.zero_extend(a, parameter)
        if op is Op.SIGN_EXTEND:
            return WORD.sign_extend(a, parameter)
        if op is Op.SHIFT_RIGHT:
            return WORD.shift_right(a, parameter)
        if op is Op.SHIFT_RIGHT_ARITHMETIC:
            return WORD.shift_right_arithmetic(a, parameter)
        if op is Op.BYTE_SWAP:
            return WORD.byte_swap(a, parameter)
        b = self.evaluate(args[1])
        return _BINARY[op](a, b)

    def define(self, op: Op, *args: Linear, parameter: int = 0) -> Linear:
        """The result of an operation, as a symbol that keeps its definition unless too many hang on it."""
        if self.table.depth(args) < _DEPTH:
            return self.table.defined(op, *args, parameter=parameter)
        parents = tuple(symbol for form in args for symbol, _ in form.terms)
        origin = Origin(ReasonKind.READ, None, "", parents)
        value = self._result(Definition(op, args, parameter))
        return of_symbol(self.table.fresh(value, origin))

    # -- learning -------------------------------------------------------------------------------

    def assume(self, form: Linear, value: Scalar, pc: int | None = None) -> None:
        """Keep only the runs in which `form` is in `value`; `pc` is the branch that says so."""
        now = self.evaluate(form)
        narrowed = _met(now, value)
        if narrowed == now:
            return
        terms = form.terms
        if len(terms) == 1 and terms[0][1] in (1, -1):
            symbol, sign = terms[0]
            self._narrow(symbol, WORD.scale(WORD.add(narrowed, WORD.const(-form.const)), sign), pc)
            return
        if len(terms) > 1:
            key, sign = direction(terms)
            fact = WORD.scale(WORD.add(narrowed, WORD.const(-form.const)), sign)
            old = self.known.get(key)
            self.known[key] = fact if old is None else _met(old, fact)
            self._values.clear()
        for symbol, coefficient in terms:
            rest = Linear(form.const, tuple(term for term in terms if term[0] != symbol))
            multiple = WORD.add(narrowed, WORD.scale(self.evaluate(rest), -1))
            mine = self.value(symbol)
            # Word and low half apart: a 32-bit check says nothing of the upper half.
            arc = circular.divide(mine.range, multiple.range, coefficient, WORD.bits)
            low = circular.divide(mine.low_range, multiple.low_range, coefficient, WORD.half)
            if arc is None or low is None:
                raise Infeasible
            reduced = WORD.reduce(mine.bits, arc, low)
            if reduced is None:
                raise Infeasible
            self._narrow(symbol, reduced, pc)

    def exclude(self, form: Linear, x: int, pc: int | None = None) -> None:
        """Keep only the runs in which `form` is not `x`; `pc` is the branch that says so."""
        self.assume(form, _without(self.evaluate(form), x), pc)
        if len(form.terms) != 1 or form.terms[0][1] not in (1, -1):
            return
        ((symbol, sign),) = form.terms
        number = (x - form.const) * sign & WORD.top_value
        numbers = self.excluded.get(symbol, frozenset())
        if WORD.contains(self.value(symbol), number) and len(numbers) < _MOST_EXCLUDED:
            self.excluded[symbol] = numbers | {number}

    def _narrow(self, symbol: Symbol, value: Scalar, pc: int | None) -> None:
        now = self.value(symbol)
        narrowed = _met(now, value)
        if narrowed == now:
            return
        for number in self.excluded.get(symbol, ()):
            narrowed = _without(narrowed, number)
        self.known[symbol] = narrowed
        self._values.clear()
        if pc is not None:
            pcs = self.checks.get(symbol, ())
            if pc not in pcs:
                self.checks[symbol] = (*pcs[-2:], pc)
        definition = self.table[symbol].definition
        if definition is not None:
            self._narrow_operands(definition, narrowed, pc)

    def _narrow_operands(self, definition: Definition, value: Scalar, pc: int | None) -> None:
        """What a narrower result says about the operands. Saying nothing is always right."""
        op, args, parameter = definition
        first, last = WORD.unsigned(value)
        if op in (Op.ZERO_EXTEND, Op.SIGN_EXTEND):
            if parameter == WORD.half:
                self.assume(args[0], WORD.low_half_in(value.low_range), pc)
            else:
                self._assume_bits(args[0], value.bits, (1 << parameter) - 1, pc)
        elif op is Op.SHIFT_RIGHT:
            fill = (1 << parameter) - 1
            self.assume(args[0], WORD.between(first << parameter, (last << parameter) | fill), pc)
        elif op is Op.SHIFT_RIGHT_ARITHMETIC:
            low, high = WORD.signed(value)
            fill = (1 << parameter) - 1
            low, high = max(low << parameter, -(1 << 63)), min((high << parameter) | fill, (1 << 63) - 1)
            self.assume(args[0], WORD.between(low, high), pc)
        elif op is Op.AND:
            # x & y <= x, and where y's bits are known to be set the result's bits are x's.
            for mine, other in ((args[0], args[1]), (args[1], args[0])):
                self.assume(mine, WORD.between(first, WORD.top_value), pc)
                self._assume_bits(mine, value.bits, self.evaluate(other).bits.value, pc)

    def _assume_bits(self, form: Linear, bits: Tnum, where: int, pc: int | None) -> None:
        """Keep only the runs in which `form`'s bits are as in `bits`, at the positions set in `where`."""
        known = tnum.Tnum(bits.value & where, (bits.mask & where) | (WORD.top_value & ~where))
        value = WORD.reduce(known, WORD.top.range, WORD.top.low_range)
        assert value is not None
        self.assume(form, value, pc)


_BINARY: dict[Op, Callable[[Scalar, Scalar], Scalar]] = {
    Op.AND: WORD.and_,
    Op.OR: WORD.or_,
    Op.XOR: WORD.xor,
    Op.MUL: WORD.mul,
    Op.UDIV: WORD.unsigned_divide,
    Op.UMOD: WORD.unsigned_modulo,
    Op.SDIV: WORD.signed_divide,
    Op.SMOD: WORD.signed_modulo,
}


def _without(a: Scalar, x: int) -> Scalar:
    rest = WORD.without(a, x)
    if rest is None:
        raise Infeasible
    return rest


def _met(a: Scalar, b: Scalar) -> Scalar:
    met = WORD.meet(a, b)
    if met is None:
        raise Infeasible
    return met
