"""textDocument/hover.

Where not all is known yet it waits for that, as a reader would; what is not there after PATIENCE is said to be coming.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from xdp_lsp.ide import Hover, early_hover, hover
from xdp_lsp.ide.bytecode.places import hover_at
from xdp_lsp.ide.page import Page, Paragraph
from xdp_lsp.server.features.pages import COMING, shown
from xdp_lsp.server.listings import Given
from xdp_lsp.server.roots import Freshness

if TYPE_CHECKING:
    from xdp_lsp.server.app import XdpServer

PATIENCE = 3.0  # seconds


def register(server: XdpServer) -> None:
    server.feature(types.TEXT_DOCUMENT_HOVER)(_hover)


async def _hover(ls: XdpServer, params: types.HoverParams) -> types.Hover | None:
    if ls.session is None:
        return None
    uri, views = params.text_document.uri, ls.session.views
    given = ls.session.listings.given(uri)
    if given is not None:
        return _in_listing(ls, params.position, given)
    if not await views.wait(uri, whole=True, limit=PATIENCE):
        return None
    return _in_source(ls, uri, params.position)


def _in_source(ls: XdpServer, uri: str, position: types.Position) -> types.Hover | None:
    assert ls.session is not None
    views = ls.session.views
    is_coming, known = views.is_coming(uri, whole=True), views.of(uri)
    view = known or (views.blank(uri) if is_coming else None)
    cursor = view.cursor(position) if view is not None else None
    if view is None or cursor is None:
        return None
    found = hover(known.report, cursor) if known is not None else early_hover(cursor)
    if found is None and known is not None and is_coming:
        word = cursor.word()
        found = Hover(word.range, ()) if word is not None else None
    if found is None:
        return None
    page = (*found.page, *_remark(view.freshness, is_coming=is_coming))
    return types.Hover(shown(ls, page), view.range(found.range))


def _remark(freshness: Freshness, *, is_coming: bool) -> Page:
    """What has to be said of all that is said."""
    told = [freshness.words] if freshness.words else []
    if is_coming and freshness is not Freshness.RUNNING:
        told.append(COMING)
    return (Paragraph(f"({', '.join(told)})"),) if told else ()


def _in_listing(ls: XdpServer, position: types.Position, given: Given) -> types.Hover | None:
    row, character = position.line, given.character(position)
    if given.view is None or character is None:
        return None
    found = hover_at(given.listing, given.view.report, row, character)
    if found is None:
        return None
    return types.Hover(shown(ls, found.page), given.range(row, *found.stretch))
