"""A repository in a table: each program with its need and its verdict, then what has none, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from xdp_lsp.analysis import ProgramAnalysis, Status, Verdict
from xdp_lsp.analysis.words import count, is_relative, some
from xdp_lsp.checks import Severity
from xdp_lsp.checks.compile_error import CODE as COMPILE_ERROR
from xdp_lsp.pipeline import FileReport
from xdp_lsp.report.configurations import FileGroup
from xdp_lsp.report.excerpt import display_width
from xdp_lsp.report.model import FAILED, Report
from xdp_lsp.report.style import Style
from xdp_lsp.report.words import failure_line
from xdp_lsp.source import printable
from xdp_lsp.verifier.result import NeedKind

_GAP = "  "
# Of the targets that a program is too much for, so many are named.
_MOST_NAMED = 4
_MOST_ROOTS = 1


class _Row(NamedTuple):
    """One program, in one configuration or in several that agree on it."""

    file: str
    program: ProgramAnalysis
    configurations: tuple[str, ...]


class _Column(NamedTuple):
    title: str
    cell: Callable[[_Row], str]
    is_number: bool = False


def lines_of(report: Report, parts: Mapping[str, Sequence[str]], style: Style) -> Iterator[str]:
    """The table of `report`, file by file. `parts` are C files that others include, with those."""
    groups = report.groups()
    rows = [row for group in groups for row in _rows(report, group)]
    yield from _table(rows, style)
    failed = [line for group in groups for line in _failures(report, group, style)]
    empty = sum(
        1 for group in groups if all(one.analysis.status is Status.NO_PROGRAM for one in group.reports)
    )
    seen = [f"{_path(report, part)}: part of {_roots(report, roots)}" for part, roots in parts.items()]
    for some_lines in (failed, seen, [f"{count(empty, 'file')} without an XDP program"] if empty else []):
        if some_lines:
            yield ""
            yield from some_lines
    if rows or failed or seen or empty:
        yield ""


def _rows(report: Report, group: FileGroup) -> Iterator[_Row]:
    for file in group.reports:
        for program, names in group.programs(file):
            yield _Row(_path(report, file.analysis.path), program, names)


def _table(rows: Sequence[_Row], style: Style) -> Iterator[str]:
    if not rows:
        return
    columns = [
        one for one in _COLUMNS if one.title != _CONFIGURATION or any(row.configurations for row in rows)
    ]
    cells = [[printable(column.cell(row)) for column in columns] for row in rows]
    widths = [
        max(map(display_width, (column.title, *(line[at] for line in cells))))
        for at, column in enumerate(columns)
    ]
    yield style.bold(_GAP.join(_padded(columns, widths, [column.title for column in columns])).rstrip())
    last = ""
    for row, line in zip(rows, cells, strict=True):
        padded = _padded(columns, widths, line)
        # The same file's name again and again would hide where another one begins.
        shown = [style.dim(padded[0]) if row.file == last else style.bold(padded[0]), *padded[1:-1]]
        shown.append(style.verdict(row.program, line[-1]))
        last = row.file
        yield _GAP.join(shown)


def _padded(columns: Sequence[_Column], widths: Sequence[int], cells: Sequence[str]) -> list[str]:
    padded = []
    for column, width, cell in zip(columns, widths, cells, strict=True):
        blank = " " * (width - display_width(cell))
        padded.append(f"{blank}{cell}" if column.is_number else f"{cell}{blank}")
    return padded


def _need(row: _Row) -> str:
    found = row.program.exploration
    if found.need_kind is NeedKind.UNBOUNDED:
        return "unbounded"
    if found.need is None:
        return "unknown"
    return f"{'>= ' if any(not gap.is_sound for gap in found.gaps) else ''}{found.need}"


def _verdict(row: _Row) -> str:
    """`fits 22 of 22`, `may exceed 4 of 22: i40e, ice, igb, ixgbe`, and that a contract is broken."""
    program = row.program
    fitting = [verdict.target.spec for verdict in program.targets if verdict.fits]
    short = [verdict.target.spec for verdict in program.targets if verdict.fits is False]
    of = len(program.targets)
    if program.verdict is Verdict.UNKNOWN:
        words = "depends on what ran before" if is_relative(program) else "unknown"
    elif program.verdict is Verdict.FITS:
        words = f"fits {len(fitting)} of {of}"
    else:
        verb = "exceeds" if program.verdict is Verdict.EXCEEDS else "may exceed"
        words = f"{verb} {len(short)} of {of}: {some(short, _MOST_NAMED)}"
    broken = any(not held.kept for held in program.contracts)
    return f"{words}; contract broken" if broken else words


_CONFIGURATION = "configuration"
_COLUMNS = (
    _Column("file", lambda row: row.file),
    _Column("program", lambda row: row.program.name),
    _Column(_CONFIGURATION, lambda row: ", ".join(row.configurations) or "all"),
    _Column("need", _need, is_number=True),
    _Column("verdict", _verdict),
)


def _failures(report: Report, group: FileGroup, style: Style) -> Iterator[str]:
    for file in group.reports:
        if file.analysis.status in FAILED:
            place, why = _why(report, file)
            for words in group.outcome(file, why):
                head = style.bold(printable(place))
                yield f"{head}: {style.severity(Severity.ERROR, 'not analysed:')} {printable(words)}"


def _why(report: Report, file: FileReport) -> tuple[str, str]:
    """The file, with the line where that is known, and in a line the first error and what to do about it."""
    shown = report.shown(file.analysis.path)
    error = next((one for one in file.analysis.findings if one.code == COMPILE_ERROR), None)
    if error is None or error.range is None or not error.range.column:
        reason = failure_line(file.analysis)
    elif error.range.path == file.analysis.path:
        shown, reason = f"{shown}:{error.range.line}", f"{error.message}."
    else:
        reason = f"{report.shown(error.range.path)}:{error.range.line}: {error.message}."
    return shown, f"{reason} {file.hint}".strip()


def _path(report: Report, path: str) -> str:
    return printable(report.shown(path))


def _roots(report: Report, roots: Sequence[str]) -> str:
    return some([_path(report, root) for root in roots], _MOST_ROOTS) or "others that are parts themselves"
