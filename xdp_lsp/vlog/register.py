"""States of registers as the verifier prints them: `R1_w=scalar(id=1,smin=0,smax=umax=255,var_off=(0x0; 0xff))`.

Source: kernel/bpf/log.c, print_reg_state() and print_scalar_ranges() (Linux 7.3), and what they were before: print_
verifier_state() in kernel/bpf/verifier.c (4.14, 5.15), where `inv` is a scalar and bounds are called `umax_value`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from xdp_lsp.domains.tnum import Tnum

_U64, _U32 = (1 << 64) - 1, (1 << 32) - 1
_S64_MIN, _S64_MAX = -(1 << 63), (1 << 63) - 1
_S32_MIN, _S32_MAX = -(1 << 31), (1 << 31) - 1
SCALAR = "scalar"
SLOTS = "slots"  # bytes of the stack that hold no register: `mmmm????`


class Scalar(NamedTuple):
    """What is known of a number of 64 bits, and of its low half: all of it holds at once.

    A bound that is not printed is the largest there is, made smaller by what the others imply.
    """

    smin: int = _S64_MIN
    smax: int = _S64_MAX
    umin: int = 0
    umax: int = _U64
    smin32: int = _S32_MIN
    smax32: int = _S32_MAX
    umin32: int = 0
    umax32: int = _U32
    var_off: Tnum = Tnum(0, _U64)

    @classmethod
    def constant(cls, number: int) -> Scalar:
        low = number & _U32
        signed, signed32 = _signed(number, 64), _signed(low, 32)
        unsigned = number & _U64
        return cls(signed, signed, unsigned, unsigned, signed32, signed32, low, low, Tnum(unsigned, 0))

    def contains(self, number: int) -> bool:
        """Whether a register that holds the 64 bits of `number` can have this state."""
        number &= _U64
        low = number & _U32
        return (
            self.smin <= _signed(number, 64) <= self.smax
            and self.umin <= number <= self.umax
            and self.smin32 <= _signed(low, 32) <= self.smax32
            and self.umin32 <= low <= self.umax32
            and self.var_off.contains(number)
        )


class Register(NamedTuple):
    """One register or slot of the stack.

    `name` is `R1` or `fp-8`; `text` the kernel's words for it, without marks. `kind` is `scalar`, a kind of pointer
    as the kernel calls it (`pkt`, `map_value_or_null`), or `slots`. `value` is the number, or of a pointer the
    variable part of its offset; `offset` the fixed part in bytes, None where that cannot be told. `attributes`
    are the rest by name: `id`, `r`, `vs`.
    """

    name: str
    kind: str
    text: str
    value: Scalar = Scalar()
    offset: int | None = 0
    attributes: Mapping[str, str] = {}

    @property
    def is_scalar(self) -> bool:
        return self.kind == SCALAR


class State(NamedTuple):
    """The registers of one frame; 0 is the program's own."""

    frame: int = 0
    registers: Mapping[str, Register] = {}


_FRAME = re.compile(r"\s*frame(\d{1,3}):")
_ASSIGNED = re.compile(r"(?<![\w.])(R\d+|fp-?\d+)(?:_([rwD]+))?=")
# No space outside of parentheses; `var_off=(0x0; 0xff)` has one inside. Parentheses nest two deep.
_VALUE = re.compile(r"(?:[^\s()]|\((?:[^()]|\([^()]*\))*\))*")
_NUMBER = re.compile(r"-?(?:0x[0-9a-f]+|\d+)")
_TNUM = re.compile(r"\((0x[0-9a-f]+|\d+); (0x[0-9a-f]+|\d+)\)")
_STACK_POINTER = re.compile(r"fp(?:\[\d+\])?(-?(?:0x[0-9a-f]+|\d+))?")
_ATTRIBUTE = re.compile(r"((?:[a-z_]\w*=)+)([^,()]*(?:\([^()]*\))?)")
_PRECISE = re.compile(r"^(inv)?P(?=[a-z\d(-])")
_CALL_SITE = re.compile(r",call_-?\d+$")  # behind a frame pointer, up to Linux 4.19
_SLOTS = re.compile(r"[?r0mdifp]{8}")
_BYTES = re.compile(r"[?m0p]{1,7}(?=P?(?:scalar|inv|-?\d))")


def parse_state(text: str) -> State:
    """The state in one line: ` frame1: R1=ctx() R2_w=5 R10=fp0 fp-8=mmmmmmmm refs=3 cb`.

    What is cut off or not understood is left out.
    """
    return State(frame_of(text), {register.name: register for register in _registers(text)})


def frame_of(text: str) -> int:
    """The frame whose state `text` is."""
    frame = _FRAME.match(text)
    return int(frame[1]) if frame else 0


def _registers(text: str) -> Iterator[Register]:
    position = 0
    while match := _ASSIGNED.search(text, position):
        value = _VALUE.match(text, match.end())
        assert value is not None  # it can be empty
        position = value.end()
        if value[0] and text[position : position + 1] != "(":  # else it was cut off
            register = parse_register(match[1], value[0])
            if register is not None:
                yield register


def parse_register(name: str, text: str) -> Register | None:
    """The register `name` whose state is written `text`; None where that is not understood."""
    try:
        return _parse_register(name, text)
    except ValueError:  # a number of a shape that no kernel writes
        return None


