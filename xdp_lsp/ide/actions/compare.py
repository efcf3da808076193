"""The checks of a length that a function has already."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from xdp_lsp.ide.actions.length import Term, length_of, normal
from xdp_lsp.ide.actions.style import operator
from xdp_lsp.ide.actions.subject import Problem
from xdp_lsp.ide.actions.text import Replacement
from xdp_lsp.ide.actions.tree import Guard
from xdp_lsp.toolchain import Kind, Node

_LITERAL = re.compile(r"(0[xX][\da-fA-F]+|\d+)([uUlL]*)")
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


class Comparison(NamedTuple):
    """`length sign limit`, whichever side each stands on; `limit` is `value`.

    `largest` is what the length can be where the call is reached, were this the only check.
    """

    node: Node
    term: Node
    sign: str
    limit: Node
    value: int

    @property
    def largest(self) -> int:
        return self.value - 1 if self.sign in (">=", "<") else self.value


def upper_bounds(
    problem: Problem, term: Term, *, after: bool = False
) -> Iterator[tuple[Comparison, Guard | None]]:
    """The comparisons before the call that bound `term` from above there, and the guards that they are in.

    Without a guard it is an `if` around the call. With `after` those that come too late.
    """
    tree, call = problem.tree, problem.call
    for guard in tree.guards():
        if (guard.node.begin > call.end) is after and not (guard.node.begin <= call.begin < guard.node.end):
            for found in _comparisons(problem, guard.condition, term):
                if found.sign in (">", ">="):
                    yield found, guard
    around = [node for node in tree.ancestors(call) if node.kind is Kind.IF]
    for node in around if not after else ():
        if node.children[0].end < call.begin:
            for found in _comparisons(problem, node.children[0], term):
                if found.sign in ("<", "<="):
                    yield found, None


def _comparisons(problem: Problem, condition: Node, term: Term) -> Iterator[Comparison]:
    text, tree = problem.text, problem.tree
    for node in condition.walk():
        sign = operator(text, node)
        if sign not in _MIRRORED:
            continue
        left, right = node.children
        for one, other, seen in ((left, right, sign), (right, left, _MIRRORED[sign])):
            limit = length_of(text, tree, other)
            if _says(problem, one, term) and not limit.terms:
                yield Comparison(node, one, seen, other, limit.constant)


def _says(problem: Problem, node: Node, term: Term) -> bool:
    while node.kind in (Kind.PARENTHESES, Kind.CAST) and node.children:
        node = node.children[-1]
    return normal(problem.text, node) == term.text


def with_limit(problem: Problem, comparison: Comparison, largest: int) -> tuple[Replacement, ...]:
    """The comparison with another limit, written where it is written now.

    A macro that nothing else uses is changed itself, unless a comment says what its value is.
    """
    text, limit = problem.text, comparison.limit
    value = largest + 1 if comparison.sign in (">=", "<") else largest
    written = text[limit.begin : limit.end]
    if re.fullmatch(r"[A-Za-z_]\w*", written) and len(re.findall(rf"\b{written}\b", text[:])) == 2:
        defined = re.search(
            rf"(?m)^[ \t]*#[ \t]*define[ \t]+{written}[ \t]+({_LITERAL.pattern})[ \t]*\r?$", text[:]
        )
        if defined:
            begin = len(text[:][: defined.start(1)].encode("utf-8", "surrogateescape"))
            return (Replacement(begin, begin + len(defined[1]), _like(defined[1], value)),)
    return (Replacement(limit.begin, limit.end, _like(written, value)),)


def _like(literal: str, value: int) -> str:
    """`value` in the base of `literal`, with its suffix."""
    match = _LITERAL.fullmatch(literal)
    if match is None:
        return str(value)
    return f"{value:#x}{match[2]}" if match[1].lower().startswith("0x") else f"{value}{match[2]}"
