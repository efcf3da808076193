"""A file in a word or two, for an editor's status bar, and in a few lines for whoever points at that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import NamedTuple

from xdp_lsp.analysis import ProgramAnalysis, Status, Verdict
from xdp_lsp.analysis.words import count, verdict_line
from xdp_lsp.ide.fate import fate_on
from xdp_lsp.ide.lenses import prepends_nothing
from xdp_lsp.ide.page import Block, Items, Page, Paragraph
from xdp_lsp.ide.state import State
from xdp_lsp.pipeline import FileReport

_MOST_ITEMS = 8  # programs or errors that a tooltip has room for


class Summary(NamedTuple):
    """`text` is empty where the state is NONE. `weight` compares those of one state, the worst has most."""

    state: State
    text: str
    page: Page
    weight: float = 0


class _Standing(NamedTuple):
    """One program; `weight` compares those of one state, the worst has most."""

    state: State
    text: str
    weight: float = 0


def summary(report: FileReport) -> Summary:
    """The worst over the programs of `report`, and each of them; or why there are none."""
    if report.analysis.status in (Status.COMPILE_ERROR, Status.UNREADABLE):
        has_errors = any(one.is_error for one in report.compiler_diagnostics)
        text = "does not compile" if has_errors else "not analysed"
        return Summary(State.FAILED, text, tuple(_failure(report)))
    if not report.analysis.programs:
        return Summary(State.NONE, "", ())
    ordered = sorted(
        ((_standing(program), program) for program in report.analysis.programs),
        key=lambda one: (-one[0].state.rank, -one[0].weight),
    )
    worst = ordered[0][0]
    page = (_items([verdict_line(one) for _, one in ordered], "program"),)
    return Summary(worst.state, worst.text, page, worst.weight)


def in_configuration(found: Summary, name: str) -> Summary:
    """`found` as that of one of a file's configurations, which is named unless all is well."""
    where = Paragraph(f"In configuration {name}:")
    text = found.text if found.state is State.FITS else f"{found.text} in {name}"
    return found._replace(text=text, page=(where, *found.page))


def _standing(program: ProgramAnalysis) -> _Standing:
    refusing = [fate_on(program, verdict) for verdict in program.targets if verdict.fits is False]
    if refusing:
        worst = min(refusing, key=lambda fate: float("-inf") if fate.left is None else fate.left)
        return _Standing(State.EXCEEDS, worst.text, float("inf") if worst.left is None else -worst.left)
    outcomes = {held.kept for held in program.contracts}
    if False in outcomes:
        return _Standing(State.EXCEEDS, "contract broken")
    if program.verdict is Verdict.UNKNOWN:
        return _Standing(State.UNKNOWN, "unknown", 1)
    if None in outcomes:
        return _Standing(State.UNKNOWN, "contract not shown to be kept")
    if prepends_nothing(program):
        return _Standing(State.FITS, "prepends nothing")
    targets = program.targets
    fits = targets[0].target.spec if len(targets) == 1 else count(len(targets), "target")
    return _Standing(State.FITS, f"fits {fits}", 1)


def _failure(report: FileReport) -> Iterator[Block]:
    errors = [
        f"{PurePath(one.range.path).name}:{one.range.line}: {one.message}"
        for one in report.compiler_diagnostics
        if one.is_error
    ]
    yield _items(errors, "error") if errors else Paragraph(report.analysis.reason)
    if report.hint:
        yield Paragraph(report.hint)


def _items(lines: list[str], noun: str) -> Items:
    if len(lines) > _MOST_ITEMS + 1:
        lines = [*lines[:_MOST_ITEMS], f"{count(len(lines) - _MOST_ITEMS, f'more {noun}')}"]
    return Items(tuple(lines))
