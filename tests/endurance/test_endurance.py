"""A day's work in short: a server that lives through it says what one says that was just started, and leaves nothing.

`python -m tests.endurance` is the long form.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.endurance.repository import write_repository
from tests.endurance.run import run

STEPS = 150
# Allocators and caches differ a little from one time to another; a leak of one object a step would show.
OBJECTS = 1.15

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1])
async def test_a_day_of_edits_and_bad_luck_ends_as_a_fresh_start(tmp_path: Path, seed: int) -> None:
    repository = write_repository(tmp_path / "repository")
    checkpoints = {STEPS // 2: False, STEPS: True}
    outcome = await run(
        repository, tmp_path / "work", seed=seed, numbers=range(1, STEPS + 1), checkpoints=checkpoints
    )
    early, late = outcome.figures
    assert sum(outcome.kinds.values()) == STEPS
    assert late.diagnostics and late.answers
    assert (late.footprint.files, late.footprint.threads) == (early.footprint.files, early.footprint.threads)
    assert late.footprint.processes == early.footprint.processes
    assert late.objects < OBJECTS * early.objects
