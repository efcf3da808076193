"""A large `vmlinux.h` that a source includes before all else, precompiled.

To read 3 MB of declarations takes clang longer than all the rest. A precompiled header gives the same code, so it is
used where nothing that the header could see comes before it (no file, no macro that it names), made with the same flags
but for those that have no bearing on it. What clang then reads has to be the header that was foreseen
(`Precompiled.is_borne_out`), and whatever goes wrong is tried again without.

It is kept in the user's cache, by compiler, flags and header; another version of clang cannot read it.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.source import is_file, is_named_within, read_regular
from xdp_lsp.toolchain.cache import derived_folder, keep_used, note_use, write_whole
from xdp_lsp.toolchain.diagnostics import DIAGNOSTIC_FLAGS
from xdp_lsp.toolchain.first_include import FirstInclude, first_include
from xdp_lsp.toolchain.process import Limits, run
from xdp_lsp.toolchain.request import CompileRequest, compile_command
from xdp_lsp.toolchain.toolchain import Toolchain

_HEADER = "vmlinux.h"
# Bytes: below, there is nothing to gain. At most as much is looked into.
_SMALLEST, _LARGEST = 1 << 20, 32 << 20
# What is kept has some 15 MB each.
_KEPT = 6
# Part of the key: to be raised when what is made of the same differs.
_FORMAT = "1"

_SEARCHED = ("-iquote", "-isystem", "-idirafter", "-I")
_ELSEWHERE = (*_SEARCHED, "-isysroot", "--sysroot=")
# By them something comes before the source.
_AHEAD = ("-include", "-imacros")
_MACRO = re.compile(r"-[DU]([A-Za-z_$][\w$]*)")
# Piece by piece: one expression for all would try each way to take them apart.
_BLANK = re.compile(rb"\s+|/\*(?s:.*?)\*/|//[^\n]*")
_GUARD = re.compile(rb"#ifndef[ \t]+(\w+)[ \t]*\r?\n#define[ \t]+\1[ \t]*\r?\n")
# A header with one of these differs with where it is included from, or with more files than itself.
_NOT_ALONE = re.compile(
    rb"^[ \t]*#[ \t]*(?:include|import|embed)|\b__(?:FILE|BASE_FILE|FILE_NAME|LINE|COUNTER|INCLUDE_LEVEL|DATE|TIME"
    rb"|TIMESTAMP|has_include|has_embed)",
    re.MULTILINE,
)


class Precompiled(NamedTuple):
    """`file` stands for the inclusion of `header`. `command` makes it, but for the output."""

    file: Path
    header: str  # as clang names it
    command: tuple[str, ...]

    @property
    def flags(self) -> tuple[str, ...]:
        return ("-include-pch", str(self.file))

    @property
    def is_there(self) -> bool:
        """False as well where it is known to be of no use."""
        with suppress(OSError):
            return self.file.stat().st_size > 0
        return False

    def is_borne_out(self, read: Iterable[str]) -> bool:
        """Whether, of the files that a compile has `read`, none was another one of the header's name."""
        header = os.path.normpath(self.header)
        return all(path == header or Path(path).name != _HEADER for path in read)

    def give_up(self) -> None:
        """Remember that it is of no use."""
        with suppress(OSError):
            write_whole(self.file, b"")


