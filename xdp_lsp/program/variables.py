"""The records of local variables and parameters: where each is, in registers and stack offsets."""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.objfile import DwarfType, Kind, Operation
from xdp_lsp.source import SourceLocation


class VariableLocation(NamedTuple):
    """Before each of the instructions `start` to `end` (pcs, end excluded) the variable is where `expression` says.

    It is a program for the stack machine of DWARF (5, section 2.5): `reg` alone is a register, one that ends in
    `stack_value` computes the value, any other the address of the variable's bytes. Offsets from r10 are those of the
    instructions. None: where it is cannot be told.
    """

    start: int
    end: int
    expression: tuple[Operation, ...] | None


class VariableCopy(NamedTuple):
    """A variable in one copy of its function's code, inlined through `chain` (call sites, innermost first).

    `scope` is the pcs of its block, as ranges. Where no location says otherwise it is optimised out.
    """

    chain: tuple[SourceLocation, ...]
    scope: tuple[tuple[int, int], ...]
    locations: tuple[VariableLocation, ...]


class Variable(NamedTuple):
    """A local variable or parameter of `function`; one that shares its name with others is known by its line."""

    name: str
    type: DwarfType
    declared: SourceLocation
    function: str
    function_declared: SourceLocation
    copies: tuple[VariableCopy, ...]

    @property
    def is_number(self) -> bool:
        """Whether it is held in one register: an integer, an enumeration, a pointer."""
        return self.type.kind is not Kind.OTHER and self.type.size in (1, 2, 4, 8)
