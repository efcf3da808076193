"""A check that comes too late, or that looks at another read of what is used."""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.checks.negative_length import CODE as NEGATIVE_LENGTH
from xdp_lsp.ide.actions.action import Action
from xdp_lsp.ide.actions.clamp import asked_of, is_too_long
from xdp_lsp.ide.actions.compare import upper_bounds
from xdp_lsp.ide.actions.copy import copy_of
from xdp_lsp.ide.actions.length import Term
from xdp_lsp.ide.actions.place import Place, place_of
from xdp_lsp.ide.actions.style import style_near
from xdp_lsp.ide.actions.subject import Problem
from xdp_lsp.ide.actions.text import Replacement, Text
from xdp_lsp.ide.actions.tree import Guard
from xdp_lsp.ide.actions.trial import Change, Trier


def actions(problem: Problem, trier: Trier) -> Iterator[Action]:
    asked = asked_of(problem)
    if asked is None or not (is_too_long(problem) or problem.finding.code == NEGATIVE_LENGTH):
        return
    for term in asked.terms.values():
        changes = _moved(problem, term)
        if changes:
            title = f"Move the check of {term.text} before the call"
            yield from trier.offer(Change(title, changes, problem.finding, is_preferred=True))
        once = _read_once(problem, term)
        if once:
            title = f"Read {term.text} once, and use what was checked"
            yield from trier.offer(Change(title, once, problem.finding, is_preferred=True))


def _moved(problem: Problem, term: Term) -> tuple[Replacement, ...]:
    """The first check after the call that is in the same block, before the call."""
    text, tree = problem.text, problem.tree
    place = place_of(text, tree, problem.call)
    for _, guard in upper_bounds(problem, term, after=True):
        check = place_of(text, tree, guard.node) if guard is not None else None
        if place is None or check is None or check.statement.parent is not place.statement.parent:
            continue
        begin = text.paragraph(check.node.begin)
        end = text.line_after(text.after_statement(check.node.end))
        moved = text[begin:end].replace(text.newline, "\n")
        is_apart = _is_blank(text, begin - 1) and _is_blank(text, end)
        removed = Replacement(begin, text.line_after(end) if is_apart else end, "")
        return (*place.with_before(moved, style_near(text, tree, problem.call.begin)), removed)
    return ()


def _is_blank(text: Text, offset: int) -> bool:
    return not text.line(text.number(max(offset, 0))).strip()


def _read_once(problem: Problem, term: Term) -> tuple[Replacement, ...]:
    """The copy of what is checked, before the check; both use it."""
    copy = None if term.is_variable else copy_of(problem, term)
    bounds = [] if copy is None else [(bound, guard) for bound, guard in upper_bounds(problem, term) if guard]
    if copy is None or not bounds:
        return ()
    bound, guard = bounds[-1]
    place = _place(problem, guard)
    if place is None:
        return ()
    style = style_near(problem.text, problem.tree, guard.node.begin)
    lines = place.with_before(f"{place.indentation}{copy.assignment}\n", style)
    checked = Replacement(bound.term.begin, bound.term.end, copy.name)
    return (*copy.declaration, *lines, checked, *copy.uses)


def _place(problem: Problem, guard: Guard | None) -> Place | None:
    place = place_of(problem.text, problem.tree, guard.node) if guard is not None else None
    return place if place is not None and place.statement.is_in_block else None
