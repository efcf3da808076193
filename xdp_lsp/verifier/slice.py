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

from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.isa.validity import CMPXCHG, FETCH, is_load_acquire
from xdp_lsp.program.image import Image, MapAddress, MapDefinition, Program
from xdp_lsp.verifier.branches import choose_branches
from xdp_lsp.verifier.cfg import FunctionGraph, is_conditional, reachable_functions, successors
from xdp_lsp.verifier.liveness import VALUE, Liveness
from xdp_lsp.verifier.places import ANY_SLOT, CALLER_SAVED, Live, pointed_bits, slot_bits
from xdp_lsp.verifier.pointers import FRAME_POINTER, find_pointers
from xdp_lsp.verifier.scope import Scope


def delta_slice(image: Image, program: Program) -> frozenset[int]:
    """The pcs of the instructions of `program` that a delta is computed by, and of the branches that compare what is.

    For readers: nothing rests on it. What flows through registers and the stack is followed, through calls as well;
    what is read of a map or of the packet is where it begins. So an instruction outside writes nothing that gets into
    a delta but through such memory; it may decide whether a delta is asked for. Whole slots of the stack are followed,
    so one inside may write a delta's neighbour.
    """
    graphs = reachable_functions(image, program.entry)
    found = Slice(image, graphs)
    return frozenset(pc for graph in graphs.values() for pc in graph.block_of if found.is_of_delta(pc))


