"""The values that registers and stack slots can have before each instruction: a joined pass over all of a program.

The same rules as those of `explore` (transfer, calls, compare, join), walked over everything that is live and joined
wherever paths meet, so that each block is seen a few times at most.

Sound: a walk takes each run through states that hold it (see `walk`), in called functions, callbacks and all
rounds of loops as well, and what is told of an instruction is the join over every state in which the walk came to it.
What else runs a function whose address is taken, at another time or with other arguments, is met by a look at that
function for any arguments. The second walk, where there is one, is as sound as the first (see `meeting`), so it alone
is looked at.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from xdp_lsp.domains.scalar import WORD, Infeasible
from xdp_lsp.program.image import Image, Program
from xdp_lsp.verifier import helpers
from xdp_lsp.verifier.cfg import FunctionGraph, reachable_functions
from xdp_lsp.verifier.code import Code
from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.linear import Linear
from xdp_lsp.verifier.log import Log
from xdp_lsp.verifier.meeting import Hulls, Meetings, Patience
from xdp_lsp.verifier.record import Attempt
from xdp_lsp.verifier.result import AssumedConstant, Bounds, Gap, Standing
from xdp_lsp.verifier.state import Slot, State
from xdp_lsp.verifier.value import UNKNOWN, Kind, PointValues, Value, join_into, joined_points, value_of
from xdp_lsp.verifier.walk import Walk
from xdp_lsp.verifier.whole import Whole

# What a walk may spend, in steps (see `walk`), for a program and for each of its instructions: most take 2 to 8.
_STEPS, _STEPS_EACH = 20_000, 10

_PATIENCE = Patience(apart=0, tested_kinds=0, kinds=0, joins_before_widening=3)

# Metadata may be there already: an earlier program's, or given by a test run.
_BEFORE = Standing(Bounds(0, 0), Bounds(0, 252), Bounds(0, 252))


def values_of(image: Image, program: Program, budget: int | None = None) -> Mapping[int, PointValues]:
    """What holds before each instruction of `program`, by pc: of every run that comes to it, in whatever call.

    An instruction that is not in it is not reachable. What a tail call leads to is another program: ask for the values
    of that one, which hold wherever it is called from. `budget` is in steps (None: by the program's size); when it is
    spent, each function is looked at by itself, for any arguments; of one that is too much even so, nothing is known.
    """
    graphs = reachable_functions(image, program.entry, through_arrays=False)
    if budget is None:
        budget = _budget(graphs)
    whole = Whole(image, graphs)
    seen = _walked(Code(image, program.entry, graphs, whole), bool(whole.callbacks), budget)
    if seen is None:
        return _by_themselves(image, graphs, budget, program.entry)
    found = seen.points
    if whole.callbacks and any(_may_run_otherwise(image, pc, seen.gaps) for pc in whole.pcs):
        join_into(found, values_for_any_arguments(image, whole.callbacks))
    return found


def values_for_any_arguments(image: Image, entries: Iterable[int]) -> Mapping[int, PointValues]:
    """The same for every run of the functions at `entries` and of all that they run, whoever calls, with whatever."""
    graphs: dict[int, FunctionGraph] = {}
    for entry in entries:
        if entry not in graphs:
            graphs.update(reachable_functions(image, entry, through_arrays=False))
    return _by_themselves(image, graphs, _budget(graphs), None)


def _budget(graphs: Mapping[int, FunctionGraph]) -> int:
    return _STEPS + _STEPS_EACH * sum(len(graph.block_of) for graph in graphs.values())


def _by_themselves(
    image: Image, graphs: dict[int, FunctionGraph], budget: int, program: int | None
) -> dict[int, PointValues]:
    """What holds in each of the functions `graphs`, looked at by itself; the one at `program` is given the context."""
    found: dict[int, PointValues] = {}
    whole = Whole(image, graphs, enters_calls=False)
    for entry, graph in graphs.items():
        seen = _walked(Code(image, entry, graphs, whole, is_program=entry == program), False, budget)
        found.update(dict.fromkeys(graph.block_of, UNKNOWN) if seen is None else seen.points)
    return found


def _may_run_otherwise(image: Image, pc: int, gaps: Container[int]) -> bool:
    """Whether the instruction at `pc` may have a function of the program run that the walk does not follow from there.

    A timer's or a work queue's runs later, with arguments of the kernel's own; some kernel functions take one to
    compare with (bpf_rbtree_add()); and of a helper the walk may not know which one it was given (one of `gaps`).
    """
    if pc in image.kfuncs:
        return image.kfuncs[pc].name not in helpers.FOLLOWED_KFUNCS
    slot = image.slots[pc]
    return helpers.may_keep_callback(slot) or (pc in gaps and helpers.takes_callback(slot))


def _walked(code: Code, again: bool, budget: int) -> _Seen | None:
    """What a walk of `code` comes to; None where it spent its budget.

    `again`: whether it may come to an instruction in another round, though no function has a loop.
    """

    def walk(log: Log, hulls: Hulls) -> tuple[bool, Meetings]:
        meetings = Meetings(code.thresholds, hulls, _PATIENCE)
        # What a loader may set is not known, whatever its initial value.
        one = Walk(code, log, meetings, budget, _BEFORE, assume_constants=False)
        return one.run(), meetings

    # With loops the first walk is for the hulls: it is not looked at.
    hulls: Hulls = {}
    if again or any(graph.loops for graph in code.graphs.values()):
        finished, meetings = walk(_Nothing(), {})
        if not finished:
            return None
        hulls = meetings.hulls()
    seen = _Seen()
    finished, _ = walk(seen, hulls)
    return seen if finished else None


class _Nothing:
    """Keeps nothing (a `log.Log`)."""

    def reached(self, state: State, pc: int) -> None: ...

    def assumed(self, constant: AssumedConstant) -> None: ...

    def attempt(
        self, pc: int, attempt: Attempt, facts: Facts, demand: Linear, moved_at: tuple[int, ...]
    ) -> None: ...

    def not_made_good(self, demand: int) -> None: ...

    def gap(self, gap: Gap) -> None: ...

    def tail_call(self, pc: int, array: str | None) -> None: ...

    def entered(self, entry: int, standing: Standing) -> None: ...

    def ended(self, standing: Standing) -> None: ...

    def redirect(self, pc: int, taken: Bounds, *, may_move_after: bool) -> None: ...


class _Seen(_Nothing):
    """Keeps what holds before each instruction."""

    def __init__(self) -> None:
        self.points: dict[int, PointValues] = {}
        self.gaps: set[int] = set()  # pcs of calls that were not followed
        # Of the state that came last: until it is another, or the packet's ends move, a form stays what it was.
        self._state: State | None = None
        self._ends: tuple[Linear, Linear, Linear, int] | None = None
        self._known: dict[Linear, Value | None] = {}
        # Its places as they were then: most instructions change one.
        self._registers: list[Linear | None] = []
        self._stack: dict[int, Slot] = {}
        self._now = UNKNOWN

    def reached(self, state: State, pc: int) -> None:
        ends = (state.total, state.length, state.metadata, state.packet)
        if state is not self._state or ends != self._ends:
            self._state, self._ends, self._known = state, ends, {}
            self._registers, self._stack, self._now = [], {}, UNKNOWN
        try:
            now = self._values(state)
        except Infeasible:  # it comes up only now that no run is left
            self._state = None
            return
        old = self.points.get(pc)
        self.points[pc] = now if old is None else joined_points(old, now)

    def gap(self, gap: Gap) -> None:
        self.gaps.add(gap.pc)

    def _values(self, state: State) -> PointValues:
        frame, before = state.frame, self._now
        if frame.registers == self._registers:
            registers = before.registers
        else:
            registers = tuple(
                [None if form is None else self._value(state, form) for form in frame.registers]
            )
            self._registers = frame.registers.copy()
        if frame.stack == self._stack:
            stack = before.stack
        else:
            stack = self._of_stack(state, frame.stack)
            self._stack = frame.stack.copy()
        self._now = PointValues(registers, stack)
        return self._now

    def _of_stack(self, state: State, slots: Mapping[int, Slot]) -> dict[int, tuple[int, Value]]:
        stack: dict[int, tuple[int, Value]] = {}
        for offset, (size, form) in slots.items():
            value = self._value(state, form)
            if value is not None:
                if size < 8 and value.kind is Kind.SCALAR:
                    # Of an iterator's ints the sign is kept (see `iterators`); a load extends them with zeros.
                    value = value._replace(number=WORD.zero_extend(value.number, 8 * size))
                stack[offset] = (size, value)
        return stack

    def _value(self, state: State, form: Linear) -> Value | None:
        if form not in self._known:
            self._known[form] = value_of(state, form)
        return self._known[form]
