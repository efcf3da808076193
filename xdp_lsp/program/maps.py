"""The maps of an object: BTF-defined ones (`.maps`) and the older `maps` section.

Source: tools/lib/bpf/libbpf.c, parse_btf_map_def() and bpf_object__collect_map_relos() (Linux 7.2); for the
older section struct bpf_map_def of libbpf before 1.0, whose first four words are those of iproute2's as well.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import NamedTuple

from xdp_lsp.objfile import Btf, BtfType, ObjectFile, Section
from xdp_lsp.objfile.btf import ARRAY, DATASEC, PTR, STRUCT
from xdp_lsp.objfile.elf import STT_SECTION
from xdp_lsp.program.image import MapDefinition
from xdp_lsp.program.layout import Layout

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
    definitions: dict[str, MapDefinition] = {}
    places: dict[tuple[int, int], str] = {}
    btf_maps = _btf_structs(obj.btf) if obj.btf else {}
    order = ">" if obj.big_endian else "<"
    for symbol in obj.symbols:
        section = obj.sections[symbol.section] if 0 < symbol.section < len(obj.sections) else None
        if section is None or not is_map_section(section) or symbol.type == STT_SECTION or not symbol.name:
            continue
        places[symbol.section, symbol.value] = symbol.name
        if section.name != MAPS_SECTION:
            record = bytes(section.contents[symbol.value : symbol.value + 16])
            words = struct.unpack(order + "4I", record) if len(record) == 16 else (0, 0, 0, 0)
            definitions[symbol.name] = MapDefinition(symbol.name, *words)
        elif obj.btf and symbol.name in btf_maps:
            found = btf_maps[symbol.name]
            programs = _initial_programs(obj, layout, section, symbol.value, found)
            definitions[symbol.name] = _definition(obj.btf, symbol.name, found, programs)
        else:
            definitions[symbol.name] = MapDefinition(symbol.name, 0, 0, 0, 0)
    return Maps(definitions, places)


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


def _definition(btf: Btf, name: str, found: BtfType, programs: Mapping[int, int]) -> MapDefinition:
    """`__uint(x, N)` is a pointer to an array of N, `__type(x, T)` a pointer to T (bpf_helpers.h)."""
    numbers: dict[str, int] = {}
    for member in btf.members(found):
        pointer = btf.resolve(member.type)
        if pointer.kind != PTR:
            continue
        pointee = btf.resolve(pointer.size_or_type)
        if member.name in ("key", "value"):
            numbers.setdefault(f"{member.name}_size", btf.size(pointer.size_or_type))
        elif pointee.kind == ARRAY:
            numbers[member.name] = btf.array(pointee)[2]
    return MapDefinition(
        name,
        numbers.get("type", 0),
        numbers.get("key_size", 0),
        numbers.get("value_size", 0),
        numbers.get("max_entries", 0),
        programs,
    )


def _initial_programs(
    obj: ObjectFile, layout: Layout, section: Section, start: int, found: BtfType
) -> dict[int, int]:
    """Which functions stand in the `values` of the map at `start` bytes of `.maps`: index -> entry pc."""
    assert obj.btf is not None
    values = next((member for member in obj.btf.members(found) if member.name == "values"), None)
    if values is None:
        return {}
    first = start + values.offset // 8
    # `values` is an array without a length: what belongs to it ends where the next map starts.
    limit = min(
        (
            symbol.value
            for symbol in obj.symbols
            if symbol.section == section.number and symbol.value > start and symbol.type != STT_SECTION
        ),
        default=section.size,
    )
    programs = {}
    for relocation in obj.relocations(section.number):
        if not first <= relocation.offset < limit or relocation.symbol >= len(obj.symbols):
            continue
        target = obj.symbols[relocation.symbol]
        in_place = section.contents[relocation.offset : relocation.offset + 8]
        addend = int.from_bytes(in_place, obj.byte_order)
        pc = layout.pc(target.section, target.value + addend)
        if pc is not None:
            programs[(relocation.offset - first) // 8] = pc
    return programs
