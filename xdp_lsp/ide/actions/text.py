"""The text of one file, and changes of it. Offsets count bytes from 0."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from xdp_lsp.source import SourceLocation, SourceRange, decode, encode

_LINE_END = re.compile(rb"\r\n|\r|\n")
_BLANK = re.compile(rb"[ \t]*")
# What may stand between a statement and its semicolon.
_SEMICOLON = re.compile(rb"(?:\s|/\*.*?\*/|//[^\n]*\n)*;", re.DOTALL)
_REMARK = re.compile(rb"[ \t]*(?://.*|/\*(?:[^*]|\*(?!/))*\*/[ \t]*)?[\r\n]*")
# A line that is only a comment, or the rest of one, before the statement that it speaks of.
_COMMENT = re.compile(rb"[ \t]*(?://.*|/\*.*\*/[ \t]*|\*.*\*/[ \t]*)")


class Replacement(NamedTuple):
    """The text from `begin` to `end` (exclusive) becomes `text`, whose lines end in `\\n`."""

    begin: int
    end: int
    text: str

    @classmethod
    def insertion(cls, at: int, text: str) -> Replacement:
        return cls(at, at, text)


def in_order(changes: Iterable[Replacement]) -> list[Replacement]:
    """By where they are; of insertions at one place the first that was given comes first."""
    return sorted(changes, key=lambda change: change[:2])


class Text:
    """The bytes of a file, by lines."""

    def __init__(self, path: str, contents: bytes) -> None:
        self.path = path
        self.contents = contents
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(contents))]
        ends = _LINE_END.search(contents)
        self.newline = decode(ends[0]) if ends else "\n"

    def __getitem__(self, part: slice) -> str:
        return decode(self.contents[part])

    def number(self, offset: int) -> int:
        """The line of `offset`, from 1."""
        return bisect_right(self._starts, offset)

    def location(self, offset: int) -> SourceLocation:
        number = self.number(offset)
        return SourceLocation(self.path, number, offset - self._starts[number - 1] + 1)

    def range(self, begin: int, end: int) -> SourceRange:
        start, stop = self.location(begin), self.location(end)
        return SourceRange(self.path, start.line, start.column, stop.line, stop.column)

    def offset(self, line: int, column: int) -> int:
        """Of a place as compilers write it; a column of 0 is the line's beginning."""
        if line > len(self._starts):
            return len(self.contents)
        return min(self._starts[line - 1] + max(column - 1, 0), len(self.contents))

    def line_start(self, offset: int) -> int:
        return self._starts[self.number(offset) - 1]

    def line_after(self, offset: int) -> int:
        """Where the line below that of `offset` begins."""
        number = self.number(offset)
        return self._starts[number] if number < len(self._starts) else len(self.contents)

    def line(self, number: int) -> bytes:
        """Line `number`, from 1, without its end; empty where there is none."""
        if not 0 < number <= len(self._starts):
            return b""
        return self.contents[self._starts[number - 1] : self.line_after(self._starts[number - 1])].rstrip(
            b"\r\n"
        )

    def indentation(self, offset: int) -> str:
        """The blanks that the line of `offset` begins with."""
        blank = _BLANK.match(self.contents, self.line_start(offset))
        return decode(blank[0]) if blank else ""

    def begins_line(self, offset: int) -> bool:
        """Whether nothing but blanks stands before `offset` on its line, and it is no part of a macro's body."""
        start = self.line_start(offset)
        above = self.line(self.number(offset) - 1).rstrip()
        return not self.contents[start:offset].strip() and not above.endswith(b"\\")

    def ends_line(self, offset: int) -> bool:
        """Whether nothing but blanks and a comment stands from `offset` to the end of its line."""
        return _REMARK.fullmatch(self.contents, offset, self.line_after(offset)) is not None

    def after_statement(self, end: int) -> int:
        """Past the semicolon of the statement whose text ends at `end`; `end` itself where it has none."""
        match = _SEMICOLON.match(self.contents, end)
        return match.end() if match else end

    def paragraph(self, offset: int) -> int:
        """The beginning of the line of `offset`, or of the comment that stands right above it."""
        number = self.number(offset)
        top = number
        while top > 1 and _COMMENT.fullmatch(self.line(top - 1)):
            top -= 1
            if b"/*" not in self.line(top) and b"//" not in self.line(top):
                top = self._comment_start(top)
        return self._starts[top - 1]

    def _comment_start(self, number: int) -> int:
        while number > 1 and b"/*" not in self.line(number):
            number -= 1
        return number

    def with_changes(self, changes: Iterable[Replacement]) -> bytes:
        """The text after `changes`, which do not overlap."""
        parts, position = [], 0
        for change in in_order(changes):
            parts += [self.contents[position : change.begin], encode(self.written(change.text))]
            position = change.end
        return b"".join([*parts, self.contents[position:]])

    def written(self, text: str) -> str:
        """`text` with this file's line ends."""
        return text if self.newline == "\n" else re.sub(r"\r\n|\n", self.newline, text)


def moved(offset: int, changes: Sequence[Replacement], text: Text) -> int:
    """Where the byte at `offset` stands after `changes`; what is inserted at `offset` comes before it."""
    shift = 0
    for change in in_order(changes):
        if change.end <= offset:
            shift += len(encode(text.written(change.text))) - (change.end - change.begin)
        elif change.begin < offset:
            return change.begin + shift
    return offset + shift
