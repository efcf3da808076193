"""What BTF says of layouts, put so that a compiler, or the BTF that it writes, can be held against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from xdp_lsp.objfile.btf import ENUM, ENUM64, STRUCT, UNION, Btf, BtfType


class Field(NamedTuple):
    """A member, those of nameless members among its record's own; in bits."""

    name: str
    offset: int
    bits: int


def named_once(btf: Btf, *kinds: int) -> list[BtfType]:
    """The types of `kinds` whose name stands for no other type."""
    types = [found for found in btf.of_kind(STRUCT, UNION, ENUM, ENUM64) if found.name]
    names = Counter(found.name for found in types)
    return [found for found in types if found.kind in kinds and names[found.name] == 1]


def fields(btf: Btf, found: BtfType, base: int = 0) -> Iterator[Field]:
    for member in btf.members(found):
        if member.name:
            yield Field(member.name, base + member.offset, member.bits)
        elif btf.type(member.type).kind in (STRUCT, UNION):
            yield from fields(btf, btf.type(member.type), base + member.offset)


def keyword(found: BtfType) -> str:
    return "union" if found.kind == UNION else "struct"


def assertions(btf: Btf, records: list[BtfType]) -> str:
    """C that compiles where sizes and offsets are those of `btf`."""
    lines = []
    for found in records:
        name = f"{keyword(found)} {found.name}"
        lines.append(f'_Static_assert(sizeof({name}) == {found.size_or_type}, "");')
        lines += [
            f'_Static_assert(__builtin_offsetof({name}, {field.name}) == {field.offset // 8}, "");'
            for field in fields(btf, found)
            if not field.bits
        ]
    return "\n".join(lines) + "\n"
