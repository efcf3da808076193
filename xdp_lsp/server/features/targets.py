"""xdp-lsp/targets: what there is to choose from, for a client that has lists of its own.

The parameters are null, or name a `textDocument`, for which the settings may be others than for the rest.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from xdp_lsp.ide.choices import driver_choices, group_choices
from xdp_lsp.server.features.parameters import text_at
from xdp_lsp.server.uris import path_of
from xdp_lsp.settings import load_settings

if TYPE_CHECKING:
    from xdp_lsp.server.app import XdpServer

TARGETS = "xdp-lsp/targets"


def register(server: XdpServer) -> None:
    server.feature(TARGETS)(_targets)


def _targets(ls: XdpServer, params: Any) -> dict[str, object] | None:
    if ls.session is None:
        return None
    folder = _folder(ls, text_at(params, "textDocument", "uri"))
    client = ls.session.settings
    return {
        "groups": [choice._asdict() for choice in group_choices()],
        "drivers": [choice._asdict() for choice in driver_choices()],
        "chosen": list(load_settings(folder, client.values)[0].targets),
        "configured": list(load_settings(folder, client.configured)[0].targets),
    }


def _folder(ls: XdpServer, uri: str | None) -> Path:
    """Where the settings are looked for: beside the document, else in the client's first folder."""
    path = path_of(uri) if uri is not None else None
    if path is not None:
        return Path(path).parent
    folders = ls.session.folders() if ls.session is not None else []
    return Path(folders[0]) if folders else Path.cwd()
