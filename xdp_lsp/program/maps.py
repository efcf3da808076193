"""The maps of an object: BTF-defined ones (`.maps`), and with `legacy_maps` those of the older `maps` section.

Source: tools/lib/bpf/libbpf.c, parse_btf_map_def() and bpf_object__collect_map_relos() (Linux 7.2).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from xdp_lsp.objfile import Btf, BtfType, ObjectFile, Section, Symbol
from xdp_lsp.objfile.btf import ARRAY, DATASEC, PTR, STRUCT, Member
from xdp_lsp.objfile.elf import STT_SECTION
from xdp_lsp.program.image import MapDefinition
from xdp_lsp.program.layout import Layout
from xdp_lsp.program.legacy_maps import legacy_definitions

MAPS_SECTION = ".maps"


class Maps(NamedTuple):
    """`places` is the name of the map that starts at a section (index) and offset (bytes)."""

    definitions: Mapping[str, MapDefinition]
    places: Mapping[tuple[int, int], str]

    def at(self, section: int, offset: int) -> str | None:
        return self.places.get((section, offset))


def is_map_section(section: Section) -> bool:
    """Whether maps are defined in `section`; `maps/...` is what older loaders of Go took."""
    return section.name in (MAPS_SECTION, "maps") or section.name.startswith("maps/")


def find_maps(obj: ObjectFile, layout: Layout) -> Maps:
    """Every map that `obj` defines; a size is 0 where neither BTF nor the older record gives it."""
    symbols = [symbol for symbol in obj.symbols if _names_a_map(obj, symbol)]
    places = {(symbol.section, symbol.value): symbol.name for symbol in symbols}
    structs = _btf_structs(obj.btf) if obj.btf else {}
    programs = _initial_programs(obj, layout, sorted(places))
    of_btf: list[Symbol] = []
    legacy: list[Symbol] = []
    for symbol in symbols:
        (of_btf if obj.sections[symbol.section].name == MAPS_SECTION else legacy).append(symbol)
    definitions = legacy_definitions(obj, layout, legacy) if legacy else {}
    for symbol in of_btf:
        if obj.btf and symbol.name in structs:
            words = programs.get((symbol.section, symbol.value), {})
            definitions[symbol.name] = _definition(obj.btf, symbol.name, structs[symbol.name], words)
        else:
            definitions[symbol.name] = MapDefinition(symbol.name, 0, 0, 0, 0)
    return Maps(definitions, places)


def _names_a_map(obj: ObjectFile, symbol: Symbol) -> bool:
    in_section = 0 < symbol.section < len(obj.sections) and is_map_section(obj.sections[symbol.section])
    return in_section and symbol.type != STT_SECTION and bool(symbol.name)


def _btf_structs(btf: Btf) -> dict[str, BtfType]:
    """The struct that defines each map of `.maps`, by the map's name."""
    found = {}
    for section in btf.of_kind(DATASEC):
        if section.name == MAPS_SECTION:
            for entry in btf.section_variables(section):
                variable = btf.type(entry.type)
                definition = btf.resolve(variable.size_or_type)
                if definition.kind == STRUCT:
                    found[variable.name] = definition
    return found


def _definition(btf: Btf, name: str, found: BtfType, functions: Mapping[int, int]) -> MapDefinition:
    """`__uint(x, N)` is a pointer to an array of N, `__type(x, T)` a pointer to T (bpf_helpers.h).

    `functions` are the entry pcs that the map's record holds, by the offset (bytes) in it.
    """
    numbers: dict[str, int] = {}
    programs: dict[int, int] = {}
    inner: MapDefinition | None = None
    for member in btf.members(found):
        if member.name == "values":
            first = member.offset // 8
            programs = {(at - first) // 8: pc for at, pc in functions.items() if at >= first}
            inner = _inner_definition(btf, name, member)
        pointer = btf.resolve(member.type)
        if pointer.kind != PTR:
            continue
        pointee = btf.resolve(pointer.size_or_type)
        if member.name in ("key", "value"):
            numbers.setdefault(f"{member.name}_size", btf.size(pointer.size_or_type))
            numbers[f"{member.name}_type"] = pointer.size_or_type
        elif pointee.kind == ARRAY:
            numbers[member.name] = btf.array(pointee)[2]
    return MapDefinition(
        name,
        type=numbers.get("type", 0),
        key_size=numbers.get("key_size", 0),
        value_size=numbers.get("value_size", 0),
        max_entries=numbers.get("max_entries", 0),
        programs=programs,
        flags=numbers.get("map_flags", 0),
        extra=numbers.get("map_extra", 0),
        key_type=numbers.get("key_type", 0),
        value_type=numbers.get("value_type", 0),
        inner=inner,
    )


def _inner_definition(btf: Btf, name: str, values: Member) -> MapDefinition | None:
    """`__array(values, struct { ... })` is an array of pointers to the definition of an inner map."""
    array = btf.resolve(values.type)
    if array.kind != ARRAY:
        return None
    pointer = btf.resolve(btf.array(array)[0])
    found = btf.resolve(pointer.size_or_type)
    return _definition(btf, f"{name}.inner", found, {}) if found.kind == STRUCT else None


def _initial_programs(
    obj: ObjectFile, layout: Layout, starts: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], dict[int, int]]:
    """The functions whose addresses stand in `.maps`: for each map (of `starts`) offset in it -> entry pc."""
    found: dict[tuple[int, int], dict[int, int]] = {}
    for section in obj.sections:
        if section.name != MAPS_SECTION:
            continue
        for relocation in obj.relocations(section.number):
            owner = bisect_right(starts, (section.number, relocation.offset)) - 1
            if owner < 0 or starts[owner][0] != section.number or relocation.symbol >= len(obj.symbols):
                continue
            target = obj.symbols[relocation.symbol]
            addend = relocation.addend
            if addend is None:
                in_place = section.contents[relocation.offset : relocation.offset + 8]
                addend = int.from_bytes(in_place, obj.byte_order)
            pc = layout.pc(target.section, target.value + addend)
            if pc is not None:
                found.setdefault(starts[owner], {})[relocation.offset - starts[owner][1]] = pc
    return found
