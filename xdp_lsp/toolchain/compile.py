"""Compile one source with clang for BPF, within bounds, from exactly the bytes given."""

from __future__ import annotations

import os
import re
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.source import is_file, tidied
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
from xdp_lsp.toolchain.precompiled import Precompiled, make, plan
from xdp_lsp.toolchain.process import Limits, Outcome, run
from xdp_lsp.toolchain.request import CompileRequest, compile_command
from xdp_lsp.toolchain.settings import ToolchainSettings
from xdp_lsp.toolchain.toolchain import Toolchain

# LLVM's words, the C++ library's, the dynamic linker's.
_OUT_OF_MEMORY = re.compile(rb"out of memory|bad_alloc|failed to map segment|Cannot allocate memory")

# What cannot stand in an #include.
_UNQUOTABLE = re.compile(r'["\n]')
_OBJECT = "out.o"
_ASSEMBLY = "out.s"
_DEPENDENCIES = "out.d"
_ENTERED = "out.h"

# The first clang whose overlays can name folders.
_OLDEST_WITH_FOLDERS = 13


class CompileResult(NamedTuple):
    """What came of it.

    `object` is the ELF file's bytes, None where there is none: then `failure` is a sentence, or clang's own
    errors stand among `diagnostics`, or both. `hint` says what to do about a well-known error.
    """

    object: bytes | None
    diagnostics: tuple[ClangDiagnostic, ...]
    dependencies: tuple[
        str, ...
    ]  # every file read, the main one first; where clang found errors, up to there
    command: tuple[str, ...]
    seconds: float  # clang's, from start to end
    failure: str | None = None
    hint: str | None = None

    @property
    def errors(self) -> tuple[ClangDiagnostic, ...]:
        return tuple(diagnostic for diagnostic in self.diagnostics if diagnostic.is_error)


def precompile(
    toolchain: Toolchain, request: CompileRequest, on_start: Callable[[int], None] | None = None
) -> None:
    """Have later compiles like `request` take less time, where that can be done; takes longer than one of them.

    `on_start` is as for `compile_source`.
    """
    planned = plan(toolchain, request)
    if planned is not None:
        make(planned, toolchain, on_start)


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
        planned = plan(toolchain, request)
        if planned is None or not planned.is_there:
            return self._built(None)
        result = self._built(planned)
        if result.object is not None and planned.is_borne_out(result.dependencies):
            return result
        plain = self._built(None)
        if plain.object is not None and result.object is None:
            planned.give_up()
        return plain

    def _built(self, precompiled: Precompiled | None) -> CompileResult:
        command = _command(self.folder, self.toolchain, self.request, precompiled)
        if self.request.visible is not None:
            refused = self._refused(command)
            if refused is not None:
                return refused
        return self._compiled(command, precompiled)

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

    def _compiled(self, command: tuple[str, ...], precompiled: Precompiled | None) -> CompileResult:
        result = self._run(command, Path(self.folder, _OBJECT))
        if result.object is None:
            if result.failure is None:
                # It leaves no list of dependencies where it found errors.
                result = result._replace(dependencies=self._entered(precompiled))
            return result
        try:
            rule = Path(self.folder, _DEPENDENCIES).read_text("utf-8", "surrogateescape")
        except OSError:
            return result._replace(object=None, failure=self._wrote_nothing)
        read = parse_dependencies(rule, self.folder)
        first = _header_of(precompiled)
        # clang names it in front of the source that includes it.
        read = tuple(path for path in read if path not in first)
        # The first is the source; LLVM turns a backslash in its name into a slash.
        every = (self.request.path, *first, *read[1:], *self._entered(precompiled))
        return result._replace(dependencies=tuple(dict.fromkeys(every)))

    def _entered(self, precompiled: Precompiled | None) -> tuple[str, ...]:
        """The files that clang began to read, the source first."""
        try:
            listed = Path(self.folder, _ENTERED).read_text("utf-8", "surrogateescape").splitlines()
        except OSError:
            listed = []  # it came to none
        headers = (tidied(os.path.join(self.folder, name)) for name in listed)  # noqa: PTH118
        return tuple(dict.fromkeys((self.request.path, *_header_of(precompiled), *headers)))

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


def _header_of(precompiled: Precompiled | None) -> tuple[str, ...]:
    return () if precompiled is None else (os.path.normpath(precompiled.header),)


def _command(
    folder: str, toolchain: Toolchain, request: CompileRequest, precompiled: Precompiled | None
) -> tuple[str, ...]:
    """The command line, its inputs and outputs in `folder`; what has to be there is written."""
    source = request.path
    instead, also = (precompiled.flags, (str(precompiled.file),)) if precompiled is not None else ((), ())
    visible = None if request.visible is None else (*request.visible, folder, *also)
    overlay = write_overlay(folder, request.unsaved, visible)
    if request.contents is not None and not is_file(source):
        source = _includer(folder, source)
        overlay += (f"-fdebug-prefix-map={source}={request.path}",)
    return (
        *compile_command(toolchain, request)[:-1],
        *overlay,
        *instead,
        *DIAGNOSTIC_FLAGS,
        # Relative names in debug info are to be read from where the source is, not from the private folder.
        f"-fdebug-compilation-dir={os.path.dirname(request.path)}",  # noqa: PTH120 - text, not to be normalised
        "-fno-crash-diagnostics",
        "-Qunused-arguments",  # a project's flags for the linker's or another target's sake
        "-Wno-pragma-once-outside-header",
        *("-MD", "-MF", os.path.join(folder, _DEPENDENCIES), "-MT", "out"),  # noqa: PTH118
        *("-Xclang", "-header-include-file", "-Xclang", os.path.join(folder, _ENTERED)),  # noqa: PTH118
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
