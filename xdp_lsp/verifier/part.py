"""Which part of a program a walk looks at: what it follows, and what it leaves out as unknown."""

from __future__ import annotations

from typing import Protocol

from xdp_lsp.program.image import MapDefinition
from xdp_lsp.verifier.places import Live


class Part(Protocol):
    """What of a program matters: a `slice.Slice`, or all of it (`whole.Whole`).

    Soundness does not rest on it: what is outside counts as unknown.
    """

    @property
    def follows_redirects(self) -> bool: ...

    @property
    def follows_tail_calls(self) -> bool:
        """Whether what other programs of the object do is part of what this one does."""

    @property
    def callbacks_matter(self) -> bool:
        """Whether some function whose address is taken can do anything that matters."""

    @property
    def callbacks_move(self) -> bool:
        """Whether some function whose address is taken can move the packet's start."""

    def live(self, pc: int) -> Live:
        """What matters before the instruction at `pc`."""

    def outside(self, call: int, live: Live) -> Live:
        """What of the live places inside the function called at `call` is in frames outside, as the caller sees it."""

    def matters(self, callee: int) -> bool:
        """Whether the function at `callee` can do anything that matters."""

    def can_move(self, callee: int) -> bool:
        """Whether the function at `callee` can move the packet's start; its runs as a callback are counted then."""

    def reaches_call(self, pc: int) -> bool:
        """Whether anything that matters can follow `pc` before its function returns."""

    def may_move_after(self, pc: int) -> bool:
        """Whether a call that may move the packet's start can follow the one at `pc` in its function."""

    def holds(self, pc: int) -> bool:
        """Whether `pc` is in some function of the program."""

    def function_of(self, pc: int) -> int:
        """The entry of the function that holds `pc`."""

    def bears(self, pc: int) -> bool:
        """Whether the instruction at `pc` can change anything that matters, or where the program goes on."""

    def writes(self, pc: int) -> int:
        """The registers and slots of the own frame that the instruction at `pc` writes, as bits of places."""

    def may_be_frame_pointer(self, pc: int, register: int) -> bool:
        """Whether `register` may hold a pointer into some frame before `pc`."""

    def passes_frames(self, pc: int) -> bool:
        """Whether the call at `pc` may be given a pointer into some frame."""

    def map_passed(self, pc: int) -> MapDefinition | None:
        """The map in r1 at the call at `pc`; None where it is not known."""
