"""All of a program, as the part that a walk looks at (see `part`): what the joined pass for values goes by.

A place is live where something may read it later, so that what is dead makes no state larger. Dropping more would cost
precision only, keeping more time only.
"""

from __future__ import annotations

from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.helpers import helper
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.isa.validity import CMPXCHG, is_load_acquire
from xdp_lsp.program.image import Image, MapDefinition
from xdp_lsp.verifier.cfg import FunctionGraph, is_conditional
from xdp_lsp.verifier.places import ALL_SLOTS, ARGUMENTS, CALLER_SAVED, Live, slot_bits
from xdp_lsp.verifier.pointers import FRAME_POINTER, Pointee, find_pointers
from xdp_lsp.verifier.scope import Scope
from xdp_lsp.verifier.worklist import Worklist

_NOTHING = Live(0, 0, 0)


class Whole:
    """Everything in the functions `graphs` (by entry) matters; without `enters_calls` each function by itself."""

    follows_redirects = False
    follows_tail_calls = False  # the programs that they lead to are looked at by themselves

    def __init__(
        self, image: Image, graphs: dict[int, FunctionGraph], *, enters_calls: bool = True
    ) -> None:
        self._image = image
        self._enters_calls = enters_calls
        self._function_of = {pc: entry for entry, graph in graphs.items() for pc in graph.block_of}
        callbacks = Scope(image, graphs).callbacks
        self.has_callbacks = bool(callbacks)
        self._pointers = find_pointers(image, graphs, callbacks)
        self._live: dict[int, int] = {}
        for graph in graphs.values():
            self._solve(graph)

    def live(self, pc: int) -> Live:
        return Live(self._live.get(pc, 0), 0, 0)

    def outside(self, call: int, live: Live) -> Live:
        # What may be read of the caller's frame once the call has begun.
        return Live(self._live[call] & ALL_SLOTS, 0, 0) if self.passes_frames(call) else _NOTHING

    @property
    def callbacks_matter(self) -> bool:
        return self._enters_calls

    def matters(self, callee: int) -> bool:
        return self._enters_calls

    def can_move(self, callee: int) -> bool:
        return True

    def reaches_call(self, pc: int) -> bool:
        return True

    def may_move_after(self, pc: int) -> bool:
        return True

    def holds(self, pc: int) -> bool:
        return pc in self._function_of

    def function_of(self, pc: int) -> int:
        return self._function_of[pc]

    def bears(self, pc: int) -> bool:
        return True

    def writes(self, pc: int) -> int:
        raise AssertionError("nothing is left out")

    def may_be_frame_pointer(self, pc: int, register: int) -> bool:
        pointee = self._pointers.get(pc, {}).get(register)
        return pointee is not None and not pointee.is_constants

    def passes_frames(self, pc: int) -> bool:
        return any(self.may_be_frame_pointer(pc, argument) for argument in range(1, 6))

    def map_passed(self, pc: int) -> MapDefinition | None:
        return None

    # -- what may be read later -----------------------------------------------------------------

    def _solve(self, graph: FunctionGraph) -> None:
        todo = Worklist(-start for start in graph.blocks)  # later code first, as most edges go down
        while todo:
            block = graph.blocks[-todo.pop()]
            live = 0
            for after in block.after:
                live |= self._live.get(after, 0)
            old = self._live.get(block.start)
            for pc in reversed(block.pcs):
                live = self._before(pc, live)
                self._live[pc] = live
            if live != old:
                todo.add(-before for before in block.before)

    def _before(self, pc: int, after: int) -> int:
        """The places live before the instruction at `pc`, given those live after it."""
        instruction = self._image.slots[pc]
        klass = instruction.klass
        dst, src = 1 << instruction.dst, 1 << instruction.src
        if klass in (isa.ALU64, isa.ALU):
            if instruction.operation == isa.MOV:
                after &= ~dst
            else:
                after |= dst
            return after | src if instruction.uses_register and instruction.operation != isa.END else after
        if klass == isa.LDX or is_load_acquire(instruction):
            pointee = self._pointers.get(pc, {}).get(instruction.src)
            return after & ~dst | src | _read(pointee, instruction.offset, instruction.size)
        if klass in (isa.ST, isa.STX):
            return self._through_store(pc, instruction, after)
        if klass == isa.LD:
            return after & ~dst if instruction.is_wide else after & ~CALLER_SAVED | 1 << 6
        if instruction.operation == isa.CALL and klass == isa.JMP:
            after = after & ~CALLER_SAVED | self._arguments(pc, instruction)
            for register in range(1, 6):
                after |= _read(self._pointers.get(pc, {}).get(register), 0, None)
            return after
        if instruction.operation == isa.EXIT and klass == isa.JMP:
            return after | 1
        if is_conditional(instruction):
            return after | dst | (src if instruction.uses_register else 0)
        return after

    def _through_store(self, pc: int, instruction: Instruction, after: int) -> int:
        offset, size = instruction.offset, instruction.size
        if instruction.mode == isa.ATOMIC:
            after |= _read(self._pointers.get(pc, {}).get(instruction.dst), offset, size)
            if instruction.imm == CMPXCHG:
                after |= 1
        elif instruction.dst == FRAME_POINTER and size == 8 and offset % 8 == 0:
            after &= ~slot_bits(offset, size)
        after |= 1 << instruction.dst
        return after | 1 << instruction.src if instruction.klass == isa.STX else after

    def _arguments(self, pc: int, instruction: Instruction) -> int:
        if pc in self._image.calls or pc in self._image.kfuncs:
            return ARGUMENTS
        known = helper(instruction.imm)
        return ((2 << len(known.params)) - 1) & ~1 if known is not None else ARGUMENTS


def _read(pointee: Pointee | None, offset: int, size: int | None) -> int:
    """The slots of the own frame that `size` bytes (None: any number) at `offset` behind a pointer may be in."""
    if pointee is None or pointee.is_constants or pointee.argument is not None:
        return 0
    if not pointee.is_own_frame or pointee.offset is None:
        return ALL_SLOTS
    at = pointee.offset + offset
    return slot_bits(at, max(-at, 1) if size is None else size)
