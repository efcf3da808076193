"""Compile one source with clang for BPF, within bounds, from exactly the bytes given."""

from __future__ import annotations

import os
import re
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.source import is_file
from xdp_lsp.toolchain.assembly import AS_TEXT, directive_that_reads
from xdp_lsp.toolchain.diagnostics import (
    DIAGNOSTIC_FLAGS,
    ClangDiagnostic,
    has_crashed,
    parse_dependencies,
    parse_diagnostics,
)
from xdp_lsp.toolchain.hints import hint_for
from xdp_lsp.toolchain.overlay import write_overlay
from xdp_lsp.toolchain.process import Limits, Outcome, run
from xdp_lsp.toolchain.settings import ToolchainSettings
from xdp_lsp.toolchain.toolchain import Toolchain

# LLVM's words, the C++ library's, the dynamic linker's.
_OUT_OF_MEMORY = re.compile(rb"out of memory|bad_alloc|failed to map segment|Cannot allocate memory")

# What cannot stand in an #include.
_UNQUOTABLE = re.compile(r'["\n]')
_OBJECT = "out.o"
_ASSEMBLY = "out.s"
_DEPENDENCIES = "out.d"

# The first clang whose overlays can name folders.
_OLDEST_WITH_FOLDERS = 13


class CompileRequest(NamedTuple):
    """One compile.

    `path` is absolute and is what diagnostics, dependencies and debug info carry. `contents` are the bytes to
    compile in place of the file's, None for what the disk holds; `others` are further files, absolute, that clang is to
    find with other contents than the disk's. `flags` have passed `filter_flags`. `visible` are the absolute folders and
    files that there are for the compiler beside those; None: all that the disk holds.
    """

    path: str
    contents: bytes | None = None
    flags: tuple[str, ...] = ()
    others: tuple[tuple[str, bytes], ...] = ()
    visible: tuple[str, ...] | None = None

    @property
    def unsaved(self) -> tuple[tuple[str, bytes], ...]:
        """All files that do not have the disk's contents."""
        own = () if self.contents is None else ((self.path, self.contents),)
        return (*own, *(other for other in self.others if other[0] != self.path))


class CompileResult(NamedTuple):
    """What came of it.

    `object` is the ELF file's bytes, None where there is none: then `failure` is a sentence, or clang's own
    errors stand among `diagnostics`, or both. `hint` says what to do about a well-known error.
    """

    object: bytes | None
    diagnostics: tuple[ClangDiagnostic, ...]
    dependencies: tuple[str, ...]  # every file read, the main one first; known on success only
    command: tuple[str, ...]
    seconds: float  # clang's, from start to end
    failure: str | None = None
    hint: str | None = None

    @property
    def errors(self) -> tuple[ClangDiagnostic, ...]:
        return tuple(diagnostic for diagnostic in self.diagnostics if diagnostic.is_error)


def compile_source(
    toolchain: Toolchain, request: CompileRequest, on_start: Callable[[int], None] | None = None
) -> CompileResult:
    """Compile `request`. Never raises for what clang or the source does.

    `on_start` is called with the id of clang's process group, for a parent that may have to kill it when this
    process dies without a chance to. An exception raised by a signal handler meanwhile (see process.py) takes
    clang and the private folder with it.
    """
    parent = toolchain.settings.temporary_directory
    try:
        with tempfile.TemporaryDirectory(prefix="xdp-lsp-", dir=parent, ignore_cleanup_errors=True) as folder:
            return _Job(folder, toolchain, request, on_start).result()
    except OSError as error:
        reason = f"The private folder for the compiler cannot be used: {error.strerror or error}."
        return CompileResult(None, (), (), (), 0.0, failure=reason)


def compile_command(toolchain: Toolchain, request: CompileRequest) -> tuple[str, ...]:
    """The command line, without the places of the overlay and of the outputs: what a user can run by hand."""
    compiler, headers = toolchain.compiler, toolchain.headers
    return (
        *compiler.command,
        # clang 15 and later read config files for every target.
        *(("--no-default-config",) if compiler.major >= 15 else ()),
        "-target",
        "bpf",
        "-O2",
        f"-mcpu={toolchain.settings.mcpu}",
        # `eth + 1 > data_end`: every bounds check is one. The kernel's samples and selftests turn it off as well.
        "-Wno-compare-distinct-pointer-types",
        *headers.macros,
        *request.flags,
        *headers.flags,
        "-g",
        "-x",
        "c",
        "-c",
        request.path,
    )


