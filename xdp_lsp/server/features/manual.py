"""xdp-lsp/manual: the pages of the codes that findings carry, for a client that lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xdp_lsp.checks.registry import CODES, manual
from xdp_lsp.server.manual_pages import page_uri

if TYPE_CHECKING:
    from xdp_lsp.server.app import XdpServer

MANUAL = "xdp-lsp/manual"


def register(server: XdpServer) -> None:
    server.feature(MANUAL)(_manual)


def _manual(ls: XdpServer, params: Any) -> dict[str, object]:
    """Those that could be written to the cache."""
    pages = ((code, manual(code).title, page_uri(code)) for code in CODES)
    return {"pages": [{"code": code, "title": title, "uri": uri} for code, title, uri in pages if uri]}
