"""One abstract state: what the registers, the frames and the packet's start can be at one point of one path."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from xdp_lsp.domains.scalar import WORD
from xdp_lsp.verifier import arithmetic, linear
from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.linear import ZERO, Linear, Symbol, of_symbol
from xdp_lsp.verifier.result import Bounds, Standing
from xdp_lsp.verifier.symbols import Region, SymbolTable

STACK_SIZE = 512  # bytes a frame can address (MAX_BPF_STACK)

Slot = tuple[int, Linear]  # (size in bytes, value; zero-extended where the size is below 8)


class Callback(NamedTuple):
    """This frame is a function that a helper runs again and again: `bpf_loop` and its kin.

    `counter` counts the runs before this one and `limit` is how many there can be; both are None where nobody
    counts. `pc` is the helper's call; `context` is the pointer that every run is given.
    """

    pc: int
    entry: int
    counter: Linear | None
    limit: Linear | None
    context: Linear | None


class Frame:
    """One function's registers r0 to r10 (None: unknown) and stack (offset from the frame pointer -> slot).

    `tail_calls` counts those that led here. Until Linux 6.12 each function counted on from what its caller had, and
    the caller knew nothing of it (arch/x86/net/bpf_jit_comp.c); later ones share one counter, which allows less.
    """

    __slots__ = ("callback", "registers", "return_pc", "stack", "tail_calls")

    def __init__(self, frame_pointer: Symbol, return_pc: int | None) -> None:
        self.registers: list[Linear | None] = [None] * 10 + [of_symbol(frame_pointer)]
        self.stack: dict[int, Slot] = {}
        self.return_pc = return_pc
        self.callback: Callback | None = None
        self.tail_calls: Linear = ZERO

    def copy(self) -> Frame:
        other = Frame.__new__(Frame)
        other.registers = self.registers.copy()
        other.stack = self.stack.copy()
        other.return_pc = self.return_pc
        other.callback = self.callback
        other.tail_calls = self.tail_calls
        return other

    # -- stack ----------------------------------------------------------------------------------

    def forget(self, low: int, high: int, facts: Facts | None = None) -> None:
        """Bytes `low` to `high` (exclusive) may hold anything from now on.

        What else was stored together with them stays, as pieces; without `facts` only if it is zero.
        """
        for offset in [o for o, (size, _) in self.stack.items() if o < high and o + size > low]:
            size, form = self.stack.pop(offset)
            for start, end in ((offset, low), (high, offset + size)):
                if start < end and (facts is not None or form == ZERO):
                    self.stack[start] = (end - start, _piece(facts, form, size, start - offset, end - start))

    def store(self, facts: Facts, offset: int, size: int, form: Linear | None) -> None:
        self.forget(offset, offset + size, facts)
        if form is not None:
            self.stack[offset] = (size, form if size == 8 else arithmetic.zero_extend(facts, form, 8 * size))

    def load(self, facts: Facts, offset: int, size: int) -> Linear | None:
        """The `size` bytes at `offset`, zero-extended; None where they are not all known."""
        big_endian = facts.table.big_endian
        slot = self.stack.get(offset)
        if slot is not None and slot[0] == size:
            return slot[1]
        for start, (length, form) in self.stack.items():
            if start <= offset and offset + size <= start + length:  # part of a larger store
                skipped = start + length - offset - size if big_endian else offset - start
                return _extract(facts, form, skipped, size)
        total, at = ZERO, offset
        while at < offset + size:  # put together from smaller stores
            piece = self.stack.get(at)
            if piece is None or at + piece[0] > offset + size:
                return None
            position = offset + size - at - piece[0] if big_endian else at - offset
            total = linear.add(total, piece[1], 1 << (8 * position))
            at += piece[0]
        return total


def _piece(facts: Facts | None, form: Linear, size: int, at: int, length: int) -> Linear:
    """`length` bytes at byte `at` of a store of `size` bytes; without `facts` the form is zero."""
    if facts is None:
        return ZERO
    return _extract(facts, form, size - at - length if facts.table.big_endian else at, length)


def _extract(facts: Facts, form: Linear, skipped: int, size: int) -> Linear:
    """`size` bytes of a number, after the `skipped` least ones."""
    return arithmetic.zero_extend(facts, arithmetic.shift_right(facts, form, 8 * skipped), 8 * size)


class Pending(NamedTuple):
    """Prepends that may have failed for want of headroom and were not made good by a smaller one.

    The least of their demands is between `low` and `high` bytes on every run on which there is one; `certain`
    says that there is one on all.
    """

    low: int
    high: int
    certain: bool

    @staticmethod
    def after_failure(old: Pending | None, low: int, high: int, *, certain: bool) -> Pending:
        """`old`, and one more failed call that demanded `low` to `high` bytes.

        `certain` says that it failed for want of headroom: a call that may be a trim can fail for want of packet.
        """
        if old is None:
            return Pending(low, high, certain)
        if certain:
            return Pending(min(old.low, low), min(old.high, high) if old.certain else high, True)
        return Pending(min(old.low, low), old.high if old.certain else max(old.high, high), old.certain)

    @staticmethod
    def join(a: Pending | None, b: Pending | None) -> Pending | None:
        """What holds on the runs of both."""
        if a is None or b is None:
            either = a or b
            return either and either._replace(certain=False)
        return Pending(min(a.low, b.low), max(a.high, b.high), a.certain and b.certain)

    @staticmethod
    def covers(a: Pending | None, b: Pending | None) -> bool:
        return Pending.join(a, b) == a


# The name of a part of the packet, or (frame depth, register), or (frame depth, stack offset, size).
Place = tuple[int, ...] | str


class Placed:
    """The places of a state that changes no more, as `covers` wants them."""

    def __init__(self, forms: dict[Place, Linear]) -> None:
        self.forms = forms

    @cached_property
    def constants(self) -> list[tuple[Place, int]]:
        return [(place, form.const) for place, form in self.forms.items() if not form.terms]

    @cached_property
    def symbolic(self) -> list[tuple[Place, Linear]]:
        """The others; those with one symbol first: they say what that symbol is, and those with several come after."""
        symbolic = [(place, form) for place, form in self.forms.items() if form.terms]
        symbolic.sort(key=lambda item: (len(item[1].terms), max(abs(c) for _, c in item[1].terms)))
        return symbolic


class State:
    """Registers and frames, innermost last, with what the path did to the packet.

    `total` is S, `metadata` is M. Packet pointers are forms over `packet`, the address of the first byte as
    the packet came in: `data` is `packet + total`, `data_end` is `packet + length`.
    """

    __slots__ = (
        "facts",
        "frames",
        "length",
        "metadata",
        "moved_at",
        "packet",
        "pc",
        "pending",
        "placed",
        "total",
    )

    def __init__(self, table: SymbolTable, entry: int) -> None:
        self.pc = entry
        self.frames = [Frame(table.frame(0), None)]
        self.frames[0].registers[1] = of_symbol(table.context)
        self.facts = Facts(table)
        self.total: Linear = ZERO
        self.metadata: Linear = ZERO
        self.pending: Pending | None = None
        self.moved_at: tuple[
            int, ...
        ] = ()  # pcs of the last calls that moved the start, on some path to here
        self.packet: Symbol = table.pointer(Region.PACKET)
        self.length: Linear = ZERO
        self.placed: Placed | None = None  # merge.freeze()

    def copy(self) -> State:
        other = State.__new__(State)
        other.pc = self.pc
        other.frames = [*self.frames[:-1], self.frames[-1].copy()]
        other.facts = self.facts.copy()
        other.total = self.total
        other.metadata = self.metadata
        other.pending = self.pending
        other.moved_at = self.moved_at
        other.packet = self.packet
        other.length = self.length
        other.placed = None
        return other

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    @property
    def context(self) -> tuple[tuple[int | None, int | None], ...]:
        """The calls this state is in, outermost first: where each returns to, and the callback that it runs, if any."""
        return tuple(
            (frame.return_pc, None if frame.callback is None else frame.callback.entry)
            for frame in self.frames
        )

    def own_frame(self, depth: int) -> Frame:
        """The frame at `depth`, made this state's own: outer frames are shared between copies."""
        if depth < len(self.frames) - 1:
            self.frames[depth] = self.frames[depth].copy()
        return self.frames[depth]

    def scalar(self, register: int) -> Linear:
        """The form in a register of the innermost frame; an unknown one becomes a symbol."""
        form = self.frame.registers[register]
        if form is None:
            form = of_symbol(self.facts.table.fresh(WORD.top, region=Region.UNKNOWN))
            self.frame.registers[register] = form
        return form

    def standing(self) -> Standing:
        """Where the packet's start can be here."""
        forms = (self.total, self.metadata, linear.subtract(self.metadata, self.total))
        return Standing(*(Bounds(*WORD.signed(self.facts.evaluate(form))) for form in forms))

    def forget_frames(self) -> None:
        """A store through a pointer that may be to any frame: nothing on any stack is known."""
        for depth in range(len(self.frames)):
            self.own_frame(depth).stack.clear()
