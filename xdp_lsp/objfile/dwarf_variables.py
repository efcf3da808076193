"""DWARF: local variables and parameters, their types, and the expressions that say where they are.

Source: DWARF 5, sections 2.5 and 2.6 (expressions, location lists), 3.3.8.2 (inlined subroutines), 4.1 (variables).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

from xdp_lsp.objfile.dwarf_entries import Files, entries, origin_of, ranges, text

# What only a corrupt file exceeds: entries of all location lists, steps from a type to the ones it is made of.
MAX_LOCATIONS = 100_000
MAX_TYPE_STEPS = 32

_SCOPES = ("DW_TAG_subprogram", "DW_TAG_inlined_subroutine", "DW_TAG_lexical_block")
_VARIABLES = ("DW_TAG_variable", "DW_TAG_formal_parameter")
_QUALIFIERS = {
    "DW_TAG_const_type": "const",
    "DW_TAG_volatile_type": "volatile",
    "DW_TAG_restrict_type": "restrict",
    "DW_TAG_atomic_type": "_Atomic",
}
_TAGGED = {
    "DW_TAG_structure_type": "struct",
    "DW_TAG_union_type": "union",
    "DW_TAG_enumeration_type": "enum",
}


class Kind(Enum):
    """How the bytes of a variable are read."""

    SIGNED = "signed"
    UNSIGNED = "unsigned"
    POINTER = "pointer"
    OTHER = "other"  # a struct, an array, a floating-point number


class DwarfType(NamedTuple):
    """A type as it is written in C (`__u16`, `struct iphdr *`); `size` in bytes, 0 where it is not known."""

    text: str
    size: int
    kind: Kind


class Operation(NamedTuple):
    """One operation of an expression, named as in DWARF without `DW_OP_`, with its operands.

    Operands of `convert` are the width of the target type in bits and whether it is signed; none where it is the
    generic type. `reg` and `breg` have the register's number as their first operand; `fbreg` comes as `breg`.
    """

    name: str
    operands: tuple[int, ...] = ()


class DwarfLocation(NamedTuple):
    """At the addresses `low` to `high` (exclusive) the variable is where `expression` says; None: it cannot be read."""

    low: int
    high: int
    expression: tuple[Operation, ...] | None


class DwarfInstance(NamedTuple):
    """A variable in one copy of its function's code: `call` is the index of the inlined call that made it.

    `scope` is the addresses of its block. Where no location says otherwise the variable is kept nowhere.
    """

    call: int | None
    scope: tuple[tuple[int, int], ...]
    locations: tuple[DwarfLocation, ...]


class DwarfVariable(NamedTuple):
    """A variable where it is declared, and all that became of it."""

    name: str
    type: DwarfType
    path: str
    line: int
    function: str
    function_path: str
    function_line: int
    instances: tuple[DwarfInstance, ...]


class _Scope(NamedTuple):
    """What the entries in a function, a copy of it or a block have in common; no `ranges` where there is no code."""

    function: Any
    frame_base: int | None  # a register
    call: int | None
    ranges: tuple[tuple[int, int], ...]


def read_variables(unit: Any, files: Files, calls: Mapping[int, int]) -> list[DwarfVariable]:
    """The variables of a unit; `calls` gives the index of an inlined call by the offset of its entry.

    Raises whatever pyelftools raises on corrupt input.
    """
    reader = _Reader(unit)
    scopes: dict[int, _Scope] = {}  # by the offset of an entry
    declared: dict[int, tuple[Any, _Scope]] = {}
    instances: dict[int, list[DwarfInstance]] = {}
    for entry in entries(unit):
        parent = entry.get_parent()
        outer = scopes.get(parent.offset) if parent is not None else None
        if entry.tag in _SCOPES:
            if entry.tag == "DW_TAG_subprogram":
                outer = _Scope(entry, reader.frame_base(entry), None, ())
            if outer is not None:
                call = calls.get(entry.offset, outer.call)
                scopes[entry.offset] = outer._replace(call=call, ranges=tuple(ranges(entry)))
        elif entry.tag in _VARIABLES and outer is not None:
            origin = origin_of(entry)
            if "DW_AT_name" in origin.attributes:
                if origin is entry:
                    declared[entry.offset] = entry, outer
                if outer.ranges:
                    locations = tuple(reader.locations(entry, outer))
                    instance = DwarfInstance(outer.call, outer.ranges, locations)
                    instances.setdefault(origin.offset, []).append(instance)
    return [
        _variable(entry, origin_of(scope.function), reader, files, instances.get(offset, []))
        for offset, (entry, scope) in declared.items()
    ]


def _variable(
    entry: Any, function: Any, reader: _Reader, files: Files, instances: list[DwarfInstance]
) -> DwarfVariable:
    return DwarfVariable(
        text(entry.attributes["DW_AT_name"]) or "",
        reader.type_of(entry),
        files.path(_number(entry, "DW_AT_decl_file")),
        _number(entry, "DW_AT_decl_line"),
        text(function.attributes.get("DW_AT_name")) or "",
        files.path(_number(function, "DW_AT_decl_file")),
        _number(function, "DW_AT_decl_line"),
        tuple(instances),
    )


def _number(entry: Any, name: str) -> int:
    return int(entry.attributes[name].value) if name in entry.attributes else 0


def _on_frame(operations: tuple[Operation, ...], frame_base: int | None) -> tuple[Operation, ...] | None:
    """`operations` with the frame's register written out; None where it is not known."""
    if all(operation.name != "fbreg" for operation in operations):
        return operations
    if frame_base is None:
        return None
    return tuple(
        Operation("breg", (frame_base, *operation.operands)) if operation.name == "fbreg" else operation
        for operation in operations
    )


