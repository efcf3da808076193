"""What is asked about a kernel verifier log, and what it says: records, apart from who finds it out (`logs`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from xdp_lsp.analysis import FileAnalysis, Status
from xdp_lsp.checks import Finding, RelatedPlace
from xdp_lsp.pipeline.report import FileReport
from xdp_lsp.settings import Settings
from xdp_lsp.source import SourceRange
from xdp_lsp.vlog import ProgramLog

if TYPE_CHECKING:
    from xdp_lsp.pipeline.refusals import Refusal


class LogRequest(NamedTuple):
    """A log to be explained: `path` is what it is called, `object` what was loaded, if that was said.

    `object` is a built object or a C file. Files that the log names are looked for in `folders`.
    """

    path: str
    text: str
    settings: Settings
    object: str = ""
    folders: tuple[str, ...] = ()


class ProgramAnswer(NamedTuple):
    """One program of a log, without its path through the program; `refusal` is None where it was not refused."""

    log: ProgramLog
    refusal: Refusal | None = None


class LogReport(NamedTuple):
    """What a log says; picklable. `remarks` are sentences; `lines` holds lines of source and log as they are shown."""

    path: str
    programs: tuple[ProgramAnswer, ...] = ()
    remarks: tuple[str, ...] = ()
    lines: Mapping[tuple[str, int], bytes] = {}

    def in_source(self) -> FileReport:
        """The refusals at their lines of the source; of the log, where the source is not known."""
        return self._report(
            one.refusal.finding
            if one.refusal.finding.range is not None
            else one.refusal.finding._replace(range=_line_of_log(self.path, one.log))
            for one in self.programs
            if one.refusal is not None
        )

    def for_editor(self) -> FileReport:
        """The refusals at their lines of the log, and of the source where that is known; each leads to the other."""
        findings = []
        for log, refusal in self.programs:
            if refusal is None:
                continue
            finding, here = refusal.finding, _line_of_log(self.path, log)
            in_source = () if finding.range is None else (RelatedPlace(finding.range, "in the source"),)
            findings.append(finding._replace(range=here, related=(*in_source, *finding.related)))
            if finding.range is not None:
                related = (*finding.related, RelatedPlace(here, "in the log"))
                findings.append(finding._replace(related=related))
        return self._report(findings)

    def _report(self, findings: Iterable[Finding]) -> FileReport:
        analysis = FileAnalysis(self.path, "default", Status.ANALYSED, (), tuple(findings))
        return FileReport(analysis, lines=self.lines)


def _line_of_log(path: str, log: ProgramLog) -> SourceRange:
    line = log.message_at or max(log.first, 1)
    return SourceRange(path, line, 0, line, 0)
