"""textDocument/codeLens: two above each program, what is known of it and what it is held against; and one above
headers and parts that names their roots, or above the first program of a file that has a choice of configurations.

It is answered when `inlay_hints` would be, but for that a verdict is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from xdp_lsp.analysis.words import some
from xdp_lsp.ide import lenses
from xdp_lsp.server.features import configurations
from xdp_lsp.server.features.commands import CHOOSE_TARGETS, SHOW_BYTECODE
from xdp_lsp.server.features.roots import root_lens

if TYPE_CHECKING:
    from xdp_lsp.server.app import XdpServer

_TOP = types.Range(types.Position(0, 0), types.Position(0, 0))


def register(server: XdpServer) -> None:
    server.feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions(resolve_provider=False))(_lenses)


async def _lenses(ls: XdpServer, params: types.CodeLensParams) -> list[types.CodeLens]:
    if ls.session is None:
        return []
    uri, views = params.text_document.uri, ls.session.views
    if not ls.session.refresh.of_lenses and not await views.wait(uri):
        return []  # the client asks again
    view, of_roots = views.of(uri), root_lens(ls.session, uri)
    found = [of_roots] if of_roots is not None else []
    choice = configurations.lens_of(ls.session, uri)
    if view is None and choice is not None:
        return [*found, types.CodeLens(_TOP, choice)]  # the one that is looked at has no program
    if view is None or not view.settings.code_lens:
        return found
    targets = types.Command(f"targets: {some(view.settings.targets)}", CHOOSE_TARGETS)
    for lens in lenses(view.report, view.path, view.line):
        place = view.range(lens.range)
        if place is not None:
            if choice is not None:
                found.append(types.CodeLens(place, choice))
                choice = None
            title = f"{lens.text} · {standing}" if (standing := view.freshness.words) else lens.text
            found += [
                types.CodeLens(place, types.Command(title, SHOW_BYTECODE, arguments=[uri, lens.program])),
                types.CodeLens(place, targets),
            ]
    if choice is not None:
        found.append(types.CodeLens(_TOP, choice))
    return found
