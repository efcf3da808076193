"""textDocument/hover."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from xdp_lsp.ide import hover
from xdp_lsp.ide.bytecode.places import hover_at
from xdp_lsp.ide.page import Paragraph
from xdp_lsp.server.features.pages import STANDING, shown
from xdp_lsp.server.listings import Given

if TYPE_CHECKING:
    from xdp_lsp.server.app import XdpServer


def register(server: XdpServer) -> None:
    server.feature(types.TEXT_DOCUMENT_HOVER)(_hover)


def _hover(ls: XdpServer, params: types.HoverParams) -> types.Hover | None:
    given = ls.session.listings.given(params.text_document.uri) if ls.session is not None else None
    return _in_source(ls, params) if given is None else _in_listing(ls, params, given)


def _in_source(ls: XdpServer, params: types.HoverParams) -> types.Hover | None:
    view = ls.session.view(params.text_document.uri) if ls.session is not None else None
    cursor = view.cursor(params.position) if view is not None else None
    found = hover(view.report, cursor) if view is not None and cursor is not None else None
    if view is None or found is None:
        return None
    standing = STANDING[view.freshness]
    page = (*found.page, Paragraph(f"({standing})")) if standing else found.page
    return types.Hover(shown(ls, page), view.range(found.range))


def _in_listing(ls: XdpServer, params: types.HoverParams, given: Given) -> types.Hover | None:
    row, character = params.position.line, given.character(params.position)
    if given.view is None or character is None:
        return None
    found = hover_at(given.listing, given.view.report, row, character)
    if found is None:
        return None
    return types.Hover(shown(ls, found.page), given.range(row, *found.stretch))
