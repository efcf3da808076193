"""Annotations of GitHub's workflow commands (actions/toolkit, packages/core/src/command.ts)."""

from __future__ import annotations

from pathlib import PurePath

from xdp_lsp.checks import Finding, Severity
from xdp_lsp.pipeline import FileReport
from xdp_lsp.report.model import FAILED, Report, character_of
from xdp_lsp.report.words import failure_line, summary_line
from xdp_lsp.source import printable

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "notice"}


def render(report: Report) -> str:
    """One command a finding, and the verdicts as plain lines of the log."""
    lines = []
    for group, file, findings in report.told_of_groups():
        path = file.analysis.path
        if file.analysis.status in FAILED:
            for words in group.outcome(file, failure_line(file.analysis)):
                lines.append(_command("error", words, {"file": _path(report, path)}))
        lines += [_annotation(report, file, f) for f in findings]
        # A line of its own in a name would be a command.
        lines += [printable(f"{report.shown(path)}: {line}") for _, line in group.verdict_lines(file)]
    return "\n".join([*lines, summary_line(report)]) + "\n"


def annotate(report: Report) -> str:
    """The commands for the findings alone."""
    lines = [_annotation(report, file, finding) for file, findings in report.told() for finding in findings]
    return "".join(f"{line}\n" for line in lines)


def _annotation(report: Report, file: FileReport, finding: Finding) -> str:
    properties = {"title": finding.code}
    place = finding.range
    if place is None:
        properties["file"] = _path(report, file.analysis.path)
    else:
        properties["file"] = _path(report, place.path)
        properties["line"] = str(place.line)
        properties["endLine"] = str(place.end_line)
        # Columns are taken only where the range stays in one line.
        if place.column and place.line == place.end_line:
            column = character_of(file, place.path, place.line, place.column)
            properties["col"] = str(column)
            end = character_of(file, place.path, place.line, place.end_column)
            properties["endColumn"] = str(max(end, column))
    text = "\n".join((finding.message, *finding.notes, *filter(None, [finding.suggestion])))
    return _command(_COMMANDS[finding.severity], text, properties)


def _path(report: Report, path: str) -> str:
    return PurePath(report.shown(path)).as_posix()


def _command(command: str, message: str, properties: dict[str, str]) -> str:
    given = ",".join(f"{key}={_escape_property(value)}" for key, value in properties.items())
    return f"::{command} {given}::{_escape(message)}"


def _escape(text: str) -> str:
    return printable(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
