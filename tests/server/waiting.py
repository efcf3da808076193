"""Waiting for things to happen, without sleeping."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

LIMIT = 20.0  # seconds; what takes longer has failed


async def end_of_process(process: int) -> None:
    """Returns when `process`, which need not be a child, has ended."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(handle, ended.set)
    try:
        await asyncio.wait_for(ended.wait(), LIMIT)
    finally:
        loop.remove_reader(handle)
        os.close(handle)


async def line_from(fifo: Path) -> str:
    """The first line that somebody writes into `fifo`."""
    with await asyncio.wait_for(asyncio.to_thread(fifo.open), LIMIT) as stream:
        return await asyncio.wait_for(asyncio.to_thread(stream.readline), LIMIT)
