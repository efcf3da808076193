"""textDocument/inlayHint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from xdp_lsp.ide import hints
from xdp_lsp.server.features.pages import shown

if TYPE_CHECKING:
    from xdp_lsp.server.app import XdpServer


def register(server: XdpServer) -> None:
    server.feature(types.TEXT_DOCUMENT_INLAY_HINT)(_hints)


def _hints(ls: XdpServer, params: types.InlayHintParams) -> list[types.InlayHint]:
    view = ls.session.view(params.text_document.uri) if ls.session is not None else None
    if view is None or view.settings.inlay_hints == "off":
        return []
    found = []
    line = view.line if view.settings.inlay_hints == "lengths" else None
    for hint in hints(view.report, view.path, line):
        place = view.range(hint.place)
        if place is not None and params.range.start <= place.end <= params.range.end:
            tooltip = shown(ls, hint.page) if hint.page else None
            padding = not hint.variable
            found.append(types.InlayHint(place.end, hint.text, tooltip=tooltip, padding_left=padding))
    return found
