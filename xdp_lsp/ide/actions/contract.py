"""State above a program, as a contract, what it needs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xdp_lsp.analysis import ProgramAnalysis, Verdict
from xdp_lsp.checks import Finding
from xdp_lsp.checks.contract_broken import CODE as BROKEN
from xdp_lsp.headroom.contract import contract_comment, contract_text
from xdp_lsp.ide.actions.action import Action, ActionKind
from xdp_lsp.ide.actions.lines import Lines
from xdp_lsp.ide.actions.subject import Subject
from xdp_lsp.ide.actions.text import Replacement
from xdp_lsp.ide.actions.tree import Tree
from xdp_lsp.ide.actions.trial import Change, Trier
from xdp_lsp.verifier.result import NeedKind

_NUMBER = re.compile(rb"\b\d+\b")


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


def raised(subject: Subject, finding: Finding, trier: Trier) -> Iterator[Action]:
    """For a promise that is broken: what the program needs in place of what it promises."""
    program = next((one for one in subject.programs if one.name == finding.program), None)
    if finding.code != BROKEN or finding.range is None or program is None:
        return
    need, place = program.exploration.need, finding.range
    held = next(
        (one for one in program.contracts if one.place is not None and one.place.start == place.start), None
    )
    if held is None or held.contract.limit is None or held.place is None or need is None:
        return
    begin = subject.text.offset(place.line, place.column)
    end = subject.text.offset(held.place.end_line, held.place.end_column)
    numbers = list(_NUMBER.finditer(subject.text.contents, begin, end))
    if len(numbers) == 1 and int(numbers[0][0]) == held.contract.limit:
        change = Replacement(*numbers[0].span(), str(need))
        yield from trier.offer(
            Change(f"Promise {need} bytes instead of {held.contract.limit}", (change,), finding)
        )


def _is_asked(subject: Subject, tree: Tree, lines: Lines | None) -> bool:
    first, last = tree.function.begin, tree.body.begin
    return lines is None or lines.meet(subject.text.number(first), subject.text.number(last))
