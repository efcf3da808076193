"""Work-done progress for what takes longer than a moment."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Hashable
from typing import Generic, TypeVar
from uuid import uuid4

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

Key = TypeVar("Key", bound=Hashable)

PATIENCE = 0.5  # seconds before the user is told that something is being done

_log = logging.getLogger(__name__)


class Progress(Generic[Key]):
    """One progress per thing that is being done; none where the client cannot show any."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._ends: dict[Key, asyncio.Future[str]] = {}
        self._shown: dict[types.ProgressToken, Key] = {}
        self._news: dict[Key, types.WorkDoneProgressReport] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, key: Key, what: str) -> None:
        """`what` is for the user: "checking prog.c"."""
        window = self._server.client_capabilities.window
        if window is None or not window.work_done_progress:
            return
        loop = asyncio.get_running_loop()
        ended = self._ends[key] = loop.create_future()
        task = loop.create_task(self._show(key, ended, what))
        self._tasks.add(task)  # the loop itself keeps only weak references
        task.add_done_callback(self._tasks.discard)

    def report(self, key: Key, message: str, done: int, among: int) -> None:
        """How far it is."""
        if key not in self._ends:
            return
        told = types.WorkDoneProgressReport(message=message, percentage=100 * done // max(among, 1))
        self._news[key] = told
        for token, shown in self._shown.items():
            if shown == key:
                self._tell(token, told)

    def end(self, key: Key, how: str = "") -> None:
        """`how` is for the user, where it is worth telling."""
        self._news.pop(key, None)
        ended = self._ends.pop(key, None)
        if ended is not None:
            ended.set_result(how)

    def key_of(self, token: types.ProgressToken) -> Key | None:
        """What is being done that is shown as `token`."""
        return self._shown.get(token)

    async def _show(self, key: Key, ended: asyncio.Future[str], what: str) -> None:
        try:
            await asyncio.wait_for(asyncio.shield(ended), PATIENCE)
            return
        except asyncio.TimeoutError:
            token = str(uuid4())
        try:
            await self._server.window_work_done_progress_create_async(
                types.WorkDoneProgressCreateParams(token)
            )
        except JsonRpcException as error:
            _log.info("The client shows no progress: %s", error)
            return
        if ended.done():
            return
        self._shown[token] = key
        known = self._news.get(key)
        begin = types.WorkDoneProgressBegin(
            title=f"xdp-lsp: {what}",
            cancellable=True,
            message=known.message if known is not None else None,
            percentage=known.percentage if known is not None else None,
        )
        self._tell(token, begin)
        how = await ended
        del self._shown[token]
        self._tell(token, types.WorkDoneProgressEnd(message=how or None))

    def _tell(
        self,
        token: types.ProgressToken,
        value: types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd,
    ) -> None:
        self._server.progress(types.ProgressParams(token, value))
