"""BTF: the types of a BPF object.

Source: Documentation/bpf/btf.rst and include/uapi/linux/btf.h (Linux 7.2). One pass finds where each type
stands; a type is decoded when it is asked for: an object carries thousands, the analysis looks at dozens.
Corrupt BTF is no error: what can be read is, the rest is void, and `Btf.problems` says so.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from xdp_lsp.objfile.elf import strings

MAGIC = 0xEB9F
VOID, INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT = range(12)
FUNC, FUNC_PROTO, VAR, DATASEC, FLOAT, DECL_TAG, TYPE_TAG, ENUM64 = range(12, 20)

# Linkage of a VAR or FUNC.
STATIC, GLOBAL, EXTERN = 0, 1, 2

_MODIFIERS = frozenset((TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG))
_INT_SIGNED = 1
# Bytes that follow the common 12 of a type: a fixed part and a part for each of `count` (vlen).
_EXTRA = {INT: (4, 0), ARRAY: (12, 0), STRUCT: (0, 12), UNION: (0, 12), ENUM: (0, 8), FUNC_PROTO: (0, 8)}
_EXTRA |= {VAR: (4, 0), DATASEC: (0, 12), DECL_TAG: (4, 0), ENUM64: (0, 12)}
_EXTRA |= dict.fromkeys((PTR, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, FLOAT, TYPE_TAG), (0, 0))
# The component_idx of a DECL_TAG, -1, that is about no member and no parameter but about the declaration.
_WHOLE = 0xFFFFFFFF
# Longer chains of typedefs, qualifiers and arrays are cycles of a corrupt file.
_MAX_CHAIN = 32


class BtfType(NamedTuple):
    """One type. `size_or_type` is bytes or a type id, as its kind has it; `flag` is kind_flag."""

    id: int
    kind: int
    name: str
    vlen: int
    flag: bool
    size_or_type: int
    position: int  # of what follows the common part, in bytes from the start of the type section


class Member(NamedTuple):
    """A field of a struct or union; `offset` in bits, and `bits` how many a bit field has, 0 for another."""

    name: str
    type: int
    offset: int
    bits: int = 0


class Parameter(NamedTuple):
    name: str
    type: int


class SectionVariable(NamedTuple):
    """An entry of a DATASEC: a VAR (or FUNC) by id; `offset` and `size` in bytes."""

    type: int
    offset: int
    size: int


_VOID = BtfType(0, VOID, "void", 0, False, 0, 0)


class Btf:
    """The types of one `.BTF` section, by id; id 0 and every id that there is none for are void."""

    def __init__(self, data: bytes | memoryview, big_endian: bool = False) -> None:
        self._order = ">" if big_endian else "<"
        self.problems: tuple[str, ...] = ()
        self._heads: list[tuple[int, int, int, int]] = [(0, 0, 0, 0)]  # name, info, size or type, position
        self._known: dict[int, BtfType] = {0: _VOID}
        self._names: dict[tuple[int, str], int] | None = None
        self._types, table = self._split(data)
        self.strings = table
        self.string = strings(table)
        self._index()

    def _split(self, data: bytes | memoryview) -> tuple[memoryview, memoryview]:
        view = memoryview(data)
        if len(view) < 24:
            self._problem("it is truncated")
            return view[:0], view[:0]
        magic, _, _, header, type_offset, type_length, string_offset, string_length = struct.unpack_from(
            self._order + "HBBIIIII", view
        )
        if magic != MAGIC:
            self._problem(f"its magic number is {magic:#06x} instead of {MAGIC:#06x}")
            return view[:0], view[:0]
        types = view[header + type_offset : header + type_offset + type_length]
        table = view[header + string_offset : header + string_offset + string_length]
        if len(types) < type_length or len(table) < string_length:
            self._problem("it is truncated")
        return types, table

    def _problem(self, why: str) -> None:
        self.problems += (f"The object's type information (BTF) is corrupt: {why}.",)

    def _index(self) -> None:
        unpack = struct.Struct(self._order + "III").unpack_from
        types, end = self._types, len(self._types)
        position = 0
        heads = self._heads
        while position + 12 <= end:
            name, info, size_or_type = unpack(types, position)
            extra = _EXTRA.get(info >> 24 & 0x1F)
            position += 12
            if extra is None:
                self._problem(f"type {len(heads)} is of the unknown kind {info >> 24 & 0x1F}")
                return
            heads.append((name, info, size_or_type, position))
            position += extra[0] + extra[1] * (info & 0xFFFF)
        if position > end:
            heads.pop()
            self._problem(f"type {len(heads)} is truncated")

    def __len__(self) -> int:
        """How many types there are, void among them: ids are below it."""
        return len(self._heads)

    def type(self, type_id: int) -> BtfType:
        known = self._known.get(type_id)
        if known is None:
            if type_id >= len(self._heads):
                return _VOID
            name, info, size_or_type, position = self._heads[type_id]
            known = self._known[type_id] = BtfType(
                type_id,
                info >> 24 & 0x1F,
                self.string(name),
                info & 0xFFFF,
                bool(info >> 31),
                size_or_type,
                position,
            )
        return known

    def of_kind(self, *kinds: int) -> Iterator[BtfType]:
        """Every type of one of `kinds`, by id."""
        for type_id, (_, info, _, _) in enumerate(self._heads):
            if info >> 24 & 0x1F in kinds and type_id:
                yield self.type(type_id)

    def function(self, name: str) -> BtfType | None:
        """The FUNC called `name`."""
        return self._named(FUNC, name)

    def variable(self, name: str) -> BtfType | None:
        """The VAR called `name`; of several static ones the first."""
        return self._named(VAR, name)

    def _named(self, kind: int, name: str) -> BtfType | None:
        if self._names is None:
            self._names = {}
            for found in self.of_kind(FUNC, VAR):
                self._names.setdefault((found.kind, found.name), found.id)
        type_id = self._names.get((kind, name))
        return None if type_id is None else self.type(type_id)

    def resolve(self, type_id: int) -> BtfType:
        """The type behind typedefs and qualifiers."""
        found = self.type(type_id)
        for _ in range(_MAX_CHAIN):
            if found.kind not in _MODIFIERS:
                return found
            found = self.type(found.size_or_type)
        return _VOID

    def qualifiers(self, type_id: int) -> frozenset[int]:
        """Which of CONST and VOLATILE hold for an object of the type, or for the elements of an array."""
        seen = set()
        found = self.type(type_id)
        for _ in range(_MAX_CHAIN):
            if found.kind == ARRAY:
                found = self.type(self.array(found)[0])
                continue
            if found.kind not in _MODIFIERS:
                break
            seen.add(found.kind)
            found = self.type(found.size_or_type)
        return frozenset(seen & {CONST, VOLATILE})

    def size(self, type_id: int) -> int:
        """Bytes that an object of the type takes; 0 where it is not known (void, incomplete, a function)."""
        factor = 1
        found = self.resolve(type_id)
        for _ in range(_MAX_CHAIN):
            if found.kind == ARRAY:
                element, _, count = self.array(found)
                factor *= count
                found = self.resolve(element)
            elif found.kind in (INT, STRUCT, UNION, ENUM, ENUM64, FLOAT, DATASEC):
                return factor * found.size_or_type
            elif found.kind == PTR:
                return factor * 8
            else:
                break
        return 0

    def is_signed(self, type_id: int) -> bool:
        """Whether the type, or the element of an array, is an integer or enumeration with negative values."""
        found = self.resolve(type_id)
        for _ in range(_MAX_CHAIN):
            if found.kind != ARRAY:
                break
            found = self.resolve(self.array(found)[0])
        if found.kind == INT:
            return bool(self._word(found) >> 24 & _INT_SIGNED)
        return found.kind in (ENUM, ENUM64) and found.flag

    def array(self, found: BtfType) -> tuple[int, int, int]:
        """Of an ARRAY: element type id, index type id, number of elements."""
        element, index, count = self._unpack("III", found.position)
        return element, index, count

    def members(self, found: BtfType) -> list[Member]:
        """Of a STRUCT or UNION: its fields."""
        entries = struct.iter_unpack(self._order + "III", self._tail(found, 12))
        if not found.flag:
            return [Member(self.string(name), type_id, offset) for name, type_id, offset in entries]
        # kind_flag: the high 8 bits are a bitfield's size
        return [
            Member(self.string(name), type_id, offset & 0xFFFFFF, offset >> 24)
            for name, type_id, offset in entries
        ]

    def parameters(self, found: BtfType) -> list[Parameter]:
        """Of a FUNC_PROTO: its parameters."""
        entries = struct.iter_unpack(self._order + "II", self._tail(found, 8))
        return [Parameter(self.string(name), type_id) for name, type_id in entries]

    def section_variables(self, found: BtfType) -> list[SectionVariable]:
        """Of a DATASEC: its variables."""
        entries = struct.iter_unpack(self._order + "III", self._tail(found, 12))
        return [SectionVariable(*entry) for entry in entries]

    def enumerators(self, found: BtfType) -> list[str]:
        """Of an ENUM or ENUM64: the names of its values, in order."""
        size = _EXTRA[found.kind][1]
        entries = struct.iter_unpack(f"{self._order}I{size - 4}x", self._tail(found, size))
        return [self.string(name) for (name,) in entries]

    def values(self, found: BtfType) -> list[int]:
        """Of an ENUM or ENUM64: what each enumerator stands for, in order."""
        size = _EXTRA[found.kind][1]
        layout = {8: "4xi", 12: "4xIi"}[size] if found.flag else {8: "4xI", 12: "4xII"}[size]
        entries = struct.iter_unpack(self._order + layout, self._tail(found, size))
        return [low | high[0] << 32 if high else low for low, *high in entries]

    def declaration_tags(self) -> Iterator[tuple[BtfType, str]]:
        """What each DECL_TAG says, after the VAR, FUNC, STRUCT, ... that it is about; not those about a part of one."""
        for tag in self.of_kind(DECL_TAG):
            if self._word(tag) == _WHOLE:
                yield self.type(tag.size_or_type), tag.name

    def linkage(self, found: BtfType) -> int:
        """Of a VAR or FUNC: STATIC, GLOBAL or EXTERN."""
        return found.vlen if found.kind == FUNC else self._word(found)

    def record(self, found: BtfType) -> bytes:
        """The type as it stands in the file, in the file's byte order."""
        fixed, each = _EXTRA[found.kind]
        return bytes(self._types[found.position - 12 : found.position + fixed + each * found.vlen])

    def _word(self, found: BtfType) -> int:
        return int(self._unpack("I", found.position)[0])

    def _unpack(self, layout: str, position: int) -> tuple[int, ...]:
        return struct.unpack_from(self._order + layout, self._types, position)

    def _tail(self, found: BtfType, entry: int) -> memoryview:
        return self._types[found.position : found.position + entry * found.vlen]
