"""What instructions do to numbers, written down apart from the analysis.

Source of the rules: Documentation/bpf/standardization/instruction-set.rst, "Arithmetic instructions" and "Jump
instructions" (Linux 7.2). Values are unsigned unless a name says otherwise.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

from xdp_lsp.isa import instruction as isa

TOP = (1 << 64) - 1


def signed(x: int, bits: int = 64) -> int:
    x &= (1 << bits) - 1
    return x - (1 << bits) if x >> (bits - 1) else x


def _divide(x: int, y: int) -> int:
    """Truncating towards zero; by zero zero."""
    return 0 if y == 0 else abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)


def _shift_right(x: int, y: int, width: int) -> int:
    return signed(x, width) >> (y & (width - 1))


# The operations whose operands have no sign; shifts count modulo the width.
_OPERATIONS: dict[int, Callable[[int, int, int], int]] = {
    isa.ADD: lambda x, y, width: x + y,
    isa.SUB: lambda x, y, width: x - y,
    isa.MUL: lambda x, y, width: x * y,
    isa.OR: lambda x, y, width: x | y,
    isa.AND: lambda x, y, width: x & y,
    isa.XOR: lambda x, y, width: x ^ y,
    isa.LSH: lambda x, y, width: x << (y & (width - 1)),
    isa.RSH: lambda x, y, width: x >> (y & (width - 1)),
    isa.ARSH: _shift_right,
}


def alu(operation: int, x: int, y: int, width: int, is_signed: bool = False) -> int:
    """The register after `x operation y`; a 32-bit result has zeros above."""
    mask = (1 << width) - 1
    x, y = x & mask, y & mask
    if operation in (isa.DIV, isa.MOD):
        if is_signed:
            x, y = signed(x, width), signed(y, width)
        quotient = _divide(x, y)
        return (quotient if operation == isa.DIV else x - y * quotient) & mask
    return _OPERATIONS[operation](x, y, width) & mask


_COMPARISONS: dict[int, Callable[[int, int], bool]] = {
    isa.JEQ: operator.eq,
    isa.JNE: operator.ne,
    isa.JSET: lambda x, y: bool(x & y),
    isa.JGT: operator.gt,
    isa.JGE: operator.ge,
    isa.JLT: operator.lt,
    isa.JLE: operator.le,
    isa.JSGT: operator.gt,
    isa.JSGE: operator.ge,
    isa.JSLT: operator.lt,
    isa.JSLE: operator.le,
}
_SIGNED = frozenset((isa.JSGT, isa.JSGE, isa.JSLT, isa.JSLE))


def compare(operation: int, x: int, y: int, width: int) -> bool:
    """Whether `if x operation y` jumps."""
    if operation in _SIGNED:
        return _COMPARISONS[operation](signed(x, width), signed(y, width))
    mask = (1 << width) - 1
    return _COMPARISONS[operation](x & mask, y & mask)


def byte_swap(x: int, width: int) -> int:
    return int.from_bytes((x & ((1 << width) - 1)).to_bytes(width // 8, "little"), "big")
