"""Work-done progress for what takes longer than a moment."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Hashable
from pathlib import Path
from uuid import uuid4

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

PATIENCE = 0.5  # seconds before the user is told that something is being done

_log = logging.getLogger(__name__)


class Progress:
    """One progress per file that is being checked; none where the client cannot show any."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._ends: dict[Hashable, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, key: Hashable, path: str) -> None:
        window = self._server.client_capabilities.window
        if window is None or not window.work_done_progress:
            return
        ended = self._ends[key] = asyncio.Event()
        task = asyncio.get_running_loop().create_task(self._show(ended, Path(path).name))
        self._tasks.add(task)  # the loop itself keeps only weak references
        task.add_done_callback(self._tasks.discard)

    def end(self, key: Hashable) -> None:
        ended = self._ends.pop(key, None)
        if ended is not None:
            ended.set()

    async def _show(self, ended: asyncio.Event, name: str) -> None:
        try:
            await asyncio.wait_for(ended.wait(), PATIENCE)
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
        self._tell(token, types.WorkDoneProgressBegin(title=f"xdp-lsp: checking {name}"))
        await ended.wait()
        self._tell(token, types.WorkDoneProgressEnd())

    def _tell(self, token: str, value: types.WorkDoneProgressBegin | types.WorkDoneProgressEnd) -> None:
        self._server.progress(types.ProgressParams(token, value))
