"""Where in a function something can be written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from xdp_lsp.ide.actions.style import Style
from xdp_lsp.ide.actions.text import Replacement, Text
from xdp_lsp.ide.actions.tree import Statement, Tree
from xdp_lsp.toolchain import Kind, Node

_TAB = 8  # columns, as in the kernel


class Place(NamedTuple):
    """A statement that begins its line, so that there is room for another before and after it."""

    text: Text
    statement: Statement
    indentation: str

    @property
    def node(self) -> Node:
        return self.statement.node

    def with_before(self, lines: str, style: Style) -> tuple[Replacement, ...]:
        """With `lines` (whole, indented) before the statement, and before the comment that belongs to it."""
        line = self.text.line_start(self.node.begin)
        at = self.text.paragraph(self.node.begin) if self.statement.is_in_block else line
        apart = "\n" if at != line else ""
        return self.wrapped((Replacement.insertion(at, lines + apart),), style)

    def with_after(self, lines: str, style: Style) -> tuple[Replacement, ...]:
        """With `lines` after the statement; after all declarations and the blank line below them where it is one."""
        last = self.node
        if last.kind is Kind.DECLARATION:
            siblings = self.statement.parent.children
            for one in siblings[siblings.index(last) + 1 :]:
                if one.kind is not Kind.DECLARATION:
                    break
                last = one
        at = self.text.line_after(self.text.after_statement(last.end))
        if last.kind is Kind.DECLARATION and not self.text.line(self.text.number(at)).strip():
            at = self.text.line_after(at)
        return self.wrapped((Replacement.insertion(at, lines),), style)

    def wrapped(self, changes: tuple[Replacement, ...], style: Style) -> tuple[Replacement, ...]:
        """`changes`, and braces around the statement where it is the whole of a branch or of a loop's body.

        As the kernel's coding style has it: a body of more than one line has braces. One that is written on one line
        is left alone, unless an `else` would come to belong to it.
        """
        if self.statement.is_in_block:
            return changes
        parent, node = self.statement.parent, self.node
        has_else = parent.kind is Kind.IF and node is parent.children[1] and len(parent.children) > 2
        if style.is_one_line and not has_else and not any(change.text.endswith("\n") for change in changes):
            return changes
        last = self.text.after_statement(node.end)
        before = self.text[: node.begin]
        head = len(before.rstrip().encode("utf-8", "surrogateescape"))
        outer = self.text.indentation(parent.begin)
        opening = Replacement.insertion(head, " {")
        if has_else:
            rest = self.text[last : parent.children[2].begin]
            closing = Replacement(last, last + len(rest) - len(rest.lstrip()), f"\n{outer}}} ")
        else:
            closing = Replacement.insertion(self.text.line_after(last), f"{outer}}}\n")
        return (opening, *changes, closing)


def place_of(text: Text, tree: Tree, node: Node) -> Place | None:
    """The place of the statement that holds `node`; None where it does not begin its line."""
    statement = tree.statement(node)
    if statement is None or not text.begins_line(statement.node.begin):
        return None
    if not text.ends_line(text.after_statement(statement.node.end)):
        return None
    return Place(text, statement, text.indentation(statement.node.begin))


def realigned(text: Text, call: Node, shift: int) -> Iterator[Replacement]:
    """The blanks of the lines that `call` goes on over, where they are aligned with its parenthesis, for when the call
    moves right by `shift` columns."""
    parenthesis = call.begin + text[call.begin : call.end].index("(")
    least = _width(text[text.line_start(parenthesis) : parenthesis]) + 1
    at = text.line_after(call.begin)
    while at < call.end:
        blanks = text.indentation(at)
        width = _width(blanks)
        if width >= least:
            tabs, spaces = divmod(width + shift, _TAB) if "\t" in blanks else (0, width + shift)
            yield Replacement(at, at + len(blanks), "\t" * tabs + " " * spaces)
        at = text.line_after(at)


def _width(line: str) -> int:
    return len(line.expandtabs(_TAB))
