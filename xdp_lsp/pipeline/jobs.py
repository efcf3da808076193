"""The work of the server's worker processes: requests in, reports out, the verdict first."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager
from typing import Protocol

from xdp_lsp.analysis import FileAnalysis, Status
from xdp_lsp.pipeline.bpf_source import may_hold_xdp
from xdp_lsp.pipeline.check import analyse_source, no_compiler, prepare_next, with_kernel
from xdp_lsp.pipeline.enrich import enrich
from xdp_lsp.pipeline.files import Sources
from xdp_lsp.pipeline.insight import with_insight
from xdp_lsp.pipeline.report import FileReport, digest
from xdp_lsp.pipeline.request import CheckRequest
from xdp_lsp.pipeline.toolchains import toolchain_of
from xdp_lsp.project import renew_trees
from xdp_lsp.source import path_key
from xdp_lsp.toolchain import ToolchainError


class Control(Protocol):
    """What runs a job: see `xdp_lsp.server.worker_process.Control`."""

    def runs(self, group: int) -> None: ...

    def uninterrupted(self) -> AbstractContextManager[None]: ...


def check(request: CheckRequest, control: Control) -> Generator[FileReport, None, None]:
    """Yields the report as soon as there is a verdict, then with what tells more about it, then with its insight,
    then, where the settings ask for it, with what the kernel refuses.

    The dependencies come with the second report, as `path_key` spells them. A C file that does not look like XDP
    is not compiled.
    """
    snapshot, settings = request.snapshot, request.settings
    renew_trees(request.generation)
    # Where the folder is not trusted the text alone: of the machine's headers an editor holds no other.
    visible = () if settings.untrusted else None
    sources = Sources(snapshot.path, snapshot.contents, snapshot.others, visible)
    if not may_hold_xdp(snapshot.path, snapshot.contents, sources.read):
        reason = "The file does not look like an XDP program."
        analysis = FileAnalysis(snapshot.path, snapshot.configuration, Status.NO_PROGRAM, reason=reason)
        yield FileReport(analysis)
        return
    try:
        report = analyse_source(snapshot, settings, toolchain_of(settings), control.runs)
    except ToolchainError as error:
        yield no_compiler(snapshot.path, snapshot.configuration, error)
        return
    yield _to_send(report._replace(dependencies=()), sources)
    if report.compiled is None:
        return
    dependencies = tuple(map(path_key, report.dependencies))
    # An exception between a call of libclang's and the wrapping of its result would leak a translation unit.
    with control.uninterrupted():
        enriched = enrich(report)
    enriched = enriched._replace(dependencies=dependencies)
    yield _to_send(enriched, sources)
    looked_into = with_insight(enriched)
    yield _to_send(looked_into, sources)
    if settings.kernel_check:
        yield _to_send(with_kernel(looked_into, settings), sources)
    prepare_next(report, control.runs)


def _to_send(report: FileReport, sources: Sources) -> FileReport:
    """Without what is of no use to the server, and with what tells it whether an editor's text is the one meant."""
    paths = {place.path for place in report.places()}
    if report.insight is not None:
        paths.update(report.insight.paths)
    texts = {path: sources.read(path) for path in paths - {report.analysis.path}}
    digests = {path_key(path): digest(text) for path, text in texts.items() if text is not None}
    return report.compact()._replace(digests=digests)
