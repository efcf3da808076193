"""DWARF: the lines of an object, the calls that were inlined into its functions, and their variables.

pyelftools parses, at about 25 µs an entry: everything here is for after the first answer. In a relocatable
object every section starts at address 0, so that an address alone says nothing; the addresses of executable
sections are therefore moved apart before parsing (`bases`). pyelftools is not let relocate: for BPF it keeps
what stands in place (as is right for section symbols), and it gets the 32-bit relocations of clang before 13
wrong.

Source: DWARF 4 and 5; Documentation/bpf/llvm_reloc.rst (Linux 7.2) for the relocation types.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

from xdp_lsp.objfile.compressed import CompressionError, decompress
from xdp_lsp.objfile.dwarf_entries import Files, entries, origin_of, ranges, text
from xdp_lsp.objfile.dwarf_parameters import read_parameters
from xdp_lsp.objfile.dwarf_variables import DwarfVariable, read_variables
from xdp_lsp.objfile.elf import EM_BPF, R_BPF_64_64, R_BPF_64_ABS64
from xdp_lsp.objfile.object_file import ObjectFile


class DwarfLine(NamedTuple):
    """From `address` on the code belongs to `path`:`line`; a `line` of 0 ends what came before."""

    address: int
    path: str
    line: int
    column: int


class InlinedCall(NamedTuple):
    """A call that was inlined: where it stands, what it calls, the addresses of its code, the inlined call it is in.

    `caller` is an index in the same list, always smaller than its own; None where it is in a function proper.
    """

    path: str
    line: int
    column: int
    ranges: tuple[tuple[int, int], ...]
    caller: int | None
    function: str


class DwarfError(Exception):
    """The debugging information cannot be read; the message is one sentence."""


class Dwarf:
    """The debugging information of one object. Everything is read when it is first asked for."""

    def __init__(self, obj: ObjectFile, bases: Mapping[int, int]) -> None:
        """`bases` is the address that each executable section (by number) is given."""
        self._obj = obj
        self._bases = bases

    @cached_property
    def _units(self) -> list[Any]:
        from elftools.elf.elffile import ELFFile  # noqa: PLC0415 - slow to import, see objfile.elf

        elf = ELFFile(io.BytesIO(_move_sections(self._obj, self._bases)))
        if not elf.has_dwarf_info(strict=True):
            return []
        info: Any = elf.get_dwarf_info(relocate_dwarf_sections=False, follow_links=False)
        return list(info.iter_CUs())

    @cached_property
    def compilation_directory(self) -> str | None:
        """Where the compiler ran, as the first unit says. Raises DwarfError."""
        try:
            for unit in self._units:
                return text(unit.get_top_DIE().attributes.get("DW_AT_comp_dir"))
        except Exception as error:
            raise _unreadable(error) from error
        return None

    @cached_property
    def lines(self) -> list[DwarfLine]:
        """The line table of every unit. Raises DwarfError."""
        found = []
        try:
            for unit in self._units:
                program = unit.dwarfinfo.line_program_for_CU(unit)
                files = Files(unit, program)
                for entry in program.get_entries() if program is not None else ():
                    state = entry.state
                    if state is not None:
                        line = 0 if state.end_sequence else state.line
                        found.append(DwarfLine(state.address, files.path(state.file), line, state.column))
        except Exception as error:
            raise _unreadable(error) from error
        return found

    @property
    def inlined_calls(self) -> list[InlinedCall]:
        """Every inlined call, outer ones before those in them. Raises DwarfError."""
        return self._inlined[0]

    @cached_property
    def variables(self) -> list[DwarfVariable]:
        """The local variables and parameters of every function. Raises DwarfError."""
        _, numbers = self._inlined
        found: list[DwarfVariable] = []
        try:
            for unit in self._units:
                files = Files(unit, unit.dwarfinfo.line_program_for_CU(unit))
                found += read_variables(unit, files, numbers)
        except Exception as error:
            raise _unreadable(error) from error
        return found

    @cached_property
    def parameters(self) -> dict[str, tuple[str | None, ...]]:
        """What each function takes, by its name: as `read_parameters` has it. Raises DwarfError."""
        found: dict[str, tuple[str | None, ...]] = {}
        try:
            for unit in self._units:
                for name, pointees in read_parameters(unit):
                    found.setdefault(name, pointees)
        except Exception as error:
            raise _unreadable(error) from error
        return found

    @cached_property
    def _inlined(self) -> tuple[list[InlinedCall], dict[int, int]]:
        """The inlined calls, and the index of each by the offset of its entry."""
        found: list[InlinedCall] = []
        numbers: dict[int, int] = {}
        try:
            for unit in self._units:
                files = Files(unit, unit.dwarfinfo.line_program_for_CU(unit))
                for entry in entries(unit):
                    if entry.tag == "DW_TAG_inlined_subroutine":
                        numbers[entry.offset] = len(found)
                        found.append(_inlined_call(entry, files, numbers))
        # On corrupt input pyelftools raises its own errors and whatever Python raises where it trips.
        except Exception as error:
            raise _unreadable(error) from error
        return found, numbers


def _inlined_call(entry: Any, files: Files, numbers: Mapping[int, int]) -> InlinedCall:
    attributes = entry.attributes
    parent, caller = entry.get_parent(), None
    while parent is not None and parent.tag != "DW_TAG_subprogram":
        if parent.offset in numbers:
            caller = numbers[parent.offset]
            break
        parent = parent.get_parent()
    number, line, column = (
        attributes[name].value if name in attributes else 0
        for name in ("DW_AT_call_file", "DW_AT_call_line", "DW_AT_call_column")
    )
    function = text(origin_of(entry).attributes.get("DW_AT_name")) or ""
    return InlinedCall(files.path(number), line, column, tuple(ranges(entry)), caller, function)


def _unreadable(error: Exception) -> DwarfError:
    if isinstance(error, CompressionError):
        return DwarfError(f"The debugging information (DWARF) is not read: {error}.")
    return DwarfError(f"The debugging information (DWARF) is corrupt: {str(error) or type(error).__name__}.")


def _move_sections(obj: ObjectFile, bases: Mapping[int, int]) -> bytes:
    """The object with every address in its debugging sections raised by the base of the section it is in."""
    order = ">" if obj.big_endian else "<"
    moved, sections = decompress(obj.raw, obj.sections, order)
    struct.pack_into(order + "H", moved, 18, EM_BPF)
    for section in sections:
        target = sections[section.info] if section.info < len(sections) else None
        if section.type != "SHT_REL" or target is None or not target.name.startswith(".debug_"):
            continue
        usable = len(section.contents) // 16 * 16
        for offset, info in struct.iter_unpack(order + "QQ", section.contents[:usable]):
            symbol = obj.symbols[info >> 32] if info >> 32 < len(obj.symbols) else None
            if symbol is None or symbol.section not in bases or offset + 8 > target.size:
                continue
            if info & 0xFFFFFFFF in (R_BPF_64_64, R_BPF_64_ABS64):
                place = target.offset + offset
                (address,) = struct.unpack_from(order + "Q", moved, place)
                address += symbol.value + bases[symbol.section]
                struct.pack_into(order + "Q", moved, place, address & 0xFFFFFFFFFFFFFFFF)
    return bytes(moved)
