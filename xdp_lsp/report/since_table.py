"""The table of what changed since a revision, as text: for terminals and for the log of a CI."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from xdp_lsp.analysis import ProgramAnalysis
from xdp_lsp.report import github, json_report, text
from xdp_lsp.report.model import FAILED
from xdp_lsp.report.since import Change, Kind, Since, need_text, summary
from xdp_lsp.report.style import Style
from xdp_lsp.report.words import failure_line
from xdp_lsp.source import printable

Row = tuple[str, str, str, str]
HEADER: Row = ("program", "needs", "verdict", "targets")


def render(since: Since, style: Style) -> str:
    """The new findings, then the table."""
    lines = [*_heading(since, style), *(_indented(row) for row in _table(since)), *_ending(since)]
    return text.render_findings(since.report, style) + "".join(f"{line}\n" for line in lines)


def render_github(since: Since) -> str:
    """Annotations for the new findings, and the table as lines of the log."""
    plain = Style(False)
    lines = [*_heading(since, plain), *(_indented(row) for row in _table(since)), *_ending(since)]
    return github.annotate(since.report) + "".join(f"{line}\n" for line in lines)


def render_json(since: Since) -> str:
    """As of a check, with the new findings only and the key `since`."""
    changes = [
        {
            "path": change.path,
            "name": change.name,
            "change": change.kind.value,
            "before": _standing(change.before),
            "after": _standing(change.after),
            "newly_short": list(change.newly_short),
            "no_longer_short": list(change.no_longer_short),
        }
        for change in since.changes
    ]
    found = {
        "revision": since.revision,
        "commit": since.commit,
        "programs": changes,
        "unchanged": since.unchanged,
        "known_findings": since.known,
        "remarks": list(since.remarks),
    }
    return json.dumps(json_report.as_json(since.report) | {"since": found}, indent=2) + "\n"


def rows(since: Since) -> Iterator[Row]:
    """A row for each change, in the columns of HEADER."""
    for change in since.changes:
        yield (f"{change.path}: {change.name}", _needs(change), _verdicts(change), _targets(change))


def _needs(change: Change) -> str:
    before, after = need_text(change.before), need_text(change.after)
    if change.before is not None and change.after is not None:
        return before if before == after else f"{before} -> {after}"
    return {
        Kind.NEW: f"new: {after}",
        Kind.REMOVED: f"removed: {before}",
        Kind.ANALYSED: f"not analysed before -> {after}",
    }.get(change.kind, f"{before} -> not analysed")


def _verdicts(change: Change) -> str:
    words = [
        program.verdict.value.replace("-", " ")
        for program in (change.before, change.after)
        if program is not None
    ]
    return " -> ".join(dict.fromkeys(words))


def _targets(change: Change) -> str:
    said = []
    if change.newly_short:
        said.append(f"newly short: {', '.join(change.newly_short)}")
    if change.no_longer_short:
        said.append(f"no longer short: {', '.join(change.no_longer_short)}")
    return "; ".join(said)


def _standing(program: ProgramAnalysis | None) -> dict[str, Any] | None:
    if program is None:
        return None
    return {
        "need": program.exploration.need,
        "need_kind": program.exploration.need_kind.value,
        "verdict": program.verdict.value,
        "short": [verdict.target.spec for verdict in program.targets if verdict.fits is False],
    }


def _heading(since: Since, style: Style) -> list[str]:
    at = "" if since.commit.startswith(since.revision) else f" ({since.commit[:12]})"
    return [style.bold(printable(f"since {since.revision}{at}:"))]


def _ending(since: Since) -> list[str]:
    return [*_failures(since), *(f"note: {printable(remark)}" for remark in since.remarks), summary(since)]


def _failures(since: Since) -> Iterator[str]:
    """The files that cannot be analysed any more, or are new and cannot be, where no finding tells of it."""
    for file, found in zip(since.report.files, since.news(), strict=True):
        if found.status in FAILED and not found.findings:
            yield printable(f"{since.report.shown(found.path)}: error: {failure_line(file.analysis)}")


def _table(since: Since) -> list[Row]:
    if not since.changes:
        return [("nothing changed of any program", "", "", "")]
    shown: list[Row] = [HEADER, *rows(since)]
    widths = [max(len(printable(row[at])) for row in shown) for at in range(len(HEADER))]
    padded = [
        [f"{printable(cell):{width}}" for cell, width in zip(row, widths, strict=True)] for row in shown
    ]
    return [(row[0], row[1], row[2], row[3]) for row in padded]


def _indented(row: Row) -> str:
    return f"  {'  '.join(row)}".rstrip()
