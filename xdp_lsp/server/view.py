"""One open document as the last finished analysis sees it, for requests that ask about a place in it.

A report speaks of the text that was saved (or opened); a request of the text as it is now. Positions are taken back
through the edits made since, and ranges forth; what an edit touched is nowhere.
"""

from __future__ import annotations

from enum import Enum
from functools import cached_property

from lsprotocol import types

from xdp_lsp.ide import Cursor
from xdp_lsp.pipeline import FileReport
from xdp_lsp.server.diagnostics import range_of
from xdp_lsp.server.documents import Document
from xdp_lsp.server.positions import span_of
from xdp_lsp.source import EditorPosition, Encoding, SourceLocation, SourceRange, encode, split_lines


class Freshness(Enum):
    """What a view's report has to do with the text that the user sees."""

    CURRENT = "current"  # it is the report of this very text
    EDITED = "edited"  # the text was edited since, and not saved
    RUNNING = "running"  # a newer text, or the same with other settings, is being analysed


class View:
    """`document` and the last `report` about it, its own or that of a file that includes it.

    `path` is the document's file as the report spells it.
    """

    def __init__(
        self, document: Document, report: FileReport, path: str, freshness: Freshness, encoding: Encoding
    ) -> None:
        self.document = document
        self.report = report
        self.path = path
        self.freshness = freshness
        self._encoding = encoding
        self._edits = document.edits_since(document.analysed)

    @cached_property
    def _lines(self) -> list[bytes]:
        return split_lines(self.document.analysed.contents)

    def line(self, number: int) -> bytes | None:
        """The text of line `number`, from 1, as it was analysed."""
        return self._lines[number - 1] if 0 < number <= len(self._lines) else None

    def cursor(self, position: types.Position) -> Cursor | None:
        """The place in the analysed text; None where the text at `position` is newer."""
        place: EditorPosition | None = EditorPosition(position.line, position.character)
        for edit in reversed(self._edits):
            place = None if place is None else edit.before(place)
        if place is None:
            return None
        line = self.line(place.line + 1)
        if line is None:
            return None
        text = line.decode("utf-8", "surrogateescape")
        column = len(encode(text[: self._encoding.index(text, place.character)])) + 1
        return Cursor(SourceLocation(self.path, place.line + 1, column), self.line)

    def range(self, place: SourceRange) -> types.Range | None:
        """Where `place`, which is in this document, stands now; None where its text was touched."""
        span = span_of(place, self.line, self._encoding)
        for edit in self._edits:
            moved = edit.apply(span)
            if moved is None:
                return None
            span = moved
        return range_of(span)