class _Job(NamedTuple):
    """A compile in the private folder `folder`."""

    folder: str
    toolchain: Toolchain
    request: CompileRequest
    on_start: Callable[[int], None] | None

    def result(self) -> CompileResult:
        request, toolchain = self.request, self.toolchain
        if request.contents is not None and not is_file(request.path) and _UNQUOTABLE.search(request.path):
            return CompileResult(None, (), (), (), 0.0, failure=f"{request.path!r} is not there any more.")
        command = _command(self.folder, toolchain, request)
        if request.visible is not None:
            refused = self._refused(command)
            if refused is not None:
                return refused
        return self._compiled(command)

    def _refused(self, command: tuple[str, ...]) -> CompileResult | None:
        """What comes of it where `command` must not be run, for it would read more than is visible."""
        major = self.toolchain.compiler.major
        if major < _OLDEST_WITH_FOLDERS:
            failure = (
                f"{self._name} cannot be kept out of a folder that is not trusted: clang {_OLDEST_WITH_FOLDERS} is "
                "the first that can."
            )
            return CompileResult(None, (), (), command, 0.0, failure)
        output = Path(self.folder, _ASSEMBLY)
        translated = self._run((*command[:-1], *AS_TEXT, "-o", str(output), command[-1]), output)
        if translated.object is None:
            return translated
        directive = directive_that_reads(translated.object)
        if directive is None:
            return None
        failure = f"The program has the assembler read files ({directive}), which it may not where it is not trusted."
        return translated._replace(object=None, failure=failure)

    def _compiled(self, command: tuple[str, ...]) -> CompileResult:
        result = self._run(command, Path(self.folder, _OBJECT))
        if result.object is None:
            return result
        try:
            rule = Path(self.folder, _DEPENDENCIES).read_text("utf-8", "surrogateescape")
        except OSError:
            return result._replace(object=None, failure=self._wrote_nothing)
        # The first is the source; LLVM turns a backslash in its name into a slash.
        read = (self.request.path, *parse_dependencies(rule, self.folder)[1:])
        return result._replace(dependencies=tuple(dict.fromkeys(read)))

    def _run(self, command: tuple[str, ...], output: Path) -> CompileResult:
        """What comes of `command`: its `object` is what is written to `output`."""
        limits = _limits(self.toolchain.settings)
        try:
            outcome = run(command, self.folder, limits, self.on_start)
        except (OSError, ValueError) as error:
            failure = f"{self._name} cannot be started: {error}."
            return CompileResult(None, (), (), command, 0.0, failure)
        diagnostics = parse_diagnostics(outcome.output, self.request.path)
        if outcome.status == 0:
            try:
                return CompileResult(output.read_bytes(), diagnostics, (), command, outcome.seconds)
            except OSError:
                why: str | None = self._wrote_nothing
        else:
            why = _failure(self._name, outcome, limits)
            if why is None and not any(diagnostic.is_error for diagnostic in diagnostics):
                why = f"{self._name} ended with status {outcome.status}{_last_words(outcome.output)}"
        hint = hint_for(diagnostics, _source(self.request))
        return CompileResult(None, diagnostics, (), command, outcome.seconds, why, hint)

    @property
    def _name(self) -> str:
        return f"The compiler {self.toolchain.compiler.path}"

    @property
    def _wrote_nothing(self) -> str:
        return f"{self._name} ended well but wrote no object."


def _command(folder: str, toolchain: Toolchain, request: CompileRequest) -> tuple[str, ...]:
    """The command line, its inputs and outputs in `folder`; what has to be there is written."""
    source = request.path
    visible = None if request.visible is None else (*request.visible, folder)
    overlay = write_overlay(folder, request.unsaved, visible)
    if request.contents is not None and not is_file(source):
        source = _includer(folder, source)
        overlay += (f"-fdebug-prefix-map={source}={request.path}",)
    return (
        *compile_command(toolchain, request)[:-1],
        *overlay,
        *DIAGNOSTIC_FLAGS,
        # Relative names in debug info are to be read from where the source is, not from the private folder.
        f"-fdebug-compilation-dir={os.path.dirname(request.path)}",  # noqa: PTH120 - text, not to be normalised
        "-fno-crash-diagnostics",
        "-Qunused-arguments",  # a project's flags for the linker's or another target's sake
        "-Wno-pragma-once-outside-header",
        *("-MD", "-MF", os.path.join(folder, _DEPENDENCIES), "-MT", "out"),  # noqa: PTH118
        *("-o", os.path.join(folder, _OBJECT)),  # noqa: PTH118
        source,
    )


def _limits(settings: ToolchainSettings) -> Limits:
    return Limits(settings.time_limit, settings.memory_limit, settings.output_limit, settings.object_limit)


def _source(request: CompileRequest) -> bytes:
    if request.contents is not None:
        return request.contents
    try:
        return Path(request.path).read_bytes()
    except OSError:
        return b""


def _includer(folder: str, path: str) -> str:
    """A source that includes `path`.

    clang's driver looks for its input on the disk, past the overlay, so that a file that has vanished since it was
    saved needs one that is there.
    """
    includer = Path(folder, "includer.c")
    includer.write_bytes(f'#include "{path}"\n'.encode("utf-8", "surrogateescape"))
    return str(includer)


def _failure(name: str, outcome: Outcome, limits: Limits) -> str | None:
    """The sentence for an end that was not clang's own decision."""
    if outcome.timed_out:
        return f"{name} was stopped after {limits.seconds:g} s (setting `time-limit`)."
    if outcome.overflowed:
        return f"{name} was stopped after {limits.output} bytes of messages."
    if _OUT_OF_MEMORY.search(outcome.output):
        return f"{name} ran out of memory at {limits.memory >> 20} MiB (setting `memory-limit`)."
    status = outcome.status
    if status is None or status >= 0:
        # clang's driver survives a crash of the compiler proper in its process, and tells of it.
        return f"{name} crashed." if has_crashed(outcome.output) else None
    try:
        what = signal.Signals(-status).name
    except ValueError:
        what = f"signal {-status}"
    if what == "SIGXFSZ":
        return f"{name} was stopped at an object of more than {limits.file} bytes."
    return f"{name} was ended by {what}."


def _last_words(output: bytes) -> str:
    said = output.decode("utf-8", "replace").strip().splitlines()
    return f": {said[-1][:300]}" if said else " and said nothing."
