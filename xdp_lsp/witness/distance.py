"""How far each instruction is from a call."""

from __future__ import annotations

from collections.abc import Mapping

from xdp_lsp.isa import instruction as isa
from xdp_lsp.program.image import Image
from xdp_lsp.verifier import helpers
from xdp_lsp.verifier.cfg import FunctionGraph, called_from, reachable_functions


def distances(image: Image, entry: int, goal: int) -> Mapping[int, int]:
    """For each pc from which `goal` can be reached, in how many instructions at least.

    Goes into functions and over them, and from their ends back to any of their callers.
    """
    graphs = reachable_functions(image, entry)
    before: dict[int, list[int]] = {}
    for graph in graphs.values():
        for pc, following in _edges(graph):
            before.setdefault(following, []).append(pc)
        for pc, callee in called_from(image, graph):
            before.setdefault(callee, []).append(pc)
            if pc in graph.following or pc in image.calls:
                for end in _ends(image, graphs[callee]):
                    before.setdefault(pc + 1, []).append(end)
    programs = [entry for definition in image.maps.values() for entry in definition.programs.values()]
    for graph in graphs.values():
        for pc in filter(lambda pc: helpers.is_tail_call(image.slots[pc]), graph.block_of):
            for program in programs:
                before.setdefault(program, []).append(pc)
    found = {goal: 0}
    waiting = [goal]
    for distance in range(1, len(image.slots) + 1):
        waiting = [pc for reached in waiting for pc in before.get(reached, ()) if pc not in found]
        if not waiting:
            break
        found.update(dict.fromkeys(waiting, distance))
    return found


def _edges(graph: FunctionGraph) -> list[tuple[int, int]]:
    inside = list(graph.following.items())
    return inside + [(block.last, after) for block in graph.blocks.values() for after in block.after]


def _ends(image: Image, graph: FunctionGraph) -> list[int]:
    return [
        block.last for block in graph.blocks.values() if image.slots[block.last].opcode == isa.JMP | isa.EXIT
    ]
