"""A variable for what is read twice: what is checked is then what is used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from xdp_lsp.ide.actions.length import Term
from xdp_lsp.ide.actions.place import Place, place_of
from xdp_lsp.ide.actions.subject import Problem
from xdp_lsp.ide.actions.text import Replacement
from xdp_lsp.ide.actions.tree import Tree
from xdp_lsp.toolchain import Kind

_QUALIFIERS = re.compile(r"\b(?:const|volatile)\s+")
_NAMES = ("len", "length", "bytes")


class Copy(NamedTuple):
    """`assignment` is the statement that reads the value; `declaration` is empty where that declares it."""

    name: str
    assignment: str
    declaration: tuple[Replacement, ...]
    uses: tuple[Replacement, ...]


def copy_of(problem: Problem, term: Term) -> Copy | None:
    """None where there is no name for it, or no place."""
    text, tree = problem.text, problem.tree
    kind = _QUALIFIERS.sub("", term.node.type)
    name = next(_free_names(problem, term), None)
    place = place_of(text, tree, problem.call)
    if name is None or place is None or not re.fullmatch(r"[\w ]+", kind):
        return None
    uses = tuple(Replacement(node.begin, node.end, name) for node in term.nodes)
    if any(not (problem.call.begin <= node.begin < problem.call.end) for node in term.nodes):
        return None
    if _mixes(tree):
        return Copy(name, f"{kind} {name} = {term.text};", (), uses)
    declaration = _declared(problem, place, f"{kind} {name};")
    return Copy(name, f"{name} = {term.text};", declaration, uses) if declaration else None


def _free_names(problem: Problem, term: Term) -> Iterator[str]:
    taken = {node.name for node in problem.tree.nodes if node.kind is not Kind.MEMBER}
    last = re.findall(r"[A-Za-z_]\w*", term.text)[-1:]
    for name in (*last, *_NAMES):
        if name not in taken and not re.search(rf"#[ \t]*define[ \t]+{name}\b", problem.text[:]):
            yield name


def _mixes(tree: Tree) -> bool:
    """Whether the function declares variables after its first statements."""
    for block in tree.of_kind(Kind.BLOCK):
        kinds = [child.kind is Kind.DECLARATION for child in block.children]
        if any(later and not earlier for earlier, later in pairwise(kinds)):
            return True
    return False


def _declared(problem: Problem, place: Place, line: str) -> tuple[Replacement, ...]:
    """`line` after the declarations that the function begins with."""
    text, children = problem.text, problem.tree.body.children
    leading = [child for child in children if child.kind is Kind.DECLARATION]
    if not leading or place.node.kind is Kind.DECLARATION:
        return ()
    at = text.line_after(text.after_statement(leading[-1].end))
    indentation = text.indentation(leading[-1].begin)
    return (Replacement.insertion(at, f"{indentation}{line}\n"),)
