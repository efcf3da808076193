"""What the length that a call prepends is made of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from xdp_lsp.ide.actions.style import operator
from xdp_lsp.ide.actions.text import Text
from xdp_lsp.ide.actions.tree import Tree
from xdp_lsp.toolchain import Kind, Node

_UNSIGNED = re.compile(r"(?:const |volatile )*(?:__)?(?:u\d|unsigned|be\d|le\d|size_t|bool|_Bool)")
# What is expanded where a variable stands for it; what is read (a member, what a pointer points to) is not.
_ARITHMETIC = (Kind.BINARY, Kind.UNARY, Kind.CAST, Kind.PARENTHESES)


class Term(NamedTuple):
    """`coefficient` times what `text` says.

    `nodes` are the places where it stands, in the call or where a variable is set that the call uses.
    """

    coefficient: int
    text: str
    nodes: tuple[Node, ...]

    @property
    def node(self) -> Node:
        return self.nodes[0]

    @property
    def is_variable(self) -> bool:
        """Whether it is a variable of the function's own, so that two uses have one value."""
        return (
            self.node.kind is Kind.REFERENCE
            and "volatile" not in self.node.type
            and self.node.declared is not None
        )

    @property
    def is_signed(self) -> bool:
        return _UNSIGNED.match(self.node.type) is None


class Length(NamedTuple):
    """`constant` bytes and the terms, by their text."""

    constant: int
    terms: Mapping[str, Term]


def length_of(text: Text, tree: Tree, node: Node) -> Length:
    """`node` as a sum; what is no sum is a term by itself."""
    return _sum(text, tree, node, 0)


def normal(text: Text, node: Node) -> str:
    """The text of an expression on one line."""
    return " ".join(text[node.begin : node.end].split())


def _sum(text: Text, tree: Tree, node: Node, depth: int) -> Length:
    if node.value is not None:
        return Length(node.value, {})
    if node.kind in (Kind.PARENTHESES, Kind.CAST) and node.children:
        return _sum(text, tree, node.children[-1], depth)
    if node.kind is Kind.UNARY and text[node.begin : node.begin + 1] in ("-", "+"):
        factor = -1 if text[node.begin : node.begin + 1] == "-" else 1
        return _times(_sum(text, tree, node.children[0], depth), factor)
    if node.kind is Kind.BINARY:
        sign = operator(text, node)
        if sign in ("+", "-", "*", "<<"):
            left, right = (_sum(text, tree, child, depth) for child in node.children)
            if sign in ("+", "-"):
                return _plus(left, _times(right, 1 if sign == "+" else -1))
            if sign == "*" and not left.terms:
                return _times(right, left.constant)
            if not right.terms and (sign == "*" or 0 <= right.constant < 32):
                return _times(left, right.constant if sign == "*" else 1 << right.constant)
    if node.kind is Kind.REFERENCE and depth < 3:
        value = _value(text, tree, node)
        if value is not None:
            expanded = _sum(text, tree, value, depth + 1)
            if all(term.is_variable for term in expanded.terms.values()):
                return expanded
    said = normal(text, node)
    return Length(0, {said: Term(1, said, (node,))})


def _plus(left: Length, right: Length) -> Length:
    terms = dict(left.terms)
    for said, term in right.terms.items():
        known = terms.get(said)
        if known is not None:
            term = Term(known.coefficient + term.coefficient, said, (*known.nodes, *term.nodes))  # noqa: PLW2901
        terms[said] = term
    return Length(
        left.constant + right.constant, {said: term for said, term in terms.items() if term.coefficient}
    )


def _times(length: Length, factor: int) -> Length:
    terms = {
        said: term._replace(coefficient=term.coefficient * factor) for said, term in length.terms.items()
    }
    return Length(length.constant * factor, terms if factor else {})


def _value(text: Text, tree: Tree, reference: Node) -> Node | None:
    """The sum that a local variable stands for, where it is set once."""
    values: list[Node] = []
    for node in tree.nodes:
        if node.kind is Kind.VARIABLE and (node.begin, node.end) == reference.declared:
            values += node.children[-1:] if node.children and "=" in text[node.begin : node.end] else ()
        elif node.kind is Kind.BINARY and node.children and _is_same(node.children[0], reference):
            if operator(text, node) == "=":
                values.append(node.children[1])
        elif _changes(text, node) and _is_same(node.children[0], reference):
            return None
    if len(values) != 1 or values[0].kind not in _ARITHMETIC:
        return None
    value = values[0]
    if value.kind is Kind.UNARY and text[value.begin : value.begin + 1] != "-":
        return None
    return value


def _changes(text: Text, node: Node) -> bool:
    """Whether it changes its operand, or may have it changed: `+=`, `++`, `&`."""
    if node.kind is Kind.COMPOUND_ASSIGNMENT:
        return True
    written = text[node.begin : node.end]
    return node.kind is Kind.UNARY and (
        written[0] == "&" or written[:2] in ("++", "--") or written[-2:] in ("++", "--")
    )


def _is_same(node: Node, reference: Node) -> bool:
    return node.kind is Kind.REFERENCE and node.declared is not None and node.declared == reference.declared
