"""A page in the form that the client shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from xdp_lsp.ide.page import Page
from xdp_lsp.ide.render import markdown, plain_text

if TYPE_CHECKING:
    from xdp_lsp.server.app import XdpServer


# vscode.env.appName of VS Code and of its builds by others. Their hovers may have images in them as `data:` URIs, which
# no capability says (their markdownRenderer allows the scheme, and asks for base64).
_VS_CODE = ("Visual Studio Code", "Code - OSS", "VSCodium", "code-server", "Cursor")

COMING = "being analysed"  # where more will be known


def shown(ls: XdpServer, page: Page) -> types.MarkupContent:
    """`page` in the form that the client likes best of those it shows in hovers."""
    document = ls.client_capabilities.text_document
    formats = (document.hover.content_format if document and document.hover else None) or ()
    kind = next(iter(formats), types.MarkupKind.PlainText)
    if kind is not types.MarkupKind.Markdown:
        return types.MarkupContent(kind, plain_text(page))
    images = ls.session is not None and ls.session.client.startswith(_VS_CODE)
    return types.MarkupContent(kind, markdown(page, images=images))
