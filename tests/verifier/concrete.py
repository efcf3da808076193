"""What instructions do to numbers, written down apart from the analysis, and runs to hold it against.

Source of the rules: Documentation/bpf/standardization/instruction-set.rst, "Arithmetic instructions" and "Jump
instructions" (Linux 7.2).
"""

from __future__ import annotations

from xdp_lsp.domains.scalar import WORD
from xdp_lsp.isa import instruction as isa
from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.linear import Linear, Symbol
from xdp_lsp.verifier.symbols import Definition, Op, SymbolTable

TOP = (1 << 64) - 1


def signed(x: int, bits: int = 64) -> int:
    x &= (1 << bits) - 1
    return x - (1 << bits) if x >> (bits - 1) else x


def _divide(x: int, y: int) -> int:
    """Truncating towards zero; by zero zero."""
    return 0 if y == 0 else abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)


def alu(operation: int, x: int, y: int, width: int, is_signed: bool = False) -> int:
    """The register after `x operation y`, unsigned; a 32-bit result has zeros above."""
    mask = (1 << width) - 1
    x, y = x & mask, y & mask
    count = y & (width - 1)
    if operation in (isa.DIV, isa.MOD):
        if is_signed:
            x, y = signed(x, width), signed(y, width)
        quotient = _divide(x, y)
        return (quotient if operation == isa.DIV else x - y * quotient) & mask
    results = {
        isa.ADD: x + y,
        isa.SUB: x - y,
        isa.MUL: x * y,
        isa.OR: x | y,
        isa.AND: x & y,
        isa.XOR: x ^ y,
        isa.LSH: x << count,
        isa.RSH: x >> count,
        isa.ARSH: signed(x, width) >> count,
    }
    return results[operation] & mask


def compare(operation: int, x: int, y: int, width: int) -> bool:
    """Whether `if x operation y` jumps."""
    mask = (1 << width) - 1
    x, y = x & mask, y & mask
    a, b = signed(x, width), signed(y, width)
    return {
        isa.JEQ: x == y,
        isa.JNE: x != y,
        isa.JSET: bool(x & y),
        isa.JGT: x > y,
        isa.JGE: x >= y,
        isa.JLT: x < y,
        isa.JLE: x <= y,
        isa.JSGT: a > b,
        isa.JSGE: a >= b,
        isa.JSLT: a < b,
        isa.JSLE: a <= b,
    }[operation]


def byte_swap(x: int, width: int) -> int:
    return int.from_bytes((x & ((1 << width) - 1)).to_bytes(width // 8, "little"), "big")


class Run:
    """One value for each symbol that the test made itself; the others follow from their definitions."""

    def __init__(self, table: SymbolTable, values: dict[Symbol, int]) -> None:
        self.table = table
        self.values = values

    def __repr__(self) -> str:
        return f"Run({ {symbol: signed(x) for symbol, x in self.values.items()} })"

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
        return all(WORD.contains(facts.table[symbol].base, x) for symbol, x in self.values.items())
