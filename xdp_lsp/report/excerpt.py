"""The line of source that a finding stands in, with carets under it."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from xdp_lsp.source import Encoding, SourceRange, printable

TAB_STOP = 8
# A line that is wider than this (generated code) is cut around the carets.
WIDEST = 140
# Where there is room: lines of source before and after a place, and of a place itself where it goes over many.
AROUND = 2
MOST_LINES = 12
_ELLIPSIS = "..."
_WORD = re.compile(r"\w+|.")


class Excerpt(NamedTuple):
    """Two lines of a terminal; `carets` is empty where only the line is known."""

    text: str
    carets: str


def excerpt(line: str, place: SourceRange) -> Excerpt:
    """Show `line`, which holds the start of `place` (columns in bytes, from 1), with carets under `place`.

    A place that goes on in later lines is underlined to the end of this one.
    """
    if place.column == 0:
        return _cut(_expand(line), 0, 0)
    start, end = _characters(line, place)
    before = display_width(line[:start])
    width = display_width(line[:end]) - before
    return _cut(_expand(line), before, max(width, 1))


class Marked(NamedTuple):
    """A line in three pieces, the one in the middle being the place; empty where only the line is known."""

    before: str
    place: str
    after: str


def marked(line: str, place: SourceRange) -> Marked:
    """`line` as `excerpt` shows it, for what can show the place itself in another way. It is not cut.

    Of a place without extent it is the word that begins there, or one character.
    """
    if place.column == 0:
        return Marked(_expand(line), "", "")
    start, end = _characters(line, place)
    if end == start and (word := _WORD.match(line, start)) is not None:
        end = word.end()
    whole, before, until = _expand(line), len(_expand(line[:start], strip=False)), len(_expand(line[:end]))
    until = max(until, before)
    return Marked(whole[:before], whole[before:until], whole[until:])


def display_width(text: str) -> int:
    """The columns of a terminal that `text` takes from the start of a line."""
    column = 0
    for char in text:
        column += TAB_STOP - column % TAB_STOP if char == "\t" else _char_width(char)
    return column


def _characters(line: str, place: SourceRange) -> tuple[int, int]:
    """Where `place` begins and ends in its first line, in characters."""
    start = Encoding.UTF8.index(line, place.column - 1)
    end = Encoding.UTF8.index(line, place.end_column - 1) if place.end_line == place.line else len(line)
    return start, max(end, start)


def _char_width(char: str) -> int:
    if char.isascii():
        return 1
    if unicodedata.category(char) in ("Mn", "Me") or char == "\N{ZERO WIDTH JOINER}":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _expand(line: str, *, strip: bool = True) -> str:
    """`line` with its tabs as blanks and what a terminal must not see replaced."""
    shown: list[str] = []
    column = 0
    for char in line:
        width = TAB_STOP - column % TAB_STOP if char == "\t" else _char_width(char)
        shown.append(" " * width if char == "\t" else char if width == 0 else printable(char))
        column += width
    text = "".join(shown)
    return text.rstrip() if strip else text


def _cut(text: str, before: int, width: int) -> Excerpt:
    """Put `width` carets under `text` (tabs expanded) after `before` columns, all within WIDEST."""
    if display_width(text) <= WIDEST:
        return Excerpt(text, f"{' ' * before}{'^' + '~' * (width - 1)}" if width else "")
    first = max(0, min(before - WIDEST // 3, display_width(text) - WIDEST))
    shown, column = "", 0
    for char in text:
        if first <= column < first + WIDEST:
            shown += char
        column += _char_width(char)
    indent = before - first + (len(_ELLIPSIS) if first else 0)
    shown = (_ELLIPSIS if first else "") + shown + (_ELLIPSIS if column > first + WIDEST else "")
    room = max(1, min(width, first + WIDEST - before))
    return Excerpt(shown, f"{' ' * indent}{'^' + '~' * (room - 1)}" if width else "")
