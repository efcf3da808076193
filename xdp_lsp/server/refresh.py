"""Asks the client to ask again for what stands in its texts: lenses and hints do not change by themselves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

DELAY = 0.02  # seconds in which results that come together are waited for

_log = logging.getLogger(__name__)


class Refresh:
    """What the client lets us ask for: `of_lenses`, `of_hints`. One that does not is told nothing after its answer."""

    def __init__(self, server: LanguageServer, capabilities: types.ClientCapabilities) -> None:
        workspace = capabilities.workspace
        lenses, hints = (workspace.code_lens, workspace.inlay_hint) if workspace else (None, None)
        self.of_lenses = lenses is not None and bool(lenses.refresh_support)
        self.of_hints = hints is not None and bool(hints.refresh_support)
        self._requests: list[_Request] = []
        if self.of_lenses:
            self._requests.append(_Request(lambda: server.workspace_code_lens_refresh_async(None)))
        if self.of_hints:
            self._requests.append(_Request(lambda: server.workspace_inlay_hint_refresh_async(None)))

    def soon(self) -> None:
        """Something is new."""
        for request in self._requests:
            request.soon()

    def stop(self) -> None:
        for request in self._requests:
            request.stop()


class _Request:
    """Coalesces: while one is not answered yet, any number of further ones make one."""

    def __init__(self, ask: Callable[[], Awaitable[object]]) -> None:
        self._ask = ask
        self._is_wanted = False
        self._task: asyncio.Task[None] | None = None

    def soon(self) -> None:
        self._is_wanted = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        while self._is_wanted:
            await asyncio.sleep(DELAY)
            self._is_wanted = False
            try:
                await self._ask()
            except JsonRpcException as error:
                _log.info("The client does not refresh: %s", error)
