"""ALU operations on forms: what stays linear, and which symbol stands for what does not.

Soundness: every function returns a form that equals the concrete result in every run of the state that `facts`
describes; a rewriting that needs a range (no wrap, disjoint bits) asks `facts` for it first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from xdp_lsp.domains.scalar import WORD, Scalar
from xdp_lsp.isa import instruction as isa
from xdp_lsp.verifier import linear
from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.linear import Linear, constant
from xdp_lsp.verifier.result import ReasonKind
from xdp_lsp.verifier.symbols import Op, Origin

_TOP = WORD.top_value


def zero_extend(facts: Facts, form: Linear, width: int) -> Linear:
    """The low `width` bits of `form`, zeros above."""
    return _extend(facts, form, width, Op.ZERO_EXTEND, 0)


def sign_extend(facts: Facts, form: Linear, width: int) -> Linear:
    """The low `width` bits of `form`, read as a signed number."""
    return _extend(facts, form, width, Op.SIGN_EXTEND, -1 << (width - 1))


def _extend(facts: Facts, form: Linear, width: int, op: Op, least: int) -> Linear:
    """The number in `least` .. `least + 2^width - 1` that is `form` modulo 2^width."""
    modulus = 1 << width
    if form.is_constant:
        return constant((form.const - least) % modulus + least)
    for candidate in _congruent(facts, form, width):
        if candidate.is_constant:
            return constant((candidate.const - least) % modulus + least)
        low, high = WORD.signed(facts.evaluate(candidate))
        turns = (low - least) // modulus
        if turns == (high - least) // modulus and (low, high) != (-1 << 63, (1 << 63) - 1):
            return linear.shift(candidate, -turns * modulus)
    return facts.define(op, candidate, parameter=width)


def _congruent(facts: Facts, form: Linear, width: int) -> list[Linear]:
    """Forms that equal `form` modulo 2^width: itself, with small coefficients, with inner extensions undone."""
    found = [form]
    reduced = _reduced(form, width)
    if reduced != form:
        found.append(reduced)
    undone = reduced
    for symbol, _ in reduced.terms:
        definition = facts.table[symbol].definition
        if (
            definition is not None
            and definition.op in (Op.ZERO_EXTEND, Op.SIGN_EXTEND)
            and definition.parameter >= width
        ):
            undone = linear.substitute(undone, symbol, definition.args[0])
    if undone != reduced:
        found.append(_reduced(undone, width))
    return found


def _reduced(form: Linear, width: int) -> Linear:
    """`form` with its numbers reduced to the signed range of `width` bits: equal modulo 2^width."""
    half, modulus = 1 << (width - 1), 1 << width

    def small(x: int) -> int:
        return (x + half) % modulus - half

    terms = ((symbol, small(coefficient)) for symbol, coefficient in form.terms)
    return Linear(small(form.const), tuple(term for term in terms if term[1]))


def shift_left(facts: Facts, a: Linear, count: int) -> Linear:
    return linear.scale(a, 1 << count)


def shift_right(facts: Facts, a: Linear, count: int) -> Linear:
    """Logical right shift by a constant; `(x << k) >> k` is an extension, as compilers without ALU32 write it."""
    return _shift_right(facts, a, count, signed=False)


def shift_right_arithmetic(facts: Facts, a: Linear, count: int) -> Linear:
    return _shift_right(facts, a, count, signed=True)


def _shift_right(facts: Facts, a: Linear, count: int, *, signed: bool) -> Linear:
    if count == 0:
        return a
    if a.is_constant:
        return constant(a.const >> count if signed else (a.const & _TOP) >> count)
    factor = 1 << count
    if a.const % factor == 0 and all(coefficient % factor == 0 for _, coefficient in a.terms):
        # a = b * 2^count modulo 2^64, so the shift leaves b's low 64 - count bits, extended.
        divided = Linear(a.const >> count, tuple((s, c >> count) for s, c in a.terms))
        extend = sign_extend if signed else zero_extend
        return extend(facts, divided, WORD.bits - count)
    op = Op.SHIFT_RIGHT_ARITHMETIC if signed else Op.SHIFT_RIGHT
    return facts.define(op, a, parameter=count)


def and_(facts: Facts, a: Linear, b: Linear) -> Linear:
    if a.is_constant and b.is_constant:
        return constant(a.const & b.const)
    if a.is_constant:
        a, b = b, a
    if b.is_constant:
        mask = b.const & _TOP
        if mask == _TOP:
            return a
        if mask & (mask + 1) == 0:  # low ones: an extension
            return zero_extend(facts, a, mask.bit_length()) if mask else constant(0)
        if not _possible(facts.evaluate(a)) & ~mask:  # nothing is masked away
            return a
    return facts.define(Op.AND, a, b)


def or_(facts: Facts, a: Linear, b: Linear) -> Linear:
    if not _possible(facts.evaluate(a)) & _possible(facts.evaluate(b)):
        return linear.add(a, b)  # disjoint bits: no carry
    return facts.define(Op.OR, a, b)


def xor(facts: Facts, a: Linear, b: Linear) -> Linear:
    if a == b:
        return constant(0)
    possible_a, possible_b = _possible(facts.evaluate(a)), _possible(facts.evaluate(b))
    if not possible_a & possible_b:
        return linear.add(a, b)
    if b.is_constant and not possible_a & ~(b.const & _TOP):
        return linear.subtract(b, a)  # every bit of a cancels one of b: no borrow
    if a.is_constant and not possible_b & ~(a.const & _TOP):
        return linear.subtract(a, b)
    return facts.define(Op.XOR, a, b)


def _possible(value: Scalar) -> int:
    """The bits that can be set."""
    return value.bits.value | value.bits.mask


def mul(facts: Facts, a: Linear, b: Linear) -> Linear:
    for one, other in ((a, b), (b, a)):
        factor = facts.evaluate(one).constant
        if factor is not None:
            return linear.scale(other, factor)
    return facts.define(Op.MUL, a, b)


def divide(facts: Facts, a: Linear, b: Linear, *, signed: bool) -> Linear:
    """BPF division: x / 0 is 0."""
    if b.is_constant and b.const == 1:
        return a
    if not signed and b.is_constant and b.const > 0 and b.const & (b.const - 1) == 0:
        return shift_right(facts, a, b.const.bit_length() - 1)
    return _folded(facts, Op.SDIV if signed else Op.UDIV, a, b)


def modulo(facts: Facts, a: Linear, b: Linear, *, signed: bool) -> Linear:
    """BPF remainder: x % 0 is x."""
    return _folded(facts, Op.SMOD if signed else Op.UMOD, a, b)


def _folded(facts: Facts, op: Op, a: Linear, b: Linear) -> Linear:
    """The operation's symbol, or its constant where only one value is possible."""
    result = facts.define(op, a, b)
    value = facts.evaluate(result).constant
    return result if value is None else constant(value)


