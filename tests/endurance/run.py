"""One run from the start of the server to its end, and what has to hold after that."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from tests.endurance.agreement import Figures
from tests.endurance.client import Client
from tests.endurance.day import Day
from tests.endurance.desk import Desk, WrongError
from tests.endurance.disk import Disk
from tests.endurance.processes import MARK, marked, not_ended

CACHE_LIMIT = 140 << 20  # bytes: what README.md promises for vmlinux.h, and some for the rest


class Outcome(NamedTuple):
    """`steps` are the longest of the loop: seconds by the clock and computed, and what it was."""

    kinds: dict[str, int]
    figures: Sequence[Figures]
    steps: Sequence[tuple[float, float, str]]
    seconds: float


async def run(
    repository: Path,
    folder: Path,
    *,
    seed: int,
    numbers: Collection[int],
    checkpoints: Mapping[int, bool],
) -> Outcome:
    """Play the steps `numbers` on `repository`, which is changed, with `folder` for all else. Raises WrongError, with
    the last steps."""
    begin = time.monotonic()
    disk = Disk(folder / "disk")
    mark = uuid.uuid4().hex
    errors, steps = folder / "stderr", folder / "steps.json"
    environment = {MARK: mark, "TMPDIR": str(disk.temporary), "XDG_CACHE_HOME": str(disk.cache)}
    can_be_asked = seed % 2 == 0

    @asynccontextmanager
    async def fresh() -> AsyncIterator[Client]:
        """A server on the same files, with a cache of its own."""
        other = {MARK: mark + "-fresh", "XDG_CACHE_HOME": str(folder / "fresh-cache")}
        client = await Client.start(other, folder / "fresh.json", folder / "fresh-stderr")
        client.settings = desk.client.settings
        try:
            await client.initialize(repository, can_be_asked=can_be_asked)
            if not can_be_asked:
                settings = {"settings": {"xdp-lsp": dict(client.settings)}}
                client.tell("workspace/didChangeConfiguration", settings)
            yield client
            await client.leave()
        finally:
            await client.end()

    try:
        client = await Client.start(environment, steps, errors)
        desk = Desk(seed, repository, client, disk)
        day = Day(seed, desk, fresh)
        try:
            await client.initialize(repository, can_be_asked=can_be_asked)
            await day.play(numbers, checkpoints)
            status = await client.leave()
            _look_back(status, client, disk, errors, not_ended(marked(mark)))
        except Exception as error:
            told = "\n".join(day.last)
            said = errors.read_text(errors="replace")[-4000:]
            raise WrongError(
                f"seed {seed}: {type(error).__name__}: {error}\n\nthe last steps:\n{told}\n\nstderr:\n{said}"
            ) from error
        finally:
            await client.end()
    finally:
        disk.close()
    longest = [(clock, computed, what) for clock, computed, what in json.loads(steps.read_text())]
    return Outcome(dict(day.done), day.figures, longest, time.monotonic() - begin)


def _look_back(status: int, client: Client, disk: Disk, errors: Path, processes: Sequence[int]) -> None:
    """After the end of the server."""
    said = errors.read_text(errors="replace")
    for is_wrong, sentence in (
        (status != 0, f"exit status {status}"),
        (bool(client.wrong), "\n".join(client.wrong)),
        ("Traceback" in said, "a traceback on stderr"),
        (bool(processes), f"processes are left: {processes}"),
        (bool(disk.left()), f"temporary files are left: {disk.left()[:10]}"),
        (disk.cached() > CACHE_LIMIT, f"the cache holds {disk.cached()} bytes"),
    ):
        if is_wrong:
            raise WrongError(sentence)
