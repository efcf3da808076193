"""C declarations of BTF's types."""

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
    VOID,
    VOLATILE,
    Btf,
    BtfType,
)
from xdp_lsp.vmlinux.layout import Layout, padding, round_up
from xdp_lsp.vmlinux.names import Names

_QUALIFIERS = {VOLATILE: "volatile", CONST: "const", RESTRICT: "restrict"}
_POINTER = 8


class Declarations:
    """Writes types of `btf` as C."""

    def __init__(self, btf: Btf) -> None:
        self._btf = btf
        self._names = Names(btf)
        self._layout = Layout(btf)

    def forward(self, found: BtfType) -> str:
        """`struct name`, of a STRUCT, UNION or FWD; `enum name` of an ENUM or ENUM64."""
        if found.kind in (ENUM, ENUM64):
            keyword = "enum"
        else:
            is_union = found.kind == UNION or (found.kind == FWD and found.flag)
            keyword = "union" if is_union else "struct"
        return f"{keyword} {self._names.tag(found)}".rstrip()

    def typedef(self, found: BtfType) -> str:
        name = self._names.typedef(found)
        if found.size_or_type == 0 and name == "__gnuc_va_list":
            # What old versions of GCC make of it.
            return "typedef __builtin_va_list __gnuc_va_list"
        return f"typedef {self.declaration(found.size_or_type, name)}"

    def record(self, found: BtfType, level: int = 0) -> str:
        """The definition of a STRUCT or UNION, laid out as BTF has it."""
        is_packed = self._layout.is_packed(found)
        lines = [self.forward(found) + " {"]
        for line in self._fields(found, is_packed, level + 1):
            lines.append("\t" * (level + 1) + line + ";")
        body = "\n".join(lines)
        if found.vlen or found.size_or_type:
            body += "\n" + "\t" * level
        return body + "}" + (" __attribute__((packed))" if is_packed else "")

    def _fields(self, found: BtfType, is_packed: bool, level: int) -> Iterator[str]:
        at, in_bits, end = 0, False, 0
        is_struct = found.kind == STRUCT
        for member in self._btf.members(found):
            alignment = 1 if is_packed else self._layout.alignment(member.type)
            if is_struct:
                yield from map(_pad, padding(at, member.offset, alignment, in_bits and member.bits > 0))
            declared = self.declaration(member.type, member.name, level)
            yield f"{declared}: {member.bits}" if member.bits else declared
            in_bits = member.bits > 0
            at = member.offset + (member.bits or self._layout.size(member.type))
            end = max(end, at)
        alignment = self._layout.alignment(found.id)
        size = found.size_or_type * 8
        if is_struct:
            yield from map(_pad, padding(at, size, alignment, False))
        elif round_up(end, alignment * 8) < size:
            # A union that is aligned more than its members are: one as large beside them.
            pads = "".join(f"{_pad(pad)}; " for pad in padding(0, size, 1, False))
            yield f"struct {{ {pads}}}"

    def enumeration(self, found: BtfType, level: int = 0) -> str:
        """The definition of an ENUM or ENUM64."""
        declared = self.forward(found)
        values = self._btf.values(found)
        if not values:
            return declared
        suffix = ("LL" if found.flag else "ULL") if found.kind == ENUM64 else ""
        indent = "\t" * (level + 1)
        named = zip(self._btf.enumerators(found), values, strict=True)
        lines = [f"{indent}{self._names.enumerator(name)} = {value}{suffix}," for name, value in named]
        text = "\n".join([f"{declared} {{", *lines, "\t" * level + "}"])
        return text + _mode(found, values)

    def declaration(self, type_id: int, name: str, level: int = 0) -> str:
        """`name` declared with the type; without a name the type alone."""
        chain: list[BtfType] = []
        while True:
            found = self._btf.type(type_id)
            chain.append(found)
            if found.kind == ARRAY:
                type_id = self._btf.array(found)[0]
            elif found.kind in (PTR, VOLATILE, CONST, RESTRICT, TYPE_TAG, FUNC_PROTO):
                type_id = found.size_or_type
            else:
                return self._chain(chain, name, level)
            if len(chain) > _LONGEST_CHAIN:
                raise RecursionError

    def _chain(self, chain: list[BtfType], name: str, level: int) -> str:
        """`chain` is used up from its end: what a declaration derives from comes first in C."""
        text = ""
        # So that a pointer to a function is `(*name)`, not `( *name)`.
        after_pointer = True
        while chain:
            found = chain.pop()
            if found.kind == PTR:
                text += "*" if after_pointer else " *"
            elif found.kind in _QUALIFIERS:
                text += f" {_QUALIFIERS[found.kind]}"
            elif found.kind == TYPE_TAG:
                pass  # it says what a pointer points to, which has no bearing on code
            elif found.kind == ARRAY:
                return text + self._array(found, chain, name, level, after_pointer)
            elif found.kind == FUNC_PROTO:
                return text + self._function(found, chain, name, level, after_pointer)
            else:
                text += _qualifiers(chain) + self._specifier(found, level)
            after_pointer = found.kind == PTR
        return text + _spaced(name, after_pointer)

    def _specifier(self, found: BtfType, level: int) -> str:
        if found.kind in (STRUCT, UNION):
            return self.forward(found) if found.name else self.record(found, level)
        if found.kind in (ENUM, ENUM64):
            return self.forward(found) if found.name else self.enumeration(found, level)
        if found.kind == FWD:
            return self.forward(found)
        if found.kind == TYPEDEF:
            return self._names.typedef(found)
        return "void" if found.kind == VOID else found.name

    def _array(self, found: BtfType, chain: list[BtfType], name: str, level: int, after_pointer: bool) -> str:
        _drop_qualifiers(chain)  # GCC repeats the elements'
        size = f"[{self._btf.array(found)[2]}]"
        if not chain:
            return _spaced(name, after_pointer) + size
        space = " " if name and not after_pointer else ""
        is_nested = chain[-1].kind == ARRAY
        inner = self._chain(chain, name, level)
        return f"{space}{inner if is_nested else f'({inner})'}{size}"

    def _function(
        self, found: BtfType, chain: list[BtfType], name: str, level: int, after_pointer: bool
    ) -> str:
        _drop_qualifiers(chain)  # GCC marks by them what does not return
        declarator = f" ({self._chain(chain, name, level)})" if chain else _spaced(name, after_pointer)
        return f"{declarator}({', '.join(self._parameters(found, level)) or 'void'})"

    def _parameters(self, found: BtfType, level: int) -> Iterator[str]:
        parameters = self._btf.parameters(found)
        if len(parameters) == 1 and parameters[0].type == 0:
            return
        for index, parameter in enumerate(parameters):
            is_rest = parameter.type == 0 and index == len(parameters) - 1
            yield "..." if is_rest else self.declaration(parameter.type, parameter.name, level)


# Pointers to pointers, arrays of arrays: what is longer is a cycle of a corrupt file.
_LONGEST_CHAIN = 64


def _pad(pad: tuple[str, int]) -> str:
    return f"{pad[0]}: {pad[1]}"


def _spaced(name: str, after_pointer: bool) -> str:
    return f" {name}" if name and not after_pointer else name


def _qualifiers(chain: list[BtfType]) -> str:
    text = ""
    while chain and (chain[-1].kind in _QUALIFIERS or chain[-1].kind == TYPE_TAG):
        found = chain.pop()
        text += f"{_QUALIFIERS[found.kind]} " if found.kind in _QUALIFIERS else ""
    return text


def _drop_qualifiers(chain: list[BtfType]) -> None:
    while chain and chain[-1].kind in _QUALIFIERS:
        chain.pop()


def _mode(found: BtfType, values: list[int]) -> str:
    """The attribute by which C gives an enumeration the size that it has, "" where it does so by itself."""
    if found.size_or_type == 1:
        return " __attribute__((mode(byte)))"
    fits = found.kind == ENUM or all(-(1 << 31) <= value < 1 << 32 for value in values)
    if found.size_or_type == _POINTER and fits:
        return " __attribute__((mode(word)))"
    return ""