class Slice:
    """The slice of one program: `graphs` are its functions by entry.

    `action_of` is the function whose result, the program's action, matters too; `follow_redirects` is as for
    `Scope`.
    """

    follows_tail_calls = True

    def __init__(
        self,
        image: Image,
        graphs: dict[int, FunctionGraph],
        *,
        action_of: int | None = None,
        follow_redirects: bool = False,
    ) -> None:
        self._image = image
        self._scope = Scope(image, graphs, follow_redirects=follow_redirects)
        self._outside: dict[tuple[int, int, int], Live] = {}  # memo of `outside`
        self._liveness = Liveness(self._scope, find_pointers(image, graphs, self._scope.callbacks))
        if action_of is not None:
            self._liveness.want_result(action_of)
        effects: set[int] = set()
        # Data flow and the choice of tested branches, each in turn until the other learns nothing new; stopping
        # early leaves the slice smaller.
        for _ in range(4):
            self._liveness.solve()
            seen = len(self._scope.reaches)
            chosen = choose_branches(self._scope, self._liveness, effects)
            if not self._liveness.test(chosen) and len(self._scope.reaches) == seen:
                break
        self._liveness.solve()

    # -- what matters where ---------------------------------------------------------------------

    def live(self, pc: int) -> Live:
        """What matters before the instruction at `pc`."""
        return self._liveness.live(pc)

    def outside(self, call: int, live: Live) -> Live:
        """What of the live places inside the function called at `call` is in frames outside, as the caller sees it."""
        key = call, live.value, live.base
        if key not in self._outside:
            self._outside[key] = self._liveness.outside(call, live)
        return self._outside[key]

    @property
    def has_tracked_call(self) -> bool:
        return bool(self._scope.interesting)

    def can_move(self, callee: int) -> bool:
        """Whether the function at `callee` can move the packet's start."""
        return callee in self._scope.moving

    @property
    def follows_redirects(self) -> bool:
        return self._scope.follows_redirects

    def may_move_after(self, pc: int) -> bool:
        """Whether a call that may move the packet's start can follow the one at `pc` in its function."""
        return self._scope.may_move_after(pc)

    def matters(self, callee: int) -> bool:
        """Whether the function at `callee` can do anything that bears on a tracked call."""
        return callee in self._scope.interesting or self._liveness.is_wanted(callee)

    @property
    def callbacks_matter(self) -> bool:
        """Whether some function whose address is taken can do anything that bears on a tracked call."""
        return any(self.matters(callback) for callback in self._scope.callbacks)

    @property
    def callbacks_move(self) -> bool:
        return not self._scope.moving.isdisjoint(self._scope.callbacks)

    def reaches_call(self, pc: int) -> bool:
        """Whether a tracked call can follow `pc` before its function returns."""
        return self._scope.block_at(pc).start in self._scope.reaches

    # -- single instructions --------------------------------------------------------------------

    def holds(self, pc: int) -> bool:
        """Whether `pc` is in some function of the program."""
        return pc in self._scope.function_of

    def function_of(self, pc: int) -> int:
        """The entry of the function that holds `pc`."""
        return self._scope.function_of[pc]

    def may_be_frame_pointer(self, pc: int, register: int) -> bool:
        """Whether `register` may hold a pointer into some frame before `pc`."""
        pointee = self._liveness.pointers.get(pc, {}).get(register)
        return pointee is not None and not pointee.is_constants

    def passes_frames(self, pc: int) -> bool:
        """Whether the call at `pc` may be given a pointer into some frame."""
        return any(self.may_be_frame_pointer(pc, argument) for argument in range(1, 6))

    def writes(self, pc: int) -> int:
        """The registers and slots of the own frame that the instruction at `pc` writes, as bits of places."""
        instruction = self._image.slots[pc]
        klass = instruction.klass
        if klass in (isa.ALU, isa.ALU64, isa.LDX, isa.LD):
            return 1 << instruction.dst if instruction.is_wide or klass != isa.LD else CALLER_SAVED
        if klass in (isa.ST, isa.STX):
            written = 0
            if is_load_acquire(instruction):
                return 1 << instruction.dst
            if instruction.mode == isa.ATOMIC and instruction.imm & FETCH:
                written = 1 if instruction.imm == CMPXCHG else 1 << instruction.src
            if instruction.dst == FRAME_POINTER:
                written |= slot_bits(instruction.offset, instruction.size)
            return written
        return 0

    def bears(self, pc: int) -> bool:
        """Whether the instruction at `pc` can change anything that matters, or where the program goes on."""
        instruction = self._image.slots[pc]
        klass = instruction.klass
        if klass in (isa.JMP, isa.JMP32):
            return instruction.operation in (isa.CALL, isa.EXIT) or is_conditional(instruction)
        if klass in (isa.ST, isa.STX) and self.may_be_frame_pointer(pc, instruction.dst):
            # Through a copy of a frame pointer: two arguments may point at the same place.
            return instruction.dst != FRAME_POINTER or self._liveness.matters_after(
                pc, self.writes(pc) | ANY_SLOT
            )
        if klass == isa.LD and not instruction.is_wide:
            return True
        return self._liveness.matters_after(pc, self.writes(pc))

    def is_of_delta(self, pc: int) -> bool:
        """Whether the instruction at `pc` writes what flows into the delta of a later call, or compares it."""
        instruction = self._image.slots[pc]
        if is_conditional(instruction):
            operands = 1 << instruction.dst | (1 << instruction.src if instruction.uses_register else 0)
            return self.live(pc).value & operands != 0
        written = 1 if _is_call(instruction) else self.writes(pc)
        if instruction.klass in (isa.ST, isa.STX):
            pointee = self._liveness.pointers.get(pc, {}).get(instruction.dst)
            if pointee is not None:
                written |= pointed_bits(pointee, instruction.offset, instruction.size)
        return self._liveness.matters_after(pc, written, VALUE)

    def map_passed(self, pc: int) -> MapDefinition | None:
        """The map in r1 at the call at `pc`; None unless it is put there in the same block."""
        pcs = self._scope.block_at(pc).pcs
        for at in reversed(pcs[: pcs.index(pc)]):
            address = self._image.addresses.get(at)
            if isinstance(address, MapAddress) and self._image.slots[at].dst == 1:
                return self._image.maps.get(address.map) if address.value_offset is None else None
            if self.writes(at) & 1 << 1 or _is_call(self._image.slots[at]):
                return None
        return None

    def result_used(self, pc: int) -> bool:
        """Whether the program looks at r0 after the call at `pc`."""
        graph = self._scope.graph_at(pc)
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


def _is_call(instruction: Instruction) -> bool:
    return instruction.opcode == isa.JMP | isa.CALL


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
