"""textDocument/inlayHint.

A client that can be told to ask again is answered at once, so that it need not hold up other servers' hints for ours.
Any other would not ask again before the next edit: it is answered when there are hints, or there will be none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from xdp_lsp.ide import hints
from xdp_lsp.server.features.pages import shown

if TYPE_CHECKING:
    from xdp_lsp.server.app import XdpServer


def register(server: XdpServer) -> None:
    server.feature(types.TEXT_DOCUMENT_INLAY_HINT)(_hints)


async def _hints(ls: XdpServer, params: types.InlayHintParams) -> list[types.InlayHint]:
    if ls.session is None:
        return []
    uri, views = params.text_document.uri, ls.session.views
    if not ls.session.refresh.of_hints and not await views.wait(uri, whole=True):
        return []  # the client asks again
    view = views.of(uri)
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
