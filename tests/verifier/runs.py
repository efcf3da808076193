"""Runs to hold the analysis against: a number for each symbol."""

from __future__ import annotations

from xdp_lsp.domains.scalar import WORD
from xdp_lsp.isa import instruction as isa
from xdp_lsp.machine.arithmetic import TOP, alu, byte_swap, signed
from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.linear import Linear, Symbol
from xdp_lsp.verifier.symbols import Definition, Op, SymbolTable


class Run:
    """One value for each symbol that the test made itself; the others follow from their definitions."""

    def __init__(self, table: SymbolTable, values: dict[Symbol, int]) -> None:
        self.table = table
        self.values = values

    def __repr__(self) -> str:
        return f"Run({ {symbol: signed(x) for symbol, x in self.values.items()} })"

    def knows(self, form: Linear) -> bool:
        """Whether `form` follows from the values: what the engine only has a range for makes a symbol of its own."""
        for symbol, _ in form.terms:
            definition = self.table[symbol].definition
            if symbol not in self.values and (
                definition is None or not all(map(self.knows, definition.args))
            ):
                return False
        return True

    def of_symbol(self, symbol: Symbol) -> int:
        if symbol in self.values:
            return self.values[symbol]
        definition = self.table[symbol].definition
        assert definition is not None, f"the run has no value for symbol {symbol}"
        return self._defined(definition)

    def of(self, form: Linear) -> int:
        """The value of `form`, unsigned."""
        total = form.const
        for symbol, coefficient in form.terms:
            total += coefficient * self.of_symbol(symbol)
        return total & TOP

    def _defined(self, definition: Definition) -> int:
        op, parameter = definition.op, definition.parameter
        x, *more = (self.of(argument) for argument in definition.args)
        y = more[0] if more else 0
        if op is Op.ZERO_EXTEND:
            return x & ((1 << parameter) - 1)
        if op is Op.SIGN_EXTEND:
            return signed(x, parameter) & TOP
        if op is Op.SHIFT_RIGHT:
            return x >> parameter
        if op is Op.SHIFT_RIGHT_ARITHMETIC:
            return (signed(x) >> parameter) & TOP
        if op is Op.BYTE_SWAP:
            return byte_swap(x, parameter)
        operation, is_signed = {
            Op.AND: (isa.AND, False),
            Op.OR: (isa.OR, False),
            Op.XOR: (isa.XOR, False),
            Op.MUL: (isa.MUL, False),
            Op.UDIV: (isa.DIV, False),
            Op.UMOD: (isa.MOD, False),
            Op.SDIV: (isa.DIV, True),
            Op.SMOD: (isa.MOD, True),
        }[op]
        return alu(operation, x, y, 64, is_signed)

    def is_in(self, facts: Facts) -> bool:
        """Whether the facts allow this run."""
        for key, value in facts.known.items():
            x = self.of_symbol(key) if isinstance(key, int) else self.of(Linear(0, key))
            if not WORD.contains(value, x):
                return False
        if any(self.of_symbol(symbol) in numbers for symbol, numbers in facts.excluded.items()):
            return False
        return all(WORD.contains(facts.table[symbol].base, x) for symbol, x in self.values.items())
