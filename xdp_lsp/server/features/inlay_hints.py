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
    for hint in hints(view.report, view.path):
        call = view.range(hint.call)
        if call is not None and params.range.start <= call.end <= params.range.end:
            tooltip = shown(ls, hint.page)
            found.append(types.InlayHint(call.end, hint.text, tooltip=tooltip, padding_left=True))
    return found
