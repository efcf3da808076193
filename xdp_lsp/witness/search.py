"""A directed search for an input with which a call asks for as much as the analysis says it can.

Runs the program, flips what kept it from the call, and at the call solves for the demand. Only what a run has done is
told: an input that was solved for is run, and the run decides.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from xdp_lsp.isa import instruction as isa
from xdp_lsp.machine import RESERVE, Kind, Source
from xdp_lsp.machine.arithmetic import TOP
from xdp_lsp.program.image import Image, Program
from xdp_lsp.verifier.result import Exploration
from xdp_lsp.witness.distance import Distances
from xdp_lsp.witness.expression import Graph, Node, SpentError
from xdp_lsp.witness.record import Decided, Reached, Recorder, Sought
from xdp_lsp.witness.solve import Condition, Solver

_HEADROOM = 256  # bytes: what most drivers leave
_AGAIN = 8  # what flipping the same branch once more counts as, in instructions
_HARD = 8  # how often a branch counts as flipped that could not be
_MOST_TIMES = 64  # that a branch is flipped
_STALE = 60  # what a run counts as that did nothing new
_INSIDE = 40  # what a decision of a helper counts as: it seldom matters
_DETOUR = 100  # what a way to a prepend before the call is worth that no run has made yet
_REACHED = 200  # what having been at the call with all of the demand is worth
_LONGER = 2  # how many times as long runs on a plainer input may be
_MOST_SOLUTIONS = 2  # of one condition that are tried
_MOST_FLIPPED = 150  # decisions of one run that are flipped, the last ones

Input = Mapping[Source, int]  # the decided sources


class Effort(NamedTuple):
    """What a search may spend; it gives up where any is spent, so that what it finds rests on nothing else."""

    runs: int = 150
    instructions: int = 40_000
    longest: int = 8_000  # instructions of one run
    operations: int = 30_000  # on expressions, evaluated or inverted


class Found(NamedTuple):
    """The best run: the call, what it asked for, the decided sources, and how many instructions it took."""

    reached: Reached
    decided: Input
    steps: int


class _Flip(NamedTuple):
    """Something to try: `decision` of a run the other way."""

    run: Recorder
    decision: int
    counted: int  # how often its branch had been flipped when this was queued


DEFAULT_EFFORT = Effort()


def search(  # noqa: PLR0917 - what is run, what is known of it, what is sought
    image: Image, program: Program, exploration: Exploration, goal: int, enough: int, effort: Effort
) -> Found | None:
    """The run found whose call at pc `goal` demands most; None: none gets there.

    A run that demands `enough` ends the search, and its input is then made as plain as it goes.
    """
    but_int_min = [site.pc for site in exploration.calls if site.delta_has_int_min]
    before = [
        site.pc
        for site in exploration.calls
        if site.pc != goal and site.delta is not None and site.delta.min < 0
    ]
    sought = Sought(goal, enough, but_int_min=goal in but_int_min)
    return _Search(image, program, sought, before, effort).run()


class _Search:
    def __init__(
        self, image: Image, program: Program, sought: Sought, before: Iterable[int], effort: Effort
    ) -> None:
        self._image = image
        self._program = program
        self._sought = sought
        self._effort = effort
        self._headroom = max(_HEADROOM, sought.enough + RESERVE)
        distances = Distances(image, program.entry)
        self._distances = distances.to(sought.pc)
        # How far it is to the calls that take headroom before: those that no run has come to.
        self._detours = {pc: distances.to(pc) for pc in before if pc in self._distances}
        self._graph = Graph(effort.operations)
        self._solver = Solver(self._graph)
        self._queue: list[tuple[float, int, int, _Flip]] = []
        self._arrivals = 0
        self._seen: set[frozenset[tuple[Source, int]]] = set()
        self._flipped: dict[tuple[int, int], int] = {}  # (pc, where it goes on instead) -> how often
        self._taken: set[tuple[int, int]] = set()  # (pc, where it did not go on), of all runs
        self._runs = self._instructions = 0
        self._best: Found | None = None

    def run(self) -> Found | None:
        with suppress(SpentError):
            self._explore()
        return None if self._best is None else self._plainest(self._best)

    def _explore(self) -> None:
        self._try({})
        while self._queue and not self._is_over():
            score, _, _, flip = heapq.heappop(self._queue)
            decision = flip.run.decisions[flip.decision]
            branch = decision.pc, decision.otherwise
            counted = self._flipped.get(branch, 0)
            if counted >= _MOST_TIMES:
                continue
            if counted > flip.counted:
                self._push(score + _AGAIN * (counted - flip.counted), flip._replace(counted=counted))
                continue
            others = [one.condition for one in flip.run.decisions[: flip.decision]]
            could = self._try_all(flip.run, decision.condition.opposite(), others)
            self._flipped[branch] = counted + (1 if could else _HARD)

    def _is_over(self) -> bool:
        done = self._best is not None and self._best.reached.demand >= self._sought.enough
        return done or self._is_spent()

    def _is_spent(self) -> bool:
        effort = self._effort
        return (
            self._runs >= effort.runs
            or self._instructions >= effort.instructions
            or self._graph.effort > effort.operations
        )

    def _push(self, score: float, flip: _Flip) -> None:
        self._arrivals += 1
        heapq.heappush(self._queue, (score, -flip.decision, self._arrivals, flip))  # rather late ones

    # -- running --------------------------------------------------------------------------------

    def _follow(self, decided: Input, limit: int) -> Recorder:
        given = Decided(decided, self._headroom)
        run = Recorder(self._image, self._program, given, graph=self._graph, sought=self._sought, limit=limit)
        run.follow()
        return run

    def _try(self, decided: Input) -> None:
        """Runs on an input that was not run yet, and queues what can be tried from there."""
        key = frozenset(decided.items())
        if key in self._seen or self._is_over():
            return
        self._seen.add(key)
        left = self._effort.instructions - self._instructions
        run = self._follow(decided, min(left, self._effort.longest))
        self._runs += 1
        self._instructions += run.steps
        best = run.best
        improved = best is not None and (self._best is None or best.demand > self._best.reached.demand)
        if best is not None and improved:
            self._best = Found(best, decided, run.steps)
        self._queue_flips(run, best, is_new=improved or not self._known(run))
        if best is not None and best.demand < self._sought.enough:
            self._raise_demand(run, best)

    def _known(self, run: Recorder) -> bool:
        """Whether other runs have decided as `run` did, each time."""
        before = len(self._taken)
        self._taken.update((one.pc, one.otherwise) for one in run.decisions)
        return len(self._taken) == before

    def _queue_flips(self, run: Recorder, best: Reached | None, *, is_new: bool) -> None:
        last = len(run.decisions)  # those after the best call, too: it may come again
        worth = 0.0 if is_new else -_STALE
        if best is not None:
            worth += _REACHED * (0.5 + max(best.demand, 0) / max(self._sought.enough, 1))
        for pc in {attempt.pc for attempt in run.attempts}:
            self._detours.pop(pc, None)
        for at in range(max(last - _MOST_FLIPPED, 0), last):
            decision = run.decisions[at]
            if decision.otherwise not in self._distances:
                continue
            away = self._distances[decision.otherwise] - worth
            for detour in self._detours.values():
                away = min(away, detour.get(decision.otherwise, away) - _DETOUR)
            counted = self._flipped.get((decision.pc, decision.otherwise), 0)
            inside = _INSIDE if decision.otherwise == decision.pc else 0
            self._push(away + inside + _AGAIN * counted, _Flip(run, at, counted))

    def _raise_demand(self, run: Recorder, best: Reached) -> None:
        """Solves for what is claimed, or for more than there is."""
        if not isinstance(best.form, Node):
            return
        others = [one.condition for one in run.decisions[: best.decisions]]
        exact = Condition(isa.JEQ, best.form, self._sought.enough & TOP, 64)
        self._try_all(run, exact, others)
        if self._is_over():
            return
        changes = self._solver.climb(best.form, self._sought.enough, others, run.point)
        self._try(self._changed(run, changes))
        # Perhaps what stands against it is decided by the way there, too.
        for changes in islice(self._solver.ways(exact, run.point), 1):
            self._try(self._changed(run, changes))

    def _try_all(self, run: Recorder, goal: Condition, others: list[Condition]) -> bool:
        """Runs on inputs of `run` changed so that `goal` holds and `others` still do; whether there are any."""
        could = False
        for changes in islice(self._solver.solve(goal, others, run.point), _MOST_SOLUTIONS):
            could = True
            self._try(self._changed(run, changes))
            if self._is_over():
                break
        return could

    def _changed(self, run: Recorder, changes: Mapping[int, int]) -> Input:
        """The input of `run` with `changes`; what is as it is by default is not decided."""
        assert isinstance(run.given, Decided)
        decided = dict(run.given.decided)
        decided.update((self._graph.sources[index], value) for index, value in changes.items())
        return decided

    # -- what of an input matters ---------------------------------------------------------------

    def _plainest(self, found: Found) -> Found:
        """`found` without what its demand does not need: halves of its input first, then one after another."""
        big_endian = self._image.big_endian
        for sources in _parts(
            sorted(found.decided, key=lambda one: _significance(one, big_endian=big_endian))
        ):
            kept = {source: value for source, value in found.decided.items() if source not in sources}
            if len(kept) < len(found.decided) and self._instructions < _LONGER * self._effort.instructions:
                run = self._follow(kept, _LONGER * found.steps)
                self._instructions += run.steps
                best = run.best
                if best is not None and best.demand == found.reached.demand:
                    found = Found(best, kept, found.steps)
        return found


def _significance(source: Source, *, big_endian: bool) -> tuple[str, str, bytes, int]:
    """Puts the bytes that make a number large before those that do not, so that small ones stay."""
    rising = big_endian or source.kind is Kind.PACKET
    return source.kind.value, source.name, source.key, source.number if rising else -source.number


def _parts(sources: list[Source]) -> Iterator[frozenset[Source]]:
    """All, the halves, the quarters, ... down to each alone."""
    size = len(sources)
    while size:
        for first in range(0, len(sources), size):
            yield frozenset(sources[first : first + size])
        size = size // 2 if size > 1 else 0
