"""The reStructuredText of the kernel's helper manual as blocks of a page: as much of it as stands there.

Emphasis, strong or not, marks names of arguments, constants and functions there, so all of it becomes code.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from xdp_lsp.ide.page import Block, Code, Heading, Items, Paragraph

_BULLET = re.compile(r"(?:[*-]|\d+\.) +")
# A start is not behind a word, an end not before one; nothing in between begins or ends with a blank.
_MARKED = re.compile(
    r"(?<![\w*`])(?:\*\*(\S(?:.*?\S)??)\*\*|``(.+?)``|\*([^\s*](?:[^*]*?[^\s*])??)\*)(?![\w*`])"
)


def blocks(text: str) -> Iterator[Block]:
    """The sections of one helper's manual; the description needs no heading."""
    for section in re.split(r"^(?=\S)", text, flags=re.MULTILINE):
        title, _, body = section.partition("\n")
        if title and title not in ("Description", "Attributes"):
            yield Heading("Returns" if title == "Return" else title)
        if title != "Attributes":
            yield from _body(textwrap.dedent(body).strip("\n").split("\n"))


def inline(text: str) -> str:
    """One paragraph on a line, with code spans in place of emphasis."""
    marked = _MARKED.sub(lambda match: f"`{match[1] or match[2] or match[3]}`", " ".join(text.split()))
    # `\ ` keeps two words apart for the markup that are one.
    joined = marked.replace("`\\ `", "").replace("`\\ ()", "()`")
    return joined.replace("\\ ", "").replace("\\", "")


def _body(lines: list[str]) -> Iterator[Block]:
    items: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
            continue
        bullet = _BULLET.match(line)
        end = _end(lines, at + 1, is_item=bullet is not None)
        first, rest = lines[at], lines[at + 1 : end]
        nested = _indented(rest)
        at = end
        if bullet is not None:
            items.append(inline(" ".join([first[bullet.end() :], *rest])))
        elif rest and nested == len(rest) and first.strip() and not first.rstrip().endswith(":"):
            items.append(f"{inline(first)}: {inline(' '.join(rest))}")
        else:
            if items:
                yield Items(tuple(items))
                items = []
            yield from _prose(lines[at - 1 - len(rest) : end])
    if items:
        yield Items(tuple(items))


def _end(lines: list[str], at: int, *, is_item: bool) -> int:
    """Where what begins before `at` is over: at a blank line, or where the indentation ends that an item has."""
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            following = next((one for one in lines[at:] if one.strip()), "")
            if not following.startswith(" "):
                return at
        elif not line.startswith(" ") and (is_item or lines[at - 1].startswith(" ") or _BULLET.match(line)):
            return at
        at += 1
    return at


def _indented(lines: list[str]) -> int:
    return sum(1 for line in lines if line.startswith(" ") or not line.strip())


def _prose(lines: list[str]) -> Iterator[Block]:
    """A paragraph, and what is indented below it: code where it ends in `::`, else more of the kind."""
    count = next(
        (at for at, line in enumerate(lines) if not line.strip() or line.startswith(" ")), len(lines)
    )
    text, below = " ".join(lines[:count]), textwrap.dedent("\n".join(lines[count:])).strip("\n")
    if text.rstrip().endswith("::"):
        text = text.rstrip().removesuffix(":").removesuffix(":").rstrip() + ":"
        if text != ":":
            yield Paragraph(inline(text))
        if below:
            yield Code(below)
    else:
        if text.strip():
            yield Paragraph(inline(text))
        if below:
            yield from _body(below.split("\n"))
