"""The extent of a call by its brackets alone, where libclang is missing or cannot parse the source.

What a macro makes, and calls that the compiler made one of, are not found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator

from xdp_lsp.source import SourceLocation, SourceRange
from xdp_lsp.toolchain.extent import CallExtent

_CALL = re.compile(rb"(\w+)\s*\(")
_MOST_ARGUMENTS = 12  # of a macro; a helper has five
# What may hold brackets that are none, and those that are.
_MARK = re.compile(
    rb"""/\*.*?(?:\*/|\Z)|//[^\n]*|"[^"\\\n]*(?:\\.[^"\\\n]*)*(?:"|(?=\n)|\\?\Z)"""
    rb"""|'[^'\\\n]*(?:\\.[^'\\\n]*)*(?:'|(?=\n)|\\?\Z)|[](){}[,]""",
    re.DOTALL,
)


def extents_by_text(
    read: Callable[[str], bytes | None], helpers: Collection[str], places: Collection[SourceLocation]
) -> Iterator[CallExtent]:
    """The calls of `helpers` that begin at one of `places`, in the order of the source; `read` gives a file's bytes."""
    for place in sorted(places):
        contents = read(place.path)
        found = _call_at(contents, place) if contents is not None else None
        if found is not None and found.helper in helpers:
            yield found


def _call_at(contents: bytes, place: SourceLocation) -> CallExtent | None:
    start = _offset(contents, place)
    name = _CALL.match(contents, start) if place.column else None
    if name is None:
        return None
    depth, begin = 0, name.end()
    arguments: list[SourceRange | None] = []
    for match in _MARK.finditer(contents, begin):
        mark = match[0]
        if mark in (b"(", b"[", b"{"):
            depth += 1
        elif depth and mark in (b")", b"]", b"}"):
            depth -= 1
        elif not depth and mark in (b",", b")"):
            if len(arguments) == _MOST_ARGUMENTS:
                return None
            arguments.append(_range(place.path, contents, begin, match.start()))
            begin = match.end()
            if mark == b")":
                whole = _range(place.path, contents, start, begin)
                assert whole is not None
                return CallExtent(name[1].decode(), whole, tuple(arguments))
    return None


def _offset(contents: bytes, place: SourceLocation) -> int:
    offset = 0
    for _ in range(place.line - 1):
        offset = contents.find(b"\n", offset) + 1
        if not offset:
            return len(contents)
    return offset + place.column - 1


def _range(path: str, contents: bytes, start: int, end: int) -> SourceRange | None:
    """The text there without the blanks around it; None where nothing is left."""
    text = contents[start:end]
    start += len(text) - len(text.lstrip())
    end -= len(text) - len(text.rstrip())
    if start >= end:
        return None
    return SourceRange(path, *_place(contents, start), *_place(contents, end))


def _place(contents: bytes, offset: int) -> tuple[int, int]:
    return contents.count(b"\n", 0, offset) + 1, offset - contents.rfind(b"\n", 0, offset)