def byte_swap(facts: Facts, a: Linear, width: int) -> Linear:
    """The low `width` bits of `a` with their bytes reversed: any number of that width, if not constant."""
    if a.is_constant:
        swapped = (a.const & ((1 << width) - 1)).to_bytes(width // 8, "little")
        return constant(int.from_bytes(swapped, "big"))
    return facts.define(Op.BYTE_SWAP, a, parameter=width)


# A shift by a count that varies is the hull of the shifts by each, for as many as a word has bits.
_MOST_COUNTS = 64


def _by_count(
    shift: Callable[[Facts, Linear, int], Linear], facts: Facts, a: Linear, b: Linear, width: int
) -> Linear | None:
    """A shift by the low bits of `b` (the instruction masks the count)."""
    counts = facts.evaluate(and_(facts, b, constant(width - 1)))
    first, last = WORD.unsigned(counts)
    if first == last:
        return shift(facts, a, first)
    if last - first >= _MOST_COUNTS:
        return None
    values = [facts.evaluate(shift(facts, a, count)) for count in range(first, last + 1)]
    parents = tuple(symbol for form in (a, b) for symbol, _ in form.terms)
    origin = Origin(ReasonKind.READ, None, "", parents)
    return linear.of_symbol(facts.table.fresh(reduce(WORD.join, values), origin))


def operate(facts: Facts, operation: int, a: Linear, b: Linear, *, width: int, signed: bool) -> Linear | None:
    """`a operation b` for a binary ALU operation of `width` (32 or 64) bits; None where nothing is known.

    `signed` is what offset 1 says: signed division and remainder. A 32-bit result is extended with zeros.
    """
    narrow = width == WORD.half
    result: Linear | None
    if operation == isa.ADD:
        result = linear.add(a, b)
    elif operation == isa.SUB:
        result = linear.subtract(a, b)
    elif operation == isa.MUL:
        result = mul(facts, a, b)
    elif operation == isa.LSH:
        result = _by_count(shift_left, facts, a, b, width)
    elif operation == isa.ARSH:
        result = _by_count(
            shift_right_arithmetic, facts, sign_extend(facts, a, width) if narrow else a, b, width
        )
    else:
        # The rest looks at the operands' upper bits: cut them off first.
        if narrow:
            extend = sign_extend if signed else zero_extend
            a, b = extend(facts, a, width), extend(facts, b, width)
        if operation == isa.RSH:
            result = _by_count(shift_right, facts, a, b, width)
        elif operation == isa.AND:
            result = and_(facts, a, b)
        elif operation == isa.OR:
            result = or_(facts, a, b)
        elif operation == isa.XOR:
            result = xor(facts, a, b)
        elif operation == isa.DIV:
            result = divide(facts, a, b, signed=signed)
        elif operation == isa.MOD:
            result = modulo(facts, a, b, signed=signed)
        else:
            return None
    return zero_extend(facts, result, width) if narrow and result is not None else result
