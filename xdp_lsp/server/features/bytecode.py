"""The listing of a file's code: its text, by which the client opens it, and the ways between it and the source.

- `workspace/textDocumentContent` (LSP 3.18) gives the text of an `xdp-lsp:` document.
- `xdp-lsp/bytecode` gives the same and the way back, to clients that make documents of their own. Its parameters are
  `textDocument` and, optionally, a `position` in the source. The result has the `uri` of the C file, `listing` (the
  URI of the virtual document), `text`, `line` (of the first instruction that comes from the position's line, or from
  the next that any comes from; null where there is none), `functions` (each `name`, `line`) and `rows`, one for each
  instruction: `line`, `pc`, `slot` and `source` (`uri`, `line`; null where that is not known). It is null where the
  document is no file. Lines count from 0. From then on `xdp-lsp/bytecodeChanged` (`uri`, `listing`) says when there is
  something newer.
- The command `xdp-lsp.showBytecode` shows it: its arguments are the URI of the C file and, optionally, the name of a
  function or a position in the source.
- textDocument/definition and documentHighlight are answered in listings alone, and announced only to clients that can
  be told so: in a C file they are another server's.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from xdp_lsp.ide.bytecode.places import leads_to, same_line
from xdp_lsp.server.diagnostics import range_of
from xdp_lsp.server.features.commands import SHOW_BYTECODE
from xdp_lsp.server.features.parameters import member, position_of, text_at
from xdp_lsp.server.listings import ROWS_AT_A_TIME, SCHEME, Given, listing_uri
from xdp_lsp.server.positions import span_of
from xdp_lsp.source import SourceLocation, SourceRange, encode

if TYPE_CHECKING:
    from xdp_lsp.server.app import XdpServer

REQUEST = "xdp-lsp/bytecode"
_FILES = types.TextDocumentFilterPattern(pattern="**/xdp-lsp/bytecode/*/*.bpf", scheme="file")


def register(server: XdpServer) -> None:
    async def show(
        *arguments: Any,
    ) -> None:  # pygls reads annotations, which cannot name the server's class here
        await _show(server, *arguments)

    server.feature(REQUEST)(_ask)
    server.command(SHOW_BYTECODE)(show)


def registrations(server: XdpServer) -> list[types.Registration]:
    """What is registered once the client is initialized, so that it is not announced for all documents."""
    server.feature(types.WORKSPACE_TEXT_DOCUMENT_CONTENT)(_contents)
    server.feature(types.TEXT_DOCUMENT_DEFINITION)(_definition)
    server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)(_highlights)
    document = server.client_capabilities.text_document
    wanted = []
    if server.session is not None and server.session.listings.has_contents:
        contents = types.TextDocumentContentRegistrationOptions(schemes=[SCHEME])
        wanted.append(types.Registration("contents", types.WORKSPACE_TEXT_DOCUMENT_CONTENT, contents))
    ours: list[types.DocumentFilter] = [types.TextDocumentFilterScheme(scheme=SCHEME), _FILES]
    if document and document.definition and document.definition.dynamic_registration:
        definition = types.DefinitionRegistrationOptions(document_selector=ours)
        wanted.append(types.Registration("definition", types.TEXT_DOCUMENT_DEFINITION, definition))
    if document and document.document_highlight and document.document_highlight.dynamic_registration:
        highlight = types.DocumentHighlightRegistrationOptions(document_selector=ours)
        wanted.append(types.Registration("highlight", types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, highlight))
    return wanted


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
    places = _Places(ls, given)
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


def _definition(ls: XdpServer, params: types.DefinitionParams) -> types.Location | None:
    uri = params.text_document.uri
    given = ls.session.listings.given(uri) if ls.session is not None else None
    character = given.character(params.position) if given is not None else None
    if given is None or character is None:
        return None
    row = leads_to(given.listing, params.position.line, character)
    if row is not None:
        return types.Location(uri, types.Range(types.Position(row, 0), types.Position(row, 0)))
    location = given.listing.rows[params.position.line].location
    return None if location is None else _Places(ls, given).location(location)


def _highlights(ls: XdpServer, params: types.DocumentHighlightParams) -> list[types.DocumentHighlight] | None:
    given = ls.session.listings.given(params.text_document.uri) if ls.session is not None else None
    if given is None or given.character(params.position) is None:
        return None
    return [
        types.DocumentHighlight(given.range(row), types.DocumentHighlightKind.Text)
        for row in same_line(given.listing, params.position.line)
    ]


class _Places:
    """Where a listing's instructions come from, in the documents as they are now."""

    def __init__(self, ls: XdpServer, given: Given) -> None:
        assert ls.session is not None
        self._session = ls.session
        self._given = given
        # As it stands now, where it is the same report that the listing is of.
        newest = ls.session.view(given.source)
        known = given.view.report if given.view is not None else None
        self._view = newest if newest is not None and newest.report is known else given.view
        self._lines: dict[tuple[str, int], dict[str, object]] = {}

    def location(self, place: SourceLocation) -> types.Location:
        """The token that line info names, or the line."""
        view = self._view
        assert view is not None
        span = SourceRange.at(place)
        if place.path == view.path and (found := view.range(span)) is not None:
            return types.Location(view.document.uri, found)
        texts = view.report.insight.lines if view.report.insight is not None else {}

        def text(number: int) -> bytes | None:
            known = texts.get((place.path, number))
            return None if known is None else encode(known)

        return types.Location(self._session.uri_of(place.path), range_of(span_of(span, text, view.encoding)))

    def line(self, place: SourceLocation | None) -> dict[str, object] | None:
        if place is None or self._view is None:
            return None
        key = place.path, place.line
        if key not in self._lines:
            found = self.location(SourceLocation(*key))
            self._lines[key] = {"uri": found.uri, "line": found.range.start.line}
        return self._lines[key]


def _row_from(ls: XdpServer, source: str, given: Given, position: types.Position) -> int | None:
    """The row of the first instruction from the line at `position` of the document `source`, or from a later one."""
    view = ls.session.view(source) if ls.session is not None else None
    cursor = view.cursor(position) if view is not None else None
    if cursor is None:
        return None
    return given.listing.first_from(cursor.location.path, cursor.location.line)
