"""The functions that a program can run, and from where a call that bears on headroom can still be reached."""

from __future__ import annotations

from collections.abc import Iterable

from xdp_lsp.isa import instruction as isa
from xdp_lsp.program.image import FunctionAddress, Image, MapAddress
from xdp_lsp.verifier import helpers
from xdp_lsp.verifier.cfg import Block, FunctionGraph, leads_nowhere


def tracked_call(image: Image, pc: int) -> bool:
    """Whether the call at `pc` moves or may move the packet's start or metadata, or ends the program."""
    if leads_nowhere(image, pc):
        return True
    kfunc = image.kfuncs.get(pc)
    if kfunc is not None:
        return kfunc.name in (helpers.PULL_DATA, helpers.THROW)
    return helpers.moves(image, pc) or helpers.is_tail_call(image.slots[pc])


class Scope:
    """One program's functions (`graphs`, by entry), who calls them, and what can still reach a tracked call.

    With `follow_redirects` the helpers that redirect are tracked as well.
    """

    def __init__(
        self, image: Image, graphs: dict[int, FunctionGraph], *, follow_redirects: bool = False
    ) -> None:
        self.image = image
        self.graphs = graphs
        self.follows_redirects = follow_redirects
        self.function_of: dict[int, int] = {}  # pc -> the entry of its function
        self.callers: dict[int, list[int]] = {entry: [] for entry in graphs}  # entry -> pcs of calls
        for entry, graph in graphs.items():
            for pc in graph.block_of:
                self.function_of[pc] = entry
                callee = image.calls.get(pc)
                if callee is not None:
                    self.callers[callee].append(pc)
        self.callbacks = self._find_callbacks()
        self.tail_called = self._find_tail_called()
        calls = [pc for pc in self.function_of if image.slots[pc].operation == isa.CALL]
        moves = {pc for pc in calls if tracked_call(image, pc)}
        tracked = moves | {pc for pc in calls if follow_redirects and helpers.redirects(image, pc)}
        self.moving = self._running(moves)  # functions that may move the packet's start
        self.interesting = self._running(tracked)  # functions that can run a tracked call
        self._moves = moves | {pc for pc in calls if not self.moving.isdisjoint(self.entered_at(pc))}
        self._mattering = tracked | {
            pc for pc in calls if not self.interesting.isdisjoint(self.entered_at(pc))
        }
        # Blocks from which a tracked call can be reached without leaving the function by its exit.
        self.reaches = {
            start for entry in self.interesting for start in self._reaching(graphs[entry], self._mattering)
        }
        # The same for a call that may move the packet's start; asked for redirects only.
        self._reaches_move = {
            start
            for entry in (self.moving if follow_redirects else ())
            for start in self._reaching(graphs[entry], self._moves)
        }

    def graph_at(self, pc: int) -> FunctionGraph:
        return self.graphs[self.function_of[pc]]

    def block_at(self, pc: int) -> Block:
        graph = self.graph_at(pc)
        return graph.blocks[graph.block_of[pc]]

    def entered_at(self, pc: int) -> Iterable[int]:
        """The functions that the instruction at `pc` may run: a callee, any callback, or any other program."""
        callee = self.image.calls.get(pc)
        if callee is not None:
            return (callee,)
        if helpers.is_tail_call(self.image.slots[pc]):
            return self.tail_called
        return self.callbacks if helpers.takes_callback(self.image.slots[pc]) else ()

    def matters_at(self, pc: int) -> bool:
        """Whether the instruction at `pc` is a tracked call or may run one."""
        return pc in self._mattering

    def may_move_after(self, pc: int) -> bool:
        """Whether a call that may move the packet's start can follow the one at `pc` in its function."""
        block = self.block_at(pc)
        later = block.pcs[block.pcs.index(pc) + 1 :]
        return not self._moves.isdisjoint(later) or not self._reaches_move.isdisjoint(block.after)

    def _find_callbacks(self) -> set[int]:
        """The functions whose address is taken; every call of a helper that takes a callback may run them."""
        callbacks = {
            address.pc
            for pc, address in self.image.addresses.items()
            if pc in self.function_of and isinstance(address, FunctionAddress) and address.pc in self.graphs
        }
        running = [pc for pc in self.function_of if helpers.takes_callback(self.image.slots[pc])]
        for entry in callbacks:
            self.callers[entry].extend(running)
        return callbacks

    def _find_tail_called(self) -> set[int]:
        """The programs in the arrays that the object fills; every tail call may run them."""
        arrays = {
            address.map
            for pc, address in self.image.addresses.items()
            if pc in self.function_of and isinstance(address, MapAddress) and address.map in self.image.maps
        }
        return {entry for name in arrays for entry in self.image.maps[name].programs.values()}

    def _running(self, wanted: set[int]) -> set[int]:
        """The functions that can run one of the instructions `wanted`, themselves or through others."""
        found = {self.function_of[pc] for pc in wanted}
        todo = list(found)
        while todo:
            for pc in self.callers[todo.pop()]:
                caller = self.function_of[pc]
                if caller not in found:
                    found.add(caller)
                    todo.append(caller)
        return found

    def _reaching(self, graph: FunctionGraph, wanted: set[int]) -> set[int]:
        """The blocks of `graph` from which one of the instructions `wanted` can be reached."""
        reaching: set[int] = set()
        todo = [start for start, block in graph.blocks.items() if not wanted.isdisjoint(block.pcs)]
        while todo:
            start = todo.pop()
            if start not in reaching:
                reaching.add(start)
                todo.extend(graph.blocks[start].before)
        return reaching
