"""All of a program, as the part that a walk looks at (see `part`): what the joined pass for values goes by."""

from __future__ import annotations

from collections.abc import Iterable

from xdp_lsp.program.image import Image, MapDefinition
from xdp_lsp.verifier.cfg import FunctionGraph
from xdp_lsp.verifier.places import ALL_SLOTS, CALLEE_SAVED, CALLER_SAVED, Live
from xdp_lsp.verifier.pointers import find_pointers
from xdp_lsp.verifier.scope import Scope

# Places that nothing reads any more as well: a variable is looked up behind its last use too.
_EVERYTHING = Live(CALLER_SAVED | CALLEE_SAVED | ALL_SLOTS, 0, 0)


class Whole:
    """Everything in the functions `graphs` (by entry) matters; without `enters_calls` each function by itself."""

    follows_redirects = False
    callbacks_move = True
    follows_tail_calls = False  # the programs that they lead to are looked at by themselves

    def __init__(self, image: Image, graphs: dict[int, FunctionGraph], *, enters_calls: bool = True) -> None:
        self._enters_calls = enters_calls
        self._function_of = {pc: entry for entry, graph in graphs.items() for pc in graph.block_of}
        self.callbacks = Scope(image, graphs).callbacks  # the functions whose address is taken
        self._pointers = find_pointers(image, graphs, self.callbacks)

    @property
    def pcs(self) -> Iterable[int]:
        return self._function_of

    def live(self, pc: int) -> Live:
        return _EVERYTHING

    def outside(self, call: int, live: Live) -> Live:
        return _EVERYTHING

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
