"""Between the columns of compilers (bytes of UTF-8) and those of editors (UTF-8, UTF-16 or UTF-32 units).

Lines end at `\\n`, `\\r\\n` and a lone `\\r`, which is what both clang (SourceManager.cpp) and the Language
Server Protocol (3.17, "Text Documents") say. `str.splitlines` is not used because it also breaks at form
feeds, which old C sources carry, and at U+2028.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from enum import Enum
from itertools import accumulate, count
from operator import add
from typing import NamedTuple

_LINE_END = re.compile(r"\r\n|\r|\n")
_LINE_END_BYTES = re.compile(rb"\r\n|\r|\n")


class Encoding(Enum):
    """The unit that an editor counts columns in."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"

    def units(self, text: str) -> int:
        """How many units `text` takes."""
        if self is Encoding.UTF32 or text.isascii():
            return len(text)
        if self is Encoding.UTF16:
            return len(text) + sum(1 for char in text if char > "\uffff")
        return len(encode(text))

    def index(self, text: str, units: int) -> int:
        """The index into `text` that lies `units` from its start, at most its length.

        A count that ends inside a character is taken back to that character's start.
        """
        if self is Encoding.UTF32 or text.isascii():
            return min(units, len(text))
        passed = 0
        for index, char in enumerate(text):
            passed += self.units(char)
            if passed > units:
                return index
        return len(text)


class EditorPosition(NamedTuple):
    """A place as editors write it: `line` and `character` from 0, `character` in units of an `Encoding`."""

    line: int
    character: int


def encode(text: str) -> bytes:
    """The UTF-8 bytes of `text`. Bytes that `decode` could not read come back as they were."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can carry
        return text.encode("utf-8", "surrogatepass")


def decode(contents: bytes) -> str:
    """The text of `contents`; a byte that is not UTF-8 becomes one character, so that columns still count."""
    return contents.decode("utf-8", "surrogateescape")


def split_lines(contents: bytes) -> list[bytes]:
    """The lines of `contents` without their ends; at least one."""
    return _LINE_END_BYTES.split(contents)


def character_of_column(line: bytes, column: int, encoding: Encoding) -> int:
    """Editor units before the byte at `column` (from 1) of `line`, at most those of the line."""
    return encoding.units(decode(line[: max(column - 1, 0)]))


def _starts(text: str) -> list[int]:
    if "\r" in text:
        return [0, *(match.end() for match in _LINE_END.finditer(text))]
    lines = text.split("\n")
    del lines[-1]
    return [0, *map(add, accumulate(map(len, lines)), count(1))]


class LineIndex:
    """Finds the lines of one text. `text` is never changed: an edit makes a new text and a new index."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = _starts(text)

    def replaced(self, first: int, last: int, new: str) -> LineIndex:
        """The index of the text with `new` in place of what lies between two indices.

        Made from this one where it can be: a text of 3 MB (vmlinux.h) would take 20 ms at each keystroke.
        """
        text = self.text[:first] + new + self.text[last:]
        # A carriage return may begin, end or become a part of a line end that lies across.
        around = self.text[max(first - 1, 0) : last + 1]
        if "\r" in around or "\r" in new:
            return LineIndex(text)
        before = bisect_right(self._starts, first)
        after = bisect_right(self._starts, last)
        moved = len(new) - (last - first)
        index = LineIndex("")
        index.text = text
        index._starts = self._starts[:before]
        index._starts += [first + start for start in _starts(new)[1:]]
        index._starts += [start + moved for start in self._starts[after:]]
        return index

    @property
    def line_count(self) -> int:
        """At least 1: an empty text has one empty line."""
        return len(self._starts)

    def line(self, number: int) -> str:
        """Line `number` (from 0) without its end; empty past the last line."""
        if number >= len(self._starts):
            return ""
        start = self._starts[number]
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def offset(self, position: EditorPosition, encoding: Encoding) -> int:
        """The index into `text` of `position`, kept within its line and within the text."""
        if position.line >= len(self._starts):
            return len(self.text)
        return self._starts[position.line] + encoding.index(self.line(position.line), position.character)

    def position(self, offset: int, encoding: Encoding) -> EditorPosition:
        """The position of the index `offset` into `text`."""
        line = bisect_right(self._starts, offset) - 1
        return EditorPosition(line, encoding.units(self.text[self._starts[line] : offset]))
