"""The sentences about files and reports that several formats share."""

from __future__ import annotations

from xdp_lsp.analysis import FileAnalysis, Status, Verdict
from xdp_lsp.analysis.words import count
from xdp_lsp.report.model import FAILED, Report


def failure_line(file: FileAnalysis) -> str:
    """Why a file has no programs to speak of, in a sentence."""
    reason = {
        Status.COMPILE_ERROR: "does not compile",
        Status.UNREADABLE: "cannot be read",
        Status.NO_PROGRAM: "has no XDP program",
        Status.ANALYSED: "",
    }[file.status]
    return file.reason or f"{file.path} {reason}"


def summary_line(report: Report) -> str:
    """`3 programs in 2 files: 2 fit, 1 may exceed; 1 warning, 2 infos`."""
    verdicts = report.verdicts()
    words = (
        (Verdict.FITS, "fit", "fits"),
        (Verdict.MAY_EXCEED, "may exceed", "may exceed"),
        (Verdict.EXCEEDS, "exceed", "exceeds"),
        (Verdict.UNKNOWN, "unknown", "unknown"),
    )
    parts = [f"{verdicts[v]} {one if verdicts[v] == 1 else many}" for v, many, one in words if verdicts[v]]
    statuses = [{file.analysis.status for file in group.reports} for group in report.groups()]
    files = sum(1 for some in statuses if some != {Status.NO_PROGRAM})
    line = f"{count(sum(verdicts.values()), 'program')} in {count(files, 'file')}"
    failed = sum(1 for some in statuses if some.intersection(FAILED))
    if failed:
        line += f" ({failed} not analysed)"
    if parts:
        line += f": {', '.join(parts)}"
    severities = report.severities()
    told = [
        count(number, severity_word(severity.value))
        for severity, number in sorted(severities.items(), key=lambda item: -item[0].rank)
    ]
    silenced = sum(group.silenced() for group in report.groups())
    told += [f"{silenced} silenced"] if silenced else []
    return f"{line}; {', '.join(told)}" if told else line


def severity_word(severity: str) -> str:
    """The word that stands before a message."""
    return "info" if severity == "information" else severity
