"""Many saves in a row leave no process, no file, and no memory behind."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from editor import connected
from programs import BROKEN, FITS, TOO_MUCH

# CI sets 300; the rest of a day is in tests/endurance.
SAVES = int(os.environ.get("XDP_LSP_SOAK", "100"))
# Allocators do not give back every page; a leak of 10 KiB a save would show.
TOLERANCE = 8 << 20  # bytes, of all processes together

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


class Footprint(NamedTuple):
    processes: frozenset[int]
    files: frozenset[str]  # open ones, by process and what they are
    temporary: int
    memory: int  # bytes


def family(process: int) -> Iterator[int]:
    yield process
    for entry in Path(f"/proc/{process}/task").iterdir():
        for child in (entry / "children").read_text().split():
            yield from family(int(child))


def footprint(server: int, temporary: Path) -> Footprint:
    processes = frozenset(family(server))
    files = {
        f"{process} {handle.name}"
        for process in processes
        for handle in Path(f"/proc/{process}/fd").iterdir()
    }
    pages = sum(int(Path(f"/proc/{process}/statm").read_text().split()[1]) for process in processes)
    entries = sum(1 for _ in temporary.rglob("*"))
    return Footprint(processes, frozenset(files), entries, pages * os.sysconf("SC_PAGE_SIZE"))


@pytest.mark.timeout(600)
async def test_many_saves(tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    texts = (TOO_MUCH, FITS, BROKEN)
    async with connected(environment={"TMPDIR": str(temporary)}) as client:
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)

        async def save(count: int) -> Footprint:
            for number in range(count):
                version = client.save_as(uri, texts[number % 3])
                await client.diagnostics(uri, version)
            # All that followed the last verdict is done when another file has been through each worker.
            for name in ("one.c", "two.c"):
                other = client.open(tmp_path / name, BROKEN)
                await client.diagnostics(other, 1)
                client.close(other)
                await client.diagnostics(other, having=lambda shown: not shown)
            return footprint(client.process, temporary)

        await save(SAVES // 4)
        early = await save(SAVES // 4)
        late = await save(SAVES // 2)
        print(
            early.memory >> 10,
            late.memory >> 10,
            len(early.files),
            len(late.files),
            early.temporary,
            late.temporary,
        )
        assert late.processes == early.processes
        assert late.files == early.files
        assert late.temporary == early.temporary
        assert late.memory - early.memory < TOLERANCE
    assert list(temporary.iterdir()) == []
