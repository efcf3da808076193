"""The listing of a file's code: its text, by which the client opens it, and the way from it to the source.

- `workspace/textDocumentContent` (LSP 3.18) gives the text of an `xdp-lsp:` document.
- `xdp-lsp/bytecode` gives the same and the way back, to clients that make documents of their own. Its parameters are
  `textDocument` (the C file, or its listing) and, optionally, a `position` in the source. The result has the `uri` of
  the C file, `listing` (the URI of the virtual document), `text`, `line` (of the first instruction that comes from the
  position's line, or from the next that any comes from; null where there is none), `functions` (each `name`, `line`)
  and `rows`, one for each instruction: `line`, `pc`, `slot` and `source` (`uri`, `line`; null where that is not known).
  It is null where the document is no file. Lines count from 0. From then on `xdp-lsp/bytecodeChanged` (`uri`,
  `listing`) says when there is something newer.
- The command `xdp-lsp.showBytecode` shows it: its arguments are the URI of the C file and, optionally, the name of a
  function or a position in the source.

What is answered in a listing stands in `in_listings`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from xdp_lsp.server.features.commands import SHOW_BYTECODE
from xdp_lsp.server.features.parameters import member, position_of, text_at
from xdp_lsp.server.listing_places import Places
from xdp_lsp.server.listings import ROWS_AT_A_TIME, SCHEME, Given, listing_uri

if TYPE_CHECKING:
    from xdp_lsp.server.app import XdpServer

REQUEST = "xdp-lsp/bytecode"


def register(server: XdpServer) -> None:
    async def show(
        *arguments: Any,
    ) -> None:  # pygls reads annotations, which cannot name the server's class here
        await _show(server, *arguments)

    server.feature(REQUEST)(_ask)
    server.command(SHOW_BYTECODE)(show)


def registrations(server: XdpServer) -> list[types.Registration]:
    """The text of virtual documents; pygls announces nothing of it."""
    server.feature(types.WORKSPACE_TEXT_DOCUMENT_CONTENT)(_contents)
    if server.session is None or not server.session.listings.has_contents:
        return []
    options = types.TextDocumentContentRegistrationOptions(schemes=[SCHEME])
    return [types.Registration("contents", types.WORKSPACE_TEXT_DOCUMENT_CONTENT, options)]


async def _contents(
    ls: XdpServer, params: types.TextDocumentContentParams
) -> types.TextDocumentContentResult:
    text = await ls.session.listings.contents(params.uri) if ls.session is not None else None
    return types.TextDocumentContentResult(text or "")


async def _ask(ls: XdpServer, params: Any) -> dict[str, object] | None:
    source = text_at(params, "textDocument", "uri")
    given = await ls.session.listings.ask(source) if ls.session is not None and source is not None else None
    if given is None or ls.session is None or source is None:
        return None
    places = Places(ls.session.views, given)
    position = position_of(member(params, "position"))
    listing = given.listing
    rows: list[dict[str, object]] = []
    for at, row in enumerate(listing.rows):
        if row.instruction is not None:
            pc, slot = row.instruction.pc, row.instruction.slot
            rows.append({"line": at, "pc": pc, "slot": slot, "source": places.line(row.location)})
        if at % ROWS_AT_A_TIME == ROWS_AT_A_TIME - 1:
            await asyncio.sleep(0)
    return {
        "uri": given.source,
        "listing": listing_uri(given.path),
        "text": listing.text,
        "line": _row_from(ls, source, given, position) if position is not None else None,
        "functions": [{"name": name, "line": row} for name, row in listing.headers.items()],
        "rows": rows,
    }


async def _show(ls: XdpServer, *arguments: Any) -> None:
    if ls.session is None or not arguments or not isinstance(arguments[0], str):
        return
    source, wanted = arguments[0], arguments[1] if len(arguments) > 1 else None

    def row_of(given: Given) -> int | None:
        position = position_of(wanted)
        if position is not None:
            return _row_from(ls, source, given, position)
        return given.listing.headers.get(wanted) if isinstance(wanted, str) else None

    problem = await ls.session.listings.show(source, row_of)
    if problem is not None:
        message = types.ShowMessageParams(types.MessageType.Warning, f"xdp-lsp: {problem}")
        ls.window_show_message(message)


def _row_from(ls: XdpServer, source: str, given: Given, position: types.Position) -> int | None:
    """The row of the first instruction from the line at `position` of the document `source`, or from a later one."""
    view = ls.session.views.of(source) if ls.session is not None else None
    cursor = view.cursor(position) if view is not None else None
    if cursor is None:
        return None
    return given.listing.first_from(cursor.location.path, cursor.location.line)
