"""Where a node stands in its function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from xdp_lsp.toolchain import Kind, Node

_HOLDS_STATEMENTS = (Kind.BLOCK, Kind.CASE, Kind.DEFAULT, Kind.LABEL)
_JUMPS = (Kind.RETURN, Kind.GOTO)


class Guard(NamedTuple):
    """`if (condition) jump`, without an else; `body` is what the branch holds: up to two statements, the last jumps."""

    node: Node
    condition: Node
    branch: Node
    body: tuple[Node, ...]


class Statement(NamedTuple):
    """A statement and what it stands in: a block or a label, or else the `if` or the loop whose whole body it is."""

    node: Node
    parent: Node

    @property
    def is_in_block(self) -> bool:
        return self.parent.kind in _HOLDS_STATEMENTS


class Tree:
    """One function's definition."""

    def __init__(self, function: Node) -> None:
        self.function = function
        self.nodes = list(function.walk())
        self._parents = {id(child): node for node in self.nodes for child in node.children}

    @property
    def body(self) -> Node:
        return self.function.children[-1]

    def parent(self, node: Node) -> Node | None:
        return self._parents.get(id(node))

    def ancestors(self, node: Node) -> Iterator[Node]:
        """From `node` itself outward."""
        above: Node | None = node
        while above is not None:
            yield above
            above = self.parent(above)

    def statement(self, node: Node) -> Statement | None:
        """The innermost statement that holds `node`."""
        for one in self.ancestors(node):
            parent = self.parent(one)
            if parent is None:
                return None
            if parent.kind in _HOLDS_STATEMENTS or _is_body(one, parent):
                return Statement(one, parent)
        return None

    def guards(self) -> list[Guard]:
        """In the order of the source."""
        return [guard for node in self.nodes if (guard := _guard(node)) is not None]

    def of_kind(self, *kinds: Kind) -> Iterator[Node]:
        return (node for node in self.nodes if node.kind in kinds)


def _is_body(node: Node, parent: Node) -> bool:
    if parent.kind is Kind.IF:
        return node is not parent.children[0]
    if parent.kind in (Kind.FOR, Kind.WHILE):
        return node is parent.children[-1]
    return parent.kind is Kind.DO and node is parent.children[0]


def _guard(node: Node) -> Guard | None:
    if node.kind is not Kind.IF or len(node.children) != 2:
        return None
    condition, branch = node.children
    body = branch.children if branch.kind is Kind.BLOCK else (branch,)
    if not 1 <= len(body) <= 2 or body[-1].kind not in _JUMPS:
        return None
    return Guard(node, condition, branch, body)
