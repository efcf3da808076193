"""What runs inside a worker process: jobs one after another, each of which can be stopped half way.

The main thread works; a second one reads what the server sends, so that an order to stop, and the end of the
server (end of file on the pipe), are heard at once. Whichever way a worker ends, nothing of it stays: the
foreign program it was running and its temporary folder go with it.

Invariant: nothing here, and nothing it imports, imports pygls (0.3 s and 30 MB per worker).
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from types import FrameType
from typing import Any, NamedTuple, NoReturn

if sys.platform != "win32":
    import resource

# What a job does with its request: yields results as they come.
JobFunction = Callable[[Any, "Control"], Generator[Any, None, None]]
Prepare = Callable[[], None]

ADDRESS_SPACE = 8 << 30  # bytes; a job that wants more ends in MemoryError
# A worker whose memory once peaked over this many bytes is replaced after its job: what Python has taken it
# seldom gives back.
RETIREMENT_PEAK = 768 << 20


class Run(NamedTuple):
    """To the worker: begin a job."""

    job: int
    request: Any


class Cancel(NamedTuple):
    """To the worker: stop this job, should it still run; `Ended` follows either way."""

    job: int


class Quit(NamedTuple):
    """To the worker: end now, whatever is running."""


class Ready(NamedTuple):
    """From the worker: everything is imported."""


class Result(NamedTuple):
    """From the worker: one of the results of a job."""

    job: int
    value: Any


class Ended(NamedTuple):
    """From the worker: the job is over. `error` is a sentence where it failed, `detail` is for the log;
    `retiring` says that the worker takes no more jobs."""

    job: int
    error: str = ""
    detail: str = ""
    retiring: bool = False


class Control:
    """A job's way to tell its worker things."""

    def __init__(self) -> None:
        self.interruptible: int | None = None  # the job that may be interrupted just now
        self.foreign: int | None = None

    def runs(self, group: int) -> None:
        """The job has started a foreign program, which leads the process group `group`."""
        self.foreign = group

    @contextmanager
    def uninterrupted(self) -> Iterator[None]:
        """For code that an exception in its middle would leave in disorder, such as calls of a C library whose
        results have to be freed. An order to stop is obeyed at the end of it."""
        job, self.interruptible = self.interruptible, None
        try:
            yield
        finally:
            self.interruptible = job


class JobCancelled(BaseException):
    """Raised in the middle of a job that is to stop. Not an Exception: no handler in a job may swallow it."""


def main(
    connection: Connection[Any, Any], function: JobFunction, folder: str, prepare: Prepare | None = None
) -> None:
    """Serve jobs until told to quit. `folder` is this worker's own place for temporary files."""
    if os.name == "posix":
        os.setpgid(0, 0)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, resource.getrlimit(resource.RLIMIT_AS)[1]))
    tempfile.tempdir = folder
    if prepare is not None:
        prepare()
    worker = _Worker(connection, function, folder)
    try:
        worker.serve()
    except ConnectionError:  # the server is gone
        worker.quit()


class _Worker:
    def __init__(self, connection: Connection[Any, Any], function: JobFunction, folder: str) -> None:
        self._connection = connection
        self._function = function
        self._folder = _Folder(Path(folder))
        self._inbox: SimpleQueue[Run] = SimpleQueue()
        self._cancelled: int | None = None
        self._control = Control()

    def serve(self) -> None:
        signal.signal(signal.SIGINT, self._on_interrupt)
        if os.name == "posix":
            signal.signal(signal.SIGTERM, lambda *_: self.quit())
        gc.freeze()  # what has been imported stays: collections shall not look through it
        threading.Thread(target=self._listen, daemon=True).start()
        self._connection.send(Ready())
        while True:
            run = self._inbox.get()
            error, detail = self._work(run)
            if error or self._cancelled == run.job:
                self._folder.empty()
            retiring = _peak() > RETIREMENT_PEAK
            self._connection.send(Ended(run.job, error, detail, retiring))
            if retiring:
                self.quit()

    def _work(self, run: Run) -> tuple[str, str]:
        try:
            self._folder.provide()
            with closing(self._function(run.request, self._control)) as steps:
                while True:
                    try:
                        value = self._next(steps, run.job)
                    except StopIteration:
                        return "", ""
                    self._connection.send(Result(run.job, value))
        except JobCancelled:
            return "", ""
        except MemoryError:
            return "The analysis ran out of memory.", ""
        except OSError as error:  # the disk is full, say: that is no fault to be traced
            return f"The analysis failed ({error}).", ""
        except Exception as error:
            return f"The analysis failed ({type(error).__name__}: {error}).", traceback.format_exc()

    def _next(self, steps: Generator[Any, None, None], job: int) -> Any:
        """The next result. Only in here can a job be interrupted: never while a message is being written."""
        self._control.interruptible = job
        try:
            self._raise_if_cancelled()
            return next(steps)
        finally:
            self._control.interruptible = None
            self._control.foreign = None

    def _raise_if_cancelled(self) -> None:
        job = self._control.interruptible
        if job is not None and job == self._cancelled:
            self._control.interruptible = None
            raise JobCancelled

    def _on_interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self._raise_if_cancelled()

    def _listen(self) -> None:
        """The second thread."""
        while True:
            try:
                message = self._connection.recv()
            except Exception:  # mostly the end of the file; whatever it is, nobody can be heard any more
                self.quit()
            if isinstance(message, Run):
                self._inbox.put(message)
            elif isinstance(message, Cancel):
                self._cancelled = message.job
                if os.name == "posix":
                    # It ends a system call that the main thread waits in, which raise_signal does not.
                    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            else:
                self.quit()

    def quit(self) -> NoReturn:
        if os.name == "posix":
            foreign = self._control.foreign
            # A program that was started a moment ago, or to ask a compiler who it is, has not been told of.
            for process in {*_children(), *(() if foreign is None else (foreign,))}:
                with suppress(OSError):
                    os.killpg(process, signal.SIGKILL)
            self._folder.remove()
            os.killpg(0, signal.SIGKILL)
        os._exit(0)


def _children() -> Iterator[int]:
    """The processes that this one has started, where Linux tells (CONFIG_PROC_CHILDREN)."""
    for children in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            yield from map(int, children.read_text().split())


def _peak() -> int:
    """The most memory (bytes) that this process ever had resident; 0 where that cannot be asked."""
    if sys.platform == "win32":
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class _Folder:
    """A worker's own place for temporary files."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_of = self._what_is_there()

    def provide(self) -> None:
        """Make it anew where somebody has swept it away, as systems do with what is old. Raises OSError, also where
        there is another in its place: that may be somebody else's."""
        there = self._what_is_there()
        if there is None or there != self._is_of:
            self._path.mkdir(mode=0o700)
            self._is_of = self._what_is_there()

    def empty(self) -> None:
        """Remove what an interrupted job left behind."""
        with suppress(OSError):
            for entry in self._path.iterdir():
                shutil.rmtree(entry, ignore_errors=True)
                with suppress(OSError):
                    entry.unlink()

    def remove(self) -> None:
        shutil.rmtree(self._path, ignore_errors=True)

    def _what_is_there(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.lstat()
        except OSError:
            return None
        return status.st_dev, status.st_ino, status.st_uid  # a number of a file may be used again
