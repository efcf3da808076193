"""What `check --format html` shows: the report, with what the editors' features know of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from xdp_lsp.analysis import ProgramAnalysis, TargetVerdict
from xdp_lsp.analysis.verdict import verdicts_on
from xdp_lsp.headroom import outliers
from xdp_lsp.ide.bytecode import Row, rows
from xdp_lsp.ide.call_hover import headline
from xdp_lsp.ide.calls import Call, calls_of
from xdp_lsp.ide.fate import fate_on
from xdp_lsp.ide.picture import drawn
from xdp_lsp.ide.state import State
from xdp_lsp.pipeline import FileReport
from xdp_lsp.report.model import Report
from xdp_lsp.report.page import CallPicture, Cell, CodeExcerpt, CodeRow, FilePage, Page, ProgramRow
from xdp_lsp.report.since import Since
from xdp_lsp.settings.load import find_settings_file
from xdp_lsp.source import SourceLocation

# Of each file and function, so that the page of a large repository stays one that a browser opens at once.
_MOST_CALLS = 24
_MOST_INSTRUCTIONS = 120
_AROUND = 2  # instructions before and after a call

_Thing = TypeVar("_Thing")


def page_of(report: Report, since: Since | None = None) -> Page:
    """`report` is of files that were looked into (`Job.in_full`); of others there is no code."""
    files = tuple(_file(report, file) for file in report.files)
    programs = [program for file in report.files for program in file.analysis.programs]
    chosen = _once(verdict.target for program in programs for verdict in program.targets)
    outside = [one for one in outliers(chosen) if one not in chosen] if chosen else []
    folders = _once(Path(file.analysis.path).parent for file in report.files)
    settings = _once(str(found) for folder in folders if (found := find_settings_file(folder)) is not None)
    return Page(report, files, tuple(chosen), tuple(outside), tuple(settings), since)


def _file(report: Report, file: FileReport) -> FilePage:
    calls = [call for call in calls_of(file) if call.copies]
    return FilePage(
        file,
        tuple(map(_row, file.analysis.programs)),
        tuple(_picture(report, call) for call in calls[:_MOST_CALLS]),
        tuple(_code(file)),
    )


def _row(program: ProgramAnalysis) -> ProgramRow:
    chosen = [verdict.target for verdict in program.targets]
    others = verdicts_on(program, outliers(chosen)) if chosen else ()
    cells = {verdict.target.spec: _cell(program, verdict) for verdict in (*program.targets, *others)}
    return ProgramRow(program, cells)


def _cell(program: ProgramAnalysis, verdict: TargetVerdict) -> Cell:
    fate = fate_on(program, verdict)
    if fate.state is State.UNKNOWN:
        return Cell("unknown", "unknown", fate.more)
    if fate.state is State.FITS:
        return Cell("fits", "fits", f"{fate.text} {fate.more}".strip())
    return Cell("exceeds", {"no room at all": "no room"}.get(fate.text, fate.text), fate.more)


def _picture(report: Report, call: Call) -> CallPicture:
    place = call.extents[0].start
    picture = call.picture()
    return CallPicture(_at(report, place), headline(call), drawn(picture) if picture is not None else "")


def _at(report: Report, place: SourceLocation) -> str:
    return f"{report.shown(place.path)}:{place.line}:{place.column}"


def _code(file: FileReport) -> Iterator[CodeExcerpt]:
    """The functions of which some instruction computes a delta or moves the packet."""
    functions = file.insight.functions if file.insight is not None else ()
    for function in functions:
        if any(one.moves_packet for one in function.instructions):
            listed = list(rows(file, functions=(function.name,)))
            kept = _kept(listed)
            shown = sum(1 for at in kept if listed[at].instruction is not None)
            excerpt = tuple(_with_gaps(listed, kept))
            yield CodeExcerpt(function.name, excerpt, shown, len(function.instructions))


def _kept(listed: list[Row]) -> list[int]:
    """The rows to show: the function's header, the instructions of interest, and what stands above each of them."""
    instructions = [at for at, row in enumerate(listed) if row.instruction is not None]
    wanted: set[int] = set()
    for number, at in enumerate(instructions):
        one = listed[at].instruction
        assert one is not None
        if one.moves_packet:
            wanted.update(range(max(0, number - _AROUND), min(len(instructions), number + _AROUND + 1)))
        elif one.is_of_delta:
            wanted.add(number)
    # The calls first, should there be more than there is room for.
    calls = [
        n for n in wanted if (one := listed[instructions[n]].instruction) is not None and one.moves_packet
    ]
    chosen = sorted([*calls, *sorted(wanted.difference(calls))][:_MOST_INSTRUCTIONS])
    kept = [0]
    for number in chosen:
        above = instructions[number - 1] if number else 0
        kept += range(above + 1, instructions[number] + 1)
    return kept


def _with_gaps(listed: list[Row], kept: list[int]) -> Iterator[CodeRow]:
    last = -1
    for at in kept:
        if at != last + 1:
            yield CodeRow(())
        yield CodeRow(tuple((part.kind.value, part.text) for part in listed[at].parts))
        last = at
    if last + 1 < len(listed):
        yield CodeRow(())


def _once(things: Iterable[_Thing]) -> list[_Thing]:
    return list(dict.fromkeys(things))
