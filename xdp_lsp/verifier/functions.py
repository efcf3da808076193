"""The functions that a walk goes into: the program's own, callbacks, and programs that it tail-calls."""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.domains.scalar import WORD, Infeasible
from xdp_lsp.program.image import Image, MapDefinition
from xdp_lsp.verifier import arithmetic, helpers, linear
from xdp_lsp.verifier.effects import FAILED, lose_packet, returned, unknown_call
from xdp_lsp.verifier.linear import constant, of_symbol
from xdp_lsp.verifier.log import Log
from xdp_lsp.verifier.part import Part
from xdp_lsp.verifier.state import Callback, Frame, State
from xdp_lsp.verifier.symbols import Region

_RUNS = WORD.between(-4095, 0xFFFFFFFF)  # of a callback: how many, or a negative errno
_MOST_FRAMES = 8  # MAX_CALL_FRAMES


class Functions:
    """Enters functions and leaves them: each method yields the states that can follow, and may reuse `state`."""

    def __init__(self, image: Image, part: Part, log: Log) -> None:
        self._image = image
        self._part = part
        self._log = log

    def enter(self, state: State, pc: int, callee: int) -> Iterator[State]:
        if len(state.frames) >= _MOST_FRAMES:
            yield unknown_call(state, pc, "calls nested deeper than the kernel allows", self._log)
            return
        if not self._part.matters(callee):
            if self._part.passes_frames(pc):
                state.forget_frames()
            if self._part.can_move(callee):
                lose_packet(state, pc)
            yield returned(state, pc, WORD.top, Region.UNKNOWN)
            return
        arguments = state.frame.registers[1:6]
        frame = Frame(state.facts.table.frame(len(state.frames)), pc + 1)
        frame.registers[1:6] = arguments
        frame.tail_calls = state.frame.tail_calls
        state.frames.append(frame)
        state.pc = callee
        yield state

    def leave(self, state: State) -> Iterator[State]:
        """The states after the innermost function returns to its caller."""
        frame = state.frames.pop()
        state.frames[-1] = state.frames[-1].copy()
        assert frame.return_pc is not None
        if frame.callback is None:
            state.frame.registers[0:6] = [frame.registers[0], None, None, None, None, None]
            state.pc = frame.return_pc
            yield state
            return
        # A callback ends the loop by returning 1; otherwise it runs again while there is a run left.
        callback = frame.callback
        again = state.copy()
        yield returned(state, callback.pc, _RUNS)
        if callback.counter is not None and callback.limit is not None:
            callback = callback._replace(counter=linear.shift(callback.counter, 1))
        if _has_run_left(again, callback):
            yield self._start_run(again, callback)

    # -- callbacks ------------------------------------------------------------------------------

    def run_callback(self, state: State, pc: int, helper_id: int) -> Iterator[State]:
        """bpf_loop(nr, callback, context, flags), bpf_for_each_map_elem(map, callback, context, flags), ..."""
        if not self._part.callbacks_matter:
            if self._part.passes_frames(pc):
                state.forget_frames()
            if self._part.callbacks_move:
                lose_packet(state, pc)
            yield returned(state, pc, _RUNS)
            return
        registers = state.frame.registers
        target = None if registers[2] is None else state.facts.table.function_at(registers[2])
        if target is None:
            what = f"{helpers.name_of(helper_id)} with a callback that is not known"
            yield unknown_call(state, pc, what, self._log)
            return
        # A callback that moves nothing is followed only for what it may write through its context: nobody counts.
        counts = helper_id == helpers.LOOP and self._part.can_move(target)
        limit = arithmetic.zero_extend(state.facts, state.scalar(1), 32) if counts else None
        callback = Callback(pc, target, constant(0) if counts else None, limit, registers[3])
        yield returned(state.copy(), pc, _RUNS)
        if len(state.frames) >= _MOST_FRAMES:
            yield unknown_call(state, pc, "calls nested deeper than the kernel allows", self._log)
        elif _has_run_left(state, callback):
            yield self._start_run(state, callback)

    def _start_run(self, state: State, callback: Callback) -> State:
        frame = Frame(state.facts.table.frame(len(state.frames)), callback.pc + 1)
        frame.callback, frame.tail_calls = callback, state.frame.tail_calls
        helper_id = self._image.slots[callback.pc].imm
        if helper_id == helpers.LOOP:  # (index, context)
            frame.registers[1:3] = [callback.counter, callback.context]
        elif helper_id == helpers.FOR_EACH_MAP_ELEM:  # (map, key, value, context)
            frame.registers[4] = callback.context
        # Other helpers' arguments count as unknown.
        state.frames.append(frame)
        state.pc = callback.entry
        return state

    # -- other programs of the object -----------------------------------------------------------

    def tail_call(self, state: State, pc: int) -> Iterator[State]:
        """bpf_tail_call(ctx, array, index): what runs instead of the rest of this function, or this function goes on.

        The new program runs in the frame of the function that calls, and returns to that one's caller
        (kernel/bpf/core.c, JMP_TAIL_CALL; arch/x86/net/bpf_jit_comp.c, emit_bpf_tail_call_indirect(), 5.10 and
        later). It goes on where the index is not in the array, where user space took the program out, or after
        MOST_TAIL_CALLS of them.
        """
        if not self._part.follows_tail_calls:
            if len(state.frames) > 1:
                # What it leads to has the packet, no frame of this program, and gives back what it likes.
                over = state.copy()
                lose_packet(over, pc)
                over.frame.registers[0] = None
                yield from self.leave(over)
            yield returned(state, pc, FAILED)
            return
        array = _program_array(self._image, state)
        index = arithmetic.zero_extend(state.facts, state.scalar(3), 32)
        entered = False
        for at, entry in sorted(array.programs.items()) if array is not None else ():
            inside = state.copy()
            try:
                inside.facts.assume(index, WORD.const(at))
                entered = True  # the array has it, though it may be one call too many
                count = linear.shift(state.frame.tail_calls, 1)
                inside.facts.assume(count, WORD.between(1, helpers.MOST_TAIL_CALLS))
            except Infeasible:
                continue
            frame = Frame(state.facts.table.frame(len(state.frames) - 1), state.frame.return_pc)
            frame.callback, frame.tail_calls = state.frame.callback, count
            frame.registers[1] = of_symbol(state.facts.table.context)
            inside.frames[-1] = frame
            inside.pc = entry
            self._log.entered(entry, inside.standing())
            yield inside
        self._log.tail_call(pc, array.name if entered and array is not None else None)
        if not entered:
            self._log.ended(state.standing())
        yield returned(state, pc, FAILED)


def _program_array(image: Image, state: State) -> MapDefinition | None:
    """The map in r2, if it is known and the object fills it with programs."""
    base = state.frame.registers[2]
    name = None if base is None else state.facts.table.map_at(base)
    found = None if name is None else image.maps.get(name)
    return found if found is not None and found.programs else None


def _has_run_left(state: State, callback: Callback) -> bool:
    """Whether the callback can run (again); `state` then knows that it can."""
    if callback.counter is None or callback.limit is None:
        return True
    try:
        left = linear.subtract(callback.limit, callback.counter)
        state.facts.assume(left, WORD.between(1, 0xFFFFFFFF))
    except Infeasible:
        return False
    return True
