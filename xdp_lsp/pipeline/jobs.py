"""The work of the server's worker processes: requests in, reports out, the verdict first."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import NamedTuple

from xdp_lsp.analysis import FileAnalysis, Status
from xdp_lsp.pipeline.bpf_source import may_hold_xdp
from xdp_lsp.pipeline.check import analyse_source, no_compiler, toolchain_of
from xdp_lsp.pipeline.enrich import enrich
from xdp_lsp.pipeline.files import Sources
from xdp_lsp.pipeline.report import FileReport, SourceSnapshot
from xdp_lsp.settings import Settings
from xdp_lsp.source import path_key
from xdp_lsp.toolchain import ToolchainError


class CheckRequest(NamedTuple):
    """Check a text that an editor holds."""

    snapshot: SourceSnapshot
    settings: Settings


def check(request: CheckRequest, on_foreign: Callable[[int], None]) -> Generator[FileReport, None, None]:
    """Yields the report as soon as there is a verdict, then once more with all that can be found out.

    The dependencies come with the last report, as `path_key` spells them. A C file that does not look like XDP
    is not compiled.
    """
    snapshot, settings = request
    if not may_hold_xdp(snapshot.path, snapshot.contents, Sources(snapshot.path, snapshot.contents).read):
        reason = "The file does not look like an XDP program."
        analysis = FileAnalysis(snapshot.path, snapshot.configuration, Status.NO_PROGRAM, reason=reason)
        yield FileReport(analysis)
        return
    try:
        report = analyse_source(snapshot, settings, toolchain_of(settings), on_foreign)
    except ToolchainError as error:
        yield no_compiler(snapshot.path, snapshot.configuration, error)
        return
    yield report.compact()._replace(dependencies=())
    dependencies = tuple(map(path_key, report.dependencies))
    yield enrich(report).compact()._replace(dependencies=dependencies)