def _parse_register(name: str, text: str) -> Register | None:
    if name.startswith("fp") and _SLOTS.fullmatch(text):
        return Register(name, SLOTS, text)
    if name.startswith("fp") and (part := _BYTES.match(text)):
        text = text[part.end() :]  # a spill of less than 8 bytes, behind marks of the other bytes
    text = _PRECISE.sub(r"\1", _CALL_SITE.sub("", text))
    if _NUMBER.fullmatch(text):
        return Register(name, SCALAR, text, Scalar.constant(int(text, 0)))
    kind, bracket, inside = text.partition("(")
    if kind.startswith("inv") and _NUMBER.fullmatch(kind[3:]):
        return Register(name, SCALAR, text, Scalar.constant(int(kind[3:], 0)))
    if kind in ("inv", SCALAR):
        attributes = dict(_attributes(inside))
        return Register(name, SCALAR, text, _scalar(attributes), 0, attributes)
    if stack := _STACK_POINTER.fullmatch(kind):
        if not bracket:
            return Register(name, "fp", text, Scalar.constant(0), int(stack[1] or "0", 0))
        kind = "fp"
    if not re.fullmatch(r"[a-z?][\w?.]*", kind):
        return None
    attributes = dict(_attributes(inside))
    fixed, value = _pointer(attributes)
    return Register(name, kind, text, value, fixed, attributes)


def _attributes(inside: str) -> Iterator[tuple[str, str]]:
    """`smin=smin32=0,umax=255)` as (smin, 0), (smin32, 0), (umax, 255)."""
    for match in _ATTRIBUTE.finditer(inside):
        for name in match[1].rstrip("=").split("="):
            yield name, match[2]


_BOUNDS = {
    "smin": 64,
    "smax": 64,
    "umin": 64,
    "umax": 64,
    "smin32": 32,
    "smax32": 32,
    "umin32": 32,
    "umax32": 32,
}
_OLD_NAMES = {f"{sign}{end}_value": f"{sign}{end}" for sign in "su" for end in ("min", "max")}
_OLD_NAMES |= {f"{sign}32_{end}_value": f"{sign}{end}32" for sign in "su" for end in ("min", "max")}


def _scalar(attributes: Mapping[str, str]) -> Scalar:
    bounds: dict[str, int] = {}
    var_off = Tnum(0, _U64)
    for name, text in attributes.items():
        key = _OLD_NAMES.get(name, name)
        if key in _BOUNDS:
            bits = _BOUNDS[key]
            number = int(text, 0)
            # Large numbers are printed in hex, negative ones then as two's complement of their width.
            bounds[key] = _signed(number, bits) if key.startswith("s") else number & ((1 << bits) - 1)
        elif name == "var_off":
            pair = _TNUM.fullmatch(text)
            value = int(pair[1] if pair else text, 0) & _U64
            mask = int(pair[2], 0) & _U64 if pair else 0
            var_off = Tnum(value & ~mask, mask)
        elif name == "imm":
            return Scalar.constant(int(text, 0))
    return _deduced(Scalar(**bounds, var_off=var_off))


def _pointer(attributes: Mapping[str, str]) -> tuple[int | None, Scalar]:
    """The fixed part of a pointer's offset, and the variable one."""
    fixed: int | None = int(attributes.get("off", "0"), 0)
    imm = attributes.get("imm")
    if imm is None:
        # A kernel prints no bounds at all of an offset that is fixed.
        is_variable = any(_OLD_NAMES.get(name, name) in _BOUNDS or name == "var_off" for name in attributes)
        value = _scalar(attributes) if is_variable else Scalar.constant(0)
        return fixed, value
    if imm not in ("0", "0x0"):
        # Up to Linux 6.7 in hex without a sign of it (and `off` is then always there), later in decimal.
        told = "off" not in attributes or imm.startswith(("-", "0x"))
        fixed = fixed + _signed(int(imm, 0), 64) if told and fixed is not None else None
    return fixed, Scalar.constant(0)


def _deduced(one: Scalar) -> Scalar:
    """`one` with the bounds that its others imply.

    Old kernels print no signed bound that equals the unsigned one. Each step keeps every value that was there.
    """
    smin, smax, umin, umax, smin32, smax32, umin32, umax32, var_off = one
    umin, umax = max(umin, var_off.value), min(umax, var_off.value | var_off.mask)
    if umax <= _S64_MAX:
        smin, smax = max(smin, umin), min(smax, umax)
    elif umin > _S64_MAX:
        smin, smax = max(smin, umin - (1 << 64)), min(smax, umax - (1 << 64))
    if smin >= 0:
        umin, umax = max(umin, smin), min(umax, smax)
    elif smax < 0:
        umin, umax = max(umin, smin + (1 << 64)), min(umax, smax + (1 << 64))
    if umax <= _U32:
        umin32, umax32 = max(umin32, umin), min(umax32, umax)
    umin32 = max(umin32, var_off.value & _U32)
    umax32 = min(umax32, (var_off.value | var_off.mask) & _U32)
    if umax32 <= _S32_MAX:
        smin32, smax32 = max(smin32, umin32), min(smax32, umax32)
    if smin32 >= 0:
        umin32, umax32 = max(umin32, smin32), min(umax32, smax32)
    return Scalar(smin, smax, umin, umax, smin32, smax32, umin32, umax32, var_off)


def _signed(number: int, bits: int) -> int:
    number &= (1 << bits) - 1
    return number - (1 << bits) if number >> (bits - 1) else number
