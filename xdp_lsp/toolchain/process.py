"""Run one foreign program with bounds, and leave nothing of it behind.

The program gets its own session, hence its own process group, no stdin, and an environment without the
variables that make clang read more flags, other headers or other programs. When it is done, or overruns, or
an exception passes through here, the whole group is killed.

Whoever runs this in a worker process that may be cancelled makes SIGTERM raise there
(`signal.signal(SIGTERM, lambda *_: sys.exit(143))`): the exception then passes through `run` and the program
goes with the worker. Should a worker die of SIGKILL, `on_start` has told the group that its parent must kill;
on Linux the limit of CPU time ends a busy orphan as well.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import IO, NamedTuple

if sys.platform == "linux":
    import resource

# Variables by which clang takes flags, search paths, config files or programs from its surroundings.
# Answers must be the same in an editor started from a desktop and in a terminal.
_DROPPED_VARIABLES = frozenset(
    {
        "CPATH",
        "C_INCLUDE_PATH",
        "CPLUS_INCLUDE_PATH",
        "OBJC_INCLUDE_PATH",
        "OBJCPLUS_INCLUDE_PATH",
        "LIBRARY_PATH",
        "COMPILER_PATH",
        "GCC_EXEC_PREFIX",
        "DEPENDENCIES_OUTPUT",
        "SUNPRO_DEPENDENCIES",
        "SOURCE_DATE_EPOCH",
        "LD_PRELOAD",
        "INCLUDE",
        "CL",
        "_CL_",
        "LANGUAGE",
    }
)
_DROPPED_PREFIXES = ("CCC_", "CC_PRINT_", "CC_LOG_", "CLANG_", "LLVM_", "QA_", "LC_", "ZIG_")

_CHUNK = 1 << 16


class Limits(NamedTuple):
    """`seconds` of wall time; the others in bytes: address space, stdout and stderr together, any file
    written.
    """

    seconds: float
    memory: int
    output: int
    file: int


class Outcome(NamedTuple):
    """How a run ended. `status` is as in subprocess: negative for a signal; None where we killed it."""

    status: int | None
    output: bytes  # stdout and stderr as they came, cut at the limit
    seconds: float
    timed_out: bool = False
    overflowed: bool = False  # wrote more output than the limit


def sanitised_environment(temporary: str) -> dict[str, str]:
    """Our environment less what steers clang, with English UTF-8 messages and `temporary` for its scratch
    files.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in _DROPPED_VARIABLES and not name.startswith(_DROPPED_PREFIXES)
    }
    environment.update(LANG="C.UTF-8", LC_ALL="C.UTF-8", TMPDIR=temporary, TEMP=temporary, TMP=temporary)
    # A crashing clang would start llvm-symbolizer, and take a tenth of a second more over it.
    environment["LLVM_DISABLE_SYMBOLIZATION"] = "1"
    return environment


def run(
    command: Sequence[str],
    folder: str,
    limits: Limits,
    on_start: Callable[[int], None] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    source: IO[bytes] | None = None,
    sink: IO[bytes] | None = None,
) -> Outcome:
    """Run `command` in `folder`, which also serves as its scratch folder, until it ends or breaks a limit.

    Files can stand in for what it reads (`source`) and writes to stdout (`sink`); the output is then stderr alone.

    Raises OSError where the program cannot be started, ValueError for an argument with a NUL in it.
    """
    begin = time.perf_counter()
    process: subprocess.Popen[bytes] | None = None
    reader: threading.Thread | None = None
    timer: threading.Timer | None = None
    collected: list[bytes] = []
    timed_out = threading.Event()
    try:
        with _signals_deferred():
            process = subprocess.Popen(
                list(command),
                cwd=folder,
                env=sanitised_environment(folder) if environment is None else environment,
                stdin=subprocess.DEVNULL if source is None else source,
                stdout=subprocess.PIPE if sink is None else sink,
                stderr=subprocess.STDOUT if sink is None else subprocess.PIPE,
                start_new_session=True,  # ignored on Windows
            )
            # One thread reads and one watches the clock; both end the wait by a kill. That works on every
            # platform, wakes without polling, and does not wait for children that hold the output open.
            reader = threading.Thread(target=_read, args=(process, limits.output, collected), daemon=True)
            timer = threading.Timer(limits.seconds, _overrun, (process, timed_out))
            timer.daemon = True
            reader.start()
            timer.start()
        _limit(process.pid, limits)
        if on_start is not None:
            on_start(process.pid)
        status = process.wait()
        seconds = time.perf_counter() - begin
    finally:
        if timer is not None:
            timer.cancel()
        if process is not None:
            _kill_group(process)
            process.wait()
        if reader is not None:
            reader.join(1.0)
    output = b"".join(collected)
    overflowed = len(output) > limits.output
    killed = timed_out.is_set() or overflowed
    return Outcome(
        None if killed else status, output[: limits.output], seconds, timed_out.is_set(), overflowed
    )


def _read(process: subprocess.Popen[bytes], limit: int, collected: list[bytes]) -> None:
    """Collect what the program writes, until the end, or until more than `limit` bytes are its end."""
    size = 0
    stdout_or_stderr = process.stdout or process.stderr
    assert stdout_or_stderr is not None
    with stdout_or_stderr as stream, suppress(OSError):
        while chunk := os.read(stream.fileno(), _CHUNK):
            collected.append(chunk)
            size += len(chunk)
            if size > limit:
                _kill_group(process)
                return


def _overrun(process: subprocess.Popen[bytes], timed_out: threading.Event) -> None:
    timed_out.set()
    _kill_group(process)


def _limit(pid: int, limits: Limits) -> None:
    """Set the kernel's limits from outside: a function run between fork and exec is not safe with threads."""
    if sys.platform == "linux":
        for which, amount in (
            (resource.RLIMIT_AS, limits.memory),
            (resource.RLIMIT_FSIZE, limits.file),
            (resource.RLIMIT_CPU, int(limits.seconds) + 2),
            (resource.RLIMIT_CORE, 0),
        ):
            # ESRCH where it has ended already. A hard limit below ours stands.
            with suppress(OSError):
                _, hard = resource.prlimit(pid, which)
                bound = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
                resource.prlimit(pid, which, (bound, bound))


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill whatever of the group still runs."""
    if sys.platform == "win32":
        process.kill()
    else:
        # The program may be reaped by now. Its id stays taken while the group has members; ESRCH says that
        # it has none.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def _signals_deferred() -> Iterator[None]:
    """Hold back SIGINT and SIGTERM while a process is being started.

    Their handlers may raise; in the middle of Popen() that would lose the new process. Handlers can only be
    set, and only run, in the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pending: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        pending.append(number)

    # Only where there is a Python handler: the default action of a signal cannot raise.
    held = {
        number: signal.signal(number, note)
        for number in (signal.SIGINT, signal.SIGTERM)
        if callable(signal.getsignal(number))
    }
    try:
        yield
    finally:
        for held_number, handler in held.items():
            signal.signal(held_number, handler)
        for noted in pending:
            signal.raise_signal(noted)
