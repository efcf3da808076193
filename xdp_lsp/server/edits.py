"""Where a place stands after the text around it was edited."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from xdp_lsp.source import EditorPosition, Encoding, LineIndex


class Span(NamedTuple):
    """A stretch of text; `end` is exclusive."""

    start: EditorPosition
    end: EditorPosition


class Edit(NamedTuple):
    """The text between `start` and `end` was replaced by one that ends at `new_end`."""

    start: EditorPosition
    end: EditorPosition
    new_end: EditorPosition

    def moved(self, place: EditorPosition) -> EditorPosition:
        """Where `place`, which lies at or after `end`, stands after the edit."""
        if place.line > self.end.line:
            return EditorPosition(place.line + self.new_end.line - self.end.line, place.character)
        return EditorPosition(
            self.new_end.line, place.character + self.new_end.character - self.end.character
        )

    def apply(self, span: Span) -> Span | None:
        """`span` after the edit; None where its own text was touched, so that it stands no more."""
        if span.end <= self.start:
            return span
        if span.start >= self.end:
            return Span(self.moved(span.start), self.moved(span.end))
        return None

    def joined(self, later: Edit) -> Edit | None:
        """This edit and `later`, where that changes only what this one brought, as one; else None."""
        if self.start <= later.start and later.end <= self.new_end:
            return Edit(self.start, self.end, later.moved(self.new_end))
        return None

    def before(self, place: EditorPosition) -> EditorPosition | None:
        """Where `place`, in the text after the edit, stood before it; None in the text that the edit brought."""
        if place < self.new_end:
            return place if place <= self.start else None
        # What is right of the place counts; so where text was only taken out, it is what stood behind that.
        if place.line > self.new_end.line:
            return EditorPosition(place.line - self.new_end.line + self.end.line, place.character)
        return EditorPosition(self.end.line, place.character - self.new_end.character + self.end.character)


def replacement(before: LineIndex, after: LineIndex, encoding: Encoding) -> Edit:
    """The smallest single edit that turns `before` into `after`, for clients that send whole texts."""
    old, new = before.text, after.text
    room = min(len(old), len(new))
    head = _most(room, lambda step, size: old.startswith(new[step:size], step))
    tail = _most(
        room - head,
        lambda step, size: old.endswith(new[len(new) - size : len(new) - step], 0, len(old) - step),
    )
    return Edit(
        before.position(head, encoding),
        before.position(len(old) - tail, encoding),
        after.position(len(new) - tail, encoding),
    )


def _most(limit: int, agree: Callable[[int, int], bool]) -> int:
    """How many characters, at most `limit`, are shared: `agree(n, m)` says whether those from the n-th to the m-th are.

    By halves, so that strings are compared and not, in Python, their characters.
    """
    known, unknown = 0, limit
    while known < unknown:
        half = (known + unknown + 1) // 2
        if agree(known, half):
            known = half
        else:
            unknown = half - 1
    return known
