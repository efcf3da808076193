"""The extent of a helper's call and of its arguments in the source, by libclang.

Line info gives the place where a call begins; an editor wants the expression.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from xdp_lsp.source import SourceLocation, SourceRange, tidied
from xdp_lsp.toolchain.libclang import FUNCTION_DECL, UnparsedError, parse, place
from xdp_lsp.toolchain.request import CompileRequest
from xdp_lsp.toolchain.toolchain import Toolchain

# enum CXCursorKind (clang-c/Index.h).
_CALL_EXPR = 103


class CallExtent(NamedTuple):
    """One call of a helper. Where it stands in a macro's body, its range is the macro's use.

    `arguments[i]` is None where the argument has no text of its own. Columns count bytes from 1, ends exclusive.
    """

    helper: str
    call: SourceRange
    arguments: tuple[SourceRange | None, ...]


def call_extents(
    toolchain: Toolchain,
    request: CompileRequest,
    helpers: Collection[str],
    places: Collection[SourceLocation],
) -> tuple[CallExtent, ...]:
    """The calls of `helpers` (`bpf_xdp_adjust_head`) in the functions that the lines of `places` are in.

    In the order of the source. Empty where libclang is missing, cannot parse the source, or finds none: what it
    adds is never worth an error, and `extents_by_text` finds most without it.
    """
    try:
        unit = parse(toolchain, request)
        wanted = {(one.path, one.line) for one in places}
        extents = (
            _extent(call)
            for function in unit.cursor.get_children()
            if function._kind_id == FUNCTION_DECL and _covers(function, wanted)
            for call in _calls(function, helpers)
        )
        return tuple(extent for extent in extents if extent is not None)
    except (UnparsedError, RecursionError):
        return ()


def _covers(function: Any, wanted: set[tuple[str, int]]) -> bool:
    extent = function.extent
    file, first, last = extent.start.file, extent.start.line, extent.end.line
    if file is None:
        return False
    name = tidied(file.name)
    return any(path == name and first <= line <= last for path, line in wanted)


def _calls(function: Any, helpers: Collection[str]) -> Iterator[Any]:
    for cursor in function.walk_preorder():
        if cursor._kind_id == _CALL_EXPR and cursor.spelling in helpers:
            yield cursor


def _extent(call: Any) -> CallExtent | None:
    whole = _range(call.extent)
    if whole is None:
        return None
    return CallExtent(
        call.spelling, whole, tuple(_range(argument.extent) for argument in call.get_arguments())
    )


def _range(extent: Any) -> SourceRange | None:
    """The text of `extent`; None where its ends are not two places of one file in their order."""
    first, last = place(extent.start), place(extent.end)
    if first is None or last is None:
        return None
    start, end = first.location, last.location
    if start.path != end.path or start[1:] > end[1:]:
        return None
    return SourceRange(start.path, start.line, start.column, end.line, end.column)
