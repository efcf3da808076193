"""From a listing's instructions to the documents that they come from."""

from __future__ import annotations

from lsprotocol import types

from xdp_lsp.server.diagnostics import range_of
from xdp_lsp.server.listings import Given
from xdp_lsp.server.positions import span_of
from xdp_lsp.server.views import Views
from xdp_lsp.source import SourceLocation, SourceRange, encode


class Places:
    """Where a listing's instructions come from, in the documents as they are now."""

    def __init__(self, views: Views, given: Given) -> None:
        self._views = views
        # As it stands now, where it is the same report that the listing is of.
        newest = views.of(given.source)
        known = given.view.report if given.view is not None else None
        self._view = newest if newest is not None and newest.report is known else given.view
        self._lines: dict[tuple[str, int], dict[str, object]] = {}

    def location(self, place: SourceLocation) -> types.Location:
        """The token that line info names, or the line."""
        view = self._view
        assert view is not None
        span = SourceRange.at(place)
        if place.path == view.path and (found := view.range(span)) is not None:
            return types.Location(view.document.uri, found)
        texts = view.report.insight.lines if view.report.insight is not None else {}

        def text(number: int) -> bytes | None:
            known = texts.get((place.path, number))
            return None if known is None else encode(known)

        return types.Location(self._views.uri_of(place.path), range_of(span_of(span, text, view.encoding)))

    def line(self, place: SourceLocation | None) -> dict[str, object] | None:
        if place is None or self._view is None:
            return None
        key = place.path, place.line
        if key not in self._lines:
            found = self.location(SourceLocation(*key))
            self._lines[key] = {"uri": found.uri, "line": found.range.start.line}
        return self._lines[key]
