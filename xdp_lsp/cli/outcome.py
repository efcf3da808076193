"""The exit status of `check`."""

from __future__ import annotations

from collections.abc import Iterable

from xdp_lsp.analysis import FileAnalysis, Status, Verdict
from xdp_lsp.cli.status import CLEAN, FAILED, FOUND, UNKNOWN
from xdp_lsp.settings import Settings


def exit_status(answers: Iterable[tuple[FileAnalysis, Settings]]) -> int:
    """The status for all files, each judged by its own settings (`fail_on`, `strict`)."""
    statuses = {_of_file(analysis, settings) for analysis, settings in answers}
    return next((status for status in (FAILED, FOUND, UNKNOWN) if status in statuses), CLEAN)


def _of_file(analysis: FileAnalysis, settings: Settings) -> int:
    if analysis.status in (Status.COMPILE_ERROR, Status.UNREADABLE):
        return FAILED
    least = settings.fail_on
    if least is not None and any(
        finding.severity.rank >= least.rank for finding in analysis.findings if finding.suppressed is None
    ):
        return FOUND
    if settings.strict and any(program.verdict is Verdict.UNKNOWN for program in analysis.programs):
        return UNKNOWN
    return CLEAN
