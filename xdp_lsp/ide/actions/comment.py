"""What to do with a comment that silences nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xdp_lsp.analysis.directives import AnnotatedSource
from xdp_lsp.analysis.suppression import Suppression, find_suppressions
from xdp_lsp.checks import CODES, Finding, nearest_code
from xdp_lsp.checks.unused_suppression import CODE
from xdp_lsp.ide.actions.action import Action
from xdp_lsp.ide.actions.subject import Subject
from xdp_lsp.ide.actions.text import Replacement, Text
from xdp_lsp.ide.actions.trial import Change, Trier

REASON = "TODO: say why"

# What a comment that says nothing else has around what it says to us.
_OPENING = re.compile(rb"(?:/\*+|//+)[!<]?[ \t]*\Z")
_CLOSING = re.compile(rb"[ \t]*\*+/|[ \t]*(?=[\r\n]|\Z)")


def suppressions(text: Text) -> list[Suppression]:
    """Every comment of `text` that is meant to silence something."""
    return list(find_suppressions(AnnotatedSource(text.path, text[:]).directives))


def actions(subject: Subject, finding: Finding, trier: Trier) -> Iterator[Action]:
    place, text = finding.range, subject.text
    if finding.code != CODE or place is None:
        return
    comment = next((one for one in suppressions(text) if one.directive.place.start == place.start), None)
    if comment is None:
        return
    said = comment.directive.place
    begin, end = text.offset(said.line, said.column), text.offset(said.end_line, said.end_column)
    for code in comment.codes:
        meant = nearest_code(code) if code not in CODES else None
        if meant is not None:
            corrected = Replacement(begin, end, text[begin:end].replace(code, meant, 1))
            yield from trier.offer(Change(f"Write {meant}", (corrected,), finding, is_preferred=True))
    if comment.codes and not comment.reason:
        reason = Replacement.insertion(end, f" {REASON}")
        yield from trier.offer(Change("Give a reason", (reason,), finding, is_preferred=True, blank=REASON))
    removed = _removed(text, begin, end)
    if removed is not None:
        yield from trier.offer(Change("Remove the comment, which silences nothing", (removed,), finding))


def _removed(text: Text, begin: int, end: int) -> Replacement | None:
    """Without the comment, and without its line or the blanks before it where nothing else is left there.

    None where the comment says more than what stands from `begin` to `end`.
    """
    start, after = text.line_start(begin), text.line_after(end)
    opening = _OPENING.search(text.contents[start:begin])
    closing = _CLOSING.match(text.contents, end)
    if opening is None or closing is None:
        return None
    begin, end = start + opening.start(), closing.end()
    before, rest = text.contents[start:begin], text.contents[end:after]
    if not before.strip() and not rest.strip():
        return Replacement(start, after, "")
    if not rest.strip():
        return Replacement(start + len(before.rstrip()), end, "")
    return Replacement(begin, end + len(rest) - len(rest.lstrip(b" \t")), "")
