"""The values that registers and stack slots can have before each instruction: a joined pass over all of a program.

The same rules as those of `explore` (transfer, calls, compare, join), walked over everything that is live and joined
wherever paths meet, so that each block is seen a few times at most.

Sound: a walk takes each run through states that hold it (see `walk`), in called functions, callbacks and all
rounds of loops as well, and what is told of an instruction is the join over every state in which the walk came to it.
The second walk, where there is one, is as sound as the first (see `meeting`), so its answer is taken alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from xdp_lsp.domains.scalar import Infeasible
from xdp_lsp.program.image import Image, Program
from xdp_lsp.verifier import arithmetic
from xdp_lsp.verifier.cfg import FunctionGraph, reachable_functions
from xdp_lsp.verifier.code import Code
from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.linear import Linear
from xdp_lsp.verifier.meeting import Hulls, Meetings, Patience
from xdp_lsp.verifier.record import Attempt
from xdp_lsp.verifier.result import AssumedConstant, Bounds, Gap, Standing
from xdp_lsp.verifier.state import State
from xdp_lsp.verifier.value import UNKNOWN, PointValues, Value, joined_points, value_of
from xdp_lsp.verifier.walk import Walk
from xdp_lsp.verifier.whole import Whole

# Steps that one walk may take: see `walk`.
VALUES_BUDGET = 200_000

_PATIENCE = Patience(apart=0, tested_kinds=0, kinds=0, joins_before_widening=3)

# Metadata may be there already: an earlier program's, or given by a test run.
_BEFORE = Standing(Bounds(0, 0), Bounds(0, 252), Bounds(0, 252))


def values_of(image: Image, program: Program, budget: int = VALUES_BUDGET) -> Mapping[int, PointValues]:
    """What holds before each instruction of `program`, by pc: of every run that comes to it, in whatever call.

    An instruction that is not in it is not reachable. What a tail call leads to is another program: ask for the values
    of that one, which hold wherever it is called from. `budget` is in steps; when it is spent, nothing is known.
    """
    graphs = reachable_functions(image, program.entry)
    code = Code(image, program.entry, graphs, Whole(image, graphs))
    found, meetings = _walk(code, {}, budget)
    if found is not None and meetings.widened:
        found = _walk(code, meetings.hulls(), budget)[0] or found
    return _nothing_known(graphs) if found is None else found


def _walk(code: Code, hulls: Hulls, budget: int) -> tuple[dict[int, PointValues] | None, Meetings]:
    seen = _Seen()
    meetings = Meetings(code.thresholds, hulls, _PATIENCE)
    # What a loader may set is not known, whatever its initial value.
    walk = Walk(code, seen, meetings, budget, _BEFORE, assume_constants=False)
    return (seen.points if walk.run() else None), meetings


def _nothing_known(graphs: Mapping[int, FunctionGraph]) -> dict[int, PointValues]:
    return {pc: UNKNOWN for graph in graphs.values() for pc in graph.block_of}


class _Seen:
    """Keeps what holds before each instruction (a `log.Log`)."""

    def __init__(self) -> None:
        self.points: dict[int, PointValues] = {}

    def reached(self, state: State, pc: int) -> None:
        try:
            now = _values(state)
        except Infeasible:  # it comes up only now that no run is left
            return
        old = self.points.get(pc)
        self.points[pc] = now if old is None else joined_points(old, now)

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


def _values(state: State) -> PointValues:
    frame = state.frame
    registers = tuple(None if form is None else value_of(state, form) for form in frame.registers)
    stack: dict[int, tuple[int, Value]] = {}
    for offset, (size, form) in frame.stack.items():
        # Of an iterator's ints the sign is kept (see `iterators`); a load extends them with zeros.
        loaded = form if size == 8 else arithmetic.zero_extend(state.facts, form, 8 * size)
        value = value_of(state, loaded)
        if value is not None:
            stack[offset] = (size, value)
    return PointValues(registers, stack)
