"""Which targets a program fits: the chosen ones, then all others of the table, each time the worst first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from xdp_lsp.analysis import ProgramAnalysis, TargetVerdict
from xdp_lsp.analysis.verdict import verdicts_on
from xdp_lsp.analysis.words import verdict_line
from xdp_lsp.checks.view import ADJUST_META
from xdp_lsp.headroom import Target, others
from xdp_lsp.ide.calls import metadata_refusal
from xdp_lsp.ide.choices import condition_words, usable_words
from xdp_lsp.ide.cursor import Cursor
from xdp_lsp.ide.fate import Fate, fate_on
from xdp_lsp.ide.program_hover import program_around
from xdp_lsp.ide.state import State
from xdp_lsp.pipeline import FileReport


class TargetFit(NamedTuple):
    """What becomes of a program on the target `name`; `detail` tells more, in one line."""

    name: str
    state: State
    text: str
    detail: str


class Fits(NamedTuple):
    """`title` is the program and its verdict on the chosen targets."""

    title: str
    targets: tuple[TargetFit, ...]


def fits(report: FileReport, cursor: Cursor | None) -> Fits | None:
    """How the program at the cursor fares, or the only one of the file; None where there is neither."""
    program = program_around(report, cursor)
    if program is None:
        return None
    chosen = [verdict.target for verdict in program.targets]
    return Fits(
        verdict_line(program),
        (
            *_worst_first(program, program.targets),
            *_worst_first(program, verdicts_on(program, others(chosen)), "not among the chosen targets"),
        ),
    )


def _worst_first(
    program: ProgramAnalysis, verdicts: tuple[TargetVerdict, ...], remark: str = ""
) -> Iterator[TargetFit]:
    found = [(fate_on(program, verdict), verdict.target) for verdict in verdicts]
    found.sort(key=lambda one: (-one[0].state.rank, _left(*one), one[1].spec))
    for fate, target in found:
        facts = (fate.more, usable_words(target), condition_words(target), _metadata(program, target), remark)
        yield TargetFit(target.spec, fate.state, fate.text, "; ".join(filter(None, facts)))


def _left(fate: Fate, target: Target) -> int:
    return target.headroom - target.reserve if fate.left is None else fate.left


def _metadata(program: ProgramAnalysis, target: Target) -> str:
    """What keeps the program from the metadata that it asks for."""
    longest = [
        site.metadata.max
        for site in program.exploration.calls
        if site.helper == ADJUST_META and site.metadata is not None and site.delta and site.delta.min < 0
    ]
    return metadata_refusal(target, max(longest)) if longest else ""
