"""The older `maps` section: records of numbers, which each loader laid out to its liking.

All begin with the type, the sizes of key and value and the number of entries, all but the first ones with flags
behind these. How long a record is nobody says: libbpf before 1.0 and iproute2 divide the section by its symbols.
iproute2's goes on with an id. By that its sections "ID/KEY" name the program array, and the slot of it, that they
belong in, and maps of maps the map that they are made from.

Source: tools/lib/bpf/libbpf.c, bpf_object__init_user_maps(), and bpf_helpers.h of libbpf 0.8; iproute2 6.1,
include/bpf_elf.h, struct bpf_elf_map, and lib/bpf_legacy.c, bpf_fill_prog_arrays() and bpf_find_map_by_id().
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from xdp_lsp.objfile import Btf, ObjectFile, Symbol
from xdp_lsp.objfile.btf import STRUCT
from xdp_lsp.program.image import MapDefinition
from xdp_lsp.program.layout import Layout

_PROG_ARRAY, _ARRAY_OF_MAPS, _HASH_OF_MAPS = 3, 12, 13  # enum bpf_map_type
_WORDS = 9  # type, key, value, entries, flags; iproute2: id, pinning, inner_id, inner_idx
_LEAST_WORDS = 4
_ID, _INNER_ID = 5, 7
# BPF_ANNOTATE_KV_PAIR() of old headers declares a struct with a `key` and a `value` of a map's types.
_ANNOTATION = "____btf_map_"
_SLOT_SECTION = re.compile(r"(0x[0-9a-fA-F]+|\d+)/(0x[0-9a-fA-F]+|\d+)")


class _Record(NamedTuple):
    """A map with the numbers that follow the usual ones; None where the record ends before them."""

    map: MapDefinition
    id: int | None
    inner_id: int | None


def legacy_definitions(
    obj: ObjectFile, layout: Layout, symbols: Iterable[Symbol]
) -> dict[str, MapDefinition]:
    """The maps that `symbols`, all of such sections, stand for, by name; sizes are 0 where a record is cut short."""
    ordered = sorted(symbols, key=lambda one: (one.section, one.value))
    types = _annotations(obj.btf) if obj.btf is not None else {}
    records = [
        _read(obj, symbol, _end(obj, symbol, following), types.get(symbol.name, {}))
        for symbol, following in zip(ordered, [*ordered[1:], None], strict=True)
    ]
    slots = _slots(layout)
    made_from = {record.id: record.map for record in reversed(records) if record.id is not None}
    found = {}
    for record in records:
        map_ = record.map
        # bpf_find_map_by_id() takes the first program array of the id.
        if map_.type == _PROG_ARRAY and record.id in slots:
            map_ = map_._replace(programs=slots.pop(record.id))
        if map_.type in (_ARRAY_OF_MAPS, _HASH_OF_MAPS) and record.inner_id:
            map_ = map_._replace(inner=made_from.get(record.inner_id))
        found[map_.name] = map_
    return found


def slot_of(section: str) -> tuple[int, int] | None:
    """The id of the program array and the slot in it that iproute2 puts what is in `section` into."""
    found = _SLOT_SECTION.fullmatch(section)
    if found is None:
        return None
    map_id, key = (_number(text) for text in found.groups())
    return (map_id, key) if map_id is not None and key is not None else None


def _number(text: str) -> int | None:
    """As scanf's %i reads it: octal where it begins with a zero."""
    try:
        return int(text, 16 if text.startswith("0x") else 8 if text.startswith("0") else 10)
    except ValueError:
        return None


def _slots(layout: Layout) -> dict[int | None, dict[int, int]]:
    """Of each map id: slot -> the pc of the program that iproute2 fills it with, the first of its section."""
    found: dict[int | None, dict[int, int]] = {}
    for section in layout.sections:
        place = slot_of(section.name)
        if place is not None:
            found.setdefault(place[0], {})[place[1]] = layout.spans[section.number].start
    return found


def _end(obj: ObjectFile, symbol: Symbol, following: Symbol | None) -> int:
    """Where the record of `symbol` ends at the latest: some compilers, and stripping, leave its size out."""
    last = obj.sections[symbol.section].size
    if symbol.size:
        last = min(last, symbol.value + symbol.size)
    if following is not None and following.section == symbol.section:
        last = min(last, following.value)
    return last


def _read(obj: ObjectFile, symbol: Symbol, end: int, types: Mapping[str, int]) -> _Record:
    raw = bytes(obj.sections[symbol.section].contents[symbol.value : end])
    count = min(len(raw) // 4, _WORDS)
    if count < _LEAST_WORDS:
        return _Record(MapDefinition(symbol.name, 0, 0, 0, 0), None, None)
    words = struct.unpack_from((">" if obj.big_endian else "<") + f"{count}I", raw)
    kind, key_size, value_size, most = words[:4]
    return _Record(
        MapDefinition(
            symbol.name,
            kind,
            key_size,
            value_size,
            most,
            flags=words[4] if count > _LEAST_WORDS else 0,
            key_type=types.get("key", 0),
            value_type=types.get("value", 0),
        ),
        words[_ID] if count > _ID else None,
        words[_INNER_ID] if count > _INNER_ID else None,
    )


def _annotations(btf: Btf) -> dict[str, dict[str, int]]:
    """Of each map that has a BPF_ANNOTATE_KV_PAIR() the types of its `key` and its `value`."""
    return {
        found.name.removeprefix(_ANNOTATION): {member.name: member.type for member in btf.members(found)}
        for found in btf.of_kind(STRUCT)
        if found.name.startswith(_ANNOTATION)
    }
