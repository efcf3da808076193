"""What the functions of a unit take, as DWARF has it: where there is no BTF to say it.

Source: DWARF 5, sections 3.3 (subroutine entries) and 5.3 (modifiers).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from xdp_lsp.objfile.dwarf_entries import MAX_ORIGINS, entries, text

_MODIFIERS = frozenset(f"DW_TAG_{name}_type" for name in ("const", "volatile", "restrict", "atomic")) | {
    "DW_TAG_typedef"
}


def read_parameters(unit: Any) -> Iterator[tuple[str, tuple[str | None, ...]]]:
    """The name of each function of `unit`, and for each of its parameters the struct that it points to.

    "" where a parameter points to something else (void, an integer, a struct without a name), None where it is no
    pointer.
    """
    for entry in entries(unit):
        name = text(entry.attributes.get("DW_AT_name"))
        if entry.tag == "DW_TAG_subprogram" and name:
            yield (
                name,
                tuple(
                    _pointee(child)
                    for child in entry.iter_children()
                    if child.tag == "DW_TAG_formal_parameter"
                ),
            )


def _pointee(parameter: Any) -> str | None:
    pointer = _type_of(parameter)
    if pointer is None or pointer.tag != "DW_TAG_pointer_type":
        return None
    pointee = _type_of(pointer)
    if pointee is None or pointee.tag != "DW_TAG_structure_type":
        return ""
    return text(pointee.attributes.get("DW_AT_name")) or ""


def _type_of(entry: Any) -> Any:
    """The type of `entry` behind typedefs and qualifiers; None for void."""
    for _ in range(MAX_ORIGINS):
        if "DW_AT_type" not in entry.attributes:
            return None
        entry = entry.get_DIE_from_attribute("DW_AT_type")
        if entry.tag not in _MODIFIERS:
            return entry
    raise ValueError("a type is made of itself")
