"""What a conditional jump teaches about its operands.

Soundness: each rule keeps every run for which the comparison is true; rules that do not apply keep all runs.
"""

from __future__ import annotations

from xdp_lsp.domains import tnum
from xdp_lsp.domains.scalar import WORD, Infeasible
from xdp_lsp.isa import instruction as isa
from xdp_lsp.verifier import arithmetic, linear
from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.linear import Linear
from xdp_lsp.verifier.symbols import Region

_SIGNED = {isa.JSGT, isa.JSGE, isa.JSLT, isa.JSLE}
# What is true when the jump is not taken. JSET has no such opcode; `assume_bits_clear` stands for it.
_NEGATED = {
    isa.JEQ: isa.JNE,
    isa.JNE: isa.JEQ,
    isa.JGT: isa.JLE,
    isa.JLE: isa.JGT,
    isa.JGE: isa.JLT,
    isa.JLT: isa.JGE,
    isa.JSGT: isa.JSLE,
    isa.JSLE: isa.JSGT,
    isa.JSGE: isa.JSLT,
    isa.JSLT: isa.JSGE,
}
# `a > b` is `b < a`: everything is told in terms of less-than, with the least difference b - a.
_MIRRORED = {isa.JGT: isa.JLT, isa.JGE: isa.JLE, isa.JSGT: isa.JSLT, isa.JSGE: isa.JSLE}
_LEAST_DIFFERENCE = {isa.JLT: 1, isa.JLE: 0, isa.JSLT: 1, isa.JSLE: 0}

# Offsets from a packet pointer up to here cannot wrap an address (see SymbolTable.addresses).
_NEAR = 1 << 31


def assume_outcome(
    facts: Facts, operation: int, a: Linear, b: Linear, *, width: int, taken: bool, pc: int | None
) -> None:
    """Keep only the runs in which the jump `if a operation b` is (not) taken. Raises Infeasible."""
    if operation == isa.JSET and not taken:
        _assume_bits_clear(facts, _cut(facts, a, width), _cut(facts, b, width), pc)
        return
    if not taken:
        operation = _NEGATED[operation]
    # Only whole addresses are in the order of their offsets, and only their offsets are known bit by bit.
    near = False
    if width == WORD.bits and operation != isa.JSET:
        a, b, near = _common_base(facts, a, b)
    if near:
        # Same region: the order of the addresses is the signed order of the offsets.
        operation = _to_signed(operation)
    elif width == WORD.half:
        extend = arithmetic.sign_extend if operation in _SIGNED else arithmetic.zero_extend
        a, b = extend(facts, a, width), extend(facts, b, width)
    if operation == isa.JEQ:
        facts.assume(a, facts.evaluate(b), pc)
        facts.assume(b, facts.evaluate(a), pc)
        facts.assume(linear.subtract(a, b), WORD.const(0), pc)
    elif operation == isa.JNE:
        _assume_different(facts, a, b, pc)
    elif operation == isa.JSET:
        _assume_bits_set(facts, a, b, pc)
    else:
        if operation in _MIRRORED:
            operation, a, b = _MIRRORED[operation], b, a
        _assume_less(facts, a, b, _LEAST_DIFFERENCE[operation], pc, signed=operation in _SIGNED)


def _cut(facts: Facts, form: Linear, width: int) -> Linear:
    return arithmetic.zero_extend(facts, form, width) if width == WORD.half else form


def _to_signed(operation: int) -> int:
    return {isa.JGT: isa.JSGT, isa.JGE: isa.JSGE, isa.JLT: isa.JSLT, isa.JLE: isa.JSLE}.get(
        operation, operation
    )


def _common_base(facts: Facts, a: Linear, b: Linear) -> tuple[Linear, Linear, bool]:
    """The offsets of two pointers into one packet, if both stay near it; else the operands as they are."""
    region_a, region_b = facts.table.region(a), facts.table.region(b)
    if region_a is None or region_a != region_b or region_a[0] is not Region.PACKET:
        return a, b, False
    base = linear.of_symbol(region_a[1])
    offset_a, offset_b = linear.subtract(a, base), linear.subtract(b, base)
    for offset in (offset_a, offset_b):
        low, high = WORD.signed(facts.evaluate(offset))
        if low < -_NEAR or high > _NEAR:
            return a, b, False
    return offset_a, offset_b, True


def _assume_less(facts: Facts, a: Linear, b: Linear, least: int, pc: int | None, *, signed: bool) -> None:
    """`b - a >= least` as plain integers, both read as `signed` says."""
    bounds = WORD.signed if signed else WORD.unsigned
    first, last = (-1 << 63, (1 << 63) - 1) if signed else (0, WORD.top_value)
    high_b = bounds(facts.evaluate(b))[1]
    low_a = bounds(facts.evaluate(a))[0]
    if low_a + least > high_b:
        raise Infeasible
    facts.assume(a, WORD.between(first, high_b - least), pc)
    facts.assume(b, WORD.between(low_a + least, last), pc)
    if a.terms and b.terms:
        # The difference, as an integer, is within these; so it is modulo 2^64.
        facts.assume(linear.subtract(b, a), WORD.between(least, max(least, high_b - low_a)), pc)


def _assume_different(facts: Facts, a: Linear, b: Linear, pc: int | None) -> None:
    for mine, other in ((a, b), (b, a)):
        excluded = facts.evaluate(other).constant
        if excluded is not None:
            facts.exclude(mine, excluded, pc)
    if a.terms and b.terms:
        facts.exclude(linear.subtract(a, b), 0, pc)


def _assume_bits_set(facts: Facts, a: Linear, b: Linear, pc: int | None) -> None:
    """`a & b` is not 0."""
    value_a, value_b = facts.evaluate(a), facts.evaluate(b)
    common = (value_a.bits.value | value_a.bits.mask) & (value_b.bits.value | value_b.bits.mask)
    if not common:
        raise Infeasible
    mask = value_b.constant
    if mask is not None and common & (common - 1) == 0:  # the one bit that can be is set
        _assume_bits(facts, a, tnum.Tnum(common, WORD.top_value & ~common), pc)


def _assume_bits_clear(facts: Facts, a: Linear, b: Linear, pc: int | None) -> None:
    """`a & b` is 0: where b's bits are known to be set, a's are not."""
    mask = facts.evaluate(b).bits.value
    _assume_bits(facts, a, tnum.Tnum(0, WORD.top_value & ~mask), pc)


def _assume_bits(facts: Facts, form: Linear, bits: tnum.Tnum, pc: int | None) -> None:
    value = WORD.reduce(bits, WORD.top.range, WORD.top.low_range)
    assert value is not None
    facts.assume(form, value, pc)
