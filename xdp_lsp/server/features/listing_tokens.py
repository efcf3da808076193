"""textDocument/semanticTokens in listings: their colours.

Types are LSP's own, modifiers too but for two: `delta` (a delta is computed by the instruction, `*` in the listing) and
`movesPacket` (`>`). A client that takes no registration (Neovim) has them announced at the start: it colours by each
server for itself, so that none stands in another's way, and a C file has none of ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsprotocol import types

from xdp_lsp.ide.bytecode import Row
from xdp_lsp.ide.bytecode.tokens import Trait, Word, tokens
from xdp_lsp.server.listings import ROWS_AT_A_TIME, SELECTOR, Given
from xdp_lsp.source import Encoding

if TYPE_CHECKING:
    from xdp_lsp.server.app import XdpServer

_TYPES = {word: at for at, word in enumerate(Word)}
_MODIFIERS = {trait: 1 << at for at, trait in enumerate(Trait)}
_OPTIONS = types.SemanticTokensRegistrationOptions(
    legend=types.SemanticTokensLegend([word.value for word in Word], [trait.value for trait in Trait]),
    document_selector=SELECTOR,
    full=True,
    range=True,
)


def announce(server: XdpServer) -> None:
    """Before `initialize` is answered: to clients that cannot be told later for which documents."""
    capable = _capable(server)
    if capable is not None and not capable.dynamic_registration:
        _answer(server)


def registrations(server: XdpServer) -> list[types.Registration]:
    """What is registered once the client is initialized."""
    capable = _capable(server)
    if capable is None or not capable.dynamic_registration:
        return []
    _answer(server)
    return [types.Registration("semantic_tokens", "textDocument/semanticTokens", _OPTIONS)]


def _capable(server: XdpServer) -> types.SemanticTokensClientCapabilities | None:
    document = server.client_capabilities.text_document
    return document.semantic_tokens if document is not None else None


def _answer(server: XdpServer) -> None:
    server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, _OPTIONS)(_full)
    server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, _OPTIONS)(_range)


def given_listing(ls: XdpServer, uri: str) -> Given | None:
    """The listing that the client has as `uri`; None where that is none."""
    return ls.session.listings.given(uri) if ls.session is not None else None


async def _full(ls: XdpServer, params: types.SemanticTokensParams) -> dict[str, list[int]] | None:
    given = given_listing(ls, params.text_document.uri)
    return None if given is None else await _tokens(ls, given.listing.rows)


async def _range(ls: XdpServer, params: types.SemanticTokensRangeParams) -> dict[str, list[int]] | None:
    given = given_listing(ls, params.text_document.uri)
    if given is None:
        return None
    first, last = params.range.start.line, params.range.end.line
    return await _tokens(ls, given.listing.rows[: last + 1], first)


async def _tokens(ls: XdpServer, rows: Sequence[Row], first: int = 0) -> dict[str, list[int]]:
    """Those of `rows` from `first` on; as plain JSON, which is sent as it is (see `Protocol`)."""
    encoding = Encoding(ls.workspace.position_encoding)
    data: list[int] = []
    row_before, start_before = 0, 0
    for at in range(first, len(rows)):
        text = rows[at].text
        for start, end, word, traits in tokens(rows[at]):
            begin = encoding.units(text[:start])
            if at != row_before:
                start_before = 0
            data += (
                at - row_before,
                begin - start_before,
                encoding.units(text[start:end]),
                _TYPES[word],
                sum(_MODIFIERS[trait] for trait in traits),
            )
            row_before, start_before = at, begin
        if at % ROWS_AT_A_TIME == ROWS_AT_A_TIME - 1:
            await asyncio.sleep(0)
    return {"data": data}
