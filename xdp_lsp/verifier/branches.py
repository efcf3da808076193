"""Which branches the walk follows: those whose outcome makes a difference to the slice."""

from __future__ import annotations

from xdp_lsp.isa import instruction as isa
from xdp_lsp.verifier.cfg import FunctionGraph, is_conditional
from xdp_lsp.verifier.liveness import TEST, VALUE, Liveness
from xdp_lsp.verifier.places import pointed_bits
from xdp_lsp.verifier.scope import Scope
from xdp_lsp.verifier.worklist import Worklist


def choose_branches(scope: Scope, liveness: Liveness, effects: set[int]) -> dict[int, int]:
    """The branches whose arms differ in the next thing that happens to the slice, with what their operands are then.

    `effects` takes in the blocks in which something happens to the slice: once one does, it does so for good.
    Inside a loop in which the slice changes they decide how often it does: there the operands count as values, and so
    do those of the branches that leave it.
    """
    chosen = dict(liveness.tested)
    for entry, graph in scope.graphs.items():
        if liveness.is_wanted(entry):
            # What it gives back matters to a caller: everything in it counts as on the way to a call.
            scope.reaches.update(graph.blocks)
        elif entry not in scope.interesting:
            continue
        effects.update(
            start
            for start, block in graph.blocks.items()
            if start not in effects and _has_effect(scope, liveness, block.pcs)
        )
        following = _next_effects(graph, effects, scope.reaches)
        for block in graph.blocks.values():
            if len(block.after) != 2 or not is_conditional(scope.image.slots[block.last]):
                continue
            one, other = block.after
            differs = following[one] != following[other]
            around = [
                body for body in graph.loops.values() if block.start in body and not body.isdisjoint(effects)
            ]
            if any(differs or one not in body or other not in body for body in around):
                chosen[block.last] = chosen.get(block.last, 0) | VALUE
            elif differs:
                chosen[block.last] = chosen.get(block.last, 0) | TEST
    return chosen


def _has_effect(scope: Scope, liveness: Liveness, pcs: list[int]) -> bool:
    """Whether some instruction writes a place of the slice, or moves the packet's start."""
    for pc in pcs:
        instruction = scope.image.slots[pc]
        klass = instruction.klass
        if klass == isa.JMP and instruction.operation == isa.CALL:
            if scope.matters_at(pc) or any(liveness.is_wanted(callee) for callee in scope.entered_at(pc)):
                return True
            written = 1
        elif klass in (isa.ALU, isa.ALU64, isa.LDX, isa.LD):
            written = 1 << instruction.dst
        elif klass in (isa.ST, isa.STX):
            pointee = liveness.pointers.get(pc, {}).get(instruction.dst)
            if pointee is None:
                continue
            written = pointed_bits(pointee, instruction.offset, instruction.size)
        else:
            continue
        # Of what is only tested later, a flag that is set counts; a sum that grows would make every loop matter.
        sets = klass in (isa.ST, isa.STX) or instruction.operation == isa.MOV
        if liveness.matters_after(pc, written, VALUE | TEST if sets else VALUE):
            return True
    return False


def _next_effects(graph: FunctionGraph, effects: set[int], reaches: set[int]) -> dict[int, int]:
    """For each block, the set (as bits) of the first blocks with an effect that can follow from its start.

    Blocks from which no tracked call can be reached are all the one effect "over".
    """
    number = {start: at + 1 for at, start in enumerate(graph.blocks)}
    over = 1
    following: dict[int, int] = {}
    todo = Worklist(-start for start in graph.blocks)
    for start in graph.blocks:
        following[start] = 0
    while todo:
        start = -todo.pop()
        if start not in reaches:
            answer = over
        elif start in effects:
            answer = 1 << number[start]
        else:
            answer = 0
            for after in graph.blocks[start].after:
                answer |= following[after]
            if not graph.blocks[start].after:
                answer = over
        if answer != following[start]:
            following[start] = answer
            todo.add(-before for before in graph.blocks[start].before)
    return following
