"""Which field of a type stands at an offset, in the words of C."""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.objfile import Btf
from xdp_lsp.objfile.btf import ARRAY, STRUCT, UNION, Member

_DEEPEST = 32  # nested deeper than this are cycles of a corrupt file


class Field(NamedTuple):
    """A number in a larger object: `path` is what C writes after its name (`.len`, `[3].a`), sizes in bytes."""

    path: str
    offset: int
    size: int
    is_signed: bool


def field_at(btf: Btf, type_id: int, offset: int) -> Field | None:
    """The field of an object of the type that holds byte `offset`; of a union the first.

    None where there is none: padding, a bit field, a type that is not known.
    """
    path, start = "", 0
    found = btf.resolve(type_id)
    for _ in range(_DEEPEST):
        if found.kind in (STRUCT, UNION):
            holding = [one for one in btf.members(found) if _holds(btf, one, offset - start)]
            if not holding or holding[0].bits:
                return None
            path += f".{holding[0].name}" if holding[0].name else ""
            start += holding[0].offset // 8
            type_id = holding[0].type
        elif found.kind == ARRAY:
            type_id = btf.array(found)[0]
            size = btf.size(type_id)
            if not size:
                return None
            path += f"[{(offset - start) // size}]"
            start += (offset - start) // size * size
        else:
            size = btf.size(type_id)
            return (
                Field(path, start, size, btf.is_signed(type_id)) if start <= offset < start + size else None
            )
        found = btf.resolve(type_id)
    return None


def _holds(btf: Btf, member: Member, offset: int) -> bool:
    """Whether byte `offset` of a struct is one of its member's."""
    first = member.offset // 8
    end = (member.offset + member.bits + 7) // 8 if member.bits else first + btf.size(member.type)
    return first <= offset < end
