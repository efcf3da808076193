"""A day's work on a real repository: `python -m tests.endurance --repository PATH --steps 10000 --seed 1`.

The repository is copied first. Prints what was done and what it cost; exit status 1 says that something was wrong, with
the seed and the last steps; the same seed and repository play the same steps again.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.endurance.desk import WrongError
from tests.endurance.run import Outcome, run

LOOP_LIMIT = 0.050  # seconds: the target of the project for a step of the loop


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.endurance", description=__doc__.splitlines()[0])
    parser.add_argument("--repository", type=Path, required=True, metavar="PATH")
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--every", type=int, default=500, help="steps between two comparisons with a fresh server"
    )
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder).resolve() / given.repository.name
        shutil.copytree(given.repository, copy, symlinks=True)
        checkpoints = dict.fromkeys((*range(given.every, given.steps, given.every), given.steps), True)
        try:
            outcome = asyncio.run(
                run(
                    copy,
                    Path(folder),
                    seed=given.seed,
                    numbers=range(1, given.steps + 1),
                    checkpoints=checkpoints,
                )
            )
        except WrongError as wrong:
            print(wrong)
            return 1
    show(outcome)
    return 0


def show(outcome: Outcome) -> None:
    print(f"{sum(outcome.kinds.values())} steps in {outcome.seconds:.0f} s:")
    print(", ".join(f"{count} {kind}" for kind, count in sorted(outcome.kinds.items())))
    print(
        f"{'step':>6}{'server':>9}{'workers':>9}{'MiB':>5}{'objects':>9}{'files':>7}{'threads':>9}{'shown':>7}"
    )
    for one in outcome.figures:
        prints = one.footprint
        print(
            f"{one.step:6}{prints.server / 2**20:9.1f}{prints.workers / 2**20:9.1f}{'':5}{one.objects:9}"
            f"{prints.files:7}{prints.threads:9}{one.diagnostics:7}"
        )
    print(f"{'clock':>8}{'computed':>10}  longest steps of the loop, ms")
    for clock, computed, what in outcome.steps[:8]:
        print(f"{1000 * clock:8.1f}{1000 * computed:10.1f}  {what}")
    over = sum(1 for step in outcome.steps if step[1] > LOOP_LIMIT)
    print(f"steps that computed over {1000 * LOOP_LIMIT:g} ms: {over}")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
