"""Control flow of the functions that a program can reach: basic blocks, edges, loops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.isa.validity import why_invalid
from xdp_lsp.program.image import FunctionAddress, Image, MapAddress

_GOTOL = isa.JMP32 | isa.JA  # jump with a 32-bit displacement in imm (ISA v4)
_MAY_GOTO = isa.JMP | isa.JCOND


def successors(image: Image, pc: int) -> tuple[int, ...]:
    """The pcs that can follow `pc` in its function: fall-through first, then the jump's target."""
    instruction = image.slots[pc]
    klass = instruction.klass
    following = pc + (2 if instruction.is_wide else 1)
    if klass not in (isa.JMP, isa.JMP32):
        return (following,)
    operation = instruction.operation
    if operation == isa.EXIT and klass == isa.JMP:
        return ()
    if operation == isa.CALL:
        return (following,)
    if instruction.opcode == _GOTOL:
        return (pc + 1 + instruction.imm,)
    target = pc + 1 + instruction.offset
    if operation == isa.JA and instruction.uses_register:  # gotox: through a jump table
        return image.jump_targets.get(pc, (len(image.slots),))
    if operation == isa.JA:
        return (target,)
    return (following, target) if target != following else (following,)


def is_indirect_call(instruction: Instruction) -> bool:
    """Whether it calls through a register, as compilers write a helper's call at -O0. The kernel refuses it."""
    return instruction.opcode == isa.JMP | isa.CALL | isa.X


def leads_nowhere(image: Image, pc: int) -> bool:
    """Whether `pc` calls something that the object does not hold and that is no helper or kernel function."""
    instruction = image.slots[pc]
    if is_indirect_call(instruction):
        return True
    if instruction.opcode != isa.JMP | isa.CALL or pc in image.calls:
        return False
    kfunc = image.kfuncs.get(pc)
    return not kfunc.is_kernel if kfunc is not None else instruction.src != isa.CALL_HELPER


def is_conditional(instruction: Instruction) -> bool:
    """Whether it compares two operands and may jump (may_goto compares nothing)."""
    return (
        instruction.klass in (isa.JMP, isa.JMP32)
        and instruction.operation not in (isa.JA, isa.CALL, isa.EXIT)
        and instruction.opcode != _MAY_GOTO
    )


@dataclass(slots=True)
class Block:
    """A basic block: pcs of its instructions in order, and the blocks (by first pc) before and after it."""

    start: int
    pcs: list[int]
    after: tuple[int, ...] = ()
    before: list[int] = field(default_factory=list)

    @property
    def last(self) -> int:
        return self.pcs[-1]


def _second(image: Image, pc: int) -> Instruction | None:
    """The slot after `pc`, which a 64-bit load has its upper half in."""
    return image.slots[pc + 1] if pc + 1 < len(image.slots) else None


