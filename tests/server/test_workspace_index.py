"""The index of a folder while the workers that make it die."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import worker_jobs
from lsprotocol import types
from programs import FITS
from waiting import LIMIT

from xdp_lsp.server.workers import WorkerPool
from xdp_lsp.server.workspace import Workspaces

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="worker processes that end themselves")


@pytest.fixture
def news() -> list[None]:
    """As many as there were."""
    return []


@pytest.fixture
async def workspaces(tmp_path: Path, news: list[None]) -> AsyncIterator[Workspaces]:
    (tmp_path / ".git").mkdir()
    pool = WorkerPool(worker_jobs.index, size=2)
    server: Any = SimpleNamespace(client_capabilities=types.ClientCapabilities())  # shows no progress
    folders: Any = SimpleNamespace(paths=lambda: [str(tmp_path)], generation=0)
    yield Workspaces(
        server, pool.background, folders=folders, settings=dict, on_news=lambda: news.append(None)
    )
    await pool.close()


async def done() -> None:
    """What was started has come to its end."""
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait_for(asyncio.gather(*others), LIMIT)


def names(workspaces: Workspaces, path: Path) -> set[str]:
    index = workspaces.index_for(str(path))
    return {Path(one).name for one in index.entries} if index is not None else set()


async def test_an_index_that_was_not_made_is_made_at_the_next_change(
    workspaces: Workspaces, tmp_path: Path
) -> None:
    path = tmp_path / "one.c"
    path.write_text(FITS)
    (tmp_path / worker_jobs.DEADLY).touch()
    workspaces.need(str(path))
    await done()
    assert workspaces.index_for(str(path)) is None
    (tmp_path / worker_jobs.DEADLY).unlink()
    workspaces.changed([str(path)])
    await done()
    assert names(workspaces, path) == {"one.c"}


async def test_changes_that_an_index_has_missed_are_not_forgotten(
    workspaces: Workspaces, tmp_path: Path
) -> None:
    one, two, three = (tmp_path / f"{name}.c" for name in ("one", "two", "three"))
    one.write_text(FITS)
    workspaces.need(str(one))
    await done()
    two.write_text(FITS)
    (tmp_path / worker_jobs.DEADLY).touch()
    workspaces.changed([str(two)])
    await done()
    assert names(workspaces, one) == {"one.c"}
    (tmp_path / worker_jobs.DEADLY).unlink()
    three.write_text(FITS)
    workspaces.changed([str(three)])
    await done()
    assert names(workspaces, one) == {"one.c", "two.c", "three.c"}


async def test_what_is_changed_while_an_index_fails_has_it_tried_again(
    workspaces: Workspaces, tmp_path: Path
) -> None:
    path = tmp_path / "one.c"
    path.write_text(FITS)
    (tmp_path / worker_jobs.DEADLY).write_text("xx")  # a job is tried twice
    workspaces.need(str(path))
    await asyncio.sleep(0)  # it has begun
    workspaces.changed([str(path)])
    await done()
    assert names(workspaces, path) == {"one.c"}


async def test_what_came_before_a_job_failed_is_told(
    workspaces: Workspaces, tmp_path: Path, news: list[None]
) -> None:
    one, two = tmp_path / "one.c", tmp_path / "two.c"
    one.write_text(FITS)
    workspaces.need(str(one))
    await done()
    told = len(news)
    two.write_text(FITS)
    (tmp_path / worker_jobs.DEADLY_AT_THE_END).touch()
    workspaces.changed([str(two)])
    await done()
    assert names(workspaces, one) == {"one.c", "two.c"}
    assert len(news) == told + 1
