"""Where pointers into frames can be, before each instruction: a forward analysis of all functions at once.

A function is looked at once for all its callers, so a pointer that it was given is known by the argument it came in:
`Pointee(2, 8)` is 8 bytes into what r2 pointed at on entry. Every way in which such a pointer can travel is followed
(copies, sums, spills, calls); what the kernel's verifier refuses to do to a pointer loses it. So a register that is
not listed holds no pointer into a frame.
"""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.isa.validity import CMPXCHG, FETCH, STORE_RELEASE, is_load_acquire
from xdp_lsp.program.image import DataAddress, Image
from xdp_lsp.verifier import helpers
from xdp_lsp.verifier.cfg import FunctionGraph
from xdp_lsp.verifier.worklist import Worklist

FRAME_POINTER = 10
_OWN_FRAME, _ANY_FRAME, _CONSTANTS = 0, -1, -2


class Pointee(NamedTuple):
    """What a register may point into: this function's frame, or what an argument pointed at on entry.

    `offset` is in bytes from the frame pointer (negative) or from where the argument pointed; None if it varies.
    """

    root: int
    offset: int | None

    @property
    def is_own_frame(self) -> bool:
        return self.root == _OWN_FRAME

    @property
    def argument(self) -> int | None:
        """The number of the argument (1 to 5) that it came in, if it did."""
        return self.root if self.root > 0 else None

    @property
    def is_constants(self) -> bool:
        """Whether it is no frame but a section of the object's data."""
        return self.root == _CONSTANTS

    def moved(self, by: int | None) -> Pointee:
        return Pointee(self.root, None if by is None or self.offset is None else self.offset + by)


ANY_FRAME = Pointee(_ANY_FRAME, None)
CONSTANTS = Pointee(_CONSTANTS, None)

# Places: a register's number, or the (negative) offset of an 8-byte spill in the own frame.
Pointers = dict[int, Pointee]


def find_pointers(image: Image, graphs: dict[int, FunctionGraph], callbacks: set[int]) -> dict[int, Pointers]:
    """The pointers before each instruction of `graphs` that accesses memory or calls."""
    return _Finder(image, graphs, callbacks).run()


