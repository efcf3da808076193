"""What every reader of DWARF entries goes by: their order, the unit's files, ranges of addresses."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

# Entries of one object; ten times the most that the survey saw. Beyond it nothing is said about inlining or variables.
MAX_ENTRIES = 100_000
# What only a corrupt file exceeds: steps from an instance to what it is an instance of.
MAX_ORIGINS = 32


class Files:
    """The file table of a unit: number -> path."""

    def __init__(self, unit: Any, program: Any) -> None:
        self._directory = text(unit.get_top_DIE().attributes.get("DW_AT_comp_dir")) or ""
        self._header = program.header if program is not None else None
        self._known: dict[int, str] = {}

    def path(self, number: int) -> str:
        if number not in self._known:
            self._known[number] = self._look_up(number)
        return self._known[number]

    def _look_up(self, number: int) -> str:
        if self._header is None:
            return ""
        # Up to DWARF 4 files and directories count from 1, and directory 0 is the compiler's own.
        first = 0 if self._header["version"] >= 5 else 1
        entry = self._header["file_entry"][number - first]
        directories = self._header["include_directory"]
        folder = b"" if first > entry.dir_index else directories[entry.dir_index - first]
        return os.path.join(self._directory, os.fsdecode(folder), os.fsdecode(entry.name))  # noqa: PTH118


def entries(unit: Any) -> Iterator[Any]:
    for count, entry in enumerate(unit.iter_DIEs()):
        if count > MAX_ENTRIES:
            raise ValueError(f"more than {MAX_ENTRIES} entries")
        yield entry


def ranges(entry: Any) -> Iterator[tuple[int, int]]:
    """The addresses of an entry's code, each range with its end excluded."""
    attributes = entry.attributes
    if "DW_AT_low_pc" in attributes and "DW_AT_high_pc" in attributes:
        low, high = attributes["DW_AT_low_pc"].value, attributes["DW_AT_high_pc"]
        yield low, high.value if high.form == "DW_FORM_addr" else low + high.value
    elif "DW_AT_ranges" in attributes:
        lists = entry.dwarfinfo.range_lists()
        base = entry.cu.get_top_DIE().attributes.get("DW_AT_low_pc")
        start = base.value if base is not None else 0
        for item in lists.get_range_list_at_offset(attributes["DW_AT_ranges"].value, entry.cu):
            if hasattr(item, "base_address"):
                start = item.base_address
            else:
                shift = 0 if item.is_absolute else start
                yield item.begin_offset + shift, item.end_offset + shift


def origin_of(entry: Any) -> Any:
    """The entry that says what `entry` is an instance of: itself where it is none."""
    for _ in range(MAX_ORIGINS):
        if "DW_AT_abstract_origin" not in entry.attributes:
            return entry
        entry = entry.get_DIE_from_attribute("DW_AT_abstract_origin")
    raise ValueError("an entry is an instance of itself")


def text(attribute: Any) -> str | None:
    return os.fsdecode(attribute.value) if attribute is not None else None
