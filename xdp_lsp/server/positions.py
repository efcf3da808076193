"""From ranges of the source, in bytes, to spans of the editor."""

from __future__ import annotations

import re
from collections.abc import Callable

from xdp_lsp.server.edits import Span
from xdp_lsp.source import EditorPosition, Encoding, SourceRange, character_of_column

_TOKEN = re.compile(rb"\w+|[^\w\s]")
_TEXT = re.compile(rb"\S(?:.*\S)?")


def span_of(place: SourceRange, line_text: Callable[[int], bytes | None], encoding: Encoding) -> Span:
    """What an editor marks for `place`.

    `line_text` gives the bytes of a line of its file, numbered from 1; None where they are not known: then the
    line is taken to be ASCII. Only the line known: all of it but its indentation. An empty range: the token
    that begins there.
    """
    first = line_text(place.line)
    if place.column == 0:
        text = _TEXT.search(first or b"")
        start, end = text.span() if text else (0, 0)
        return Span(
            _position(place.line, first, start, encoding), _position(place.line, first, end, encoding)
        )
    start = place.column - 1
    if (place.end_line, place.end_column) <= (place.line, place.column):
        token = _TOKEN.match(first or b"", start)
        end = token.end() if token else start
        return Span(
            _position(place.line, first, start, encoding), _position(place.line, first, end, encoding)
        )
    last = line_text(place.end_line)
    return Span(
        _position(place.line, first, start, encoding),
        _position(place.end_line, last, place.end_column - 1, encoding),
    )


def _position(line: int, text: bytes | None, index: int, encoding: Encoding) -> EditorPosition:
    character = index if text is None else character_of_column(text, index + 1, encoding)
    return EditorPosition(max(line - 1, 0), character)
