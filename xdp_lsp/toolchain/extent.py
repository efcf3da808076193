"""The extent of a helper's call and of its arguments in the source, by libclang.

Line info gives the place where a call begins; an editor wants the expression. libclang is loaded on demand (it takes
a tenth of a second), parses with the flags of the compile, and may crash as native code does: this belongs into a
worker process, after the first answer.
"""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from xdp_lsp.source import SourceLocation, SourceRange
from xdp_lsp.toolchain.compile import CompileRequest
from xdp_lsp.toolchain.toolchain import Toolchain

# enum CXCursorKind (clang-c/Index.h); `Cursor.kind` would look each up in a table.
_FUNCTION_DECL = 8
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
    adds is never worth an error.
    """
    try:
        cindex = _cindex()
    except ImportError:
        return ()
    try:
        unsaved = [(request.path, request.contents)] if request.contents is not None else []
        unit = cindex.Index.create().parse(request.path, list(_arguments(toolchain, request)), unsaved)
        wanted = {(place.path, place.line) for place in places}
        extents = (
            _extent(call)
            for function in unit.cursor.get_children()
            if function._kind_id == _FUNCTION_DECL and _covers(function, wanted)
            for call in _calls(function, helpers)
        )
        return tuple(extent for extent in extents if extent is not None)
    except (cindex.LibclangError, cindex.TranslationUnitLoadError, ValueError, RecursionError):
        return ()


def _cindex() -> Any:
    """clang.cindex, which has no types; 12 ms to import, and 60 MB with the first use."""
    return importlib.import_module("clang.cindex")


def _arguments(toolchain: Toolchain, request: CompileRequest) -> Iterator[str]:
    """The compile's flags; libclang has no headers of its own and no default folders that would fit."""
    yield from ("-x", "c", "-target", "bpf", "-O2", "-nostdinc")
    yield from toolchain.headers.macros
    yield from request.flags
    for folder in toolchain.headers.search:
        yield f"-isystem{folder}"


def _covers(function: Any, wanted: set[tuple[str, int]]) -> bool:
    extent = function.extent
    file, first, last = extent.start.file, extent.start.line, extent.end.line
    if file is None:
        return False
    return any(path == file.name and first <= line <= last for path, line in wanted)


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
    start, end = _place(extent.start), _place(extent.end)
    if start is None or end is None or start.path != end.path or start[1:] > end[1:]:
        return None
    return SourceRange(start.path, start.line, start.column, end.line, end.column)


def _place(location: Any) -> SourceLocation | None:
    """Where a reader would point: of a macro's argument where it is written, of a macro's body where it is used.

    That is clang_getFileLocation, which cindex does not wrap.
    """
    cindex = _cindex()
    file, line, column, offset = cindex.c_object_p(), ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint()
    cindex.conf.lib.clang_getFileLocation(
        location, ctypes.byref(file), ctypes.byref(line), ctypes.byref(column), ctypes.byref(offset)
    )
    return SourceLocation(cindex.File(file).name, line.value, column.value) if file else None
