"""A place in the source that a question is about."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from xdp_lsp.source import SourceLocation, SourceRange

_WORD = re.compile(rb"(?P<tag>\b(?:struct|union|enum)\s+)?(?P<name>[A-Za-z_]\w*)")


class Word(NamedTuple):
    """An identifier of C and where it stands; `is_tag`: it names a struct, a union or an enumeration."""

    text: str
    range: SourceRange
    is_tag: bool


class Cursor(NamedTuple):
    """`location` counts bytes from 1; `line` gives the text of a line of that file, numbered from 1, as it was
    compiled (None: there is no such line)."""

    location: SourceLocation
    line: Callable[[int], bytes | None]

    def word(self) -> Word | None:
        """The identifier that the cursor is in, or right behind."""
        path, number, column = self.location
        for match in _WORD.finditer(self.line(number) or b""):
            start, end = match.span("name")
            if start < column <= end + 1:
                place = SourceRange(path, number, start + 1, number, end + 1)
                return Word(match["name"].decode(), place, match["tag"] is not None)
        return None

    def is_in(self, place: SourceRange | None) -> bool:
        """Whether the cursor is in `place`, or right behind it."""
        if place is None or place.path != self.location.path:
            return False
        at = self.location[1:]
        return (place.line, place.column) <= at <= (place.end_line, place.end_column)
