"""What is answered in listings alone: where an instruction leads, what belongs together, functions, colours.

In a C file all of it is another server's, so it is announced only to clients that can be told for which documents;
`listing_tokens` has an exception.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from xdp_lsp.ide.bytecode.places import leads_to, same_line
from xdp_lsp.server.features import listing_tokens
from xdp_lsp.server.features.listing_tokens import given_listing
from xdp_lsp.server.listing_places import Places
from xdp_lsp.server.listings import SELECTOR

if TYPE_CHECKING:
    from xdp_lsp.server.app import XdpServer


def registrations(server: XdpServer) -> list[types.Registration]:
    """What is registered once the client is initialized, as far as it lets us."""
    document = server.client_capabilities.text_document
    wanted = listing_tokens.registrations(server)
    for capability, method, handler, options in _ANSWERS:
        server.feature(method)(handler)
        capable = getattr(document, capability, None)
        if capable is not None and capable.dynamic_registration:
            wanted.append(types.Registration(capability, method, options(document_selector=SELECTOR)))
    return wanted


def _definition(ls: XdpServer, params: types.DefinitionParams) -> types.Location | None:
    uri = params.text_document.uri
    given = given_listing(ls, uri)
    character = given.character(params.position) if given is not None else None
    if ls.session is None or given is None or character is None:
        return None
    row = leads_to(given.listing, params.position.line, character)
    if row is not None:
        return types.Location(uri, types.Range(types.Position(row, 0), types.Position(row, 0)))
    location = given.listing.rows[params.position.line].location
    return None if location is None else Places(ls.session.views, given).location(location)


def _highlights(ls: XdpServer, params: types.DocumentHighlightParams) -> list[types.DocumentHighlight] | None:
    given = given_listing(ls, params.text_document.uri)
    if given is None or given.character(params.position) is None:
        return None
    return [
        types.DocumentHighlight(given.range(row), types.DocumentHighlightKind.Text)
        for row in same_line(given.listing, params.position.line)
    ]


def _symbols(ls: XdpServer, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol] | None:
    given = given_listing(ls, params.text_document.uri)
    if given is None:
        return None
    found = []
    for one in given.listing.functions:
        header = given.range(one.first)
        whole = types.Range(header.start, given.range(one.last).end)
        kind = types.SymbolKind.Function
        found.append(types.DocumentSymbol(one.name, kind, whole, header, detail=one.said))
    return found


def _folds(ls: XdpServer, params: types.FoldingRangeParams) -> list[types.FoldingRange] | None:
    given = given_listing(ls, params.text_document.uri)
    if given is None:
        return None
    return [types.FoldingRange(one.first, one.last) for one in given.listing.functions]


# By the client's capability: the method, who answers, and what it is registered with.
_ANSWERS: tuple[tuple[str, str, Any, Any], ...] = (
    ("definition", types.TEXT_DOCUMENT_DEFINITION, _definition, types.DefinitionRegistrationOptions),
    (
        "document_highlight",
        types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT,
        _highlights,
        types.DocumentHighlightRegistrationOptions,
    ),
    (
        "document_symbol",
        types.TEXT_DOCUMENT_DOCUMENT_SYMBOL,
        _symbols,
        types.DocumentSymbolRegistrationOptions,
    ),
    ("folding_range", types.TEXT_DOCUMENT_FOLDING_RANGE, _folds, types.FoldingRangeRegistrationOptions),
)
