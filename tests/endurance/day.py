"""A day's work: random steps of a user, of other programs, and of bad luck, each told by its seed and number.

What step N does follows from the seed, N and what the steps before it left; so a run can be played again, and without
some of its steps, as far as it does not depend on who is quicker.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping
from random import Random

from tests.endurance import edits, luck, questions, surroundings
from tests.endurance.agreement import Figures, Fresh, figures, put_in_order
from tests.endurance.desk import Desk, WrongError

MOST_WAITING = 12  # requests without an answer
REMEMBERED = 25  # steps that are told of a run which failed

# How often each is taken, in proportion.
STEPS: Mapping[Callable[[Desk], str | None], int] = {
    edits.type_: 300,
    edits.retype: 40,
    edits.save: 110,
    edits.open_: 70,
    edits.close: 35,
    questions.ask: 200,
    questions.ask_ours: 50,
    questions.act: 15,
    questions.cancel: 40,
    questions.choose_targets: 8,
    questions.choose_configuration: 14,
    questions.choose_root: 10,
    surroundings.settings: 12,
    surroundings.settings_file: 14,
    surroundings.header: 30,
    surroundings.checkout: 8,
    surroundings.delete: 8,
    surroundings.create: 8,
    surroundings.rename: 5,
    luck.kill_compiler: 20,
    luck.kill_worker: 6,
    luck.slow: 4,
    luck.fill: 5,
    luck.sweep: 3,
    luck.lose_cache: 5,
}


class Day:
    """The server of `desk` lives through it. `fresh` starts another on the same files, to compare with. `done` counts
    the steps by their names, `last` are the last ones, `figures` those of the checkpoints."""

    def __init__(self, seed: int, desk: Desk, fresh: Fresh) -> None:
        self.done: Counter[str] = Counter()
        self.last: deque[str] = deque(maxlen=REMEMBERED)
        self.figures: list[Figures] = []
        self._seed = seed
        self._desk = desk
        self._fresh = fresh

    async def play(self, numbers: Collection[int], checkpoints: Mapping[int, bool]) -> None:
        """Play the steps `numbers`; after those in `checkpoints` all has to be in order, and where that says so what
        the server says is compared. Raises WrongError."""
        desk = self._desk
        for number in numbers:
            desk.number = number
            desk.random = Random(f"{self._seed}/{number}")
            [step] = desk.random.choices(list(STEPS), list(STEPS.values()))
            luck.recover(desk)
            told = step(desk)
            name = step.__name__.rstrip("_")
            self.done[name] += 1
            self.last.append(f"{number} {name} {told or ''}".rstrip())
            await self._breathe()
            if number in checkpoints:
                await put_in_order(desk, share=1.0 if len(self.figures) % 2 else 0.5)
                self.figures.append(await figures(desk, self._fresh if checkpoints[number] else None))

    async def _breathe(self) -> None:
        """Let the server be heard; not so many requests that it never comes to an end."""
        desk = self._desk
        requests, client = desk.requests, desk.client
        while requests and requests[0][1].done():
            requests.popleft()
        if not client.is_paused:
            await client.drain()
            if len(requests) > MOST_WAITING:
                await asyncio.wait([requests[0][1]], timeout=120)
        else:
            await asyncio.sleep(0)
        if client.process.returncode is not None:
            raise WrongError(f"the server has ended, with {client.process.returncode}")
        if client.wrong:
            raise WrongError("\n".join(client.wrong))
