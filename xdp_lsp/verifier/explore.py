"""Walks all paths of one program, joining them where they differ in nothing that matters.

States wait at the blocks where paths meet. A state that one seen there covers is dropped. A block that has seen
many states begins to join them: first those that agree on every constant (loop counters, flags), so that only totals
and lengths become ranges; when there are too many kinds of those, all. In loops the joins widen. Every join covers
what it joins and their number is bounded, so the walk ends.

Where a walk widened, a second one follows: every state that got anywhere in the first lies in the hull of those that
arrived there, so the second may cut its widened ranges down to that (a narrowing).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from xdp_lsp.domains.scalar import WORD, Infeasible, Scalar
from xdp_lsp.isa import instruction as isa
from xdp_lsp.program.image import Image, Program
from xdp_lsp.verifier import helpers
from xdp_lsp.verifier.calls import Calls, new_length
from xdp_lsp.verifier.cfg import FunctionGraph, is_conditional, reachable_functions
from xdp_lsp.verifier.compare import assume_outcome
from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.join import join
from xdp_lsp.verifier.linear import Linear, constant
from xdp_lsp.verifier.memory import Memory
from xdp_lsp.verifier.merge import covers, fingerprint, forget_dead, freeze, places
from xdp_lsp.verifier.places import Live, slot_offset
from xdp_lsp.verifier.record import Attempt, CallRecord
from xdp_lsp.verifier.result import (
    UNBOUNDED_NEED,
    AssumedConstant,
    Exploration,
    Gap,
    NeedKind,
)
from xdp_lsp.verifier.slice import Slice
from xdp_lsp.verifier.state import Place, State
from xdp_lsp.verifier.symbols import SymbolTable
from xdp_lsp.verifier.transfer import Transfer

# Transfer functions applied before the walk joins everything it meets, and before it gives up.
DEFAULT_BUDGET = 60_000
# States that one block takes before it joins those that agree on all constants, ...
_APART = 24
# ... kinds of those before values that are only tested no longer count, ...
_TESTED_KINDS = 32
# ... kinds of what remains before it joins all, ...
_KINDS = 300
# ... and joins of one kind at a loop's head before ranges are widened.
_JOINS_BEFORE_WIDENING = 24

# Ends of ranges that widening stops at besides the program's own constants.
_TYPE_LIMITS = (0, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, (1 << 63) - 1, (1 << 64) - 1)


def explore(image: Image, program: Program, budget: int = DEFAULT_BUDGET) -> Exploration:
    """Bounds every prepend of `program`. `budget` counts transfer functions; it never makes an answer unsound."""
    graphs = reachable_functions(image, program.entry)
    slice_ = Slice(image, graphs)

    def walk(assume_constants: bool) -> Exploration:
        first = Walk(image, program, graphs, slice_, budget, assume_constants=assume_constants)
        found = first.run()
        if not first.widened or found.need_kind is NeedKind.UNKNOWN:
            return found
        second = Walk(
            image, program, graphs, slice_, budget, assume_constants=assume_constants, hulls=first.hulls()
        )
        return second.run()

    found = walk(assume_constants=True)
    if found.assumed:
        return found._replace(need_for_any_constant=walk(assume_constants=False).need)
    return found


@dataclass(slots=True)
class _Waiting:
    """A state that waits at a block, or has gone on from there; `dropped` once a join has taken its place."""

    state: State
    joins: int = 0
    dropped: bool = False


@dataclass(slots=True)
class _Meeting:
    """What a block (in one chain of calls) has seen."""

    seen: set[object] = field(default_factory=set)  # fingerprints
    apart: list[_Waiting] = field(default_factory=list)
    by_kind: dict[object, _Waiting] = field(default_factory=dict)
    # What still keeps states apart: tested values and constants, then constants of the value slice only, then nothing.
    keeps_tested: bool = True
    keeps_kinds: bool = True
    hull: dict[Place, Scalar] = field(default_factory=dict)  # of all that arrived, by place


Where = tuple[int, tuple[int | None, ...]]  # a pc, and the return pcs of the calls it is in
Hulls = Mapping[Where, Mapping[Place, Scalar]]


class Walk:
    """One exploration of one program."""

    def __init__(
        self,
        image: Image,
        program: Program,
        graphs: dict[int, FunctionGraph],
        slice_: Slice,
        budget: int,
        *,
        assume_constants: bool,
        hulls: Hulls | None = None,
    ) -> None:
        self._image = image
        self._program = program
        self._graphs = graphs
        self._slice = slice_
        self._budget = budget
        self._hulls: Hulls = hulls or {}
        self.widened = False
        self._assumed: dict[tuple[str, str], AssumedConstant] = {}
        self._gaps: dict[int, Gap] = {}
        self._tail_calls: set[int] = set()
        self._redirects: set[int] = set()
        self._steps = 0
        self._worst_pending: int | None = None
        self._records = self._call_records()
        memory = Memory(image, assume_constants=assume_constants, on_assumed=self._note_assumed)
        self._transfer = Transfer(image, memory)
        self._calls = Calls(image, memory, slice_, self)
        self._meetings: dict[Where, _Meeting] = {}
        self._queue: list[tuple[tuple[int, ...], int, _Waiting]] = []
        self._queued = 0
        self._rank = {start: at for graph in graphs.values() for at, start in enumerate(graph.order)}
        self._plans: dict[int, list[tuple[int | None, int]]] = {}
        self._thresholds = _thresholds(image, graphs)
        self._return_points = {
            pc + 1
            for graph in graphs.values()
            for pc in graph.block_of
            if pc in image.calls or helpers.takes_callback(image.slots[pc])
        }

    def hulls(self) -> Hulls:
        """The values that arrived at each place where paths meet."""
        return {where: meeting.hull for where, meeting in self._meetings.items()}

    # -- what is learnt (calls.Log) -------------------------------------------------------------

    def attempt(self, pc: int, attempt: Attempt, facts: Facts, demand: Linear) -> None:
        self._records[pc].add(attempt, facts, demand)

    def not_made_good(self, demand: int) -> None:
        """A call that demanded up to `demand` bytes failed, and nothing smaller came in its place."""
        self._worst_pending = max(self._worst_pending or 0, demand)

    def gap(self, gap: Gap) -> None:
        self._gaps.setdefault(gap.pc, gap)

    def tail_call(self, pc: int) -> None:
        self._tail_calls.add(pc)

    def redirect(self, pc: int) -> None:
        self._redirects.add(pc)

    def _note_assumed(self, constant: AssumedConstant) -> None:
        self._assumed.setdefault((constant.section, constant.name), constant)

    def _call_records(self) -> dict[int, CallRecord]:
        records = {}
        for graph in self._graphs.values():
            for pc in sorted(graph.block_of):
                instruction = self._image.slots[pc]
                if instruction.opcode != isa.JMP | isa.CALL or instruction.src != isa.CALL_HELPER:
                    continue
                if instruction.imm in helpers.MOVING and pc not in self._image.calls:
                    name = helpers.name_of(instruction.imm)
                    records[pc] = CallRecord(pc, name, self._slice.result_used(pc))
        return records

    # -- the walk -------------------------------------------------------------------------------

    def run(self) -> Exploration:
        for graph in self._graphs.values():
            for pc in graph.broken:
                self.gap(Gap(pc, "code that runs out of its function", "that it ends there", is_sound=False))
        if self._slice.has_tracked_call:
            self._arrive(self._start())
            while self._queue and self._steps < 2 * self._budget:
                _, _, waiting = heapq.heappop(self._queue)
                if not waiting.dropped:
                    self._walk_from(waiting.state.copy())
        return self._result(finished=not self._queue)

    def _start(self) -> State:
        table = SymbolTable()
        state = State(table, self._program.entry)
        state.length = new_length(state, self._program.entry)
        return state

    def _walk_from(self, state: State) -> None:
        """Follows `state` until all that comes of it waits somewhere or has ended."""
        todo = [state]
        while todo:
            # Infeasible may come up late, where two facts are first held together: then there is no such run.
            with suppress(Infeasible):
                for following in self._through_block(todo.pop()):
                    if not self._slice.holds(following.pc):  # the code runs out; `broken` says so
                        self._end(following)
                    elif self._must_wait(following):
                        self._arrive(following)
                    else:
                        todo.append(following)

    def _must_wait(self, state: State) -> bool:
        """Whether other paths can come to where `state` stands."""
        if state.pc in self._return_points:
            return True
        graph = self._graphs[self._slice.function_of(state.pc)]
        block = graph.blocks.get(state.pc)
        return block is not None and (
            len(block.before) > 1 or state.pc == graph.entry or state.pc in graph.loops
        )

    def _over(self, state: State) -> bool:
        """Whether nothing that matters can follow."""
        if self._slice.reaches_call(state.pc):
            return False
        return not any(
            frame.return_pc is not None
            and (frame.callback is not None or self._slice.reaches_call(frame.return_pc))
            for frame in state.frames
        )

    def _through_block(self, state: State) -> Iterator[State]:
        """The states that follow from running `state` to the end of its block, or to the next call that branches."""
        if self._over(state):
            self._end(state)
            return
        slots = self._image.slots
        graph = self._graphs[self._slice.function_of(state.pc)]
        block = graph.blocks[graph.block_of[state.pc]]  # now: a call that ends it moves the state out of it
        for pc, lost in self._plan(state.pc):
            _lose(state, lost)
            if pc is None:
                break
            self._steps += 1
            instruction = slots[pc]
            if instruction.klass not in (isa.JMP, isa.JMP32):
                self._transfer.apply(state, pc, instruction)
            elif instruction.operation == isa.CALL and instruction.klass == isa.JMP:
                state.pc = pc
                following = list(self._calls.apply(state, pc, instruction))
                if len(following) != 1 or following[0].pc != pc + 1:
                    yield from following
                    return
                state = following[0]
            elif instruction.operation == isa.EXIT and instruction.klass == isa.JMP:
                if len(state.frames) == 1:
                    self._end(state)
                else:
                    yield from self._calls.leave(state)
                return
            else:
                yield from self._branch(state, pc)
                return
        for after in block.after:
            one = state.copy() if len(block.after) > 1 else state
            one.pc = after
            yield one
        if not block.after:
            self._end(state)

    def _branch(self, state: State, pc: int) -> Iterator[State]:
        instruction = self._image.slots[pc]
        graph = self._graphs[self._slice.function_of(pc)]
        after = graph.blocks[graph.block_of[pc]].after
        if len(after) == 1:
            state.pc = after[0]
            yield state
            return
        live = self._slice.live(pc)
        operands = 1 << instruction.dst | (1 << instruction.src if instruction.uses_register else 0)
        followed = is_conditional(instruction) and operands & ~(live.value | live.test) == 0
        for taken, target in enumerate(after):
            one = state.copy()
            one.pc = target
            if followed:
                try:
                    assume_outcome(
                        one.facts,
                        instruction.operation,
                        one.scalar(instruction.dst),
                        one.scalar(instruction.src)
                        if instruction.uses_register
                        else constant(instruction.imm),
                        width=64 if instruction.klass == isa.JMP else 32,
                        taken=bool(taken),
                        pc=pc,
                    )
                except Infeasible:
                    continue
            yield one

    def _plan(self, start: int) -> list[tuple[int | None, int]]:
        """The instructions from `start` to the end of its block that bear on the slice.

        With each, the places that the ones left out before it write: they are not known from there on. None
        stands for the end of the block. So the slice decides how precise an answer is, never whether it is right.
        """
        plan = self._plans.get(start)
        if plan is None:
            graph = self._graphs[self._slice.function_of(start)]
            block = graph.blocks[graph.block_of[start]]
            pcs = block.pcs[block.pcs.index(start) :]
            plan = self._plans[start] = []
            lost = 0
            for pc in pcs:
                if self._slice.bears(pc):
                    plan.append((pc, lost))
                    lost = 0
                else:
                    lost |= self._slice.writes(pc)
            plan.append((None, lost))
        return plan

    def _end(self, state: State) -> None:
        """The program is over for this state: prepends that failed and were not made good stay so."""
        if state.pending is not None:
            self.not_made_good(state.pending.high)

    # -- where paths meet -----------------------------------------------------------------------

    def _arrive(self, state: State) -> None:
        """Lets `state` wait, alone or joined, unless what was seen here covers it."""
        with suppress(Infeasible):
            self._meet(state)

    def _meet(self, state: State) -> None:
        if self._over(state):
            self._end(state)
            return
        spent = self._steps >= self._budget
        meeting = self._meetings.setdefault((state.pc, state.context), _Meeting())
        if spent:
            meeting.keeps_tested = meeting.keeps_kinds = False
            self._note_spent(state)
        forget_dead(state, self._lives(state), keep_tested=meeting.keeps_tested)
        print_ = fingerprint(state)
        if print_ in meeting.seen:
            return
        meeting.seen.add(print_)
        freeze(state)
        self._stretch_hull(meeting, state)
        if len(meeting.apart) < _APART and not spent:
            if not any(covers(other.state, state) for other in reversed(meeting.apart)):
                waiting = _Waiting(state)
                meeting.apart.append(waiting)
                self._wait(waiting)
            return
        if meeting.keeps_tested and len(meeting.by_kind) >= _TESTED_KINDS:
            meeting.keeps_tested = False
            meeting.by_kind.clear()
            forget_dead(state, self._lives(state), keep_tested=False)
            freeze(state)
        elif meeting.keeps_kinds and len(meeting.by_kind) >= _KINDS:
            meeting.keeps_kinds = False
            meeting.by_kind.clear()
        self._join_in(meeting, state)

    def _join_in(self, meeting: _Meeting, state: State) -> None:
        """Joins `state` with what has come of its kind, unless that covers it."""
        kind = _constants(state) if meeting.keeps_kinds else None
        old = meeting.by_kind.get(kind)
        if old is None:
            meeting.by_kind[kind] = waiting = _Waiting(state)
            self._wait(waiting)
            return
        if covers(old.state, state):
            return
        graph = self._graphs[self._slice.function_of(state.pc)]
        is_loop = state.pc in graph.loops or state.frame.callback is not None
        widening = self._thresholds if is_loop and old.joins >= _JOINS_BEFORE_WIDENING else None
        try:
            joined = join(old.state, state, state.pc, widening)
            if widening is not None:
                self.widened = True
                self._cut_to_hull(joined)
            freeze(joined)
        except Infeasible:  # one of the two has no run, and it is not told which
            self._wait(_Waiting(state))
            return
        old.dropped = True
        meeting.seen.add(fingerprint(joined))
        meeting.by_kind[kind] = waiting = _Waiting(joined, old.joins + 1)
        self._wait(waiting)

    def _stretch_hull(self, meeting: _Meeting, state: State) -> None:
        """Notes the values that arrive. A place that some state does not know is not in the hull."""
        values = {place: state.facts.evaluate(form) for place, form in places(state)}
        if not meeting.hull:
            meeting.hull = values
            return
        for place in list(meeting.hull):
            if place in values:
                meeting.hull[place] = WORD.join(meeting.hull[place], values[place])
            else:
                meeting.hull[place] = WORD.top

    def _cut_to_hull(self, state: State) -> None:
        """Narrows a widened state to what the walk before this one saw arrive.

        Sound: each run's state at this place was covered by one that arrived there in that walk (else the walk
        would have been unsound), so its values are in the hull of those.
        """
        hull = self._hulls.get((state.pc, state.context), {})
        for place, form in places(state):
            if place in hull:
                state.facts.assume(form, hull[place])

    def _wait(self, waiting: _Waiting) -> None:
        frames = waiting.state.frames
        ranks = [self._rank_of(frame.return_pc - 1) for frame in frames if frame.return_pc is not None]
        self._queued += 1
        order = (*ranks, self._rank_of(waiting.state.pc))
        heapq.heappush(self._queue, (order, self._queued, waiting))

    def _rank_of(self, pc: int) -> int:
        return self._rank[self._graphs[self._slice.function_of(pc)].block_of[pc]]

    def _lives(self, state: State) -> list[Live]:
        """The live places of each frame, outermost first: of outer ones, after the call that they are in."""
        live = self._slice.live(state.pc)
        lives = [live]
        for inner in reversed(state.frames[1:]):
            assert inner.return_pc is not None
            call = inner.return_pc - 1
            outside = self._slice.outside(call, live)  # what the inner function reads through pointers
            live = self._slice.live(inner.return_pc).also(outside)
            if inner.callback is not None:  # its next run may use what the caller's frame holds
                live = live.also(self._slice.live(call))
            lives.append(live)
        lives.reverse()
        return lives

    def _note_spent(self, state: State) -> None:
        what = f"the analysis budget of {self._budget} steps was spent before all paths were told apart"
        self.gap(
            Gap(
                state.pc,
                what,
                "paths were joined: numbers hold but may be larger than any run's",
                is_sound=True,
            )
        )

    # -- the result -----------------------------------------------------------------------------

    def _result(self, *, finished: bool) -> Exploration:
        sites = tuple(record.site() for _, record in sorted(self._records.items()))
        demands = [site.demand for site in sites if site.demand is not None]
        largest = max((demand.max for demand in demands), default=None)
        kind = NeedKind.BOUNDED
        if not finished:
            kind = NeedKind.UNKNOWN
            self.gap(
                Gap(
                    self._program.entry,
                    f"more than {2 * self._budget} steps and no end",
                    "nothing: the need is not known",
                    is_sound=False,
                )
            )
        elif largest is not None and largest > UNBOUNDED_NEED:
            kind = NeedKind.UNBOUNDED
        bounded = kind is NeedKind.BOUNDED
        need = max(largest or 0, 0) if bounded else None
        fallback = need
        if bounded and self._worst_pending is not None:
            fallback = min(max(self._worst_pending, 0), need or 0)
        for pc in sorted(self._tail_calls):
            self.gap(
                Gap(
                    pc,
                    "bpf_tail_call() into another program",
                    "nothing of what that one prepends",
                    is_sound=False,
                )
            )
        return Exploration(
            sites,
            kind,
            need,
            fallback,
            largest if bounded else None,
            tuple(gap for _, gap in sorted(self._gaps.items())),
            tuple(self._assumed.values()),
            None,
            tuple(sorted(self._tail_calls)),
            tuple(sorted(self._redirects)),
            sum(len(graph.block_of) for graph in self._graphs.values()),
            self._steps,
        )


def _lose(state: State, places_lost: int) -> None:
    """Makes registers and slots of the innermost frame unknown."""
    frame = state.frame
    while places_lost:
        bit = places_lost & -places_lost
        places_lost ^= bit
        number = bit.bit_length() - 1
        if number < len(frame.registers):
            frame.registers[number] = None
        else:
            offset = slot_offset(bit)
            frame.forget(offset, offset + 8)


def _constants(state: State) -> object:
    """What tells kinds of states apart: the places with one value, but for the total."""
    constants = [
        (place, form.const)
        for place, form in places(state)
        if form.is_constant and place not in ("total", "length")
    ]
    return tuple(constants), state.pending is None


def _thresholds(image: Image, graphs: dict[int, FunctionGraph]) -> list[int]:
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
