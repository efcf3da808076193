"""What the pipeline says about one file."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from xdp_lsp.analysis import FileAnalysis, Status
from xdp_lsp.pipeline.files import Sources
from xdp_lsp.project import DEFAULT, Layer
from xdp_lsp.source import SourceRange, is_file
from xdp_lsp.toolchain import ClangDiagnostic, CompileRequest, Toolchain

if TYPE_CHECKING:
    from xdp_lsp.insight import FileInsight


class SourceSnapshot(NamedTuple):
    """The bytes of one file at one time, to be compiled in place of what the disk holds by then.

    `path` is absolute. `configuration` names one of the ways in which the file is compiled. `others` are the files,
    absolute, that are to be read with other contents than the disk's as well.
    """

    path: str
    contents: bytes
    configuration: str = DEFAULT
    others: tuple[tuple[str, bytes], ...] = ()


def digest(contents: bytes) -> bytes:
    """What stands for `contents` in `FileReport.digests`. A mark of the byte order is none of an editor's text."""
    return blake2b(contents.removeprefix(BOM_UTF8), digest_size=16).digest()


class Timings(NamedTuple):
    """Seconds that each phase took; 0 where it did not run."""

    clang: float = 0.0  # as long as its process lived
    compile: float = 0.0  # with what is around it: flags, overlay, reading the object
    analysis: float = 0.0  # from the object's bytes to findings
    enrichment: float = 0.0  # DWARF, libclang and witnesses, after the verdict
    insight: float = 0.0  # what is known of each instruction, after that


class Compiled(NamedTuple):
    """What a report was made from. `request` and `toolchain` are None for an object that was built elsewhere. `read`
    are the files that clang read."""

    object: bytes
    request: CompileRequest | None
    toolchain: Toolchain | None
    read: tuple[str, ...] = ()

    @property
    def reading(self) -> CompileRequest | None:
        """The request for libclang, which runs in this process and cannot be ended: of another version than the
        compiler, it is not to find files, a pipe for one, that the source has for it alone."""
        if self.request is None:
            return None
        return self.request._replace(visible=tuple(filter(is_file, self.read)))


class FileReport(NamedTuple):
    """The answer for one file in one configuration, with what came along; picklable.

    `dependencies` are the files that clang read, absolute, the file itself among them; where
    it found errors those up to there, where it failed otherwise none.
    `flag_remarks` are sentences about flags that were not passed on. `hint` says what mends a well-known error.
    `layers` are where the flags come from, `tried` are flags that were guessed and did not help. `configurations` are
    all that the file has, by name, the usual one first; none where nothing was compiled. `kernel_remarks` are sentences
    about programs that the running kernel was not asked about. `lines` holds the text of the lines that are named, by
    (path, line), as they were compiled.
    `digests` tell which contents of other files it speaks of, by `path_key`, where it was made for an editor.
    `insight` is for questions at a cursor; None where nobody looked yet, or there is nothing to look at.
    `compiled` is what `enrich` goes on from; without it the report is compact.
    """

    analysis: FileAnalysis
    compiler_diagnostics: tuple[ClangDiagnostic, ...] = ()
    dependencies: tuple[str, ...] = ()
    flag_remarks: tuple[str, ...] = ()
    hint: str = ""
    layers: tuple[Layer, ...] = ()
    configurations: tuple[str, ...] = ()
    tried: tuple[tuple[str, ...], ...] = ()
    kernel_remarks: tuple[str, ...] = ()
    lines: Mapping[tuple[str, int], bytes] = {}
    digests: Mapping[str, bytes] = {}
    timings: Timings = Timings()
    insight: FileInsight | None = None
    compiled: Compiled | None = None

    def sources(self) -> Sources:
        """The texts of the files that the report speaks of."""
        request = self.compiled.request if self.compiled is not None else None
        if request is None:
            return Sources(self.analysis.path, None)
        return Sources(request.path, request.contents, request.others, request.visible)

    def guesses(self) -> Iterator[str]:
        """Of each flag that was guessed after an error, a sentence."""
        for layer in self.layers:
            if layer.is_remedy and self.analysis.status is not Status.COMPILE_ERROR:
                yield f"Guessed {' '.join(layer.flags.kept)}: {layer.reason} (`xdp-lsp init` writes it down)."

    def compact(self) -> FileReport:
        """The report without the object: what is sent from process to process, and kept."""
        return self._replace(compiled=None)

    def places(self) -> Iterator[SourceRange]:
        """Every range that a reader may be shown."""
        for finding in self.analysis.findings:
            if finding.range is not None:
                yield finding.range
            for related in finding.related:
                yield related.range
        for diagnostic in self.compiler_diagnostics:
            yield diagnostic.range
            for note in diagnostic.notes:
                yield note.range
