"""From instructions to source lines."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from pathlib import Path

from xdp_lsp.objfile import ObjectFile
from xdp_lsp.program.image import Function
from xdp_lsp.program.layout import Layout
from xdp_lsp.source import SourceLocation

# .BTF.ext packs a line and a column into one word (include/uapi/linux/bpf.h, BPF_LINE_INFO_LINE_NUM()).
_COLUMN_BITS = 10


class ObjectSourceMap:
    """The lines of one object; `directory` makes its relative paths absolute."""

    def __init__(
        self, obj: ObjectFile, layout: Layout, functions: tuple[Function, ...], directory: str | None = None
    ) -> None:
        self._obj = obj
        self._layout = layout
        self._functions = functions
        self._directory = directory
        self._paths: dict[str, str] = {}

    @cached_property
    def _records(self) -> tuple[list[int], list[SourceLocation]]:
        """The pcs that have a record, sorted, and beside each its place."""
        obj = self._obj
        if obj.btf is None or obj.ext is None:
            return [], []
        found: dict[int, SourceLocation] = {}
        sections = {section.name: section.number for section in reversed(self._layout.sections)}
        for name, records in obj.ext.lines.items():
            if name not in sections:
                continue
            for offset, file, _, packed in records:
                pc = self._layout.pc(sections[name], offset)
                line, column = packed >> _COLUMN_BITS, packed & ((1 << _COLUMN_BITS) - 1)
                if pc is not None and line:
                    found[pc] = SourceLocation(self._path(obj.btf.string(file)), line, column)
        pcs = sorted(found)
        return pcs, [found[pc] for pc in pcs]

    def _path(self, path: str) -> str:
        known = self._paths.get(path)
        if known is None:
            known = self._paths[path] = str(Path(self._directory, path)) if self._directory else path
        return known

    def location(self, pc: int) -> SourceLocation | None:
        pcs, places = self._records
        index = bisect_right(pcs, pc) - 1
        if index < 0:
            return None
        function = self._functions[bisect_right(self._functions, pc, key=lambda one: one.start) - 1]
        return places[index] if pcs[index] >= function.start else None

    def inlined_at(self, pc: int) -> tuple[SourceLocation, ...]:
        return ()
