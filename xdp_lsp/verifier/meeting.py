"""Where paths meet: one state for many.

States wait at the blocks where paths meet. A state that one seen there covers is dropped. A block that has seen
many states begins to join them: first those that agree on every constant (loop counters, flags), so that only totals
and lengths become ranges; when there are too many kinds of those, all. In loops the joins widen. Every join covers
what it joins and their number is bounded, so the walk ends.

Where a walk widened, a second one follows: every state that got anywhere in the first lies in the hull of those that
arrived there, so the second may cut its widened ranges down to that (a narrowing).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from xdp_lsp.domains.scalar import WORD, Infeasible, Scalar
from xdp_lsp.program.image import Image
from xdp_lsp.verifier.cfg import FunctionGraph, is_conditional
from xdp_lsp.verifier.join import Meet, join
from xdp_lsp.verifier.merge import covers, fingerprint, forget_dead, freeze, places
from xdp_lsp.verifier.places import Live
from xdp_lsp.verifier.state import Place, State


class Patience(NamedTuple):
    """How long a block tells states apart."""

    apart: int  # states that one block takes before it joins those that agree on all constants, ...
    tested_kinds: int  # kinds of those before values that are only tested no longer count, ...
    kinds: int  # kinds of what remains before it joins all, ...
    joins_before_widening: int  # and joins of one kind at a loop's head before ranges are widened
    # Joins of one kind before what differs is no longer related: two shapes of relation could take turns for ever.
    joins_before_parting: int = 40


PATIENCE = Patience(apart=10, tested_kinds=32, kinds=300, joins_before_widening=24)

# Ends of ranges that widening stops at besides the program's own constants.
_TYPE_LIMITS = (0, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, (1 << 63) - 1, (1 << 64) - 1)


@dataclass(slots=True)
class Waiting:
    """A state that waits at a block, or has gone on from there; `dropped` once a join has taken its place."""

    state: State
    joins: int = 0
    dropped: bool = False


@dataclass(slots=True)
class _Meeting:
    """What a block (in one chain of calls) has seen."""

    seen: set[object] = field(default_factory=set)  # fingerprints of what arrived: the hull holds all of it
    apart: list[Waiting] = field(default_factory=list)
    by_kind: dict[object, Waiting] = field(default_factory=dict)
    # What still keeps states apart: tested values and constants, then constants of the value slice only, then nothing.
    keeps_tested: bool = True
    keeps_kinds: bool = True
    hull: dict[Place, Scalar] = field(default_factory=dict)  # in a loop: of all that arrived, by place


Where = tuple[int, tuple[tuple[int | None, int | None], ...]]  # a pc, and the calls that it is in
Hulls = Mapping[Where, Mapping[Place, Scalar]]


class Meetings:
    """All blocks where paths meet, for one walk. `hulls` are those of the walk before it, if there was one."""

    def __init__(self, thresholds: Sequence[int], hulls: Hulls, patience: Patience | None = None) -> None:
        self._patience = PATIENCE if patience is None else patience
        self._thresholds = thresholds
        self._narrower = hulls
        self._meetings: dict[Where, _Meeting] = {}
        self.widened = False

    def hulls(self) -> Hulls:
        """The values that arrived at each place."""
        return {where: meeting.hull for where, meeting in self._meetings.items()}

    def arrive(self, state: State, lives: Sequence[Live], place: Meet) -> Waiting | None:
        """What has to be followed because `state` came: itself, or a join with what came before; None if nothing.

        `lives` are the live places of its frames. Changes `state`. Raises Infeasible where it turns out to have no run.
        """
        meeting = self._meetings.get((state.pc, state.context))
        if meeting is None:
            meeting = self._meetings[(state.pc, state.context)] = _Meeting(
                keeps_tested=self._patience.tested_kinds > 0, keeps_kinds=self._patience.kinds > 0
            )
        if place.in_haste:
            meeting.keeps_tested = meeting.keeps_kinds = False
        forget_dead(state, lives, keep_tested=meeting.keeps_tested)
        if meeting.keeps_kinds:  # else there is one state, which `covers` looks at
            print_ = fingerprint(state)
            if print_ in meeting.seen:
                return None
            meeting.seen.add(print_)
        freeze(state)
        if place.tests is not None:  # nothing else is widened
            _stretch(meeting.hull, state)
        if len(meeting.apart) < self._patience.apart and not place.in_haste:
            if any(covers(other.state, state) for other in reversed(meeting.apart)):
                return None
            meeting.apart.append(Waiting(state))
            return meeting.apart[-1]
        if meeting.keeps_tested and len(meeting.by_kind) >= self._patience.tested_kinds:
            meeting.keeps_tested = False
            meeting.by_kind.clear()
            forget_dead(state, lives, keep_tested=False)
            freeze(state)
        elif meeting.keeps_kinds and len(meeting.by_kind) >= self._patience.kinds:
            meeting.keeps_kinds = False
            meeting.by_kind.clear()
        return self._join_in(meeting, state, place)

    def _join_in(self, meeting: _Meeting, state: State, place: Meet) -> Waiting | None:
        """Joins `state` with what has come of its kind, unless that covers it."""
        kind = _constants(state) if meeting.keeps_kinds else None
        old = meeting.by_kind.get(kind)
        if old is None:
            meeting.by_kind[kind] = Waiting(state)
            return meeting.by_kind[kind]
        if covers(old.state, state):
            return None
        widening = (
            self._thresholds
            if place.tests is not None and old.joins >= self._patience.joins_before_widening
            else None
        )
        try:
            relate = old.joins < self._patience.joins_before_parting
            joined = join(old.state, state, place, widening, relate=relate)
            if widening is not None:
                self.widened = True
                self._narrow(joined)
            freeze(joined)
        except Infeasible:  # one of the two has no run, and it is not told which
            return Waiting(state)
        old.dropped = True
        meeting.by_kind[kind] = Waiting(joined, old.joins + 1)
        return meeting.by_kind[kind]

    def _narrow(self, state: State) -> None:
        """Cuts a widened state down to what the walk before this one saw arrive.

        Sound: each run's state at this place was covered by one that arrived there in that walk (else the walk
        would have been unsound), so its values are in the hull of those.
        """
        hull = self._narrower.get((state.pc, state.context), {})
        for place, form in places(state):
            if place in hull:
                state.facts.assume(form, hull[place])


def _stretch(hull: dict[Place, Scalar], state: State) -> None:
    """Takes the values of `state` into `hull`. A place that some state does not know can be anything."""
    values = {place: state.facts.evaluate(form) for place, form in places(state)}
    if hull:
        values = {
            place: WORD.join(value, values[place]) if place in values else WORD.top
            for place, value in hull.items()
        }
    hull.update(values)


def _constants(state: State) -> object:
    """What tells kinds of states apart: the places with one value, but for the total."""
    constants = [
        (place, form.const)
        for place, form in places(state)
        if form.is_constant and place not in ("total", "length")
    ]
    return tuple(constants)


def thresholds(image: Image, graphs: dict[int, FunctionGraph]) -> list[int]:
    """Where widened ranges stop: the constants that the program compares with, and types' limits, or one beside them.

    Negated too: the total goes down where a counter goes up.
    """
    found = set(_TYPE_LIMITS)
    for graph in graphs.values():
        for pc in graph.block_of:
            instruction = image.slots[pc]
            if is_conditional(instruction) and not instruction.uses_register:
                found.add(instruction.imm)
    return sorted({sign * (limit + by) for limit in found for by in (-1, 0, 1) for sign in (1, -1)})