_Placed = tuple[int, int, tuple[Operation, ...] | None]


class _Reader:
    """Reads types and locations of one unit, each once."""

    def __init__(self, unit: Any) -> None:
        from elftools.dwarf.dwarf_expr import DWARFExprParser  # noqa: PLC0415 - slow to import

        self._unit = unit
        self._parser = DWARFExprParser(unit.structs)
        self._lists = unit.dwarfinfo.location_lists()
        self._types: dict[int, DwarfType] = {}
        self._expressions: dict[bytes, tuple[Operation, ...] | None] = {}
        self._spare = MAX_LOCATIONS

    # -- locations ------------------------------------------------------------------------------

    def frame_base(self, function: Any) -> int | None:
        """The register that `fbreg` counts from in a function, where it is one."""
        where = function.attributes.get("DW_AT_frame_base")
        operations = self._expression(bytes(where.value)) if where is not None else None
        if operations is None or len(operations) != 1 or operations[0].name != "reg":
            return None
        return operations[0].operands[0]

    def locations(self, entry: Any, scope: _Scope) -> Iterator[DwarfLocation]:
        """Where a variable is; one for each address range of its block where it is the same place in all of it."""
        for low, high, operations in self._places(entry, scope.ranges):
            self._spare -= 1
            if self._spare < 0:
                raise ValueError(f"more than {MAX_LOCATIONS} locations of variables")
            yield DwarfLocation(low, high, operations and _on_frame(operations, scope.frame_base))

    def _places(self, entry: Any, scope: tuple[tuple[int, int], ...]) -> Iterator[_Placed]:
        attributes = entry.attributes
        where = attributes.get("DW_AT_location")
        if where is not None and where.form in ("DW_FORM_exprloc", "DW_FORM_block1"):
            operations = self._expression(bytes(where.value))
            yield from ((low, high, operations) for low, high in scope)
        elif where is not None and where.form in ("DW_FORM_sec_offset", "DW_FORM_loclistx"):
            yield from self._list(entry, where.value)
        elif "DW_AT_const_value" in attributes:
            value = attributes["DW_AT_const_value"].value
            known = (
                (Operation("consts", (value,)), Operation("stack_value")) if isinstance(value, int) else None
            )
            yield from ((low, high, known) for low, high in scope)

    def _list(self, entry: Any, offset: int) -> Iterator[_Placed]:
        base = self._unit.get_top_DIE().attributes.get("DW_AT_low_pc")
        start = base.value if base is not None else 0
        for item in self._lists.get_location_list_at_offset(offset, entry):
            if hasattr(item, "base_address"):
                start = item.base_address
            else:
                shift = 0 if item.is_absolute else start
                operations = self._expression(bytes(item.loc_expr))
                yield item.begin_offset + shift, item.end_offset + shift, operations

    def _expression(self, code: bytes) -> tuple[Operation, ...] | None:
        if code not in self._expressions:
            self._expressions[code] = self._parse(code)
        return self._expressions[code]

    def _parse(self, code: bytes) -> tuple[Operation, ...] | None:
        try:
            return tuple(self._operation(one) for one in self._parser.parse_expr(code))
        except Exception:  # an operation that pyelftools does not know, or one cut short
            return None

    def _operation(self, one: Any) -> Operation:
        name, operands = one.op_name.removeprefix("DW_OP_"), tuple(one.args)
        for prefix in ("breg", "reg", "lit"):
            number = name.removeprefix(prefix)
            if number != name and number.isdigit():
                return Operation(prefix, (int(number), *operands))
        if name == "convert":
            operands = self._number_type(operands[0]) if operands[0] else ()
        if not all(isinstance(operand, int) for operand in operands):  # an expression in it, a block of bytes
            raise ValueError(name)
        return Operation(name, operands)

    def _number_type(self, offset: int) -> tuple[int, int]:
        """The width in bits of a base type, and whether it is signed; `offset` counts from the unit's start."""
        entry = self._unit.get_DIE_from_refaddr(self._unit.cu_offset + offset)
        kind = _KINDS.get(_number(entry, "DW_AT_encoding"), Kind.OTHER)
        size = 8 * _number(entry, "DW_AT_byte_size") or _number(entry, "DW_AT_bit_size")
        if kind is Kind.OTHER or entry.tag != "DW_TAG_base_type" or not size:
            raise ValueError("not a number")
        return self._stated_width(entry, size), int(kind is Kind.SIGNED)

    @staticmethod
    def _stated_width(entry: Any, size: int) -> int:
        """LLVM names its conversion types by their width in bits, which need not be whole bytes: DW_ATE_unsigned_1."""
        stated = (text(entry.attributes.get("DW_AT_name")) or "").rpartition("_")[2]
        return int(stated) if stated.isdigit() and int(stated) <= size else size

    # -- types ----------------------------------------------------------------------------------

    def type_of(self, entry: Any) -> DwarfType:
        """The type of a variable."""
        return self._pointee(entry, MAX_TYPE_STEPS)

    def _pointee(self, entry: Any, steps: int) -> DwarfType:
        """The type that `entry` (a variable, or a type made of another) names."""
        if "DW_AT_type" not in entry.attributes:
            return DwarfType("void", 0, Kind.OTHER)
        return self._type(entry.get_DIE_from_attribute("DW_AT_type"), steps - 1)

    def _type(self, entry: Any, steps: int) -> DwarfType:
        if steps < 0:
            raise ValueError("a type is made of itself")
        if entry.offset not in self._types:
            self._types[entry.offset] = self._made(entry, steps)
        return self._types[entry.offset]

    def _made(self, entry: Any, steps: int) -> DwarfType:
        name, size = text(entry.attributes.get("DW_AT_name")), _number(entry, "DW_AT_byte_size")
        if entry.tag == "DW_TAG_base_type":
            return DwarfType(name or "?", size, _KINDS.get(_number(entry, "DW_AT_encoding"), Kind.OTHER))
        if entry.tag == "DW_TAG_typedef":
            return self._pointee(entry, steps)._replace(text=name or "?")
        if entry.tag == "DW_TAG_pointer_type":
            return DwarfType(_pointer_to(self._pointee(entry, steps).text), size or 8, Kind.POINTER)
        if entry.tag in _QUALIFIERS:
            inner, word = self._pointee(entry, steps), _QUALIFIERS[entry.tag]
            written = f"{inner.text}{word}" if inner.text.endswith("*") else f"{word} {inner.text}"
            return inner._replace(text=written)
        if entry.tag in _TAGGED:
            written = f"{_TAGGED[entry.tag]} {name}" if name else _TAGGED[entry.tag]
            if entry.tag != "DW_TAG_enumeration_type":
                return DwarfType(written, size, Kind.OTHER)
            inner = self._pointee(entry, steps)
            return DwarfType(written, size, Kind.SIGNED if inner.kind is Kind.SIGNED else Kind.UNSIGNED)
        if entry.tag == "DW_TAG_array_type":
            return DwarfType(f"{self._pointee(entry, steps).text}[]", size, Kind.OTHER)
        if entry.tag == "DW_TAG_subroutine_type":
            return DwarfType(f"{self._pointee(entry, steps).text}()", 0, Kind.OTHER)
        return DwarfType(name or "?", size, Kind.OTHER)


def _pointer_to(pointee: str) -> str:
    if pointee.endswith(("()", "[]")):
        return f"{pointee[:-2]} (*){pointee[-2:]}"
    return f"{pointee}*" if pointee.endswith("*") else f"{pointee} *"


# DW_ATE_boolean, _signed, _signed_char, _unsigned, _unsigned_char, _UTF (DWARF 5, table 7.11)
_KINDS = {
    0x02: Kind.UNSIGNED,
    0x05: Kind.SIGNED,
    0x06: Kind.SIGNED,
    0x07: Kind.UNSIGNED,
    0x08: Kind.UNSIGNED,
    0x10: Kind.UNSIGNED,
}