class _Finder:
    def __init__(self, image: Image, graphs: dict[int, FunctionGraph], callbacks: set[int]) -> None:
        self._image = image
        self._blocks = {start: block for graph in graphs.values() for start, block in graph.blocks.items()}
        self._todo = Worklist(graphs)
        self._at_block: dict[int, Pointers] = {}
        for entry in graphs:
            self._at_block[entry] = {FRAME_POINTER: Pointee(_OWN_FRAME, 0)}
            if entry in callbacks:  # the context it is given may be in any frame
                self._at_block[entry].update(dict.fromkeys(range(1, 6), ANY_FRAME))

    def run(self) -> dict[int, Pointers]:
        found: dict[int, Pointers] = {}
        while self._todo:
            start = self._todo.pop()
            pointers = dict(self._at_block[start])
            for pc in self._blocks[start].pcs:
                instruction = self._image.slots[pc]
                if instruction.klass in (isa.LDX, isa.ST, isa.STX, isa.JMP):
                    found[pc] = dict(pointers)
                self._step(pc, instruction, pointers)
            for after in self._blocks[start].after:
                self._flow(after, pointers)
        return found

    def _flow(self, start: int, pointers: Pointers) -> None:
        """Joins `pointers` into what is known at the start of a block."""
        old = self._at_block.get(start)
        if old is None:
            self._at_block[start] = dict(pointers)
            self._todo.add((start,))
            return
        for place, pointee in pointers.items():
            joined = _joined(old.get(place), pointee)
            if joined != old.get(place):
                old[place] = joined
                self._todo.add((start,))

    def _step(self, pc: int, instruction: Instruction, pointers: Pointers) -> None:
        klass, dst = instruction.klass, instruction.dst
        if klass == isa.ALU64 and instruction.operation in (isa.MOV, isa.ADD, isa.SUB):
            self._move(instruction, pointers, is_patched=pc in self._image.patched)
        elif klass in (isa.ALU, isa.ALU64):
            pointers.pop(dst, None)
        elif klass == isa.LD:
            if not instruction.is_wide:
                _forget_caller_saved(pointers)
            elif isinstance(self._image.addresses.get(pc), DataAddress):
                pointers[dst] = CONSTANTS
            else:
                pointers.pop(dst, None)
        elif klass == isa.LDX or is_load_acquire(instruction):
            _set(pointers, dst, _loaded(instruction, pointers))
        elif klass == isa.STX:
            self._store(instruction, pointers)
        elif klass == isa.JMP and instruction.operation == isa.CALL:
            self._call(pc, pointers)

    def _move(self, instruction: Instruction, pointers: Pointers, *, is_patched: bool) -> None:
        """MOV, ADD and SUB, the only arithmetic that the kernel allows on pointers."""
        dst, src = instruction.dst, instruction.src
        moves = instruction.operation == isa.MOV
        if not instruction.uses_register:
            if moves:
                pointers.pop(dst, None)
            elif dst in pointers:
                by = instruction.imm if instruction.operation == isa.ADD else -instruction.imm
                pointers[dst] = pointers[dst].moved(None if is_patched else by)
        elif moves:
            _set(pointers, dst, pointers.get(src))
        else:
            both = [pointers[place].moved(None) for place in (dst, src) if place in pointers]
            if both:
                pointers[dst] = both[0] if len(both) == 1 else _joined(both[0], both[1])

    def _store(self, instruction: Instruction, pointers: Pointers) -> None:
        base, stored = pointers.get(instruction.dst), pointers.get(instruction.src)
        if base is None or base.is_constants:
            return
        if instruction.mode == isa.ATOMIC and instruction.imm != STORE_RELEASE:
            if instruction.imm & FETCH:  # may bring a spilled pointer into src or r0
                pointers[0 if instruction.imm == CMPXCHG else instruction.src] = ANY_FRAME
            return
        if instruction.size == 8 and stored is None and instruction.dst == FRAME_POINTER:
            pointers.pop(instruction.offset, None)
        if instruction.size != 8 or stored is None:
            return  # what else it overwrites may stay listed: that only adds
        if instruction.dst == FRAME_POINTER:
            pointers[instruction.offset] = stored
            return
        # Spilled through a copy of a frame pointer: it may come back out of any place on the stack.
        for offset in range(-512, 0, 8):
            pointers[offset] = _joined(pointers.get(offset), ANY_FRAME)

    def _call(self, pc: int, pointers: Pointers) -> None:
        callee = self._image.calls.get(pc)
        kfunc = self._image.kfuncs.get(pc)
        passed = [number for number in range(1, 6) if number in pointers]
        first = pointers.get(1)
        _forget_caller_saved(pointers)
        if callee is not None and passed:
            self._flow(callee, {number: Pointee(number, 0) for number in passed})
        if kfunc is not None and kfunc.name == helpers.ITERATOR_NEXT:
            _set(pointers, 0, first)
        elif passed and (callee is not None or kfunc is not None):
            pointers[0] = ANY_FRAME  # a function can give back a pointer it was given


def _loaded(instruction: Instruction, pointers: Pointers) -> Pointee | None:
    """What an 8-byte load may bring back: a pointer spilled there."""
    base = pointers.get(instruction.src)
    if instruction.size != 8 or base is None or base.is_constants:
        return None
    if instruction.src == FRAME_POINTER:
        return pointers.get(instruction.offset)
    return ANY_FRAME  # from another frame, or through a copy of a frame pointer


def _set(pointers: Pointers, place: int, pointee: Pointee | None) -> None:
    if pointee is None:
        pointers.pop(place, None)
    else:
        pointers[place] = pointee


def _forget_caller_saved(pointers: Pointers) -> None:
    for register in range(6):
        pointers.pop(register, None)


def _joined(a: Pointee | None, b: Pointee) -> Pointee:
    if a is None or a == b:
        return b
    return Pointee(a.root, None) if a.root == b.root else ANY_FRAME
