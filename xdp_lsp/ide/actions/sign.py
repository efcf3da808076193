"""A length that can be negative: keep it in an unsigned type, or check that it is not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xdp_lsp.checks.negative_length import CODE
from xdp_lsp.ide.actions.action import Action
from xdp_lsp.ide.actions.clamp import asked_of, is_too_long
from xdp_lsp.ide.actions.compare import upper_bounds
from xdp_lsp.ide.actions.length import Term, normal
from xdp_lsp.ide.actions.place import place_of
from xdp_lsp.ide.actions.style import on_bad_length, operator, style_near
from xdp_lsp.ide.actions.subject import Problem
from xdp_lsp.ide.actions.text import Replacement
from xdp_lsp.ide.actions.trial import Change, Trier
from xdp_lsp.toolchain import Kind, Node

# What a declaration of one variable begins with, and the type of the same width without a sign.
_SIGNED = re.compile(
    r"((?:const |volatile |static )*)(__s(?:8|16|32|64)|s(?:8|16|32|64)|signed int|int|short|long)\b(?! long)"
)
_PLAIN = {"int": "32", "signed int": "32", "short": "16", "long": "64"}


def actions(problem: Problem, trier: Trier) -> Iterator[Action]:
    asked = asked_of(problem) if problem.finding.code == CODE or is_too_long(problem) else None
    terms = [] if asked is None else [term for term in asked.terms.values() if term.is_signed]
    for term in terms:
        # Without a bound from above the sign makes no difference.
        is_bounded = problem.finding.code == CODE or any(upper_bounds(problem, term))
        changes = _unsigned(problem, term) if is_bounded else ()
        if changes:
            yield from trier.offer(Change(f"Make {term.text} unsigned", changes, problem.finding))
        if problem.finding.code == CODE:
            changes = _checked(problem, term)
            if changes:
                title = f"Check that {term.text} is not negative"
                yield from trier.offer(Change(title, changes, problem.finding))


def _unsigned(problem: Problem, term: Term) -> tuple[Replacement, ...]:
    """Its declaration in this file with an unsigned type; nothing where the function compares it with zero."""
    text, declared = problem.text, term.node.declared
    if declared is None or any(_is_with_zero(problem, node, term) for node in problem.tree.nodes):
        return ()
    declaration = text[declared.begin : declared.end]
    match = _SIGNED.match(declaration)
    if match is None or "," in declaration or text[declared.end : declared.end + 1] == ",":
        return ()
    begin = declared.begin + match.start(2)
    return (Replacement(begin, declared.begin + match.end(2), _without_sign(text[:], match[2])),)


def _without_sign(source: str, kind: str) -> str:
    """In the words of the file: `__u32`, `u32` or `unsigned int`."""
    if kind not in _PLAIN:
        return kind.replace("s", "u", 1)
    width = _PLAIN[kind]
    for name in (f"__u{width}", f"u{width}"):
        if re.search(rf"\b{name}\b", source):
            return name
    return f"unsigned {kind.removeprefix('signed ')}"


def _is_with_zero(problem: Problem, node: Node, term: Term) -> bool:
    if operator(problem.text, node) not in ("<", "<=", ">", ">="):
        return False
    said = [normal(problem.text, child) for child in node.children]
    return term.text in said and any(child.value == 0 for child in node.children)


def _checked(problem: Problem, term: Term) -> tuple[Replacement, ...]:
    """`x < 0 ||` before the check from above, or a check of its own."""
    text, tree = problem.text, problem.tree
    for bound, guard in upper_bounds(problem, term):
        if guard is not None and _is_alternative(problem, guard.condition, bound.node):
            written = text[bound.term.begin : bound.term.end]
            return (Replacement.insertion(bound.node.begin, f"{written} < 0 || "),)
    place = place_of(text, tree, problem.call)
    body = on_bad_length(text, tree, problem.subject.program_names, problem.call.begin)
    if place is None or body is None or not term.is_variable:
        return ()
    style = style_near(text, tree, problem.call.begin)
    return place.with_before(style.written(f"{term.text} < 0", body, place.indentation), style)


def _is_alternative(problem: Problem, condition: Node, node: Node) -> bool:
    """Whether `condition` is `node`, or an `||` of it and others."""
    if node is condition:
        return True
    if condition.kind is Kind.BINARY and operator(problem.text, condition) == "||":
        return any(_is_alternative(problem, child, node) for child in condition.children)
    return False
