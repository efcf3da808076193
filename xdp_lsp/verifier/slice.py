"""Which registers and stack slots matter, at each instruction: the slice that the exploration keeps.

Three backward data-flow analyses in one pass, over all functions a program reaches:

- *value*: what flows into the delta of a later call, or decides how often a loop goes round that does.
- *test*: what a later branch compares, where the branch's two arms differ in what they do to the slice. Kept so that
  two branches on one value stay correlated.
- *base*: what a later store or call uses as an address: only which memory it points into is kept.

Everything else is forgotten where paths meet, so that paths which differ in nothing that matters become one.
Soundness does not rest on the slice: what is outside counts as unknown. A slice that is too small costs
precision, one that is too large costs time.
"""

from __future__ import annotations

from collections.abc import Iterable

from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.isa.validity import CMPXCHG, FETCH, LOAD_ACQUIRE
from xdp_lsp.program.image import FunctionAddress, Image
from xdp_lsp.verifier import helpers
from xdp_lsp.verifier.cfg import FunctionGraph, is_conditional, leads_nowhere, successors
from xdp_lsp.verifier.places import (
    ALL_SLOTS,
    ANY_SLOT,
    ARGUMENTS,
    BITS,
    CALLER_SAVED,
    ELSEWHERE,
    Live,
    pointed_bits,
    slot_bits,
    to_callee,
    to_caller,
)
from xdp_lsp.verifier.pointers import ANY_FRAME, FRAME_POINTER, Pointee, find_pointers

VALUE, TEST, BASE = 1, 1 << BITS, 1 << 2 * BITS  # where each analysis' bits start in a packed mask
ALL_GROUPS = VALUE | TEST | BASE
_MASK = (1 << BITS) - 1


def tracked_call(image: Image, pc: int) -> bool:
    """Whether the instruction at `pc` is a call that moves or may move the packet's start or metadata."""
    if leads_nowhere(image, pc):
        return True
    kfunc = image.kfuncs.get(pc)
    if kfunc is not None:
        return kfunc.name == helpers.PULL_DATA
    instruction = image.slots[pc]
    return (
        instruction.opcode == isa.JMP | isa.CALL
        and instruction.src == isa.CALL_HELPER
        and (instruction.imm in helpers.MOVING or instruction.imm == helpers.TAIL_CALL)
    )


