"""Which types are defined, and in which order: each after those that its definition needs whole."""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.objfile.btf import (
    ARRAY,
    CONST,
    ENUM,
    ENUM64,
    FUNC_PROTO,
    FWD,
    PTR,
    RESTRICT,
    STRUCT,
    TYPE_TAG,
    TYPEDEF,
    UNION,
    VAR,
    VOLATILE,
    Btf,
    BtfType,
)

_MODIFIERS = (VOLATILE, CONST, RESTRICT, TYPE_TAG)


class TypeCycleError(Exception):
    """A type that would have to hold itself; `str()` of it is a phrase."""


def definitions(btf: Btf) -> Iterator[BtfType]:
    """The types to define at file scope, as far as that may be in any order in the order of their ids.

    A struct that is only pointed to needs no definition before the pointer. Types without a name are part of what
    uses them, but for enumerations that nothing uses. Raises TypeCycleError.
    """
    order = _Order(btf)
    for type_id in range(1, len(btf)):
        order.visit(type_id, through_pointer=False)
        yield from order.queue
        order.queue.clear()


class _Order:
    def __init__(self, btf: Btf) -> None:
        self._btf = btf
        self._used = _nameless_enums_in_use(btf)
        self._done = bytearray(len(btf))
        self._under_way: set[int] = set()
        self.queue: list[BtfType] = []

    def visit(self, type_id: int, through_pointer: bool) -> bool:
        """Queue what `type_id` needs, and itself where it is defined. Whether what it stands for is defined by now."""
        if not 0 < type_id < len(self._done):
            return False
        if self._done[type_id]:
            return True
        found = self._btf.type(type_id)
        kind = found.kind
        if kind in _MODIFIERS:
            return self.visit(found.size_or_type, through_pointer)
        if kind == ARRAY:
            return self.visit(self._btf.array(found)[0], through_pointer=False)
        if kind == FUNC_PROTO:
            types = [found.size_or_type, *(parameter.type for parameter in self._btf.parameters(found))]
            are_defined = [self.visit(one, through_pointer) for one in types]  # all of them are visited
            return any(are_defined)
        if kind in (STRUCT, UNION):
            return self._record(found, through_pointer)
        if kind == TYPEDEF:
            if not self.visit(found.size_or_type, through_pointer) and through_pointer:
                return False
            return self._finish(found, is_defined=True)
        if kind == PTR:
            is_defined = self.visit(found.size_or_type, through_pointer=True)
            self._done[type_id] = True
            return is_defined
        if kind in (ENUM, ENUM64, FWD):
            return self._finish(found, is_defined=bool(found.name) or type_id not in self._used)
        self._done[type_id] = True
        return False

    def _record(self, found: BtfType, through_pointer: bool) -> bool:
        # One without a name stands in full wherever it is used, be it behind a pointer.
        if through_pointer and found.name:
            return False
        if found.id in self._under_way:
            raise TypeCycleError(f"type {found.id} ({found.name or 'without a name'}) holds itself")
        self._under_way.add(found.id)
        for member in self._btf.members(found):
            self.visit(member.type, through_pointer=False)
        self._under_way.remove(found.id)
        return self._finish(found, is_defined=bool(found.name))

    def _finish(self, found: BtfType, *, is_defined: bool) -> bool:
        if is_defined:
            self.queue.append(found)
        self._done[found.id] = True
        return True


def _nameless_enums_in_use(btf: Btf) -> frozenset[int]:
    nameless = {found.id for found in btf.of_kind(ENUM, ENUM64) if not found.name}
    users = btf.of_kind(STRUCT, UNION, ARRAY, *_MODIFIERS, PTR, TYPEDEF, FUNC_PROTO, VAR)
    return frozenset(used for found in users for used in _uses(btf, found) if used in nameless)


def _uses(btf: Btf, found: BtfType) -> Iterator[int]:
    """The types that `found`, which is not one of those without any, names."""
    if found.kind in (STRUCT, UNION):
        yield from (member.type for member in btf.members(found))
    elif found.kind == ARRAY:
        yield from btf.array(found)[:2]
    else:
        yield found.size_or_type
        if found.kind == FUNC_PROTO:
            yield from (parameter.type for parameter in btf.parameters(found))
