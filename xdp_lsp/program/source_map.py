"""From instructions to source lines."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable, Mapping
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from xdp_lsp.isa.instruction import SLOT_SIZE
from xdp_lsp.objfile import Dwarf, DwarfError, ObjectFile
from xdp_lsp.program.image import Function
from xdp_lsp.program.layout import Layout
from xdp_lsp.program.variable_places import VariableReader
from xdp_lsp.program.variables import Variable
from xdp_lsp.source import SourceLocation

# .BTF.ext packs a line and a column into one word (include/uapi/linux/bpf.h, BPF_LINE_INFO_LINE_NUM()).
_COLUMN_BITS = 10
_COLUMN_MASK = (1 << _COLUMN_BITS) - 1
# What only a corrupt file exceeds: the depth of inlining, and the slots of all inlined calls added up.
MAX_CHAIN = 64
MAX_INLINED = 10_000_000


_Place = tuple[
    int, int, int, int
]  # file, line, column, the line's text or -1: strings by what `name` is given


class _Records(NamedTuple):
    """Each pc that has a record, sorted, and beside it where it comes from."""

    pcs: list[int]
    places: list[_Place]
    name: Callable[[int], str]

    @classmethod
    def sort(cls, found: dict[int, _Place], name: Callable[[int], str]) -> _Records | None:
        """None where nothing was found."""
        pcs = sorted(found)
        return cls(pcs, [found[pc] for pc in pcs], name) if pcs else None


class ObjectSourceMap:
    """The lines of one object, as `SourceMap` has them; `directory` makes its relative paths absolute.

    Paths are normalised: compilers write `/src/./common/../lib.h`. `problems` grows when DWARF is first read.
    """

    def __init__(
        self, obj: ObjectFile, layout: Layout, functions: tuple[Function, ...], directory: str | None = None
    ) -> None:
        self._obj = obj
        self._layout = layout
        self._functions = functions
        self._directory = directory or ""
        self._paths: dict[str, str] = {}
        self._dwarf = Dwarf(obj, {section: span.start * SLOT_SIZE for section, span in layout.spans.items()})
        self.problems: tuple[str, ...] = ()

    def location(self, pc: int) -> SourceLocation | None:
        """The last record at or before `pc` in its function."""
        place = self._place(pc)
        if place is None:
            return None
        file, line, column, _ = place
        return SourceLocation(self._path(self._records.name(file)), line, column)

    def line_text(self, pc: int) -> str | None:
        """The text of that line as it was compiled, as `.BTF.ext` has it."""
        place = self._place(pc)
        return None if place is None or place[3] < 0 else self._records.name(place[3])

    def _place(self, pc: int) -> _Place | None:
        pcs, places, _ = self._records
        index = bisect_right(pcs, pc) - 1
        function = bisect_right(self._functions, pc, key=lambda one: one.start) - 1
        if index < 0 or function < 0 or pcs[index] < self._functions[function].start:
            return None
        return places[index]

    def inlined_at(self, pc: int) -> tuple[SourceLocation, ...]:
        """The call sites that `pc` was inlined through, innermost first."""
        number = self._inlined.get(pc)
        return () if number is None else self._call_chains[number]

    def inlined_functions(self, pc: int) -> tuple[str, ...]:
        """The functions that were called there."""
        calls = self._dwarf.inlined_calls if self._inlined else []
        found: list[str] = []
        number = self._inlined.get(pc)
        while number is not None and len(found) < MAX_CHAIN:
            found.append(calls[number].function)
            number = calls[number].caller
        return tuple(found)

    def files(self) -> tuple[str, ...]:
        """Every source file that some instruction comes from."""
        _, places, name = self._records
        return tuple(
            dict.fromkeys(self._path(name(file)) for file in dict.fromkeys(one[0] for one in places))
        )

    @cached_property
    def compilation_directory(self) -> str | None:
        """Where the compiler ran. Reads the head of the DWARF: about 5 ms."""
        try:
            return self._dwarf.compilation_directory
        except DwarfError as error:
            self.problems += (str(error),)
            return None

    @cached_property
    def _records(self) -> _Records:
        """From `.BTF.ext`, else from DWARF. Strings and locations are made when one is asked for."""
        return self._btf_records() or self._dwarf_records() or _Records([], [], str)

    def _btf_records(self) -> _Records | None:
        btf, ext = self._obj.btf, self._obj.ext
        if btf is None or ext is None:
            return None
        found: dict[int, _Place] = {}
        for section in {one.name: one for one in reversed(self._layout.sections)}.values():
            base, size = self._layout.spans[section.number].start, section.size
            found |= {
                base + offset // SLOT_SIZE: (file, packed >> _COLUMN_BITS, packed & _COLUMN_MASK, text)
                for offset, file, text, packed in ext.lines.get(section.name, ())
                if offset < size and packed >> _COLUMN_BITS
            }
        return _Records.sort(found, btf.string)

    def _dwarf_records(self) -> _Records | None:
        try:
            lines = self._dwarf.lines
        except DwarfError as error:
            self.problems += (str(error),)
            return None
        files = list(dict.fromkeys(path for _, path, _, _ in lines))
        numbers = {path: number for number, path in enumerate(files)}
        found = {
            address // SLOT_SIZE: (numbers[path], line, column, -1)
            for address, path, line, column in lines
            if line
        }
        return _Records.sort(found, files.__getitem__)

    @cached_property
    def own_lines(self) -> Mapping[int, SourceLocation]:
        found: dict[int, SourceLocation] = {}
        try:
            lines = self._dwarf.lines
        except DwarfError as error:
            self.problems += (str(error),)
            return found
        last = len(self._layout.slots)
        spare = MAX_INLINED
        for (address, path, line, column), following in pairwise(lines):
            if line:
                pcs = range(address // SLOT_SIZE, min(following.address // SLOT_SIZE, last))
                spare -= len(pcs)
                if spare < 0:
                    self.problems += ("The debugging information (DWARF) has more lines than there is code.",)
                    return {}
                found.update(dict.fromkeys(pcs, SourceLocation(self._path(path), line, column)))
        return found

    @property
    def parameters(self) -> Mapping[str, tuple[str | None, ...]]:
        """As `Dwarf.parameters`; nothing where that cannot be read. Slow."""
        try:
            return self._dwarf.parameters
        except DwarfError as error:
            self.problems += (str(error),)
            return {}

    @cached_property
    def variables(self) -> tuple[Variable, ...]:
        try:
            found = self._dwarf.variables
        except DwarfError as error:
            self.problems += (str(error),)
            return ()

        def locate(path: str, line: int) -> SourceLocation:
            return SourceLocation(self._path(path), line)

        reader = VariableReader(
            self._layout.slots,
            self._functions,
            self._call_chains,
            locate,
            big_endian=self._obj.big_endian,
        )
        return reader.read(found)

    @cached_property
    def _call_chains(self) -> list[tuple[SourceLocation, ...]]:
        """The chain of each inlined call, beginning with where it stands itself. Raises DwarfError."""
        chains: list[tuple[SourceLocation, ...]] = []
        for call in self._dwarf.inlined_calls:
            outer = chains[call.caller] if call.caller is not None else ()
            place = SourceLocation(self._path(call.path), call.line, call.column)
            chains.append((place, *outer[: MAX_CHAIN - 1]))
        return chains

    @cached_property
    def _inlined(self) -> dict[int, int]:
        """For each pc of inlined code the innermost inlined call."""
        try:
            calls = self._dwarf.inlined_calls
        except DwarfError as error:
            self.problems += (str(error),)
            return {}
        found: dict[int, int] = {}
        last = len(self._layout.slots)
        spare = MAX_INLINED
        for number, call in enumerate(calls):
            for low, high in call.ranges:
                # Outer calls come first, so that the inner one has the last word.
                pcs = range(low // SLOT_SIZE, min(high // SLOT_SIZE, last))
                spare -= len(pcs)
                if spare < 0:
                    self.problems += ("The debugging information (DWARF) inlines more code than there is.",)
                    return {}
                found.update(dict.fromkeys(pcs, number))
        return found

    def _path(self, path: str) -> str:
        known = self._paths.get(path)
        if known is None:
            known = self._paths[path] = os.path.normpath(os.path.join(self._directory, path))  # noqa: PTH118
        return known