class Slice:
    """The slice of one program: `graphs` are its functions by entry."""

    def __init__(self, image: Image, graphs: dict[int, FunctionGraph]) -> None:
        self._image = image
        self._graphs = graphs
        self._callers: dict[int, list[int]] = {entry: [] for entry in graphs}
        self._function_of: dict[int, int] = {}
        for entry, graph in graphs.items():
            for pc in graph.block_of:
                self._function_of[pc] = entry
                callee = image.calls.get(pc)
                if callee is not None:
                    self._callers[callee].append(pc)
        self._callbacks = self._find_callbacks()
        self.reaches = self._reaching()
        self._pointers = find_pointers(image, graphs, self._callbacks)
        self._entry: dict[int, int] = dict.fromkeys(graphs, 0)  # packed live places at each function's entry
        self._exit: dict[int, int] = dict.fromkeys(graphs, 0)
        self._before: dict[int, int] = {}  # packed live places before each instruction
        self._tested: dict[int, int] = {}  # branch pc -> the groups its operands are in
        self._solve()

    def live(self, pc: int) -> Live:
        """What matters before the instruction at `pc`."""
        return _unpacked(self._before.get(pc, 0))

    def _find_callbacks(self) -> set[int]:
        """The functions whose address is taken; every call of a helper that takes a callback may run them."""
        callbacks = {
            address.pc
            for pc, address in self._image.addresses.items()
            if pc in self._function_of and isinstance(address, FunctionAddress) and address.pc in self._graphs
        }
        running = [pc for pc in self._function_of if helpers.takes_callback(self._image.slots[pc])]
        for entry in callbacks:
            self._callers[entry].extend(running)
        return callbacks

    # -- what can still reach a tracked call ----------------------------------------------------

    def _reaching(self) -> set[int]:
        """The blocks from which a tracked call can be reached without leaving the function by its exit."""
        image = self._image
        interesting = {
            entry
            for entry, graph in self._graphs.items()
            if any(tracked_call(image, pc) for pc in graph.block_of)
        }
        changed = True
        while changed:
            changed = False
            for entry, graph in self._graphs.items():
                if entry not in interesting and any(
                    callee in interesting for pc in graph.block_of for callee in self._entered_at(pc)
                ):
                    interesting.add(entry)
                    changed = True
        self.interesting = interesting
        reaching: set[int] = set()
        for entry in interesting:
            graph = self._graphs[entry]
            todo = [
                start
                for start, block in graph.blocks.items()
                if any(
                    tracked_call(image, pc) or any(c in interesting for c in self._entered_at(pc))
                    for pc in block.pcs
                )
            ]
            while todo:
                start = todo.pop()
                if start not in reaching:
                    reaching.add(start)
                    todo.extend(graph.blocks[start].before)
        return reaching

    def _entered_at(self, pc: int) -> Iterable[int]:
        """The functions that the instruction at `pc` may run: a callee, or any callback."""
        callee = self._image.calls.get(pc)
        if callee is not None:
            return (callee,)
        return self._callbacks if helpers.takes_callback(self._image.slots[pc]) else ()

    def matters(self, callee: int) -> bool:
        """Whether the function at `callee` can do anything that bears on a tracked call."""
        return callee in self.interesting or self._is_wanted(callee)

    def _is_wanted(self, entry: int) -> bool:
        """Whether some caller needs the result of the function at `entry`, or what it writes into other frames."""
        wanted = _unpacked(self._exit[entry])
        return bool(wanted.value or wanted.test or wanted.base & ELSEWHERE)

    def _passed(self, pc: int) -> dict[int, Pointee]:
        """The pointers into frames that the call at `pc` passes, by argument."""
        pointers = self._pointers.get(pc, {})
        return {number: pointers[number] for number in range(1, 6) if number in pointers}

    def may_be_frame_pointer(self, pc: int, register: int) -> bool:
        """Whether `register` may hold a pointer into some frame before `pc`."""
        pointee = self._pointers.get(pc, {}).get(register)
        return pointee is not None and not pointee.is_constants

    def outside(self, call: int, live: Live) -> Live:
        """What of the live places inside the function called at `call` is in frames outside, as the caller sees it."""
        passed = self._passed(call)
        return Live(to_caller(live.value, passed), 0, to_caller(live.base, passed))

    def holds(self, pc: int) -> bool:
        """Whether `pc` is in some function of the program."""
        return pc in self._function_of

    def passes_frames(self, pc: int) -> bool:
        """Whether the call at `pc` may be given a pointer into some frame."""
        return any(not pointee.is_constants for pointee in self._passed(pc).values())

    def writes(self, pc: int) -> int:
        """The registers and slots of the own frame that the instruction at `pc` writes, as bits of places."""
        instruction = self._image.slots[pc]
        klass = instruction.klass
        if klass in (isa.ALU, isa.ALU64, isa.LDX, isa.LD):
            return 1 << instruction.dst if instruction.is_wide or klass != isa.LD else CALLER_SAVED
        if klass in (isa.ST, isa.STX):
            fetched = instruction.mode == isa.ATOMIC
            written = 1 << instruction.src | 1 << instruction.dst | 1 if fetched else 0
            if instruction.dst == FRAME_POINTER:
                written |= slot_bits(instruction.offset, instruction.size)
            return written & ~(1 << FRAME_POINTER)
        return 0

    def function_of(self, pc: int) -> int:
        """The entry of the function that holds `pc`."""
        return self._function_of[pc]

    def live_after(self, pc: int) -> Live:
        """What matters after the instruction at `pc`, on any way it can go."""
        graph = self._graphs[self._function_of[pc]]
        block = graph.blocks[graph.block_of[pc]]
        if pc != block.last:
            return self.live(block.pcs[block.pcs.index(pc) + 1])
        packed = 0 if block.after else self._exit[graph.entry]
        for after in block.after:
            packed |= self._before.get(after, 0)
        return _unpacked(packed)

    def bears(self, pc: int) -> bool:
        """Whether the instruction at `pc` can change anything that matters, or where the program goes on."""
        instruction = self._image.slots[pc]
        klass = instruction.klass
        if klass in (isa.JMP, isa.JMP32):
            return instruction.operation in (isa.CALL, isa.EXIT) or is_conditional(instruction)
        live = self.live_after(pc).any
        if klass in (isa.ST, isa.STX) and self.may_be_frame_pointer(pc, instruction.dst):
            # Through a copy of a frame pointer: two arguments may point at the same place.
            return instruction.dst != FRAME_POINTER or bool(live & (self.writes(pc) | ANY_SLOT))
        if klass == isa.LD and not instruction.is_wide:
            return True
        return bool(live & self.writes(pc))

    def result_used(self, pc: int) -> bool:
        """Whether the program looks at r0 after the call at `pc`."""
        graph = self._graphs[self._function_of[pc]]
        todo, seen = [pc + 1], set()
        while todo:
            at = todo.pop()
            if at in seen or at not in graph.block_of:
                continue
            seen.add(at)
            reads, writes = _uses_result(self._image.slots[at])
            if reads:
                return True
            if not writes:
                todo.extend(successors(self._image, at))
        return False

    def reaches_call(self, pc: int) -> bool:
        """Whether a tracked call can follow `pc` before its function returns."""
        return self._graphs[self._function_of[pc]].block_of[pc] in self.reaches

    # -- the backward analyses ------------------------------------------------------------------

    def _solve(self) -> None:
        """Data flow and the choice of tested branches, each in turn until the other learns nothing new."""
        for _ in range(4):
            self._propagate()
            before = dict(self._tested)
            self._choose_branches()
            if before == self._tested:
                return
        self._propagate()

    def _propagate(self) -> None:
        todo = {start for graph in self._graphs.values() for start in graph.blocks if start in self.reaches}
        while todo:
            start = max(todo)  # later code first: most edges go down
            todo.discard(start)
            entry = self._function_of[start]
            graph = self._graphs[entry]
            block = graph.blocks[start]
            packed = 0
            for after in block.after:
                packed |= self._before.get(after, 0)
            if not block.after:
                packed |= self._exit[entry]
            old = self._before.get(start, 0)
            for pc in reversed(block.pcs):
                packed = self._transfer(pc, packed, todo)
                self._before[pc] = packed
            if packed != old:
                todo.update(block.before)
                if start == entry and packed & ~self._entry[entry]:
                    self._entry[entry] |= packed
                    todo.update(
                        self._graphs[self._function_of[pc]].block_of[pc] for pc in self._callers[entry]
                    )

    def _transfer(self, pc: int, after: int, todo: set[int]) -> int:
        """The places that matter before `pc`, given those that matter after it."""
        instruction = self._image.slots[pc]
        klass = instruction.klass
        if klass in (isa.ALU64, isa.ALU):
            return _through_alu(instruction, after)
        if klass == isa.LDX or (instruction.mode == isa.ATOMIC and instruction.imm == LOAD_ACQUIRE):
            return self._through_load(pc, instruction, after)
        if klass in (isa.ST, isa.STX):
            return self._through_store(pc, instruction, after)
        if klass == isa.LD:
            if instruction.is_wide:
                return _without(after, 1 << instruction.dst)
            return _without(after, CALLER_SAVED)  # legacy packet load: result in r0, clobbers r1 to r5
        operation = instruction.operation
        if operation == isa.CALL and klass == isa.JMP:
            return self._through_call(pc, instruction, after, todo)
        if is_conditional(instruction):
            operands = 1 << instruction.dst
            if instruction.uses_register:
                operands |= 1 << instruction.src
            return after | operands * self._tested.get(pc, 0)
        return after

    def _through_load(self, pc: int, instruction: Instruction, after: int) -> int:
        dst, src = 1 << instruction.dst, 1 << instruction.src
        groups = _groups(after, dst)
        before = _without(after, dst)
        if not groups:
            return before
        pointee = self._pointers.get(pc, {}).get(instruction.src)
        # A table's entry depends on the index; of other memory only which it is matters.
        indexed = pointee is not None and (pointee.is_constants or pointee == ANY_FRAME)
        before |= (groups if indexed else BASE) * src
        if pointee is not None:
            if not (pointee.is_own_frame and pointee.offset is not None):
                groups &= ~TEST  # as in a call
            before |= groups * pointed_bits(pointee, instruction.offset, instruction.size)
        return before

    def _through_store(self, pc: int, instruction: Instruction, after: int) -> int:
        base, src = 1 << instruction.dst, 1 << instruction.src
        pointee = self._pointers.get(pc, {}).get(instruction.dst)
        before = after
        groups = 0
        if pointee is not None and not pointee.is_constants:
            written = pointed_bits(pointee, instruction.offset, instruction.size)
            # What is not in the own frame may be behind any argument, or anywhere.
            groups = _groups(after, written | (ANY_SLOT if pointee.is_own_frame else ELSEWHERE))
            if pointee == ANY_FRAME:
                groups |= _groups(after, ALL_SLOTS)
            whole = instruction.size == 8 and instruction.offset % 8 == 0 and instruction.mode == isa.MEM
            if instruction.dst == FRAME_POINTER and whole:
                before = _without(before, written)
            before |= base * BASE
        if instruction.klass == isa.STX:
            before |= groups * src
        if instruction.mode == isa.ATOMIC and instruction.imm & FETCH:  # src or r0 gets the old value
            before = _without(before, 1 if instruction.imm == CMPXCHG else src)
        return before

    def _through_call(self, pc: int, instruction: Instruction, after: int, todo: set[int]) -> int:
        before = _without(after, CALLER_SAVED)
        callee = self._image.calls.get(pc)
        if callee is not None and callee in self._entry:
            passed = self._passed(pc)
            # Tested values are not followed through pointers: a struct that is passed on has many fields.
            live = _unpacked(after)
            outside = Live(to_callee(live.value, passed), 0, to_callee(live.base, passed))
            self._want_at_exit(
                callee, after & (1 * ALL_GROUPS) | _packed(outside), todo
            )  # r0, and its frames
            entry = self._entry[callee]
            before |= entry & (ARGUMENTS * ALL_GROUPS)
            return before | _packed(self.outside(pc, _unpacked(entry)))
        if instruction.src == isa.CALL_HELPER:
            if instruction.imm in helpers.MOVING:
                return before | (1 << 2) * VALUE
            if helpers.takes_callback(instruction):
                before |= (1 << 1 | 1 << 2) * VALUE | (1 << 3) * ALL_GROUPS  # count, callback, context
                for entry in self._callbacks:
                    before |= self._entry[entry] & (ANY_SLOT * ALL_GROUPS)
                    # What a run writes matters to the next run and to the caller.
                    groups = _groups(after, ALL_SLOTS | ELSEWHERE) | _groups(self._entry[entry], ANY_SLOT)
                    self._want_at_exit(entry, groups * ANY_SLOT, todo)
            elif _groups(after, 1) and helpers.result(instruction.imm)[0] is helpers.Result.POINTER_OR_NULL:
                before |= (1 << 1) * BASE  # the map that a look-up's result is named after
        # What the call may write through matters only where it may be a frame.
        for number in self._passed(pc):
            before |= (1 << number) * BASE
        return before

    def _want_at_exit(self, callee: int, wanted: int, todo: set[int]) -> None:
        """Notes that some caller needs the places `wanted` when `callee` returns."""
        if wanted & ~self._exit[callee]:
            self._exit[callee] |= wanted
            todo.update(s for s, block in self._graphs[callee].blocks.items() if not block.after)

    # -- which branches are worth following -----------------------------------------------------

    def _choose_branches(self) -> None:
        """Marks the branches whose arms differ in the next thing that happens to the slice.

        A branch that leaves a loop in which the slice changes decides how often: its operands count as values.
        """
        for entry, graph in self._graphs.items():
            if self._is_wanted(entry):
                # What it gives back matters to a caller: everything in it counts as on the way to a call.
                self.reaches.update(graph.blocks)
            elif entry not in self.interesting:
                continue
            effects = {start: self._has_effect(graph.blocks[start].pcs) for start in graph.blocks}
            following = _next_effects(graph, effects, self.reaches)
            for block in graph.blocks.values():
                pc = block.last
                if len(block.after) == 2 and is_conditional(self._image.slots[pc]):
                    one, other = block.after
                    if following[one] != following[other]:
                        self._tested[pc] = self._tested.get(pc, 0) | TEST
            for body in graph.loops.values():
                if not any(effects[start] for start in body):
                    continue
                for start in body:
                    block = graph.blocks[start]
                    pc = block.last
                    leaves = any(after not in body for after in block.after)
                    if leaves and len(block.after) == 2 and is_conditional(self._image.slots[pc]):
                        self._tested[pc] = self._tested.get(pc, 0) | VALUE

    def _has_effect(self, pcs: list[int]) -> bool:
        """Whether some instruction writes a place of the slice, or moves the packet's start."""
        for pc in pcs:
            instruction = self._image.slots[pc]
            klass = instruction.klass
            if klass == isa.JMP and instruction.operation == isa.CALL:
                if tracked_call(self._image, pc) or not self.interesting.isdisjoint(self._entered_at(pc)):
                    return True
                written = 1
            elif klass in (isa.ALU, isa.ALU64, isa.LDX, isa.LD):
                written = 1 << instruction.dst
            elif klass in (isa.ST, isa.STX):
                pointee = self._pointers.get(pc, {}).get(instruction.dst)
                if pointee is None:
                    continue
                written = pointed_bits(pointee, instruction.offset, instruction.size)
            else:
                continue
            live = self.live_after(pc)
            # Of what is only tested later, a flag that is set counts; a sum that grows would make every loop matter.
            sets = klass in (isa.ST, isa.STX) or instruction.operation == isa.MOV
            if live.value & written or (sets and live.test & written):
                return True
        return False


