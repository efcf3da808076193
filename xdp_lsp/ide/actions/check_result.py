"""Look at the result of a call that can fail, and do where it fails what the function does elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.checks.result_unchecked import CODE
from xdp_lsp.ide.actions.action import Action
from xdp_lsp.ide.actions.place import Place, place_of, realigned
from xdp_lsp.ide.actions.style import on_failure, operator, style_near
from xdp_lsp.ide.actions.subject import Problem
from xdp_lsp.ide.actions.text import Replacement
from xdp_lsp.ide.actions.trial import Change, Trier
from xdp_lsp.toolchain import Kind, Node


def actions(problem: Problem, trier: Trier) -> Iterator[Action]:
    if problem.finding.code != CODE:
        return
    text, tree, call = problem.text, problem.tree, problem.call
    place = place_of(text, tree, call)
    body = on_failure(text, tree, problem.subject.program_names, call.begin)
    if place is None or body is None:
        return
    style = style_near(text, tree, call.begin)
    variable = _assigned(problem, place.node)
    if variable:
        changes = place.with_after(style.written(variable, body, place.indentation), style)
    elif place.node is call or (place.node.kind is Kind.CAST and place.node.children[-1] is call):
        changes = place.wrapped(_around(problem, place, style.written("@", body, place.indentation)), style)
    else:
        return
    title = f"Check the result, and {body[-1].rstrip(';')} where the call fails"
    yield from trier.offer(Change(title, changes, problem.finding, is_preferred=True))


def _around(problem: Problem, place: Place, guard: str) -> tuple[Replacement, ...]:
    """`guard` around the call, which stands for its `@`; so the call stays where it is, and what is known of it too."""
    text, call = problem.text, problem.call
    before, _, after = guard.partition("@")
    first, _, others = after.partition("\n")
    end = text.after_statement(place.node.end)
    opening = before.removeprefix(place.indentation)
    changes = (
        Replacement(place.node.begin, call.begin, opening),
        *realigned(text, call, len(opening) - (call.begin - place.node.begin)),
        Replacement(call.end, end, first),
    )
    # Below the line, which may go on with a comment.
    return (*changes, Replacement.insertion(text.line_after(end), others)) if others else changes


def _assigned(problem: Problem, statement: Node) -> str:
    """The variable that the call's result goes into, where that is all that the statement does."""
    call, text = problem.call, problem.text
    if statement.kind is Kind.BINARY and operator(text, statement) == "=":
        target, value = statement.children
        return target.name if value is call and target.kind is Kind.REFERENCE else ""
    if statement.kind is Kind.DECLARATION and len(statement.children) == 1:
        variable = statement.children[0]
        return variable.name if variable.children and variable.children[-1] is call else ""
    return ""
