"""libclang, as far as it is needed: parse with the flags of a compile, and say where things stand.

It is loaded on demand (a tenth of a second), and may crash as native code does: this belongs into a worker process,
after the first answer.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from xdp_lsp.source import SourceLocation, printable, tidied
from xdp_lsp.toolchain.overlay import write_overlay
from xdp_lsp.toolchain.request import CompileRequest
from xdp_lsp.toolchain.toolchain import Toolchain

# enum CXCursorKind (clang-c/Index.h); `Cursor.kind` would look each up in a table.
FUNCTION_DECL = 8


class FilePlace(NamedTuple):
    """A place and its offset in its file, in bytes from 0."""

    location: SourceLocation
    offset: int


class UnparsedError(Exception):
    """libclang is missing, or cannot parse the source."""


def cindex() -> Any:
    """clang.cindex, which has no types; 12 ms to import, and 60 MB with the first use."""
    return importlib.import_module("clang.cindex")


def parse(toolchain: Toolchain, request: CompileRequest) -> Any:
    """The translation unit. Raises UnparsedError."""
    try:
        clang = cindex()
    except ImportError as error:
        raise UnparsedError(str(error)) from None
    parent = toolchain.settings.temporary_directory
    try:
        # libclang reads the overlay as it parses, and what is in it.
        with tempfile.TemporaryDirectory(prefix="xdp-lsp-", dir=parent, ignore_cleanup_errors=True) as folder:
            arguments = [*_arguments(toolchain, request), *write_overlay(folder, (), request.visible)]
            with _ended_after(toolchain.settings.time_limit, request.path, folder):
                return clang.Index.create().parse(request.path, arguments, list(request.unsaved))
    except (clang.LibclangError, clang.TranslationUnitLoadError, ValueError, OSError) as error:
        raise UnparsedError(str(error)) from None


@contextmanager
def _ended_after(seconds: float, path: str, folder: str) -> Iterator[None]:
    """End this process should the body take longer: nothing else stops native code, no signal with a handler either."""

    def end() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        sentence = f"libclang did not come to an end with {path} in {seconds:g} s (setting `time-limit`)."
        print(f"xdp-lsp: error: {printable(sentence)}", file=sys.stderr, flush=True)
        os._exit(2)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def place(location: Any) -> FilePlace | None:
    """Where a reader would point: of a macro's argument where it is written, of a macro's body where it is used.

    That is clang_getFileLocation, which cindex does not wrap.
    """
    clang = cindex()
    file, line, column, offset = clang.c_object_p(), ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint()
    clang.conf.lib.clang_getFileLocation(
        location, ctypes.byref(file), ctypes.byref(line), ctypes.byref(column), ctypes.byref(offset)
    )
    if not file:
        return None
    return FilePlace(SourceLocation(tidied(clang.File(file).name), line.value, column.value), offset.value)


def _arguments(toolchain: Toolchain, request: CompileRequest) -> Iterator[str]:
    """The compile's flags; libclang has no headers of its own and no default folders that would fit."""
    yield from ("-x", "c", "-target", "bpf", "-O2", "-nostdinc")
    yield from toolchain.headers.macros
    yield from request.flags
    for folder in toolchain.headers.search:
        yield f"-isystem{folder}"
