"""How a compiler lays records out, and the padding by which it does so as BTF says.

Offsets and widths are in bits where nothing else is said, alignments in bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from xdp_lsp.objfile.btf import (
    ARRAY,
    CONST,
    ENUM,
    ENUM64,
    FLOAT,
    INT,
    PTR,
    RESTRICT,
    STRUCT,
    TYPE_TAG,
    TYPEDEF,
    UNION,
    VOLATILE,
    Btf,
    BtfType,
)

_POINTER = 8  # bytes
# What is defined by the compiler; for BPF it is a pointer, whatever the kernel's compiler has.
BUILT_IN = "__builtin_va_list"
# Types for padding, the widest first.
_PADS = (("long", 64), ("int", 32), ("short", 16), ("char", 8))
# Laid out as the type that they are of.
_SAME = (TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG)
# 1 MiB; what is aligned to a page has some thousand bytes.
_LARGEST_GAP = 8 << 20
# Deeper nesting is a cycle of a corrupt file.
_DEEPEST = 64


class LayoutError(Exception):
    """A record that no compiler would make; `str()` of it is a phrase."""


class Pad(NamedTuple):
    """A bit field without a name; of width 0: on to where the next `type` may start."""

    type: str
    width: int


class Layout:
    """Sizes and alignments of the types of `btf` as C for BPF has them."""

    def __init__(self, btf: Btf) -> None:
        self._btf = btf
        self._alignments: dict[int, int] = {}

    def size(self, type_id: int) -> int:
        found = self._btf.type(type_id)
        for _ in range(_DEEPEST):
            if found.kind not in _SAME:
                break
            if found.kind == TYPEDEF and found.name == BUILT_IN:
                return _POINTER * 8
            found = self._btf.type(found.size_or_type)
        return self._btf.size(type_id) * 8

    def alignment(self, type_id: int, depth: int = 0) -> int:
        """What C aligns an object of the type to without a word about it; 1 where that cannot be."""
        known = self._alignments.get(type_id)
        if known is None:
            known = self._alignments[type_id] = self._alignment(type_id, depth)
        return known

    def _alignment(self, type_id: int, depth: int) -> int:
        found = self._btf.type(type_id)
        if depth > _DEEPEST:
            return 1
        if found.kind in (INT, ENUM, ENUM64, FLOAT):
            return max(1, min(_POINTER, found.size_or_type))
        if found.kind == PTR:
            return _POINTER
        if found.kind in _SAME:
            return self.alignment(found.size_or_type, depth + 1)
        if found.kind == ARRAY:
            return self.alignment(self._btf.array(found)[0], depth + 1)
        if found.kind in (STRUCT, UNION):
            return 1 if self.is_packed(found, depth) else self._widest(found, depth)
        return 1

    def _widest(self, found: BtfType, depth: int) -> int:
        members = self._btf.members(found)
        return max((self.alignment(member.type, depth + 1) for member in members), default=1)

    def is_packed(self, found: BtfType, depth: int = 0) -> bool:
        """Whether the record `found` is laid out as only a packed one is."""
        if found.size_or_type % self._widest(found, depth):
            return True
        return any(
            not member.bits and member.offset % (8 * self.alignment(member.type, depth + 1))
            for member in self._btf.members(found)
        )


def padding(at: int, wanted: int, alignment: int, in_bit_field: bool) -> Iterator[Pad]:
    """The bit fields that lead from `at` to `wanted`, where something aligned to `alignment` comes next.

    `in_bit_field`: between two bit fields, which share a unit unless they are told not to. Raises LayoutError.
    """
    if at >= wanted:
        return
    if wanted - at > _LARGEST_GAP:
        raise LayoutError(f"a type has a gap of {(wanted - at) // 8} bytes")
    kind, width, rounded = next(
        (kind, width, round_up(at, width))
        for kind, width in _PADS
        if round_up(at, width) <= wanted or width == 8
    )
    if at < rounded <= wanted:
        # Where the compiler would not go on by itself: the next field is aligned less, or the rest of the padding
        # would fit in front of the boundary.
        if (
            in_bit_field
            or (rounded == wanted and round_up(at, alignment * 8) != rounded)
            or (rounded != wanted and wanted - rounded <= rounded - at)
        ):
            yield Pad(kind, rounded - at if in_bit_field else 0)
        at = rounded
    while wanted - at >= width:
        yield Pad(kind, width)
        at += width
    if at < wanted:
        yield Pad(next(kind for kind, width in reversed(_PADS) if width >= wanted - at), wanted - at)


def round_up(value: int, step: int) -> int:
    """The least multiple of `step` that is not below `value`."""
    return -(-value // step) * step