def _unpacked(packed: int) -> Live:
    return Live(packed & _MASK, (packed >> BITS) & _MASK, packed >> 2 * BITS)


def _packed(live: Live) -> int:
    return live.value * VALUE | live.test * TEST | live.base * BASE


def _uses_result(instruction: Instruction) -> tuple[bool, bool]:
    """Whether an instruction reads r0, and whether it overwrites it."""
    klass, dst, src = instruction.klass, instruction.dst, instruction.src
    if klass in (isa.ALU, isa.ALU64):
        moves = instruction.operation == isa.MOV
        return (dst == 0 and not moves) or (src == 0 and instruction.uses_register), dst == 0 and moves
    if klass == isa.LDX:
        return src == 0, dst == 0
    if klass in (isa.ST, isa.STX):
        return dst == 0 or (klass == isa.STX and src == 0), False
    if klass == isa.LD:
        return False, not instruction.is_wide or dst == 0
    if instruction.operation == isa.EXIT:
        return True, True
    if instruction.operation == isa.CALL:
        return False, True
    return is_conditional(instruction) and (dst == 0 or (src == 0 and instruction.uses_register)), False


def _groups(packed: int, places: int) -> int:
    """In which groups any of `places` matters: a sum of VALUE, TEST, BASE."""
    found = 0
    for group in (VALUE, TEST, BASE):
        if packed & places * group:
            found |= group
    return found


