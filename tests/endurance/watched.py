"""`xdp-lsp serve` with a watch on its event loop, and a request more: `python -m tests.endurance.watched FILE`.

The longest steps of the loop go to FILE as by `tests/bench/watched.py`. `endurance/idle` is answered once nothing is
being done or waited for: with what the server still does after LIMIT, if anything, the number of its objects, the texts
that it holds, and what it has open.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import threading
import time
from asyncio import AbstractEventLoop
from pathlib import Path
from typing import Any

from tests.bench import watched as bench

LIMIT = 240.0  # seconds
_INTERVAL = 0.01


async def _idle(ls: Any, _params: Any) -> dict[str, object]:
    loop = asyncio.get_running_loop()
    until = loop.time() + LIMIT
    while (busy := _what_is_done(loop)) and loop.time() < until:
        await asyncio.sleep(_INTERVAL)
    steps = list(bench.slowest)
    loop.call_later(_INTERVAL, lambda: bench.slowest.__setitem__(slice(None), steps))  # without this one
    gc.collect()
    return {
        "busy": busy,
        "objects": len(gc.get_objects()) + gc.get_freeze_count(),
        "threads": threading.active_count(),
        "texts": {document.uri: document.text for document in ls.session.documents},
    }


def _watch_messages() -> None:
    """The step that reads them is the same for all: tell which took long."""
    from xdp_lsp.server.protocol import Protocol

    handle = Protocol.handle_message

    def timed(protocol: Protocol, message: Any) -> None:
        clock, computed = time.perf_counter(), time.thread_time()
        handle(protocol, message)
        what = message.get("method", "an answer") if isinstance(message, dict) else "?"
        bench.note((time.perf_counter() - clock, time.thread_time() - computed, f"  of it {what}"))

    Protocol.handle_message = timed  # type: ignore[method-assign]


def _what_is_done(loop: AbstractEventLoop) -> list[str]:
    """Tasks and timers, but for the one that serves and the ones that ask this."""
    others = asyncio.all_tasks(loop) - {asyncio.current_task(loop)}
    tasks = (getattr(task.get_coro(), "__qualname__", str(task)) for task in others)
    busy = [f"task {name}" for name in tasks if name != "_serve_stdio"]
    timers: Any = getattr(loop, "_scheduled", ())
    return busy + [f"timer {timer}" for timer in timers if not timer.cancelled()]


if __name__ == "__main__":
    # Not in the worker processes, which import this file as well.
    from xdp_lsp.cli import main
    from xdp_lsp.server import app

    register = app._register

    def _register(server: Any) -> None:
        register(server)
        server.feature("endurance/idle")(_idle)

    app._register = _register
    bench.watch()
    _watch_messages()
    try:
        status = main(["serve"])
    finally:
        Path(sys.argv[1]).write_text(json.dumps(sorted(bench.slowest, reverse=True)))
    raise SystemExit(status)
