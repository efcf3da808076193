"""How far each instruction is from a call."""

from __future__ import annotations

from collections.abc import Mapping

from xdp_lsp.isa import instruction as isa
from xdp_lsp.program.image import Image
from xdp_lsp.verifier import helpers
from xdp_lsp.verifier.cfg import FunctionGraph, called_from, reachable_functions


class Distances:
    """For each instruction that `entry` can reach, what can come before it; `to` says how far it is to one."""

    def __init__(self, image: Image, entry: int) -> None:
        self._before: dict[int, list[int]] = {}
        graphs = reachable_functions(image, entry)
        programs = [entry for definition in image.maps.values() for entry in definition.programs.values()]
        with_callback = [
            pc
            for graph in graphs.values()
            for pc in graph.block_of
            if helpers.takes_callback(image.slots[pc])
        ]
        for graph in graphs.values():
            for pc, following in _edges(graph):
                self._add(pc, following)
            for pc, callee in called_from(image, graph):
                self._add(pc, callee)
                for end in _ends(image, graphs[callee]):
                    for call in [pc] if pc in image.calls else with_callback:
                        self._add(end, call + 1)
            for pc in graph.block_of:
                if helpers.is_tail_call(image.slots[pc]):
                    for program in programs:
                        self._add(pc, program)

    def _add(self, pc: int, following: int) -> None:
        self._before.setdefault(following, []).append(pc)

    def to(self, goal: int) -> Mapping[int, int]:
        """For each pc from which `goal` can be reached, in how many instructions at least.

        Goes into functions and over them, and from their ends back to any of their callers.
        """
        found = {goal: 0}
        waiting = [goal]
        distance = 0
        while waiting:
            distance += 1
            waiting = [pc for reached in waiting for pc in self._before.get(reached, ()) if pc not in found]
            found.update(dict.fromkeys(waiting, distance))
        return found


def _edges(graph: FunctionGraph) -> list[tuple[int, int]]:
    inside = list(graph.following.items())
    return inside + [(block.last, after) for block in graph.blocks.values() for after in block.after]


def _ends(image: Image, graph: FunctionGraph) -> list[int]:
    return [
        block.last for block in graph.blocks.values() if image.slots[block.last].opcode == isa.JMP | isa.EXIT
    ]
