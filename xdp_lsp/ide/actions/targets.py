"""Leave out the targets that a program does not fit."""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.analysis.words import some
from xdp_lsp.checks import Severity
from xdp_lsp.checks.headroom_exceeded import CODE
from xdp_lsp.ide.actions.action import Action
from xdp_lsp.ide.actions.subject import Problem
from xdp_lsp.ide.actions.trial import Change, Trier


def actions(problem: Problem, trier: Trier) -> Iterator[Action]:
    """Where fewer refuse it than not: else it is the program that is wrong."""
    if problem.finding.code != CODE or problem.finding.severity is Severity.INFORMATION:
        return
    verdicts = problem.program.targets
    fitting = tuple(one.target.spec for one in verdicts if one.fits is not False)
    refusing = sorted(one.target.spec for one in verdicts if one.fits is False)
    if not fitting or len(refusing) >= len(fitting):
        return
    change = Change(f"Leave {some(refusing, 4)} out of the targets", (), problem.finding, targets=fitting)
    yield from trier.offer(change)
