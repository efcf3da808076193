"""The text of a `vmlinux.h`."""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.objfile.btf import (
    ARRAY,
    CONST,
    ENUM,
    ENUM64,
    FUNC_PROTO,
    FWD,
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
    Member,
)
from xdp_lsp.vmlinux.declare import Declarations
from xdp_lsp.vmlinux.layout import BUILT_IN, LayoutError
from xdp_lsp.vmlinux.order import TypeCycleError, definitions

_BEGIN = """\
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

"""
_END = """\
#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
"""

# GCC's types for SIMD on Arm, which clang does not know by these names.
_ALIASES = {
    "__Poly8_t": "unsigned char",
    "__Poly16_t": "unsigned short",
    "__Poly64_t": "unsigned long long",
    "__Poly128_t": "unsigned __int128",
}
# Characters. A distribution's kernel takes 3 million; types of a corrupt file, shared where they have no name, may
# unfold without end.
_LONGEST = 64 << 20


class UnusableBtfError(Exception):
    """The BTF is not one of a kernel, or is corrupt; `str()` of it is a sentence."""


def c_header(data: bytes) -> str:
    """The `vmlinux.h` for a kernel's BTF, `data`; a few seconds. Raises UnusableBtfError."""
    btf = _KernelBtf(data, big_endian=data[:2] == b"\xeb\x9f")
    if btf.problems:
        raise UnusableBtfError(btf.problems[0].replace("The object's", "The kernel's"))
    parts = [_BEGIN]
    length = 0
    try:
        for text in _Emitter(btf).definitions():
            parts.append(f"{text};\n\n")
            length += len(text)
            if length > _LONGEST:
                raise _corrupt(f"its types take more than {_LONGEST >> 20} MiB as C")
    except (TypeCycleError, LayoutError) as error:
        raise _corrupt(str(error)) from None
    except RecursionError:
        raise _corrupt("its types are nested without end") from None
    if len(parts) == 1:
        raise UnusableBtfError("The kernel's type information (BTF) holds no types.")
    return "".join([*parts, _END])


def _corrupt(why: str) -> UnusableBtfError:
    return UnusableBtfError(f"The kernel's type information (BTF) is corrupt: {why}.")


class _KernelBtf(Btf):
    """Keeps the members of a record, which are gone through for its order, its layout and its text."""

    def __init__(self, data: bytes, big_endian: bool) -> None:
        super().__init__(data, big_endian)
        self._members: dict[int, list[Member]] = {}

    def members(self, found: BtfType) -> list[Member]:
        known = self._members.get(found.id)
        if known is None:
            known = self._members[found.id] = super().members(found)
        return known


class _Emitter:
    """Writes definitions in their order, and before each the declarations that it needs.

    Invariant: every name that a text uses was declared by one before it.
    """

    def __init__(self, btf: Btf) -> None:
        self._btf = btf
        self._declarations = Declarations(btf)
        self._whole: set[int] = set()  # defined, or without a definition
        self._under_way: set[int] = set()
        self._declared: set[int] = set()  # in advance

    def definitions(self) -> Iterator[str]:
        for found in definitions(self._btf):
            yield from self._emit(found.id, 0)

    def _emit(self, type_id: int, container: int) -> Iterator[str]:
        """What has to stand before a text that uses the type, inside of type `container`; 0: its definition."""
        if not type_id or type_id in self._whole:
            return
        found = self._btf.type(type_id)
        if type_id in self._under_way:
            yield from self._in_advance(found, container)
        elif found.kind in (PTR, VOLATILE, CONST, RESTRICT, TYPE_TAG):
            yield from self._emit(found.size_or_type, container)
        elif found.kind == ARRAY:
            yield from self._emit(self._btf.array(found)[0], container)
        elif found.kind == FUNC_PROTO:
            yield from self._emit(found.size_or_type, container)
            for parameter in self._btf.parameters(found):
                yield from self._emit(parameter.type, container)
        elif found.kind == TYPEDEF:
            yield from self._typedef(found)
        elif found.kind in (STRUCT, UNION):
            yield from self._record(found, container)
        else:
            self._whole.add(type_id)
            if found.kind in (ENUM, ENUM64) and not container:
                yield self._declarations.enumeration(found)
            elif found.kind == FWD:
                yield self._declarations.forward(found)
            elif found.kind == INT and found.name in _ALIASES:
                yield f"typedef {_ALIASES[found.name]} {found.name}"

    def _in_advance(self, found: BtfType, container: int) -> Iterator[str]:
        """A declaration for a use of `found` in what it is made of itself."""
        if found.id in self._declared or found.id == container or found.kind not in (STRUCT, UNION, TYPEDEF):
            return
        if not found.name:
            raise _corrupt(f"type {found.id}, which has no name, holds itself")
        self._declared.add(found.id)
        if found.kind != TYPEDEF:
            yield self._declarations.forward(found)
        elif found.name != BUILT_IN:
            yield self._declarations.typedef(found)

    def _typedef(self, found: BtfType) -> Iterator[str]:
        self._under_way.add(found.id)
        yield from self._emit(found.size_or_type, found.id)
        if found.id not in self._declared and found.name != BUILT_IN:
            yield self._declarations.typedef(found)
        self._under_way.remove(found.id)
        self._whole.add(found.id)

    def _record(self, found: BtfType, container: int) -> Iterator[str]:
        self._under_way.add(found.id)
        if not container or not found.name:
            within = found.id if found.name else container
            for member in self._btf.members(found):
                yield from self._emit(member.type, within)
        elif found.id not in self._declared and found.id != container:
            yield self._declarations.forward(found)
            self._declared.add(found.id)
        self._under_way.remove(found.id)
        if not container:
            yield self._declarations.record(found)
            self._whole.add(found.id)
