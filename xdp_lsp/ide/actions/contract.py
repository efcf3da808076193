"""State above a program, as a contract, what it needs."""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.analysis import ProgramAnalysis, Verdict
from xdp_lsp.headroom.contract import contract_comment, contract_text
from xdp_lsp.ide.actions.action import Action, ActionKind
from xdp_lsp.ide.actions.lines import Lines
from xdp_lsp.ide.actions.subject import Subject
from xdp_lsp.ide.actions.text import Replacement
from xdp_lsp.ide.actions.tree import Tree
from xdp_lsp.ide.actions.trial import Change, Trier
from xdp_lsp.verifier.result import NeedKind


def actions(
    subject: Subject, program: ProgramAnalysis, lines: Lines | None, trier: Trier
) -> Iterator[Action]:
    """For a program whose section or name is on `lines`, where what it needs is known and it promises nothing yet."""
    need = program.exploration.need
    if program.exploration.need_kind is not NeedKind.BOUNDED or not need or program.contracts:
        return
    if program.verdict in (Verdict.MAY_EXCEED, Verdict.EXCEEDS):
        return  # nobody wants to promise that
    tree = next((tree for tree in subject.trees if tree.function.name == program.name), None)
    if tree is None or not _is_asked(subject, tree, lines):
        return
    at = subject.text.line_start(tree.function.begin)
    comment = f"{subject.text.indentation(at)}{contract_comment(need)}\n"
    change = Change(
        f"State that {program.name} {contract_text(need)} bytes",
        (Replacement.insertion(at, comment),),
        kind=ActionKind.REFACTOR,
    )
    trial = trier.trial(change)
    stated = [
        one
        for other in trial.report.analysis.programs
        if other.name == program.name
        for one in other.contracts
    ]
    if trial.action is not None and [one.kept for one in stated] == [True]:
        yield trial.action


def _is_asked(subject: Subject, tree: Tree, lines: Lines | None) -> bool:
    first, last = tree.function.begin, tree.body.begin
    return lines is None or lines.meet(subject.text.number(first), subject.text.number(last))
