"""One open document as the last finished analysis sees it, for requests that ask about a place in it.

A report speaks of the text that was analysed; a request of the text as it is now. Positions are taken back through the
edits made since, and ranges forth; what an edit touched is nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from lsprotocol import types

from xdp_lsp.ide import Cursor
from xdp_lsp.pipeline import FileReport
from xdp_lsp.server.diagnostics import range_of
from xdp_lsp.server.documents import Document, Text
from xdp_lsp.server.edits import Edit
from xdp_lsp.server.positions import span_of
from xdp_lsp.server.roots import Freshness
from xdp_lsp.settings import Settings
from xdp_lsp.source import EditorPosition, Encoding, SourceLocation, SourceRange, encode, split_lines


@dataclass(frozen=True)
class View:
    """`document` and the last `report` about it, its own or that of a file that includes it.

    The report speaks of `text`, which `edits` have led on from. `path` is the document's file as it spells it.
    `settings` are those of the newest request.
    """

    document: Document
    report: FileReport
    path: str
    text: Text
    edits: Sequence[Edit]
    freshness: Freshness
    settings: Settings
    encoding: Encoding

    @cached_property
    def _lines(self) -> list[bytes]:
        return split_lines(self.text.contents)

    def line(self, number: int) -> bytes | None:
        """The text of line `number`, from 1, as it was analysed."""
        return self._lines[number - 1] if 0 < number <= len(self._lines) else None

    def cursor(self, position: types.Position, *, is_near: bool = False) -> Cursor | None:
        """The place in the analysed text; where the text at `position` is newer None, or with `is_near` the place that
        it was put at."""
        place: EditorPosition | None = EditorPosition(position.line, position.character)
        for edit in reversed(self.edits):
            if place is not None:
                place = edit.before(place) or (edit.start if is_near else None)
        if place is None:
            return None
        line = self.line(place.line + 1)
        if line is None:
            return None
        text = line.decode("utf-8", "surrogateescape")
        column = len(encode(text[: self.encoding.index(text, place.character)])) + 1
        return Cursor(SourceLocation(self.path, place.line + 1, column), self.line)

    def range(self, place: SourceRange) -> types.Range | None:
        """Where `place`, which is in this document, stands now; None where its text was touched."""
        span = span_of(place, self.line, self.encoding)
        for edit in self.edits:
            moved = edit.apply(span)
            if moved is None:
                return None
            span = moved
        return range_of(span)
