"""`xdp-lsp serve` with a watch on its event loop: `python tests/bench/watched.py FILE`.

Each step that the loop takes is timed, by the clock and by what its thread computed; the longest go to FILE as JSON
when the server ends. On a busy machine the clock also counts what others took.
"""

from __future__ import annotations

import asyncio
import heapq
import json
import sys
import time
from asyncio import events
from pathlib import Path
from typing import Any

from xdp_lsp.cli import main

MOST = 50  # that are kept

slowest: list[tuple[float, float, str]] = []


def watch() -> None:
    run = events.Handle._run

    def timed(handle: Any) -> None:
        what = _name(handle)  # afterwards a task may have ended
        clock, computed = time.perf_counter(), time.thread_time()
        run(handle)
        note((time.perf_counter() - clock, time.thread_time() - computed, what))

    events.Handle._run = timed  # type: ignore[method-assign]


def note(step: tuple[float, float, str]) -> None:
    """Keep it if it is one of the longest: seconds by the clock, seconds computed, what it was."""
    (heapq.heappush if len(slowest) < MOST else heapq.heappushpop)(slowest, step)


def _name(handle: Any) -> str:
    callback = handle._callback
    task = getattr(callback, "__self__", None)
    if isinstance(task, asyncio.Task):
        return f"task {task.get_coro().__qualname__}"
    arguments = [type(one).__name__ for one in handle._args or ()]
    return f"{getattr(callback, '__qualname__', callback)}({', '.join(arguments)})"


if __name__ == "__main__":
    # Not in the worker processes, which import this file as well.
    watch()
    try:
        status = main(["serve"])
    finally:
        Path(sys.argv[1]).write_text(json.dumps(sorted(slowest, reverse=True)))
    raise SystemExit(status)
