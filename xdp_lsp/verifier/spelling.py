"""A value in words: as the kernel's verifier log writes it, and for people."""

from __future__ import annotations

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
    number, constant = value.number, value.number.constant
    if value.kind is Kind.SCALAR:
        if constant is not None:
            return _signed(circular.signed_bounds(number.range, 64)[0])
        return f"scalar({','.join(_ranges(number))})"
    if value.kind is Kind.STACK:
        name = f"fp[{-value.frame}]" if value.frame else "fp"
        return f"{name}({','.join(_ranges(number))})" if constant is None else name + _offset(number)
    parts = []
    if value.name:
        parts.append(f"map={value.name}")
    if constant is None:
        parts += _ranges(number)
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
