"""A value in words: as the kernel's verifier log writes it, and for people."""

from __future__ import annotations

from collections.abc import Callable

from xdp_lsp.domains import circular
from xdp_lsp.domains.scalar import WORD, Scalar
from xdp_lsp.domains.tnum import Tnum
from xdp_lsp.verifier.value import Kind, Value

_S64 = (-1 << 63, (1 << 63) - 1)
_S32 = (-1 << 31, (1 << 31) - 1)
_U32_MAX = (1 << 32) - 1


# -- the kernel's words -------------------------------------------------------------------------


def kernel_text(value: Value) -> str:
    """`value` as print_reg_state() of kernel/bpf/log.c (Linux 6.18) writes it, less its ids and sizes.

    The frame of a stack pointer that is not the function's own is counted from that: `fp[-1]-8` is its caller's.
    """
    return _text(value, _ranges)


def brief_text(value: Value) -> str:
    """As `kernel_text`, with those limits only that say most: `scalar(smin=-176,smax=-52)`.

    Known bits are left out where the limits say as much.
    """
    return _text(value, _few_ranges)


def _text(value: Value, ranges: Callable[[Scalar], list[str]]) -> str:
    number, constant = value.number, value.number.constant
    if value.kind is Kind.SCALAR:
        if constant is not None:
            return _signed(circular.signed_bounds(number.range, 64)[0])
        return f"scalar({','.join(ranges(number))})"
    if value.kind is Kind.STACK:
        name = f"fp[{-value.frame}]" if value.frame else "fp"
        return f"{name}({','.join(ranges(number))})" if constant is None else name + _offset(number)
    parts = []
    if value.name:
        parts.append(f"map={value.name}")
    if constant is None:
        parts += ranges(number)
    elif constant:
        parts.append(f"off={_signed(WORD.signed(number)[0])}")
    kind = "map_value" if value.kind is Kind.DATA else value.kind.value
    return f"{kind}{'_or_null' if value.may_be_null else ''}({','.join(parts)})"


def _offset(number: Scalar) -> str:
    low = WORD.signed(number)[0]
    return _signed(low) if low else "0"


def _ranges(number: Scalar) -> list[str]:
    """print_scalar_ranges(): limits that say something, those with one number together; and the known bits."""
    smin, smax = WORD.signed(number)
    umin, umax = WORD.unsigned(number)
    smin32, smax32 = circular.signed_bounds(number.low_range, 32)
    umin32, umax32 = circular.unsigned_bounds(number.low_range, 32)
    limits = [
        ("smin", smin, smin == _S64[0]),
        ("smax", smax, smax == _S64[1]),
        ("umin", umin, umin == 0),
        ("umax", umax, umax == WORD.top_value),
        # 32-bit limits are extended with zeros where they come out in hexadecimal, and are not told from larger ones.
        ("smin32", smin32 if _is_short(smin32) else smin32 & _U32_MAX, smin32 == _S32[0]),
        ("smax32", smax32 if _is_short(smax32) else smax32 & _U32_MAX, smax32 == _S32[1]),
        ("umin32", umin32, umin32 == 0),
        ("umax32", umax32, umax32 == _U32_MAX),
    ]
    said: list[str] = []
    told = set()
    for at, (name, limit, omitted) in enumerate(limits):
        if omitted or name in told:
            continue
        names = [name]
        for other, same, left_out in limits[at + 2 :: 2]:
            if not left_out and other not in told and same == limit:
                told.add(other)
                names.append(other)
        said.append(f"{'='.join(names)}={_signed(limit) if name[0] == 's' else _unsigned(limit)}")
    if number.bits.mask != WORD.top_value:
        said.append(f"var_off={_bits(number.bits)}")
    return said


def _few_ranges(number: Scalar) -> list[str]:
    smin, smax = WORD.signed(number)
    umin, umax = WORD.unsigned(number)
    if (smin, smax) == _S64 and (umin, umax) == (0, WORD.top_value):
        return _few_ranges_of_half(number)
    known = number.bits
    low = circular.signed_bounds(number.low_range, 32)
    if umax <= _U32_MAX and low[0] < 0 and low != _S32 and low[1] - low[0] <= umax - umin:
        said = _limits("s", *low, _S32, "32")  # an int that may be below 0, in the low half of a register
    elif smin < 0 and smax - smin <= umax - umin:
        said = _limits("s", smin, smax, _S64)
    elif (umin, umax) == (known.value, known.value | known.mask):
        said = []  # the known bits say so
    else:
        said = _limits("u", umin, umax, (0, WORD.top_value))
    # The bits that both ends begin with, and all numbers between them.
    rest = (1 << ((umin ^ umax).bit_length())) - 1
    if known.mask == WORD.top_value or known == Tnum(umin & ~rest, rest):
        return said or _limits("u", umin, umax, (0, WORD.top_value))
    return [*said, f"var_off={_bits(known)}"]


