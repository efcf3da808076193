"""What a register or a stack slot can hold, told apart from how the engine came to know it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from xdp_lsp.domains.scalar import WORD, Scalar
from xdp_lsp.verifier import linear
from xdp_lsp.verifier.linear import Linear, of_symbol
from xdp_lsp.verifier.state import State
from xdp_lsp.verifier.symbols import Region


class Kind(Enum):
    """A number, or what a pointer points into."""

    SCALAR = "scalar"
    CONTEXT = "ctx"  # struct xdp_md
    PACKET = "pkt"  # from `data` on
    PACKET_END = "pkt_end"  # from `data_end` on
    METADATA = "pkt_meta"  # from `data_meta` on
    STACK = "fp"  # from a frame pointer on
    MAP_VALUE = "map_value"
    MAP = "map_ptr"
    DATA = "data"  # a section of variables
    OTHER = "pointer"  # something else, or one of several


class Value(NamedTuple):
    """Every value that a place can hold.

    `number` is the number, or the offset in bytes from where the region begins; anything at all for `Kind.OTHER`.
    `name` is the map's or the data section's. `frame` says whose frame a stack pointer is into: 0 the function's own,
    1 its caller's, and so on. With `may_be_null` a pointer may also be 0.
    """

    kind: Kind
    number: Scalar
    name: str = ""
    frame: int = 0
    may_be_null: bool = False


class PointValues(NamedTuple):
    """What holds before an instruction: `registers` r0 to r10, `stack` by offset from r10: (size in bytes, value).

    None, and a slot that is not there, may hold anything.
    """

    registers: tuple[Value | None, ...]
    stack: Mapping[int, tuple[int, Value]]


OTHER = Value(Kind.OTHER, WORD.top)
UNKNOWN = PointValues((None,) * 11, {})


def value_of(state: State, form: Linear) -> Value | None:
    """Every value that `form` can have in `state`. Raises Infeasible where that has no run."""
    facts = state.facts
    table = facts.table
    found = table.region(form)
    if found is None or found[0] is Region.UNKNOWN:
        return _number(facts.evaluate(form))
    region, symbol = found
    info = table[symbol]
    if info.region is not region:  # made of several pointers
        return OTHER
    offset = linear.subtract(form, of_symbol(symbol))
    if region is Region.PACKET:
        return _packet(state, offset) if symbol == state.packet else OTHER
    number = facts.evaluate(offset)
    if region is Region.CONTEXT:
        return Value(Kind.CONTEXT, number)
    if region is Region.DATA:
        return Value(Kind.DATA, number, info.name)
    if region is Region.STACK:
        depth = table.frame_depth(symbol)
        return OTHER if depth is None else Value(Kind.STACK, number, frame=len(state.frames) - 1 - depth)
    if not info.name:  # one of several pointers, or what a helper gave that may be none
        value = facts.evaluate(form)
        if WORD.meet(value, table.addresses) is None:
            return _number(value)
        return OTHER if WORD.is_subset_of(value, table.addresses) else None
    if info.is_fixed:
        return Value(Kind.MAP, number, info.name)
    return Value(Kind.MAP_VALUE, number, info.name, may_be_null=not facts.excludes(of_symbol(symbol), 0))


def _number(number: Scalar) -> Value | None:
    return None if number == WORD.top else Value(Kind.SCALAR, number)


def _packet(state: State, offset: Linear) -> Value:
    """A pointer into the packet, `offset` from its first byte as it came in: told from the nearest known end."""
    facts = state.facts
    for kind, start in (
        (Kind.PACKET, state.total),
        (Kind.PACKET_END, state.length),
        (Kind.METADATA, linear.subtract(state.total, state.metadata)),
    ):
        distance = linear.subtract(offset, start)
        if distance.is_constant:
            return Value(kind, facts.evaluate(distance))
    return Value(Kind.PACKET, facts.evaluate(linear.subtract(offset, state.total)))


def joined(a: Value | None, b: Value | None) -> Value | None:
    """What holds both."""
    if a is None or b is None:
        return None
    if a == b:
        return a
    if a.kind is not b.kind:
        return OTHER if Kind.SCALAR not in (a.kind, b.kind) else None
    if a[2:4] != b[2:4]:
        return OTHER
    number = WORD.join(a.number, b.number)
    if a.kind is Kind.SCALAR and number == WORD.top:
        return None
    return a._replace(number=number, may_be_null=a.may_be_null or b.may_be_null)


def joined_points(a: PointValues, b: PointValues) -> PointValues:
    """What holds of both."""
    if a == b:
        return a
    registers = tuple(joined(one, other) for one, other in zip(a.registers, b.registers, strict=True))
    stack = {}
    for offset, (size, one) in a.stack.items():
        slot = b.stack.get(offset)
        if slot is not None and slot[0] == size:
            both = joined(one, slot[1])
            if both is not None:
                stack[offset] = (size, both)
    return PointValues(registers, stack)


def join_into(found: dict[int, PointValues], more: Mapping[int, PointValues]) -> None:
    """Adds to what holds at each pc of some runs what holds there of `more` runs."""
    for pc, point in more.items():
        found[pc] = joined_points(found[pc], point) if pc in found else point
