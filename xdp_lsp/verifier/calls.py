"""What a call does: the helpers that move the packet's start, other helpers, the program's own functions.

The rules are those of net/core/filter.c, bpf_xdp_adjust_head() and bpf_xdp_adjust_meta() (Linux 4.18 to 7.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from xdp_lsp.domains import circular
from xdp_lsp.domains.scalar import WORD, Infeasible, Scalar
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.program.image import Image, MapDefinition
from xdp_lsp.verifier import arithmetic, helpers, iterators, linear
from xdp_lsp.verifier.cfg import is_indirect_call, leads_nowhere
from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.linear import Linear, constant, of_symbol
from xdp_lsp.verifier.log import Log
from xdp_lsp.verifier.memory import Memory
from xdp_lsp.verifier.part import Part
from xdp_lsp.verifier.record import Attempt
from xdp_lsp.verifier.result import LONGEST_METADATA, UNBOUNDED_NEED, Bounds, Gap, ReasonKind
from xdp_lsp.verifier.state import STACK_SIZE, Callback, Frame, Pending, State
from xdp_lsp.verifier.symbols import Origin, Region

_INT_MIN, _INT_MAX = -(1 << 31), (1 << 31) - 1
_FAILED = WORD.between(-4095, -1)  # a negative errno
_RUNS = WORD.between(-4095, 0xFFFFFFFF)  # of a callback: how many, or a negative errno
_MOVES_TOLD = 4  # earlier calls that an explanation names
_MOST_FRAMES = 8  # MAX_CALL_FRAMES


class _Move(NamedTuple):
    """What a call asks for: S and M as they will be if it succeeds."""

    delta: Bounds
    total: Linear
    metadata: Linear
    has_int_min: bool = False
    is_metadata: bool = False
    is_negated: bool = False  # one value with its sign turned


class Calls:
    """Applies call instructions: each yields the states that can follow."""

    def __init__(self, image: Image, memory: Memory, part: Part, log: Log) -> None:
        self._image = image
        self._memory = memory
        self._part = part
        self._log = log

    def apply(self, state: State, pc: int, instruction: Instruction) -> Iterator[State]:
        """The states after the call; those inside a called function stand at its entry. May reuse `state`."""
        callee = self._image.calls.get(pc)
        if callee is not None:
            yield from self._enter(state, pc, callee)
        elif leads_nowhere(self._image, pc):
            what = "a call of a function that is not in the object"
            if is_indirect_call(instruction):
                what = "a call through a register, which kernels refuse to load (compiled without -O2?)"
            yield self._unknown_call(state, pc, what)
        elif pc in self._image.kfuncs:
            yield from self._kfunc(state, pc)
        elif instruction.imm == helpers.ADJUST_HEAD:
            yield from self._adjust_head(state, pc)
        elif instruction.imm == helpers.ADJUST_META:
            yield from self._adjust_meta(state, pc)
        elif instruction.imm == helpers.TAIL_CALL:
            yield from self._tail_call(state, pc)
        elif helpers.takes_callback(instruction):
            yield from self._run_callback(state, pc, instruction.imm)
        else:
            yield self._helper(state, pc, instruction.imm)

    # -- the packet's start ---------------------------------------------------------------------

    def _adjust_head(self, state: State, pc: int) -> Iterator[State]:
        """Delta is the low 32 bits of r2, signed. Success moves data and data_meta; failure moves nothing."""
        passed = state.scalar(2)
        arc = state.facts.evaluate(passed).low_range
        delta = Bounds(*circular.signed_bounds(arc, 32))
        # INT_MIN alone beyond INT_MAX: what negating INT_MIN gives. Every kernel refuses it (it asks for 2 GiB of
        # headroom), so a run that passes it prepends nothing.
        ends_at_int_min = arc.size > 0 and (arc.low + arc.size) & 0xFFFFFFFF == 1 << 31
        tried, excluded = state.facts.copy(), False
        moved = arithmetic.sign_extend(tried, passed, 32)
        if ends_at_int_min and _negated(state.facts, passed):
            try:
                tried.assume(moved, WORD.between(_INT_MIN + 1, _INT_MAX))
                moved = arithmetic.sign_extend(tried, passed, 32)
                excluded = True
            except Infeasible:  # there are no others
                tried = state.facts.copy()
        negated = moved.const == 0 and [coefficient for _, coefficient in moved.terms] == [-1]
        move = _Move(
            delta, linear.add(state.total, moved), state.metadata, has_int_min=excluded, is_negated=negated
        )
        yield from self._outcomes(state, pc, tried, move)

    def _adjust_meta(self, state: State, pc: int) -> Iterator[State]:
        """Moves data_meta by delta: the metadata gets longer by -delta, out of the same headroom."""
        moved = arithmetic.sign_extend(state.facts, state.scalar(2), 32)
        delta = Bounds(*WORD.signed(state.facts.evaluate(moved)))
        metadata = linear.subtract(state.metadata, moved)
        yield from self._outcomes(
            state, pc, state.facts.copy(), _Move(delta, state.total, metadata, is_metadata=True)
        )

    def _outcomes(self, state: State, pc: int, tried: Facts, move: _Move) -> Iterator[State]:
        """Both outcomes of a call; `tried` holds what is true of the runs whose delta is not INT_MIN."""
        delta, total, metadata = move.delta, move.total, move.metadata
        demand = linear.subtract(metadata, total)
        try:
            asked = tried.evaluate(demand)
            attempt = Attempt(
                delta,
                tried.evaluate(linear.subtract(state.metadata, state.total)),
                tried.evaluate(total),
                tried.evaluate(metadata),
                asked,
                move.has_int_min,
                move.is_negated,
            )
            self._log.attempt(pc, attempt, tried, demand, state.moved_at)
        except Infeasible:
            # Only INT_MIN is left, which is refused. That run is no part of `tried`, so it goes on however late it
            # comes up that nothing else does.
            if move.has_int_min:
                yield self._returned(state, pc, _FAILED)
            return
        low, high = WORD.signed(asked)
        failed = self._returned(state.copy(), pc, _FAILED)
        if move.is_metadata:
            self._log.not_made_good(high)
        elif delta.min < 0:  # a trim that fails does so for want of packet, which no headroom makes good
            failed.pending = Pending.after_failure(state.pending, low, high, certain=delta.max < 0)
        yield failed
        try:
            # No driver has more headroom than a page of 64 KiB, and no packet is longer than that.
            tried.assume(total, WORD.between(-UNBOUNDED_NEED, UNBOUNDED_NEED))
            tried.assume(metadata, WORD.between(0, LONGEST_METADATA))
            tried.assume(demand, WORD.between(-UNBOUNDED_NEED, UNBOUNDED_NEED))
        except Infeasible:
            return
        done = self._returned(state.copy(), pc, WORD.const(0))
        done.facts = tried
        done.total, done.metadata = _resolved(tried, total), _resolved(tried, metadata)
        done.moved_at = (*(at for at in state.moved_at if at != pc), pc)[-_MOVES_TOLD:]
        prepends = delta.max < 0 and not move.is_metadata
        if done.pending is not None and prepends and high < done.pending.low:
            done.pending = None  # a smaller prepend made good what had failed
        yield done

    # -- other helpers --------------------------------------------------------------------------

    def _returned(
        self, state: State, pc: int, result: Scalar, region: Region | None = None, name: str = ""
    ) -> State:
        """`state` after a call that gives `result`: r1 to r5 are lost."""
        registers = state.frame.registers
        registers[0:6] = [None] * 6
        value = result.constant
        if value is not None:
            registers[0] = constant(value)
        else:
            origin = Origin(ReasonKind.READ, pc, "the result of this call")
            registers[0] = of_symbol(state.facts.table.fresh(result, origin, region, name))
        state.pc = pc + 1
        return state

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
            return self._returned(state, pc, result)
        # A look-up's result belongs to the map in r1.
        base = state.frame.registers[1]
        region = None if base is None else state.facts.table.region(base)
        name = "" if region is None else state.facts.table[region[1]].name
        return self._returned(state, pc, result, Region.OTHER, name)

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
                yield self._returned(after, pc, WORD.const(0) if succeeded else _FAILED)
            return
        if kfunc.name == helpers.ITERATOR_NEXT:
            for after, pointer in iterators.advance(state, pc):
                given = self._returned(after, pc, WORD.const(0))
                if pointer is not None:
                    given.frame.registers[0] = pointer
                yield given
            return
        if kfunc.name == helpers.ITERATOR_DESTROY:
            iterators.end(state)
            yield self._returned(state, pc, WORD.top)
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
        yield self._returned(state, pc, WORD.top, region)

    def _unknown_call(self, state: State, pc: int, what: str) -> State:
        self._log.gap(Gap(pc, what, "that it moves no packet pointer", is_sound=False))
        state.forget_frames()
        return self._returned(state, pc, WORD.top, Region.UNKNOWN)

    # -- other programs of the object -----------------------------------------------------------

    def _tail_call(self, state: State, pc: int) -> Iterator[State]:
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
                _lose_packet(over, pc)
                over.frame.registers[0] = None
                yield from self.leave(over)
            yield self._returned(state, pc, _FAILED)
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
        yield self._returned(state, pc, _FAILED)

    # -- the program's own functions ------------------------------------------------------------

    def _enter(self, state: State, pc: int, callee: int) -> Iterator[State]:
        if len(state.frames) >= _MOST_FRAMES:
            yield self._unknown_call(state, pc, "calls nested deeper than the kernel allows")
            return
        if not self._part.matters(callee):
            if self._part.passes_frames(pc):
                state.forget_frames()
            if self._part.can_move(callee):
                _lose_packet(state, pc)
            yield self._returned(state, pc, WORD.top, Region.UNKNOWN)
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
        yield self._returned(state, callback.pc, _RUNS)
        if callback.counter is not None and callback.limit is not None:
            callback = callback._replace(counter=linear.shift(callback.counter, 1))
        if _has_run_left(again, callback):
            yield self._start_run(again, callback)

    def _run_callback(self, state: State, pc: int, helper_id: int) -> Iterator[State]:
        """bpf_loop(nr, callback, context, flags), bpf_for_each_map_elem(map, callback, context, flags), ..."""
        if not self._part.callbacks_matter:
            if self._part.passes_frames(pc):
                state.forget_frames()
            if self._part.callbacks_move:
                _lose_packet(state, pc)
            yield self._returned(state, pc, _RUNS)
            return
        registers = state.frame.registers
        target = None if registers[2] is None else state.facts.table.function_at(registers[2])
        if target is None:
            what = f"{helpers.name_of(helper_id)} with a callback that is not known"
            yield self._unknown_call(state, pc, what)
            return
        # A callback that moves nothing is followed only for what it may write through its context: nobody counts.
        counts = helper_id == helpers.LOOP and self._part.can_move(target)
        limit = arithmetic.zero_extend(state.facts, state.scalar(1), 32) if counts else None
        callback = Callback(pc, target, constant(0) if counts else None, limit, registers[3])
        yield self._returned(state.copy(), pc, _RUNS)
        if len(state.frames) >= _MOST_FRAMES:
            yield self._unknown_call(state, pc, "calls nested deeper than the kernel allows")
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


def new_length(state: State, pc: int) -> Linear:
    """data_end, counted from the packet's first byte, after something changed the packet's length.

    What the packet has left is at least an Ethernet header once this has succeeded, and never more than a page of
    64 KiB; on failure it keeps the length that it had.
    """
    origin = Origin(ReasonKind.READ, pc, "the packet's length")
    left = of_symbol(state.facts.table.fresh(WORD.between(0, UNBOUNDED_NEED), origin))
    return linear.add(state.total, left)


def _most(state: State, register: int | None) -> int | None:
    """The largest number that `register` (None: none) can hold, if that is known to be less than a frame's size."""
    form = None if register is None else state.frame.registers[register]
    most = STACK_SIZE if form is None else WORD.unsigned(state.facts.evaluate(form))[1]
    return most if most < STACK_SIZE else None


def _lose_packet(state: State, pc: int) -> None:
    """Something may have moved the packet's ends: nothing is known of where it begins and ends from now on."""
    table = state.facts.table
    state.packet, state.total = table.pointer(Region.PACKET), linear.ZERO
    state.metadata = of_symbol(table.fresh(WORD.between(0, LONGEST_METADATA)))
    state.length = new_length(state, pc)


def _resolved(facts: Facts, form: Linear) -> Linear:
    """`form`, or the number it must be."""
    value = facts.evaluate(form).constant
    return form if value is None else constant(value)


def _negated(facts: Facts, form: Linear) -> bool:
    """Whether `form` is made by negating something."""
    for symbol, coefficient in form.terms:
        definition = facts.table[symbol].definition
        if coefficient < 0 or (definition is not None and _negated(facts, definition.args[0])):
            return True
    return False
