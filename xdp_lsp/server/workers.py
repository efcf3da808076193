"""A bounded pool of warm worker processes, as the event loop sees it.

Invariant: nothing here blocks the event loop. Each worker has two threads, one that starts its process and
waits for what it says, one that writes to it.

multiprocessing starts the processes: it is the interpreter running itself, not a foreign program.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from queue import SimpleQueue
from typing import Any

from xdp_lsp.pipeline.processes import spawn_context
from xdp_lsp.server import worker_process
from xdp_lsp.server.worker_process import (
    Cancel,
    Ended,
    JobFunction,
    Prepare,
    Quit,
    Ready,
    Result,
    Run,
)

# Seconds. A cancelled job gets GRACE to end by itself, a worker told to quit to be gone; then it is killed.
GRACE = 1.0
START_LIMIT = 60.0
# So many workers in a row that die before they are ready mean that none will ever be.
MAX_FALSE_STARTS = 3

_log = logging.getLogger(__name__)


class JobFailedError(Exception):
    """A job brought no result; the text is a sentence."""


class WorkerDiedError(JobFailedError):
    """The worker's process ended in the middle of the job."""


class _Worker:
    """One process and what it is doing. All methods are called in the event loop's thread."""

    def __init__(self, pool: WorkerPool, function: JobFunction, prepare: Prepare | None) -> None:
        self._pool = pool
        self._function = function
        self._prepare = prepare
        self._loop = asyncio.get_running_loop()
        self._outbox: SimpleQueue[Any] = SimpleQueue()
        self._job: int | None = None
        self._on_result: Callable[[Any], None] | None = None
        self._ended: asyncio.Future[Ended] | None = None
        self._deadline: asyncio.TimerHandle | None = self._loop.call_later(START_LIMIT, self.kill)
        self.process_id: int | None = None
        self.is_ready = False
        self.gone = asyncio.Event()
        self.thread = threading.Thread(target=self._run_process, daemon=True)
        self.thread.start()

    # In the event loop

    async def run(self, job: int, request: Any, on_result: Callable[[Any], None], limit: float) -> None:
        """Run one job to its end. Raises JobFailedError; a cancelled job gets GRACE to end by itself."""
        if self.gone.is_set():
            raise WorkerDiedError("The process that was to analyse the file is gone.")
        self._job, self._on_result = job, on_result
        self._ended = ended = self._loop.create_future()
        self._outbox.put(Run(job, request))
        try:
            outcome = await asyncio.wait_for(asyncio.shield(ended), limit)
        except asyncio.TimeoutError:
            self._abandon(job, Quit())
            raise JobFailedError(f"The analysis did not finish within {limit:g} s and was stopped.") from None
        except asyncio.CancelledError:
            self._abandon(job, Cancel(job) if os.name == "posix" else Quit())
            raise
        if outcome.error:
            if outcome.detail:
                _log.error("%s", outcome.detail)
            raise JobFailedError(outcome.error)

    def _abandon(self, job: int, order: Cancel | Quit) -> None:
        if self._job == job:  # else it has ended meanwhile, and the worker may be busy with another
            self._on_result = None
            self._outbox.put(order)
            self._set_deadline(GRACE)

    def quit(self) -> None:
        """End the process; `gone` is set when it has ended."""
        self._outbox.put(Quit())
        self._set_deadline(GRACE)

    def kill(self) -> None:
        """For a process that does not answer."""
        if self.process_id is None or self.gone.is_set():
            return
        if os.name == "posix":
            with suppress(OSError):
                os.killpg(self.process_id, signal.SIGKILL)
        with suppress(OSError):
            # SIGTERM is TerminateProcess() on Windows; elsewhere a new process may not lead its group yet.
            os.kill(self.process_id, signal.SIGKILL if os.name == "posix" else signal.SIGTERM)

    def _set_deadline(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self._loop.call_later(seconds, self.kill)

    def _on_message(self, message: Any) -> None:
        if isinstance(message, Result):
            if message.job == self._job and self._on_result is not None:
                self._on_result(message.value)
            return
        self._set_deadline(None)
        if isinstance(message, Ended) and self._ended is not None and not self._ended.done():
            self._ended.set_result(message)
        self._job = self._on_result = self._ended = None
        if isinstance(message, Ready):
            self.is_ready = True
        if not (isinstance(message, Ended) and message.retiring):
            self._pool.on_idle(self)

    def _on_start(self, process_id: int) -> None:
        self.process_id = process_id

    def _on_death(self, reason: str) -> None:
        self._set_deadline(None)
        self._outbox.put(None)
        self.gone.set()
        if self._ended is not None and not self._ended.done():
            self._ended.set_exception(
                WorkerDiedError(f"The process that analysed the file ended unexpectedly{reason}.")
            )
            self._ended.exception()  # whoever waited may have been cancelled: that is no error to be logged
        self._pool.on_death(self)

    # In the threads

    def _run_process(self) -> None:
        folder, reason = "", ""
        try:
            folder = tempfile.mkdtemp(prefix="xdp-lsp-")
            context = spawn_context()
            ours, theirs = context.Pipe()
            process = context.Process(
                target=worker_process.main,
                args=(theirs, self._function, folder, self._prepare),
                daemon=True,
            )
            process.start()
            theirs.close()
            self._post(self._on_start, process.pid)
            writer = threading.Thread(target=self._write, args=(ours,), daemon=True)
            writer.start()
            with suppress(EOFError, OSError):
                while True:
                    self._post(self._on_message, ours.recv())
            process.join()
            reason = f" (exit status {process.exitcode})"
            with suppress(ValueError):  # start() in another thread reaps our child now and then
                process.close()
            self._outbox.put(None)
            writer.join()
            ours.close()
        except Exception as error:
            _log.error("A worker process could not be started: %s", error)
            reason = f" ({error})"
        finally:
            if folder:
                shutil.rmtree(folder, ignore_errors=True)
            self._post(self._on_death, reason)

    def _write(self, connection: Any) -> None:
        for message in iter(self._outbox.get, None):
            with suppress(OSError):
                connection.send(message)

    def _post(self, callback: Callable[..., None], *arguments: Any) -> None:
        with suppress(RuntimeError):  # the loop has closed
            self._loop.call_soon_threadsafe(callback, *arguments)


class Background:
    """Runs jobs that may wait: together they leave one worker of the pool to others."""

    def __init__(self, pool: WorkerPool, size: int) -> None:
        self._pool = pool
        self._slots = asyncio.Semaphore(max(1, size - 1))

    async def run(self, request: Any, on_result: Callable[[Any], None], limit: float) -> None:
        """As `WorkerPool.run`."""
        async with self._slots:
            await self._pool.run(request, on_result, limit)


class WorkerPool:
    """At most `size` processes that run `function`, started when first needed and replaced when they die.

    Each calls `prepare` before it is ready. Both must be importable by name in a new process.
    """

    def __init__(self, function: JobFunction, size: int, prepare: Prepare | None = None) -> None:
        self._function = function
        self._prepare = prepare
        self._size = size
        self._jobs = count(1)
        self._workers: set[_Worker] = set()
        self._idle: list[_Worker] = []
        self._waiting: deque[asyncio.Future[_Worker]] = deque()
        self._false_starts = 0
        self._closed = False
        self.background = Background(self, size)

    def warm_up(self) -> None:
        """Start a first worker, so that the first job finds one."""
        if not self._workers:
            self._start_worker()

    @property
    def process_ids(self) -> list[int]:
        """Of the workers that run, for tests and logs."""
        return [worker.process_id for worker in self._workers if worker.process_id is not None]

    async def run(self, request: Any, on_result: Callable[[Any], None], limit: float) -> None:
        """Run one job; `on_result` is called with each of its results as they come.

        `limit` is in seconds, from when a worker takes the job. Raises JobFailedError. A job whose worker
        dies before its first result is tried once more by another. Cancel the task to stop the job.
        """
        delivered = False

        def deliver(value: Any) -> None:
            nonlocal delivered
            delivered = True
            on_result(value)

        try:
            await (await self._take()).run(next(self._jobs), request, deliver, limit)
        except WorkerDiedError:
            if delivered:
                raise
            await (await self._take()).run(next(self._jobs), request, deliver, limit)

    async def close(self) -> None:
        """End all workers, at once, whatever they do."""
        self._closed = True
        for future in self._waiting:
            future.cancel()
        workers = list(self._workers)
        for worker in workers:
            worker.quit()
        for worker in workers:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(worker.gone.wait(), 2 * GRACE)

    async def _take(self) -> _Worker:
        if self._closed:
            raise JobFailedError("The server is shutting down.")
        if self._idle:
            return self._idle.pop()
        starting = sum(1 for worker in self._workers if not worker.is_ready)
        waiting = sum(1 for future in self._waiting if not future.done())
        if len(self._workers) < self._size and starting <= waiting:
            self._start_worker()  # else there is one on its way for this job
        future: asyncio.Future[_Worker] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.exception() is None:
                self.on_idle(future.result())
            raise

    def _start_worker(self) -> None:
        self._workers.add(_Worker(self, self._function, self._prepare))

    def on_idle(self, worker: _Worker) -> None:
        """`worker` can take a job."""
        self._false_starts = 0
        if self._closed or worker not in self._workers:
            return
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(worker)
                return
        self._idle.append(worker)

    def on_death(self, worker: _Worker) -> None:
        """`worker` is gone. Another takes its place at once, so that the next job finds one warm."""
        self._workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        if self._closed:
            return
        if not worker.is_ready:
            self._false_starts += 1
        if self._false_starts < MAX_FALSE_STARTS:
            self._start_worker()
            return
        self._false_starts = 0
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_exception(
                    JobFailedError("No worker process could be started; the server's log says why.")
                )