class FunctionGraph:
    """The blocks of one function that its entry reaches, and its natural loops.

    `broken` has what the kernel refuses: jumps that leave the function's code, code that runs off its end, and
    instructions that there are none of.
    """

    def __init__(self, image: Image, entry: int) -> None:
        self.entry = entry
        self.broken: list[int] = []
        function = image.function_at(entry)
        first, end = (function.start, function.end) if function else (entry, len(image.slots))
        edges: dict[int, tuple[int, ...]] = {}
        todo = [entry]
        while todo:
            pc = todo.pop()
            if pc in edges:
                continue
            inside = []
            if why_invalid(image.slots[pc], _second(image, pc)) is not None:
                self.broken.append(pc)  # no kernel takes it: nothing follows
                edges[pc] = ()
                continue
            for after in successors(image, pc):
                if first <= after < end:
                    inside.append(after)
                else:
                    self.broken.append(pc)
            edges[pc] = tuple(inside)
            todo.extend(inside)
        entered: dict[int, int] = {}
        for after_all in edges.values():
            for after in after_all:
                entered[after] = entered.get(after, 0) + 1
        starts = {entry}
        for after_all in edges.values():
            starts.update(a for a in after_all if len(after_all) > 1 or entered[a] > 1)
        self.blocks: dict[int, Block] = {}
        self.block_of: dict[int, int] = {}
        self.following: dict[int, int] = {}  # the pc that comes next in the same block
        for start in sorted(starts):
            pcs = [start]
            while len(edges[pcs[-1]]) == 1 and edges[pcs[-1]][0] not in starts:
                pcs.append(edges[pcs[-1]][0])
            self.blocks[start] = Block(start, pcs, edges[pcs[-1]])
            for pc in pcs:
                self.block_of[pc] = start
            self.following.update(pairwise(pcs))
        for block in self.blocks.values():
            for after in block.after:
                self.blocks[after].before.append(block.start)
        self.order: list[int] = []  # blocks in reverse postorder: each before what follows it, but for loops
        self.loops = dict(self._loops())  # head -> the blocks of its body, the head's among them

    def _loops(self) -> Iterator[tuple[int, set[int]]]:
        """Each loop's head and body, from the retreating edges of a depth-first walk."""
        colour: dict[int, int] = {}  # 1: on the walk's path, 2: done
        retreating: dict[int, list[int]] = {}
        stack: list[tuple[int, Iterator[int]]] = [(self.entry, iter(self.blocks[self.entry].after))]
        colour[self.entry] = 1
        while stack:
            start, rest = stack[-1]
            for after in rest:
                if after not in colour:
                    colour[after] = 1
                    stack.append((after, iter(self.blocks[after].after)))
                    break
                if colour[after] == 1:
                    retreating.setdefault(after, []).append(start)
            else:
                colour[start] = 2
                self.order.append(start)
                stack.pop()
        self.order.reverse()
        for head, tails in retreating.items():
            body = {head}
            todo = list(tails)
            while todo:
                start = todo.pop()
                if start not in body:
                    body.add(start)
                    todo.extend(self.blocks[start].before)
            yield head, body


def loop_tests(image: Image, graph: FunctionGraph, head: int) -> Iterator[int]:
    """The pcs that decide whether the loop at `head` goes round again: branches that leave it, iterators' next."""
    body = graph.loops[head]
    for start in body:
        block = graph.blocks[start]
        if not body.issuperset(block.after):
            yield block.last
        yield from (pc for pc in block.pcs if pc in image.kfuncs and image.kfuncs[pc].name.endswith("_next"))


def called_from(image: Image, graph: FunctionGraph) -> Iterator[tuple[int, int]]:
    """(pc, entry) of each BPF-to-BPF call, and of each place that takes the address of a function or of a map of them.

    The entries of a program array are those that the object fills it with.
    """
    for pc in graph.block_of:
        if pc in image.calls:
            yield pc, image.calls[pc]
        else:
            address = image.addresses.get(pc)
            if isinstance(address, FunctionAddress):
                yield pc, address.pc
            elif isinstance(address, MapAddress) and address.map in image.maps:
                yield from ((pc, entry) for entry in image.maps[address.map].programs.values())


def reachable_functions(image: Image, entry: int, *, through_arrays: bool = True) -> dict[int, FunctionGraph]:
    """The graphs of `entry` and of every function that can run because of it, by entry pc.

    `through_arrays`: by tail calls as well.
    """
    graphs: dict[int, FunctionGraph] = {}
    todo = [entry]
    while todo:
        start = todo.pop()
        if start in graphs:
            continue
        graphs[start] = graph = _graph(image, start)
        todo.extend(
            callee
            for pc, callee in called_from(image, graph)
            if through_arrays or not isinstance(image.addresses.get(pc), MapAddress)
        )
    return graphs


def _graph(image: Image, entry: int) -> FunctionGraph:
    """Made once for an image: the verdict, the values and the listing all go by it, and none changes it."""
    key = FunctionGraph, entry
    if key not in image.derived:
        image.derived[key] = FunctionGraph(image, entry)
    graph: FunctionGraph = image.derived[key]
    return graph
