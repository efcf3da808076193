"""The processes of one server, as /proc has them."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

MARK = "XDP_LSP_ENDURANCE"  # among the environment of all of them
LIMIT = 20.0  # seconds

_PAGE = os.sysconf("SC_PAGE_SIZE")


class Footprint(NamedTuple):
    """`server` and `workers` are bytes resident, `files` what the server has open, `processes` its workers."""

    server: int
    workers: int
    files: int
    threads: int
    processes: int


def marked(value: str) -> list[int]:
    """The processes with MARK set to `value`."""
    wanted = f"{MARK}={value}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found


def not_ended(processes: Iterable[int]) -> list[int]:
    """Those that do not end by themselves within LIMIT."""
    left = []
    for process in processes:
        with suppress(ProcessLookupError):
            handle = os.pidfd_open(process)
            try:
                if not select.select([handle], [], [], LIMIT)[0]:
                    left.append(process)
            finally:
                os.close(handle)
    return left


def children(process: int) -> Iterator[int]:
    with suppress(OSError):
        for task in Path(f"/proc/{process}/task").iterdir():
            with suppress(OSError):
                yield from map(int, (task / "children").read_text().split())


def workers(server: int) -> list[int]:
    """Not Python's own helper, which looks after semaphores."""
    return [one for one in children(server) if b"spawn_main" in _command(one)]


def compilers(server: int) -> list[int]:
    """What the workers run."""
    return [one for worker in workers(server) for one in children(worker)]


def kill(process: int, *, group: bool = False) -> bool:
    """Whether it was there."""
    try:
        if group:
            os.killpg(process, signal.SIGKILL)
        else:
            os.kill(process, signal.SIGKILL)
    except OSError:
        return False
    return True


def footprint(server: int) -> Footprint:
    status = Path(f"/proc/{server}/status").read_text()
    threads = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("Threads:"))
    files = len(list(Path(f"/proc/{server}/fd").iterdir()))
    processes = workers(server)
    return Footprint(_resident(server), sum(map(_resident, processes)), files, threads, len(processes))


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE
    except OSError:
        return 0


def _command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""
