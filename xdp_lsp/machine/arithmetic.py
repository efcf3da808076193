"""What instructions do to numbers, written down apart from the analysis.

Source of the rules: Documentation/bpf/standardization/instruction-set.rst, "Arithmetic instructions" and "Jump
instructions" (Linux 7.2). Values are unsigned unless a name says otherwise.
"""

from __future__ import annotations

from xdp_lsp.isa import instruction as isa

TOP = (1 << 64) - 1


def signed(x: int, bits: int = 64) -> int:
    x &= (1 << bits) - 1
    return x - (1 << bits) if x >> (bits - 1) else x


def _divide(x: int, y: int) -> int:
    """Truncating towards zero; by zero zero."""
    return 0 if y == 0 else abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)


def alu(operation: int, x: int, y: int, width: int, is_signed: bool = False) -> int:
    """The register after `x operation y`; a 32-bit result has zeros above."""
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
