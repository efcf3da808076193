"""Targets, for a client that has lists of its own: what there is to choose from, and which a program would run on.

- `xdp-lsp/targets`: its parameters are null, or name a `textDocument`, for which the settings may be others than for
  the rest.
- `xdp-lsp/fits`: its parameters are a `textDocument` and a `position` in it.

`docs/clients.md` shows the answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xdp_lsp.ide.choices import driver_choices, group_choices
from xdp_lsp.ide.fits import fits
from xdp_lsp.server.features.parameters import member, position_of, text_at

if TYPE_CHECKING:
    from xdp_lsp.server.app import XdpServer

TARGETS = "xdp-lsp/targets"
FITS = "xdp-lsp/fits"


def register(server: XdpServer) -> None:
    server.feature(TARGETS)(_targets)
    server.feature(FITS)(_fits)


def _targets(ls: XdpServer, params: Any) -> dict[str, object] | None:
    if ls.session is None:
        return None
    folder = ls.session.folders.of(text_at(params, "textDocument", "uri"))
    settings, _ = ls.session.folders.settings_in(folder)
    configured, _ = ls.session.folders.settings_in(folder, ls.session.settings.configured)
    return {
        "groups": [choice._asdict() for choice in group_choices()],
        "drivers": [choice._asdict() for choice in driver_choices()],
        "chosen": list(settings.targets),
        "configured": list(configured.targets),
    }


def _fits(ls: XdpServer, params: Any) -> dict[str, object] | None:
    uri, position = text_at(params, "textDocument", "uri"), position_of(member(params, "position"))
    view = ls.session.views.of(uri) if ls.session is not None and uri is not None else None
    if view is None or position is None:
        return None
    found = fits(view.report, view.cursor(position, is_near=True))
    if found is None:
        return None
    standing = view.freshness.words
    return {
        "title": f"{found.title} ({standing})" if standing else found.title,
        "targets": [one._asdict() | {"state": one.state.value} for one in found.targets],
    }