def plan(toolchain: Toolchain, request: CompileRequest) -> Precompiled | None:
    """What may stand for the header that the source includes first, be it made or not; None for most, and where the
    source's `contents` are not given.
    """
    first = first_include(request.contents) if request.contents is not None else None
    if first is None or Path(first.name).name != _HEADER:
        return None
    flags = (*request.flags, *toolchain.headers.flags)
    if any(flag.startswith(_AHEAD) for flag in flags):
        return None
    path = _found(first, request, toolchain)
    if path is None or any(other == path for other, _ in request.unsaved):
        return None
    if request.visible is not None and not is_named_within(path, request.visible):
        return None
    header = _header(path)
    if header is None or any(header.mentions(macro) for macro in first.macros):
        return None
    command = _command(toolchain, request, header)
    try:
        program = Path(toolchain.compiler.path).stat()
    except OSError:
        return None  # it has gone: the compile says so
    key = repr(
        (_FORMAT, command, toolchain.compiler.version, program.st_mtime_ns, program.st_size, *header.key)
    )
    kept = derived_folder(toolchain.settings.cache_directory) / "precompiled"
    return Precompiled(kept / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.pch", path, command)


def make(planned: Precompiled, toolchain: Toolchain, on_start: Callable[[int], None] | None = None) -> None:
    """Make it, unless it is there or known to be of no use; takes longer than a compile without.

    Raises nothing: what cannot be made is done without. `on_start` is as for `compile_source`.
    """
    if is_file(planned.file):
        if planned.is_there:
            note_use(planned.file)
        return
    settings = toolchain.settings
    parent = settings.temporary_directory
    limits = Limits(settings.time_limit, settings.memory_limit, settings.output_limit, settings.object_limit)
    with (
        suppress(OSError, ValueError),
        tempfile.TemporaryDirectory(prefix="xdp-lsp-", dir=parent, ignore_cleanup_errors=True) as folder,
    ):
        output = Path(folder, "header.pch")
        outcome = run((*planned.command, "-o", str(output)), folder, limits, on_start)
        # A header that clang warns of would be read without the warning next time.
        is_good = outcome.status == 0 and not outcome.output
        write_whole(planned.file, output.read_bytes() if is_good else b"")
        keep_used(planned.file.parent, _KEPT)


def _found(first: FirstInclude, request: CompileRequest, toolchain: Toolchain) -> str | None:
    """The path of the included file, as clang joins it."""
    own = [os.path.dirname(request.path)] if first.is_quoted else []  # noqa: PTH120 - as clang spells it
    searched = [*own, *_search_list(request.flags, toolchain, first.is_quoted)]
    candidates = (os.path.join(folder, first.name) for folder in searched)  # noqa: PTH118
    return next((path for path in candidates if is_file(path)), None)


def _search_list(flags: tuple[str, ...], toolchain: Toolchain, is_quoted: bool) -> Iterator[str]:
    """The folders that are searched, in clang's order."""
    given: dict[str, list[str]] = {prefix: [] for prefix in _SEARCHED}
    for flag in (*flags, *toolchain.headers.flags):
        prefix = next((prefix for prefix in _SEARCHED if flag.startswith(prefix)), None)
        if prefix is not None:
            given[prefix].append(flag.removeprefix(prefix))
    if is_quoted:
        yield from given["-iquote"]
    yield from given["-I"]
    yield from given["-isystem"]
    if not toolchain.compiler.is_zig:
        yield from toolchain.compiler.default_includes
    yield from given["-idirafter"]


class _Header:
    """A header that can be read by itself."""

    def __init__(self, path: str, time: int, data: bytes) -> None:
        self.path = path
        self.key = (path, time, hashlib.sha256(data).hexdigest())
        self._data = data
        self._mentioned: dict[str, bool] = {}

    def mentions(self, macro: str) -> bool:
        known = self._mentioned.get(macro)
        if known is None:
            word = rb"(?<![\w$])" + re.escape(macro.encode()) + rb"(?![\w$])"
            known = self._mentioned[macro] = re.search(word, self._data) is not None
        return known


def _header(path: str) -> _Header | None:
    """None where it is not worth while, or where what it declares hangs on more than its text."""
    try:
        status = Path(path).stat()
    except OSError:
        return None
    if not _SMALLEST <= status.st_size <= _LARGEST:
        return None
    return _read(path, status.st_mtime_ns, status.st_ctime_ns, status.st_size)


@functools.lru_cache(maxsize=2)
def _read(path: str, mtime_ns: int, _ctime_ns: int, _size: int) -> _Header | None:
    try:
        data = read_regular(path, _LARGEST)
    except OSError:
        return None
    if not _is_guarded(data) or _NOT_ALONE.search(data):
        return None
    return _Header(path, mtime_ns, data)


def _is_guarded(data: bytes) -> bool:
    """Whether it is read once, whoever includes it."""
    at = 0
    while blank := _BLANK.match(data, at):
        at = blank.end()
    return _GUARD.match(data, at) is not None


def _command(toolchain: Toolchain, request: CompileRequest, header: _Header) -> tuple[str, ...]:
    """That which makes it of `header`: the flags of `request` but for folders and for macros that have no bearing."""

    def matters(flag: str) -> bool:
        macro = _MACRO.match(flag)
        if macro is not None:
            return header.mentions(macro[1])
        return not flag.startswith(_ELSEWHERE)

    flags = compile_command(toolchain, request)[:-4]  # without `-x c -c FILE`
    return (
        *filter(matters, flags),
        *DIAGNOSTIC_FLAGS,
        "-fno-crash-diagnostics",
        "-Qunused-arguments",
        *("-x", "c-header", header.path),
    )
