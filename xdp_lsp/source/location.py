"""Positions and ranges as compilers write them.

Lines and columns count from 1; columns count bytes of the UTF-8 text, as clang does. A column of 0 means that
only the line is known (clang merges identical calls of two branches and then writes column 0).
"""

from __future__ import annotations

from typing import NamedTuple


class SourceLocation(NamedTuple):
    """One place: `line` and `column` from 1, `column` 0 where only the line is known."""

    path: str
    line: int
    column: int = 0


class SourceRange(NamedTuple):
    """A stretch of one file, `end_line`:`end_column` exclusive; columns 0 where only lines are known."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int

    @classmethod
    def at(cls, location: SourceLocation) -> SourceRange:
        """The empty range at `location`, to be widened by whoever knows the expression there."""
        return cls(location.path, location.line, location.column, location.line, location.column)

    @property
    def start(self) -> SourceLocation:
        return SourceLocation(self.path, self.line, self.column)
