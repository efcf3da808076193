"""What is checked when: one job per file, the newest request wins, and what it supersedes is stopped.

A file is idle, or has one task, which waits for a worker, then runs in it. A new request for the file cancels
the task and starts another; so no file can have two, and no result of an older one is heard.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from typing import Any, Generic, Protocol, TypeVar

from xdp_lsp.server.workers import JobFailedError

Key = TypeVar("Key", bound=Hashable)
Request = TypeVar("Request")
Key_contra = TypeVar("Key_contra", bound=Hashable, contravariant=True)
Request_contra = TypeVar("Request_contra", contravariant=True)


class Runner(Protocol[Request_contra]):
    """What runs a job: `WorkerPool`."""

    async def run(self, request: Request_contra, on_result: Callable[[Any], None], limit: float) -> None: ...


class Listener(Protocol[Key_contra, Request_contra]):
    """What is told of the jobs' fates; always about the newest request of a file."""

    def on_begin(self, key: Key_contra, request: Request_contra) -> None: ...

    def on_result(self, key: Key_contra, request: Request_contra, result: Any) -> None: ...

    def on_failure(self, key: Key_contra, request: Request_contra, sentence: str) -> None: ...

    def on_end(self, key: Key_contra) -> None:
        """After the last result, a failure, or when stopped; not when superseded."""


class Scheduler(Generic[Key, Request]):
    """Runs at most one job per key; how many at once is the runner's affair."""

    def __init__(self, runner: Runner[Request], listener: Listener[Key, Request]) -> None:
        self._runner = runner
        self._listener = listener
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._stopping: set[asyncio.Task[None]] = set()

    def submit(self, key: Key, request: Request, limit: float) -> None:
        """Check `key` anew; what was being done for it is stopped. `limit` is in seconds."""
        if key in self._tasks:
            self._stop(key)
        else:
            self._listener.on_begin(key, request)
        self._tasks[key] = asyncio.get_running_loop().create_task(self._run(key, request, limit))

    def is_busy(self, key: Key) -> bool:
        """Whether something is being done for `key`, or waits for a worker."""
        return key in self._tasks

    def cancel(self, key: Key) -> None:
        """Stop what is being done for `key`; nothing more is heard of it."""
        if key in self._tasks:
            self._stop(key)
            self._listener.on_end(key)

    def cancel_all(self) -> None:
        for key in list(self._tasks):
            self.cancel(key)

    def _stop(self, key: Key) -> None:
        task = self._tasks.pop(key)
        self._stopping.add(task)  # the loop itself keeps only weak references
        task.add_done_callback(self._stopping.discard)
        task.cancel()

    async def _run(self, key: Key, request: Request, limit: float) -> None:
        task = asyncio.current_task()

        def deliver(result: Any) -> None:
            # A result may arrive between the order to cancel and the cancelling.
            if self._tasks.get(key) is task:
                self._listener.on_result(key, request, result)

        failure = ""
        try:
            await self._runner.run(request, deliver, limit)
        except JobFailedError as error:
            failure = str(error)
        if self._tasks.get(key) is task:
            if failure:
                self._listener.on_failure(key, request, failure)
            del self._tasks[key]
            self._listener.on_end(key)