def _without(packed: int, places: int) -> int:
    return packed & ~(places * ALL_GROUPS)


def _through_alu(instruction: Instruction, after: int) -> int:
    dst = 1 << instruction.dst
    groups = _groups(after, dst)
    if not groups:
        return after
    operation = instruction.operation
    if operation == isa.MOV:
        before = _without(after, dst)
        return before | groups * (1 << instruction.src) if instruction.uses_register else before
    if operation in (isa.NEG, isa.END) or not instruction.uses_register:
        return after
    return after | groups * (1 << instruction.src)


def _next_effects(graph: FunctionGraph, effects: dict[int, bool], reaches: set[int]) -> dict[int, int]:
    """For each block, the set (as bits) of the first blocks with an effect that can follow from its start.

    Blocks from which no tracked call can be reached are all the one effect "over".
    """
    number = {start: at + 1 for at, start in enumerate(graph.blocks)}
    over = 1
    following: dict[int, int] = {}
    todo = set(graph.blocks)
    for start in graph.blocks:
        following[start] = 0
    while todo:
        start = max(todo)
        todo.discard(start)
        if start not in reaches:
            answer = over
        elif effects[start]:
            answer = 1 << number[start]
        else:
            answer = 0
            for after in graph.blocks[start].after:
                answer |= following[after]
            if not graph.blocks[start].after:
                answer = over
        if answer != following[start]:
            following[start] = answer
            todo.update(graph.blocks[start].before)
    return following
