"""textDocument/hover."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from xdp_lsp.ide import hover
from xdp_lsp.ide.render import markdown, plain_text

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
    kind = _kind(ls.client_capabilities)
    text = markdown(found.page) if kind is types.MarkupKind.Markdown else plain_text(found.page)
    return types.Hover(types.MarkupContent(kind, text), view.range(found.range))


def _kind(capabilities: types.ClientCapabilities) -> types.MarkupKind:
    """The form that the client likes best of those it shows."""
    document = capabilities.text_document
    formats = (document.hover.content_format if document and document.hover else None) or ()
    return next(iter(formats), types.MarkupKind.PlainText)
