"""xdp-lsp/status: how each open file stands, for clients that have a place to show it.

A client asks for it by `experimental: {"xdp-lsp": {"status": true}}` among its capabilities. Invariant: what is shown
is of the text and the settings of now, or says otherwise, but for PATIENCE: so it does not flicker while one types and
saves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any, NamedTuple

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from xdp_lsp.analysis.words import some
from xdp_lsp.ide import State, in_configuration
from xdp_lsp.ide.page import Page, Paragraph
from xdp_lsp.ide.render import markdown
from xdp_lsp.server.background_roots import BackgroundRoots, is_c
from xdp_lsp.server.configurations import Configurations
from xdp_lsp.server.documents import Document, Documents
from xdp_lsp.server.roots import Freshness, Root, RootState
from xdp_lsp.server.summaries import Summaries
from xdp_lsp.server.trust import is_restricted

STATUS = "xdp-lsp/status"
PATIENCE = 0.3  # seconds before it is told that what is shown is of an earlier text, or being looked at


class _Shown(NamedTuple):
    """What a client shows of one document; `is_settled` where it holds until somebody does something."""

    state: State
    text: str = ""
    page: Page = ()
    targets: tuple[str, ...] = ()
    is_settled: bool = True


_NOTHING = _Shown(State.NONE)


class StatusBar:
    """Tells the client, if it asked for that.

    `is_busy` says whether a file is being analysed, `is_waiting` whether it will be once typing pauses.
    """

    def __init__(
        self,
        server: LanguageServer,
        initialize: types.InitializeParams,
        documents: Documents,
        roots: Mapping[Root, RootState],
        *,
        summaries: Summaries,
        background: BackgroundRoots,
        configurations: Configurations,
        is_busy: Callable[[Root], bool],
        is_waiting: Callable[[Root], bool],
    ) -> None:
        self._server = server
        self._documents = documents
        self._roots = roots
        self._summaries = summaries
        self._background = background
        self._configurations = configurations
        self._is_busy, self._is_waiting = is_busy, is_waiting
        self._is_wanted = _wants_status(initialize.capabilities)
        self._restricted = is_restricted(initialize)
        self._sent: dict[str, dict[str, object]] = {}  # by URI
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._renewal: asyncio.Handle | None = None

    def soon(self) -> None:
        """Something may be otherwise."""
        if self._is_wanted and self._renewal is None:
            self._renewal = asyncio.get_running_loop().call_soon(self._renew)

    def stop(self) -> None:
        self._is_wanted = False
        for handle in (self._renewal, *self._timers.values()):
            if handle is not None:
                handle.cancel()

    def closed(self, uri: str) -> None:
        """The client has forgotten what was shown there."""
        self._sent.pop(uri, None)
        self._calm(uri)

    def _renew(self) -> None:
        self._renewal = None
        for uri in self._documents.by_uri:
            self._look_at(uri)

    def _look_at(self, uri: str, *, is_patient: bool = True) -> None:
        shown = self._shown(self._documents.by_uri[uri])
        message: dict[str, object] = {
            "uri": uri,
            "state": shown.state.value,
            "text": shown.text,
            "targets": some(shown.targets),
            "detail": markdown(shown.page) if shown.page else "",
            "restricted": self._restricted,
        }
        if message == self._sent.get(uri):
            self._calm(uri)
        elif shown.is_settled or not is_patient:
            self._calm(uri)
            self._sent[uri] = message
            self._server.protocol.notify(STATUS, message)
        elif uri not in self._timers:
            loop = asyncio.get_running_loop()
            self._timers[uri] = loop.call_later(PATIENCE, lambda: self._look_at(uri, is_patient=False))

    def _calm(self, uri: str) -> None:
        timer = self._timers.pop(uri, None)
        if timer is not None:
            timer.cancel()

    def _shown(self, document: Document) -> _Shown:
        """The worst that its own file, or else the files that include it, have to say."""
        own = [root for root, state in self._roots.items() if state.document is document]
        expected = self._background.of(document) if not own and is_c(document) else ()
        concerned = own or [
            root
            for root, state in self._roots.items()
            if document.key in state.dependencies or root.file in expected
        ]
        told = (self._of_root(root, self._roots[root]) for root in concerned)
        return max(told, key=lambda shown: shown.state.rank, default=_NOTHING)

    def _of_root(self, root: Root, state: RootState) -> _Shown:
        name, targets = PurePath(state.document.path).name, state.settings.targets
        if self._will_change(root, state):
            being = (Paragraph(f"{name} is being analysed."),)
            return _Shown(State.ANALYSING, "analysing", being, targets, is_settled=False)
        if state.newest is None:
            why = (Paragraph(state.failure or f"The analysis of {name} was stopped."),)
            return _Shown(State.FAILED, "not analysed", why, targets)
        found = self._summaries.of(root, state.newest.report)
        if found.state is State.NONE:
            return _NOTHING
        if len(self._configurations.names(root.file)) > 1:
            found = in_configuration(found, self._configurations.name_of(root))
        if not state.is_edited(self._documents):
            return _Shown(found.state, found.text, found.page, targets)
        standing = Freshness.EDITED.words
        page = (*found.page, Paragraph(f"({standing})"))
        return _Shown(found.state, f"{found.text} · {standing}", page, targets, is_settled=False)

    def _will_change(self, root: Root, state: RootState) -> bool:
        """Whether another verdict is on its way, without anybody's doing."""
        is_under_way = self._is_busy(root) or not state.is_asked
        return self._is_waiting(root) or (state.newest is None and is_under_way)


def _wants_status(capabilities: types.ClientCapabilities) -> bool:
    experimental: Any = capabilities.experimental
    ours = experimental.get("xdp-lsp") if isinstance(experimental, Mapping) else None
    return isinstance(ours, Mapping) and ours.get("status") is True