def _few_ranges_of_half(number: Scalar) -> list[str]:
    smin, smax = circular.signed_bounds(number.low_range, 32)
    umin, umax = circular.unsigned_bounds(number.low_range, 32)
    if smin < 0 and smax - smin <= umax - umin:
        said = _limits("s", smin, smax, _S32, "32")
    else:
        said = _limits("u", umin, umax, (0, _U32_MAX), "32")
    return said if number.bits.mask == WORD.top_value else [*said, f"var_off={_bits(number.bits)}"]


def _limits(sign: str, low: int, high: int, omitted: tuple[int, int], width: str = "") -> list[str]:
    def spelled(limit: int) -> str:
        if sign == "u":
            return _unsigned(limit)
        return _signed(limit & _U32_MAX if width and not _is_short(limit) else limit)

    return [
        f"{sign}{name}{width}={spelled(limit)}"
        for name, limit, left_out in (("min", low, omitted[0]), ("max", high, omitted[1]))
        if limit != left_out
    ]


def _is_short(x: int) -> bool:
    return -(1 << 15) <= x < 1 << 15


def _signed(x: int) -> str:
    return str(x) if _is_short(x) else f"{x & WORD.top_value:#x}"


def _unsigned(x: int) -> str:
    return str(x) if x < 1 << 16 else f"{x:#x}"


def _bits(bits: Tnum) -> str:
    return f"({bits.value:#x}; {bits.mask:#x})" if bits.mask else _unsigned(bits.value)


# -- for people ---------------------------------------------------------------------------------

_PLACES = {
    Kind.CONTEXT: "context",
    Kind.PACKET: "packet",
    Kind.PACKET_END: "packet end",
    Kind.METADATA: "metadata",
}


def plain_text(value: Value, bits: int = 64, *, signed: bool | None = None) -> str:
    """`value` in a few words: `0..64, multiple of 4`, `20`, `packet + 14`.

    The low `bits` (8, 16, 32 or 64) of a number are read as `signed` says; None: as what says most.
    """
    if value.kind is Kind.SCALAR:
        return _number(value.number, bits, signed)
    if value.kind is Kind.OTHER:
        return "pointer"
    if value.kind is Kind.STACK:
        where = "stack" if not value.frame else "caller's stack" if value.frame == 1 else "stack of a caller"
    elif value.kind is Kind.MAP:
        where = f"map {value.name}"
    elif value.kind is Kind.MAP_VALUE:
        where = f"value of {value.name}"
    else:
        where = value.name or _PLACES[value.kind]
    text = where + _distance(value.number)
    return f"{text}, or NULL" if value.may_be_null else text


def _distance(number: Scalar) -> str:
    low, high = WORD.signed(number)
    if number == WORD.top:
        return " + anything"
    if low == high:
        return "" if low == 0 else f" {'+' if low > 0 else '-'} {abs(low)}"
    if high <= 0:
        return f" - {_span(-high, -low)}{_multiple(number.bits, 64)}"
    return f" + {_span(low, high)}{_multiple(number.bits, 64)}"


def _number(number: Scalar, bits: int, signed: bool | None) -> str:
    if bits < WORD.bits:
        number = WORD.zero_extend(number, bits)
    arc = number.range if bits == WORD.bits else circular.between(*WORD.unsigned(number), bits)
    if bits == WORD.half:
        arc = circular.meet(arc, number.low_range, bits) or arc
    readings = []
    if signed is not True:
        readings.append(circular.unsigned_bounds(arc, bits))
    if signed is not False:
        readings.append(circular.signed_bounds(arc, bits))
    low, high = min(readings, key=lambda ends: (ends[1] - ends[0], max(map(abs, ends))))
    if low == high:
        return str(low)
    return _span(low, high) + _multiple(number.bits, bits)


def _span(low: int, high: int) -> str:
    return f"{low}..{high}"


def _multiple(bits: Tnum, width: int) -> str:
    """What the low bits, all known to be clear, say."""
    possible = (bits.value | bits.mask) & ((1 << width) - 1)
    step = possible & -possible
    return f", multiple of {step}" if step > 1 else ""
