"""What a call instruction does: which kind of call it is, and the effects of helpers and kernel functions."""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.domains.scalar import WORD
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.program.image import Image
from xdp_lsp.verifier import adjust, helpers, iterators, linear
from xdp_lsp.verifier.cfg import is_indirect_call, leads_nowhere
from xdp_lsp.verifier.effects import FAILED, new_length, returned, unknown_call
from xdp_lsp.verifier.functions import Functions
from xdp_lsp.verifier.log import Log
from xdp_lsp.verifier.memory import Memory
from xdp_lsp.verifier.part import Part
from xdp_lsp.verifier.result import Bounds, Gap
from xdp_lsp.verifier.state import STACK_SIZE, State
from xdp_lsp.verifier.symbols import Region


class Calls:
    """Applies call instructions: each yields the states that can follow."""

    def __init__(self, image: Image, memory: Memory, part: Part, log: Log) -> None:
        self._image = image
        self._memory = memory
        self._part = part
        self._log = log
        self._functions = Functions(image, part, log)

    def apply(self, state: State, pc: int, instruction: Instruction) -> Iterator[State]:
        """The states after the call; those inside a called function stand at its entry. May reuse `state`."""
        callee = self._image.calls.get(pc)
        if callee is not None:
            yield from self._functions.enter(state, pc, callee)
        elif leads_nowhere(self._image, pc):
            kfunc = self._image.kfuncs.get(pc)
            name = kfunc.name if kfunc is not None else ""
            what = f"a call of {name or 'a function'}, which is not in the object"
            if is_indirect_call(instruction):
                what = "a call through a register, which kernels refuse to load (compiled without -O2?)"
            yield unknown_call(state, pc, what, self._log)
        elif pc in self._image.kfuncs:
            yield from self._kfunc(state, pc)
        elif instruction.imm == helpers.ADJUST_HEAD:
            yield from adjust.adjust_head(state, pc, self._log)
        elif instruction.imm == helpers.ADJUST_META:
            yield from adjust.adjust_meta(state, pc, self._log)
        elif instruction.imm == helpers.TAIL_CALL:
            yield from self._functions.tail_call(state, pc)
        elif helpers.takes_callback(instruction):
            yield from self._functions.run_callback(state, pc, instruction.imm)
        else:
            yield self._helper(state, pc, instruction.imm)

    def leave(self, state: State) -> Iterator[State]:
        """The states after the innermost function returns to its caller."""
        return self._functions.leave(state)

    def _helper(self, state: State, pc: int, helper_id: int) -> State:
        for argument in range(1, 6):
            if self._part.may_be_frame_pointer(pc, argument) and helpers.may_write(helper_id, argument):
                size = _most(state, helpers.size_argument(helper_id, argument))
                self._memory.forget_behind(state, state.frame.registers[argument], size)
        if helper_id in helpers.REDIRECTS and self._part.follows_redirects:
            self._redirect(state, pc)
        elif helper_id == helpers.ADJUST_TAIL:
            state.length = new_length(state, pc)
        kind, result = helpers.result(helper_id)
        if kind is helpers.Result.SCALAR:
            return returned(state, pc, result)
        # A look-up's result belongs to the map in r1.
        base = state.frame.registers[1]
        region = None if base is None else state.facts.table.region(base)
        name = "" if region is None else state.facts.table[region[1]].name
        return returned(state, pc, result, Region.OTHER, name)

    def _redirect(self, state: State, pc: int) -> None:
        """The frame goes to a device once the program has ended: calls that follow still move its start."""
        into = self._part.map_passed(pc)
        if into is not None and into.type in (helpers.CPUMAP, helpers.XSKMAP):
            return
        taken = Bounds(*WORD.signed(state.facts.evaluate(linear.scale(state.total, -1))))
        callers = [frame.return_pc - 1 for frame in state.frames if frame.return_pc is not None]
        callbacks = [frame.callback.entry for frame in state.frames if frame.callback is not None]
        moves = any(map(self._part.may_move_after, [pc, *callers])) or any(
            map(self._part.can_move, callbacks)
        )
        self._log.redirect(pc, taken, may_move_after=moves)

    def _kfunc(self, state: State, pc: int) -> Iterator[State]:
        kfunc = self._image.kfuncs[pc]
        if kfunc.name == helpers.ITERATOR_NEW:
            for after, succeeded in iterators.start(state):
                yield returned(after, pc, WORD.const(0) if succeeded else FAILED)
            return
        if kfunc.name == helpers.ITERATOR_NEXT:
            for after, pointer in iterators.advance(state, pc):
                given = returned(after, pc, WORD.const(0))
                if pointer is not None:
                    given.frame.registers[0] = pointer
                yield given
            return
        if kfunc.name == helpers.ITERATOR_DESTROY:
            iterators.end(state)
            yield returned(state, pc, WORD.top)
            return
        if kfunc.name == helpers.THROW:
            if state.pending is not None:
                self._log.not_made_good(state.pending.high)
            self._log.ended(state.standing())
            return
        for argument in range(1, 6):
            size = kfunc.pointees[argument - 1] if argument <= len(kfunc.pointees) else None
            if size is not None and size >= 0 and self._part.may_be_frame_pointer(pc, argument):
                # A pointee of one byte (or of unknown size) is a buffer, whose length stands elsewhere.
                self._memory.forget_behind(state, state.frame.registers[argument], size if size > 1 else None)
        if kfunc.name == helpers.PULL_DATA:
            what = f"{helpers.PULL_DATA}() may move the packet into the headroom"
            self._log.gap(Gap(pc, what, "that it takes none", is_sound=False))
            state.packet = state.facts.table.pointer(Region.PACKET)
            state.length = new_length(state, pc)
        # It may give back a pointer that it was given: bpf_dynptr_slice() does so with its buffer.
        region = Region.UNKNOWN if self._part.passes_frames(pc) else Region.OTHER
        yield returned(state, pc, WORD.top, region)


def _most(state: State, register: int | None) -> int | None:
    """The largest number that `register` (None: none) can hold, if that is known to be less than a frame's size."""
    form = None if register is None else state.frame.registers[register]
    most = STACK_SIZE if form is None else WORD.unsigned(state.facts.evaluate(form))[1]
    return most if most < STACK_SIZE else None
