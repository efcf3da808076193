"""How this file writes an `if`, and what its functions do where something is wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from xdp_lsp.ide.actions.text import Text
from xdp_lsp.ide.actions.tree import Guard, Tree
from xdp_lsp.toolchain import Kind, Node

ABORTED, DROP = "return XDP_ABORTED;", "return XDP_DROP;"
_RELATIONS = ("<", ">", "<=", ">=")
_OPERATOR = re.compile(r"(?:\s|/\*.*?\*/)*([-+*/%<>=!&|^]+)(?:\s|/\*.*?\*/)*", re.DOTALL)
# The verdict where a move of the packet's start failed, anywhere in a file.
_ON_FAILURE = re.compile(
    r"\bbpf_xdp_adjust_(?:head|meta|tail)\s*\([^;{}]*?\)\s*(?:<\s*0\s*)?(?:\)\s*\{?\s*return\s+|\?\s*)(XDP_[A-Z]+)\b"
)


class Style(NamedTuple):
    """`if (x) jump` as it is written near by."""

    space: str  # between `if` and its parenthesis
    is_one_line: bool
    braces: str  # what opens the block, with the line end before it where it has one; "" for none
    unit: str  # one step of indentation

    def written(self, condition: str, body: tuple[str, ...], indentation: str) -> str:
        """The lines, each with its end."""
        head = f"{indentation}if{self.space}({condition})"
        if self.is_one_line and len(body) == 1 and not self.braces:
            return f"{head} {body[0]}\n"
        inner = "".join(f"{indentation}{self.unit}{statement}\n" for statement in body)
        if not self.braces and len(body) == 1:
            return f"{head}\n{inner}"
        opening = self.braces or " {"
        opening = opening.replace("\n", f"\n{indentation}")
        return f"{head}{opening}\n{inner}{indentation}}}\n"


def style_near(text: Text, tree: Tree, offset: int) -> Style:
    """As the guard before `offset` is written, else the one after it, else as the kernel's coding style has it."""
    guards = tree.guards()
    before = [guard for guard in guards if guard.node.begin < offset]
    guard = before[-1] if before else guards[0] if guards else None
    unit = _unit(text, tree)
    if guard is None:
        return Style(" ", False, "", unit)
    head = re.match(r"if([ \t]*)\(", text[guard.node.begin : guard.node.end])
    is_one_line = text.number(guard.node.begin) == text.number(guard.node.end)
    return Style(head[1] if head else " ", is_one_line, _braces(text, guard), unit)


def _braces(text: Text, guard: Guard) -> str:
    if guard.branch.kind is not Kind.BLOCK or len(guard.body) > 1:
        return ""
    between = text[guard.condition.end : guard.branch.begin].rpartition(")")[2]
    return "\n{" if "\n" in between else between + "{"


def _unit(text: Text, tree: Tree) -> str:
    """The indentation of the function's own statements, less the function's."""
    outer = text.indentation(tree.function.begin)
    for statement in tree.body.children:
        if text.begins_line(statement.begin):
            inner = text.indentation(statement.begin)
            if inner.startswith(outer) and inner != outer:
                return inner[len(outer) :]
    return "\t"


def operator(text: Text, node: Node) -> str:
    """Of a BINARY; "" where it is not written between its operands (as in a macro's body)."""
    if node.kind is not Kind.BINARY or len(node.children) != 2:
        return ""
    left, right = node.children
    match = _OPERATOR.fullmatch(text[left.end : right.begin]) if left.end < right.begin else None
    return match[1] if match else ""


def on_failure(text: Text, tree: Tree, programs: Collection[str], offset: int) -> tuple[str, ...] | None:
    """What to do where a call of a helper fails: as this function does for such calls, else as the file does.

    None where the function gives no example, and returns no verdict either.
    """
    for guard in _nearest(tree, offset):
        if any(
            node.name.startswith("bpf_xdp_adjust_")
            for node in guard.condition.walk()
            if node.kind is Kind.CALL
        ):
            return statements(text, guard)
    for choice in tree.of_kind(Kind.CONDITIONAL):
        condition, failed, _ = choice.children if len(choice.children) == 3 else (choice, choice, choice)
        if condition.name.startswith("bpf_xdp_adjust_") and failed.name.startswith("XDP_"):
            return (f"return {failed.name};",)
    if _leaves_by_goto(tree):
        return _last_resort(text, tree, offset)
    if returns_verdict(tree, programs):
        verdicts = Counter(_ON_FAILURE.findall(text[:]))
        return (f"return {verdicts.most_common(1)[0][0]};",) if verdicts else (ABORTED,)
    return _last_resort(text, tree, offset)


def on_bad_length(text: Text, tree: Tree, programs: Collection[str], offset: int) -> tuple[str, ...] | None:
    """What to do where a length is too large: as this function does where it compares a number, else where it drops.

    None as above.
    """
    for guard in _nearest(tree, offset):
        if _compares_number(text, guard.condition):
            return statements(text, guard)
    if _leaves_by_goto(tree):
        return _last_resort(text, tree, offset)
    if returns_verdict(tree, programs):
        returned = {node.name for node in tree.of_kind(Kind.REFERENCE)}
        return (ABORTED,) if "XDP_ABORTED" in returned and "XDP_DROP" not in returned else (DROP,)
    return _last_resort(text, tree, offset)


def returns_verdict(tree: Tree, programs: Collection[str]) -> bool:
    """Whether the function is a program, or returns what programs do."""
    if tree.function.name in programs:
        return True
    returned = [node for jump in tree.of_kind(Kind.RETURN) for node in jump.walk()]
    return any(node.kind is Kind.REFERENCE and node.name.startswith("XDP_") for node in returned)


def _leaves_by_goto(tree: Tree) -> bool:
    """Whether the function's ways out all lead to one place."""
    jumps = {guard.body[-1].kind for guard in tree.guards()}
    return jumps == {Kind.GOTO}


def statements(text: Text, guard: Guard) -> tuple[str, ...]:
    """The texts of what a guard does."""
    return tuple(text[one.begin : text.after_statement(one.end)] for one in guard.body)


def _nearest(tree: Tree, offset: int) -> list[Guard]:
    """The guards before `offset`, the nearest first, then those after."""
    guards = tree.guards()
    before = [guard for guard in guards if guard.node.end <= offset]
    return before[::-1] + [guard for guard in guards if guard.node.begin > offset]


def _last_resort(text: Text, tree: Tree, offset: int) -> tuple[str, ...] | None:
    nearest = _nearest(tree, offset)
    if nearest:
        return statements(text, nearest[0])
    # What a helper gives is what the function gives: less than 0 where it failed.
    passes_on = any(
        node.kind is Kind.CALL and node.name.startswith("bpf_xdp_adjust_")
        for jump in tree.of_kind(Kind.RETURN)
        for node in jump.children
    )
    return ("return -1;",) if passes_on else None


def _compares_number(text: Text, condition: Node) -> bool:
    """Whether a number, not a pointer, is held against another."""
    return any(
        operator(text, node) in _RELATIONS and not any("*" in side.type for side in node.children)
        for node in condition.walk()
    )
