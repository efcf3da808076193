"""What every walk of one program goes by: its functions, its slice, the way through and past its blocks."""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.program.image import Image
from xdp_lsp.verifier import helpers
from xdp_lsp.verifier.cfg import Block, FunctionGraph, is_conditional, loop_tests
from xdp_lsp.verifier.meeting import thresholds
from xdp_lsp.verifier.part import Part
from xdp_lsp.verifier.places import Live
from xdp_lsp.verifier.state import State


class Bypass(NamedTuple):
    """Where one can get to from a branch that is not followed, through blocks that do not bear on the part.

    `beyond` are the next blocks that bear (by first pc), `lost` the places that may be written on the way.
    """

    beyond: tuple[int, ...]
    lost: int


class Code:
    """What every walk of one program goes by: its functions, the part of it that is looked at, where widening stops.

    With `goes_on` another program may get the packet where this one does not drop it. Without `is_program` what is
    entered is any function, whose arguments are not known.
    """

    def __init__(
        self,
        image: Image,
        entry: int,
        graphs: dict[int, FunctionGraph],
        part: Part,
        *,
        goes_on: bool = False,
        is_program: bool = True,
    ) -> None:
        self.image = image
        self.is_program = is_program
        self.goes_on = goes_on
        self.entry = entry
        self.graphs = graphs
        self.part = part
        self.thresholds = thresholds(image, graphs)
        self._rank = {start: at for graph in self.graphs.values() for at, start in enumerate(graph.order)}
        self._loop_tests: dict[int, tuple[int, ...]] = {}
        self._plans: dict[int, list[tuple[int | None, int]]] = {}
        self._bypasses: dict[int, Bypass] = {}
        self._return_points = {
            pc + 1
            for graph in self.graphs.values()
            for pc in graph.block_of
            if pc in image.calls or helpers.takes_callback(image.slots[pc])
        }

    def graph_at(self, pc: int) -> FunctionGraph:
        return self.graphs[self.part.function_of(pc)]

    def rank(self, pc: int) -> tuple[int, int]:
        """Where `pc` stands in its function, by its block and in that: what has a lower rank is walked first."""
        return self._rank[self.graph_at(pc).block_of[pc]], pc

    def reaches_call(self, pc: int) -> bool:
        """Whether a tracked call can follow `pc` (which may be past its function's end) in its function."""
        return self.part.holds(pc) and self.part.reaches_call(pc)

    def is_meeting(self, pc: int) -> bool:
        """Whether paths can come to `pc` in different ways."""
        if pc in self._return_points:
            return True
        graph = self.graph_at(pc)
        block = graph.blocks.get(pc)
        return block is not None and (len(block.before) > 1 or pc == graph.entry or pc in graph.loops)

    def loop_tests(self, state: State) -> tuple[int, ...] | None:
        """What decides how often the loop goes round whose head `state` is at; None where no path comes back to it."""
        graph = self.graph_at(state.pc)
        if state.pc not in graph.loops:
            return None if state.frame.callback is None else ()
        if state.pc not in self._loop_tests:
            self._loop_tests[state.pc] = tuple(loop_tests(self.image, graph, state.pc))
        return self._loop_tests[state.pc]

    def plan(self, start: int) -> list[tuple[int | None, int]]:
        """The instructions from `start` to the end of its block that bear on the part.

        With each, the places that the ones left out before it write: they are not known from there on. None
        stands for the end of the block. So the slice decides how precise an answer is, never whether it is right.
        """
        plan = self._plans.get(start)
        if plan is None:
            graph = self.graph_at(start)
            block = graph.blocks[graph.block_of[start]]
            pcs = block.pcs[block.pcs.index(start) :]
            plan = self._plans[start] = []
            lost = 0
            for pc in pcs:
                if self.part.bears(pc):
                    plan.append((pc, lost))
                    lost = 0
                else:
                    lost |= self.part.writes(pc)
            plan.append((None, lost))
        return plan

    def follows(self, pc: int) -> bool:
        """Whether the branch at `pc` is followed: each way learns that it was taken. Else both are open to any run."""
        instruction = self.image.slots[pc]
        live = self.part.live(pc)
        operands = 1 << instruction.dst | (1 << instruction.src if instruction.uses_register else 0)
        return is_conditional(instruction) and operands & ~(live.value | live.test) == 0

    def bypass(self, pc: int) -> Bypass:
        """The way past everything that does not bear on the part after the branch at `pc`, which is not followed.

        Sound: walking through those blocks one by one would lead to the same places with the same places lost, for
        nothing in them is followed and nothing in them bears. The head of a loop that bears is not gone past: states
        have to meet there, or the walk would not end.
        """
        if pc not in self._bypasses:
            graph = self.graph_at(pc)
            lost = 0
            quiet: set[int] = set()
            beyond: set[int] = set()
            todo = list(graph.blocks[graph.block_of[pc]].after)
            while todo:
                start = todo.pop()
                if start in quiet or start in beyond:
                    continue
                if all(self._is_quiet(graph.blocks[inside]) for inside in graph.loops.get(start, (start,))):
                    quiet.add(start)
                    todo.extend(graph.blocks[start].after)
                    for inside in graph.blocks[start].pcs:
                        lost |= self.part.writes(inside)
                else:
                    beyond.add(start)
            self._bypasses[pc] = Bypass(tuple(sorted(beyond)), lost)
        return self._bypasses[pc]

    def _is_quiet(self, block: Block) -> bool:
        """Whether nothing in `block` bears on the slice, and its end is open to any run."""
        for pc in block.pcs:
            instruction = self.image.slots[pc]
            if self.follows(pc) if is_conditional(instruction) else self.part.bears(pc):
                return False
        return bool(block.after)

    def lives(self, state: State) -> list[Live]:
        """The live places of each frame, outermost first: of outer ones, after the call that they are in."""
        live = self.part.live(state.pc)
        lives = [live]
        for inner in reversed(state.frames[1:]):
            assert inner.return_pc is not None
            call = inner.return_pc - 1
            outside = self.part.outside(call, live)  # what the inner function reads through pointers
            live = self.part.live(inner.return_pc).also(outside)
            if inner.callback is not None:  # its next run may use what the caller's frame holds
                live = live.also(self.part.live(call))
            lives.append(live)
        lives.reverse()
        return lives
