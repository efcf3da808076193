"""What is told of the variables at the lines that name them: plain records, picklable."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from xdp_lsp.source import SourceLocation
from xdp_lsp.verifier.value import Value

Chain = tuple[SourceLocation, ...]


class Known(Enum):
    """What there is to say of a variable at a line."""

    VALUE = "value"
    IN_PLACES = "in places"  # in some copies of the line; in others it is optimised out
    OPTIMISED_OUT = "optimised out"  # the compiler keeps it nowhere
    UNCLEAR = "unclear"  # the debugging information says something, but not what it is
    UNREACHED = "unreached"  # no run comes here
    NO_CODE = "no code"  # no instruction is left of the line


class Told(NamedTuple):
    """`value` goes with VALUE and IN_PLACES, cut to the variable's type and extended as that says; None: anything."""

    known: Known
    value: Value | None = None


class CopyAtLine(NamedTuple):
    """Copies of a line that say the same, by the calls they were inlined through (innermost first).

    `after` is what the variable holds behind the line, where that assigns to it. `rounds` are the values in
    the copies that unrolling made, in the order of the code, where they differ.
    """

    chains: tuple[Chain, ...]
    at: Told
    after: Told | None = None
    rounds: tuple[Told, ...] = ()


class AtLines(NamedTuple):
    """What is known of a variable at a line, or several: `copies` say different things, `at` and `after` hold them all.

    Without code left of the line there are no copies. `after` is that of the copies that have one.
    """

    copies: tuple[CopyAtLine, ...]
    at: Told
    after: Told | None


class NamedVariable(NamedTuple):
    """A variable as its declaration has it; `bits` of its value, read as `is_signed` says (None: it is no number)."""

    name: str
    type: str
    function: str
    declared: SourceLocation
    bits: int
    is_signed: bool | None


class Mention(NamedTuple):
    """A variable's name in a line: `column` from 1, `end_column` exclusive, both in bytes.

    `variable` and `known` are indexes in `VariableTable`. `lines` are those that is known of, where no code is left of
    this one: other lines of the statement, or the next with code.
    """

    column: int
    end_column: int
    variable: int
    known: int
    lines: tuple[int, int] | None = None


class VariableTable(NamedTuple):
    """`mentions` of variables by path and line; what there is to say of them is in `known`, each once."""

    variables: tuple[NamedVariable, ...] = ()
    known: tuple[AtLines, ...] = ()
    mentions: Mapping[str, Mapping[int, tuple[Mention, ...]]] = {}

    def mention(self, path: str, line: int, column: int) -> Mention | None:
        """The variable's name that is at `column` of a line, or ends there."""
        in_line = self.mentions.get(path, {}).get(line, ())
        return next((one for one in in_line if one.column <= column <= one.end_column), None)
