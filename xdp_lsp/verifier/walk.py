"""One walk over the paths of a program, joining them where the meetings say so (see `meeting`)."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from contextlib import suppress

from xdp_lsp.domains.scalar import WORD, Infeasible
from xdp_lsp.isa import instruction as isa
from xdp_lsp.verifier import linear
from xdp_lsp.verifier.calls import Calls
from xdp_lsp.verifier.code import Bypass, Code
from xdp_lsp.verifier.compare import assume_outcome
from xdp_lsp.verifier.effects import new_length
from xdp_lsp.verifier.join import Meet
from xdp_lsp.verifier.linear import Linear, constant, of_symbol
from xdp_lsp.verifier.log import Log
from xdp_lsp.verifier.meeting import Meetings, Waiting
from xdp_lsp.verifier.memory import Memory
from xdp_lsp.verifier.places import slot_offset
from xdp_lsp.verifier.result import Bounds, Gap, ReasonKind, Standing
from xdp_lsp.verifier.state import State
from xdp_lsp.verifier.symbols import Origin, SymbolTable
from xdp_lsp.verifier.transfer import Transfer

# Letting a state wait is some transfer functions' worth, each of which is one step.
_STEPS_TO_WAIT = 10


class Walk:
    """Follows every path of `code`; `log` is told what is met, `meetings` join.

    When the `budget` (in steps) is spent, all that meets is joined; twice as much, and the walk gives up.
    """

    def __init__(
        self,
        code: Code,
        log: Log,
        meetings: Meetings,
        budget: int,
        before: Standing,
        *,
        assume_constants: bool,
    ) -> None:
        self.steps = 0
        self._before = before
        self._code = code
        self._image = code.image
        self._part = code.part
        self._budget = budget
        self._log = log
        self._meetings = meetings
        memory = Memory(code.image, assume_constants=assume_constants, on_assumed=log.assumed)
        self._transfer = Transfer(code.image, memory)
        self._calls = Calls(code.image, memory, code.part, log)
        self._queue: list[tuple[tuple[tuple[int, int], ...], int, Waiting]] = []  # (ranks, arrival, state)
        self._arrivals = 0
        self._in_haste = False  # the budget is spent

    def run(self) -> bool:
        """Walks; whether it got to the end of every path."""
        with suppress(Infeasible):
            self._arrive(self._start())
        while self._queue and self.steps < 2 * self._budget:
            _, _, waiting = heapq.heappop(self._queue)
            if not waiting.dropped:
                self._walk_from(waiting.state.copy())
        finished = not self._queue
        if not finished:
            what = f"more than {2 * self._budget} steps and no end"
            self._log.gap(Gap(self._code.entry, what, "nothing: the need is not known", is_sound=False))
        return finished

    def _start(self) -> State:
        """The state at the program's entry. Raises Infeasible where no packet can stand as it is said to."""
        entry = self._code.entry
        state = State(SymbolTable(big_endian=self._image.big_endian), entry)
        if not self._code.is_program:
            state.frame.registers[1] = None
        table, before = state.facts.table, self._before

        def somewhere(bounds: Bounds, what: str) -> Linear:
            if bounds.is_constant:
                return constant(bounds.min)
            return of_symbol(table.fresh(WORD.between(*bounds), Origin(ReasonKind.READ, entry, what)))

        state.metadata = somewhere(before.metadata, "the metadata of what ran before this program")
        if before.taken.is_constant:
            # One symbol for both: what is taken from here on then does not depend on where the packet stands.
            state.total = linear.subtract(state.metadata, constant(before.taken.min))
            state.facts.assume(state.total, WORD.between(*before.total))
        else:
            state.total = somewhere(before.total, "what ran before this program moved the packet's start")
            state.facts.assume(linear.subtract(state.metadata, state.total), WORD.between(*before.taken))
        state.length = new_length(state, entry)
        return state

    def _walk_from(self, state: State) -> None:
        """Follows `state` until all that comes of it waits somewhere or has ended."""
        todo = [state]
        while todo:
            # Infeasible may come up late, where two facts are first held together: then there is no such run.
            with suppress(Infeasible):
                for following in self._through_block(todo.pop()):
                    if not self._part.holds(following.pc):  # the code runs out; `broken` says so
                        self._end(following)
                    elif self._code.is_meeting(following.pc):
                        self._arrive(following)
                    else:
                        todo.append(following)

    def _arrive(self, state: State) -> None:
        """Has `state` wait where it stands, alone or joined with others, unless they cover it."""
        if self._over(state):
            self._end(state)
            return
        self.steps += _STEPS_TO_WAIT
        spent = self.steps >= self._budget
        if spent and not self._in_haste:
            self._in_haste = True
            what = f"the budget of {self._budget} steps was spent before all paths were told apart"
            assumed = "that their ranges mix freely: numbers hold, but may be larger than any run's"
            self._log.gap(Gap(state.pc, what, assumed, is_sound=True))
        place = Meet(state.pc, self._code.loop_tests(state), spent)
        lives = self._code.lives(state)
        with suppress(Infeasible):
            waiting = self._meetings.arrive(state, lives, place)
            if waiting is not None:
                frames = waiting.state.frames
                ranks = [self._code.rank(f.return_pc - 1) for f in frames if f.return_pc is not None]
                self._arrivals += 1
                order = (*ranks, self._code.rank(waiting.state.pc))
                heapq.heappush(self._queue, (order, self._arrivals, waiting))

    def _end(self, state: State, *, leaves: bool = True) -> None:
        """The program is over for this state: prepends that failed and were not made good stay so.

        `leaves`: whether another program may get the packet.
        """
        if state.pending is not None:
            self._log.not_made_good(state.pending.high)
        if leaves:
            self._log.ended(state.standing())

    def _over(self, state: State) -> bool:
        """Whether nothing that matters can follow."""
        if self._code.reaches_call(state.pc):
            return False
        return not any(
            frame.return_pc is not None
            and (frame.callback is not None or self._code.reaches_call(frame.return_pc))
            for frame in state.frames
        )

    def _through_block(self, state: State) -> Iterator[State]:
        """The states that follow from running `state` to the end of its block, or to the next call that branches."""
        if self._over(state):
            self._end(state)
            return
        slots = self._image.slots
        graph = self._code.graph_at(state.pc)
        block = graph.blocks[graph.block_of[state.pc]]  # now: a call that ends it moves the state out of it
        for pc, lost in self._code.plan(state.pc):
            _lose(state, lost)
            if pc is None:
                break
            self.steps += 1
            self._log.reached(state, pc)
            instruction = slots[pc]
            if instruction.klass not in (isa.JMP, isa.JMP32):
                self._transfer.apply(state, pc, instruction)
            elif instruction.operation == isa.CALL and instruction.klass == isa.JMP:
                state.pc = pc
                following = []
                with suppress(Infeasible):  # one outcome may have no run; the others stay
                    for one in self._calls.apply(state, pc, instruction):
                        following.append(one)
                if len(following) != 1 or following[0].pc != pc + 1:
                    yield from following
                    return
                state = following[0]
            elif instruction.operation == isa.EXIT and instruction.klass == isa.JMP:
                if len(state.frames) == 1:
                    self._end(state, leaves=not (self._code.goes_on and _drops(state)))
                else:
                    yield from self._calls.leave(state)
                return
            elif pc == block.last:
                yield from self._branch(state, pc)
                return
            # A jump to the next instruction does not end its block, and teaches nothing.
        for after in block.after:
            one = state.copy() if len(block.after) > 1 else state
            one.pc = after
            yield one
        if not block.after:
            self._end(state)

    def _branch(self, state: State, pc: int) -> Iterator[State]:
        instruction = self._image.slots[pc]
        graph = self._code.graph_at(pc)
        after = graph.blocks[graph.block_of[pc]].after
        if len(after) == 1:
            state.pc = after[0]
            yield state
            return
        if not self._code.follows(pc):
            yield from self._pass(state, self._code.bypass(pc))
            return
        for taken, target in enumerate(after):
            one = state.copy()
            one.pc = target
            try:
                assume_outcome(
                    one.facts,
                    instruction.operation,
                    one.scalar(instruction.dst),
                    one.scalar(instruction.src) if instruction.uses_register else constant(instruction.imm),
                    width=64 if instruction.klass == isa.JMP else 32,
                    taken=bool(taken),
                    pc=pc,
                )
            except Infeasible:
                continue
            yield one

    def _pass(self, state: State, way: Bypass) -> Iterator[State]:
        """The states at the next places that bear on the slice."""
        _lose(state, way.lost)
        for target in way.beyond:
            one = state.copy() if len(way.beyond) > 1 else state
            one.pc = target
            yield one


def _drops(state: State) -> bool:
    """Whether r0, at the program's end, is XDP_ABORTED or XDP_DROP."""
    form = state.frame.registers[0]
    return form is not None and form.is_constant and form.const & 0xFFFFFFFF in (0, 1)


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
