"""The backward data flow behind the slice: which places matter before each instruction, and why.

Three analyses in one: a packed mask holds the places of each side by side (`VALUE`, `TEST`, `BASE`), so that a copy
or a sum moves all three at once. `slice` says what each means.
"""

from __future__ import annotations

from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.isa.validity import CMPXCHG, FETCH, is_load_acquire
from xdp_lsp.verifier import helpers
from xdp_lsp.verifier.cfg import is_conditional
from xdp_lsp.verifier.places import (
    ALL_SLOTS,
    ANY_SLOT,
    ARGUMENTS,
    BITS,
    CALLER_SAVED,
    ELSEWHERE,
    Live,
    pointed_bits,
    to_callee,
    to_caller,
)
from xdp_lsp.verifier.pointers import ANY_FRAME, FRAME_POINTER, Pointee, Pointers
from xdp_lsp.verifier.scope import Scope
from xdp_lsp.verifier.worklist import Worklist

VALUE, TEST, BASE = 1, 1 << BITS, 1 << 2 * BITS  # where each analysis' bits start in a packed mask
ALL_GROUPS = VALUE | TEST | BASE
_MASK = (1 << BITS) - 1


class Liveness:
    """Live places of one program. `tested` maps a branch to the analyses (VALUE, TEST) that its operands are in.

    Monotone: `solve` goes on from where it was once `test` has added branches, or the scope has grown.
    """

    def __init__(self, scope: Scope, pointers: dict[int, Pointers]) -> None:
        self.tested: dict[int, int] = {}
        self._looked_at: set[int] = set()  # blocks that `solve` has seen
        self._stale: set[int] = set()  # and those that it has to see again
        self.pointers = pointers  # into frames, before each instruction that accesses memory or calls
        self._scope = scope
        self._image = scope.image
        self._entry: dict[int, int] = dict.fromkeys(
            scope.graphs, 0
        )  # packed live places at a function's entry
        self._exit: dict[int, int] = dict.fromkeys(scope.graphs, 0)
        self._before: dict[int, int] = {}  # packed live places before each instruction

    def live(self, pc: int) -> Live:
        """What matters before the instruction at `pc`."""
        return _unpacked(self._before.get(pc, 0))

    def matters_after(self, pc: int, places: int, groups: int = ALL_GROUPS) -> bool:
        """Whether any of `places` matters after the instruction at `pc`, on any way it can go, in any of `groups`."""
        following = self._scope.graph_at(pc).following.get(pc)
        if following is not None:
            packed = self._before.get(following, 0)
        else:
            block = self._scope.block_at(pc)
            packed = 0 if block.after else self._exit[self._scope.function_of[pc]]
            for after in block.after:
                packed |= self._before.get(after, 0)
        return packed & places * groups != 0

    def is_wanted(self, entry: int) -> bool:
        """Whether some caller needs the result of the function at `entry`, or what it writes into other frames."""
        wanted = _unpacked(self._exit[entry])
        return bool(wanted.value or wanted.test or wanted.base & ELSEWHERE)

    def want_result(self, entry: int) -> None:
        """Has the result of the function at `entry` matter, as a value that someone tests."""
        self._exit[entry] |= 1 * TEST

    def test(self, branches: dict[int, int]) -> bool:
        """Has the operands of more `branches` matter (see `tested`); whether that is anything new."""
        new = [pc for pc, groups in branches.items() if groups != self.tested.get(pc)]
        self.tested.update((pc, branches[pc]) for pc in new)
        self._stale.update(self._scope.block_at(pc).start for pc in new)
        return bool(new)

    def passed(self, pc: int) -> dict[int, Pointee]:
        """The pointers into frames that the call at `pc` passes, by argument."""
        pointers = self.pointers.get(pc, {})
        return {number: pointers[number] for number in range(1, 6) if number in pointers}

    def outside(self, call: int, live: Live) -> Live:
        """What of the live places inside the function called at `call` is in frames outside, as the caller sees it."""
        passed = self.passed(call)
        return Live(to_caller(live.value, passed), 0, to_caller(live.base, passed))

    def solve(self) -> None:
        """Propagates what matters backwards until nothing changes."""
        # By -start: later code first, as most edges go down.
        todo = Worklist(-start for start in self._stale | (self._scope.reaches - self._looked_at))
        self._looked_at |= self._scope.reaches
        self._stale = set()
        while todo:
            start = -todo.pop()
            entry = self._scope.function_of[start]
            block = self._scope.block_at(start)
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
                todo.add(-before for before in block.before)
                if start == entry and packed & ~self._entry[entry]:
                    self._entry[entry] |= packed
                    todo.add(-self._scope.block_at(pc).start for pc in self._scope.callers[entry])

    def _transfer(self, pc: int, after: int, todo: Worklist) -> int:
        """The places that matter before `pc`, given those that matter after it."""
        instruction = self._image.slots[pc]
        klass = instruction.klass
        if klass in (isa.ALU64, isa.ALU):
            return _through_alu(instruction, after)
        if klass == isa.LDX or is_load_acquire(instruction):
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
            return after | operands * self.tested.get(pc, 0)
        return after

    def _through_load(self, pc: int, instruction: Instruction, after: int) -> int:
        dst, src = 1 << instruction.dst, 1 << instruction.src
        groups = _groups(after, dst)
        before = _without(after, dst)
        if not groups:
            return before
        pointee = self.pointers.get(pc, {}).get(instruction.src)
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
        pointee = self.pointers.get(pc, {}).get(instruction.dst)
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

    def _through_call(self, pc: int, instruction: Instruction, after: int, todo: Worklist) -> int:
        before = _without(after, CALLER_SAVED)
        callee = self._image.calls.get(pc)
        if callee is not None and callee in self._entry:
            passed = self.passed(pc)
            # Tested values are not followed through pointers: a struct that is passed on has many fields.
            live = _unpacked(after)
            outside = Live(to_callee(live.value, passed), 0, to_callee(live.base, passed))
            result = after & (1 * ALL_GROUPS)  # r0
            self._want_at_exit(callee, result | _packed(outside), todo)
            entry = self._entry[callee]
            before |= entry & (ARGUMENTS * ALL_GROUPS)
            return before | _packed(self.outside(pc, _unpacked(entry)))
        if instruction.src == isa.CALL_HELPER:
            if instruction.imm in helpers.MOVING:
                return before | (1 << 2) * VALUE
            if helpers.is_tail_call(instruction):
                before |= (1 << 2 | 1 << 3) * VALUE  # the program array, and which of its programs
            elif helpers.takes_callback(instruction):
                before |= (1 << 1 | 1 << 2) * VALUE | (1 << 3) * ALL_GROUPS  # count, callback, context
                for entry in self._scope.callbacks:
                    before |= self._entry[entry] & (ANY_SLOT * ALL_GROUPS)
                    # What a run writes matters to the next run and to the caller.
                    groups = _groups(after, ALL_SLOTS | ELSEWHERE) | _groups(self._entry[entry], ANY_SLOT)
                    self._want_at_exit(entry, groups * ANY_SLOT, todo)
            elif _groups(after, 1) and helpers.result(instruction.imm)[0] is helpers.Result.POINTER_OR_NULL:
                before |= (1 << 1) * BASE  # the map that a look-up's result is named after
        kfunc = self._image.kfuncs.get(pc)
        if kfunc is not None:
            before = self._through_iterator(pc, kfunc.name, before, after)
        # What the call may write through matters only where it may be a frame.
        for number in self.passed(pc):
            before |= (1 << number) * BASE
        return before

    def _through_iterator(self, pc: int, name: str, before: int, after: int) -> int:
        """A number iterator's calls write and read the iterator itself: see `iterators`."""
        pointee = self.pointers.get(pc, {}).get(1)
        if pointee is None or name not in (helpers.ITERATOR_NEW, helpers.ITERATOR_NEXT):
            return before
        held = pointed_bits(pointee, 0, helpers.ITERATOR_SIZE)
        if name == helpers.ITERATOR_NEW:
            return before | _groups(after, held) * (1 << 2 | 1 << 3)  # the first number and the end
        return before | _groups(after, 1) * held  # whether there is a next one

    def _want_at_exit(self, callee: int, wanted: int, todo: Worklist) -> None:
        """Notes that some caller needs the places `wanted` when `callee` returns."""
        if wanted & ~self._exit[callee]:
            self._exit[callee] |= wanted
            todo.add(-s for s, block in self._scope.graphs[callee].blocks.items() if not block.after)


def _unpacked(packed: int) -> Live:
    return Live(packed & _MASK, (packed >> BITS) & _MASK, packed >> 2 * BITS)


def _packed(live: Live) -> int:
    return live.value * VALUE | live.test * TEST | live.base * BASE


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
