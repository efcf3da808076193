"""The server's end when its client's process has ended."""

from __future__ import annotations

import asyncio
import sys

import pytest
from waiting import LIMIT

from xdp_lsp.server import lifetime

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="not watched on Windows")


async def sleeper() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec("sleep", "1000")


async def test_the_end_of_a_process_is_seen() -> None:
    process, ended = await sleeper(), asyncio.Event()
    lifetime.watch_process(process.pid, ended.set)
    process.kill()
    await asyncio.wait_for(ended.wait(), LIMIT)
    await process.wait()


async def test_where_it_has_to_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifetime, "POLL_INTERVAL", 0.001)
    monkeypatch.setattr(sys, "platform", "darwin")
    process, ended = await sleeper(), asyncio.Event()
    lifetime.watch_process(process.pid, ended.set)
    process.kill()
    await process.wait()
    await asyncio.wait_for(ended.wait(), LIMIT)


@pytest.mark.parametrize("platform", ["linux", "darwin"])
async def test_a_number_that_means_nothing_here_is_not_watched(
    monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    process, ended = await sleeper(), asyncio.Event()
    process.kill()
    await process.wait()
    monkeypatch.setattr(lifetime, "POLL_INTERVAL", 0.001)
    monkeypatch.setattr(sys, "platform", platform)
    lifetime.watch_process(process.pid, ended.set)
    other, later = await sleeper(), asyncio.Event()
    lifetime.watch_process(other.pid, later.set)
    other.kill()
    await other.wait()
    await asyncio.wait_for(later.wait(), LIMIT)
    assert not ended.is_set()
