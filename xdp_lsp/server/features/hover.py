"""textDocument/hover."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from xdp_lsp.ide import hover
from xdp_lsp.server.features.pages import shown

if TYPE_CHECKING:
    from xdp_lsp.server.app import XdpServer


def register(server: XdpServer) -> None:
    server.feature(types.TEXT_DOCUMENT_HOVER)(_hover)


def _hover(ls: XdpServer, params: types.HoverParams) -> types.Hover | None:
    view = ls.session.view(params.text_document.uri) if ls.session is not None else None
    cursor = view.cursor(params.position) if view is not None else None
    found = hover(view.report, cursor) if view is not None and cursor is not None else None
    if view is None or found is None:
        return None
    return types.Hover(shown(ls, found.page), view.range(found.range))
