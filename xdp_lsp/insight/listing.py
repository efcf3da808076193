"""What is told of the instructions of one object: plain records, picklable, to be looked up in at a cursor.

They go from process to process: what is the same is one object, and values are told where they change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from xdp_lsp.insight.variables import VariableTable
from xdp_lsp.program.stack import StackUse
from xdp_lsp.source import SourceLocation

REGISTERS = 11


class InlinedCall(NamedTuple):
    """`function` was inlined where it is called at `location`."""

    function: str
    location: SourceLocation


class RegisterValue(NamedTuple):
    """Every value that a register can have, in the kernel's words: in a few of them, and in full."""

    brief: str
    text: str


class ListedInstruction(NamedTuple):
    """One instruction: `slot` counts from the start of its section, as llvm-objdump does.

    `inlined` are the calls that it was inlined through, innermost first. `targets` are the pcs that it may jump to,
    `callee` the entry of the function of the object that it calls or takes the address of. `read` and `written` are
    registers (see `Operands`). `changes` are the registers that may have other values before this instruction than
    before the one that is listed above it; None: any.
    """

    pc: int
    slot: int
    text: str
    location: SourceLocation | None
    inlined: tuple[InlinedCall, ...] = ()
    targets: tuple[int, ...] = ()
    callee: int | None = None
    read: tuple[int, ...] = ()
    written: tuple[int, ...] = ()
    changes: tuple[tuple[int, RegisterValue | None], ...] = ()
    is_reached: bool = True  # by some run, as far as is known
    is_of_delta: bool = False  # it is in the slice of some delta (see `delta_slice`)
    moves_packet: bool = False  # it calls a helper that moves the packet's start or its metadata's

    @property
    def inlined_at(self) -> tuple[SourceLocation, ...]:
        """The call sites that it was inlined through, innermost first."""
        return tuple(call.location for call in self.inlined)


class ListedFunction(NamedTuple):
    """A function's instructions in their order; `programs` are those that may run it, by name, itself among them.

    `stack` is what its own frame takes.
    """

    name: str
    section: str
    programs: tuple[str, ...]
    stack: StackUse
    instructions: tuple[ListedInstruction, ...]


class FileInsight(NamedTuple):
    """The functions in the order of the object. `paths` are the source files that any of it speaks of, each once.

    `lines` are the texts of the lines that instructions come from, by path and line; "" where one is not known.
    `manuals` are those of the helpers that the source names (see `helper_manuals`), by name. `tails` tell by how many
    bytes bpf_xdp_adjust_tail() is asked to move a packet's end (`-64..-8`), by the path and line of its calls: one for
    each copy that says another.
    """

    functions: tuple[ListedFunction, ...]
    paths: tuple[str, ...]
    lines: Mapping[tuple[str, int], str]
    variables: VariableTable = VariableTable()
    manuals: Mapping[str, str] = {}
    tails: Mapping[tuple[str, int], tuple[str, ...]] = {}
