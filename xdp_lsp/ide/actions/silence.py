"""A comment that silences a finding; the reason is left to the user."""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.checks import CODES, Finding
from xdp_lsp.checks.compile_error import CODE as COMPILE_ERROR
from xdp_lsp.checks.unused_suppression import CODE as UNUSED_SUPPRESSION
from xdp_lsp.ide.actions.action import Action
from xdp_lsp.ide.actions.comment import REASON, suppressions
from xdp_lsp.ide.actions.subject import Subject
from xdp_lsp.ide.actions.text import Replacement, Text
from xdp_lsp.ide.actions.trial import Change, Trier, is_about_others
from xdp_lsp.source import SourceRange


def actions(subject: Subject, finding: Finding, trier: Trier) -> Iterator[Action]:
    if finding.code in (COMPILE_ERROR, UNUSED_SUPPRESSION) or is_about_others(finding):
        return
    if finding.range is None:
        return
    lines = _lines(subject, finding.range)
    if _is_mentioned(subject.text, lines, finding.range):
        return  # the comment is what there is to mend
    for number in lines:
        at = subject.text.offset(number, 0)
        comment = f"{subject.text.indentation(at)}/* xdp-lsp: allow({finding.code}) {REASON} */\n"
        change = Change(
            f"Silence {finding.code} here, with a reason",
            (Replacement.insertion(at, comment),),
            finding,
            blank=REASON,
        )
        action = trier.trial(change).action
        if action is not None:
            yield action
            return


def _lines(subject: Subject, place: SourceRange) -> list[int]:
    """Before which lines the comment may stand: that of the statement, else the very line."""
    text = subject.text
    at = text.offset(place.line, place.column)
    found = []
    for tree in subject.trees:
        if tree.function.begin <= at < tree.function.end:
            holding = [node for node in tree.nodes if node.begin <= at < node.end]
            statement = tree.statement(holding[-1])
            if statement is not None and text.begins_line(statement.node.begin):
                found.append(text.number(statement.node.begin))
    if text.begins_line(text.line_start(at)):
        found.append(place.line)
    return list(dict.fromkeys(found))


def _is_mentioned(text: Text, lines: list[int], place: SourceRange) -> bool:
    """Whether a comment is there already that is meant to silence something, and does not."""
    first, last = min(lines, default=place.line), place.end_line
    return any(
        first <= one.directive.covers <= last and (not one.reason or not CODES.keys() >= set(one.codes))
        for one in suppressions(text)
    )
