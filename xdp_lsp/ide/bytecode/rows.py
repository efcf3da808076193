"""The rows of a listing, and the way from instructions and source lines to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from xdp_lsp.insight import ListedInstruction
from xdp_lsp.source import SourceLocation


class Kind(Enum):
    """What a part of a row is."""

    NOTE = "note"  # about the listing as a whole
    FUNCTION = "function"  # the header of one
    SOURCE = "source"  # a line of C
    INLINED = "inlined"  # the calls that what follows was inlined through
    JUMPS = "jumps"  # where one may come from
    MARK = "mark"
    SLOT = "slot"
    INSTRUCTION = "instruction"
    TARGET = "target"  # a slot that one may get to or come from
    CALLEE = "callee"
    VALUES = "values"


class Part(NamedTuple):
    """A stretch of a row; `leads_to` is the pc of an instruction that it names."""

    kind: Kind
    text: str
    leads_to: int | None = None


class Row(NamedTuple):
    """One line. `pc` is of the instruction that it shows or stands before, `location` where that is in the source."""

    parts: tuple[Part, ...]
    pc: int | None = None
    location: SourceLocation | None = None
    instruction: ListedInstruction | None = None

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts).rstrip()


class FunctionRows(NamedTuple):
    """A function's rows, from its header to its last instruction; `said` stands behind its name."""

    name: str
    said: str
    first: int
    last: int


class Listing:
    """The rows of one file, and the way from instructions and source lines to them (counted from 0)."""

    def __init__(self, rows: tuple[Row, ...]) -> None:
        self.rows = rows

    @cached_property
    def text(self) -> str:
        return "".join(f"{row.text}\n" for row in self.rows)

    def row_of(self, pc: int) -> int | None:
        """The row of the instruction at `pc`."""
        return self._by_pc.get(pc)

    def rows_from(self, path: str, line: int) -> list[int]:
        """The instructions that come from a line of the source."""
        return self._by_line.get((path, line), [])

    def first_from(self, path: str, line: int) -> int | None:
        """The first instruction that comes from a line of the source, or from the next that any comes from."""
        lines = [number for source, number in self._by_line if source == path and number >= line]
        return self._by_line[path, min(lines)][0] if lines else None

    @property
    def headers(self) -> Mapping[str, int]:
        """The row that begins each function, by its name."""
        return {one.name: one.first for one in self.functions}

    @cached_property
    def functions(self) -> Sequence[FunctionRows]:
        """In their order."""
        begun = [at for at, row in enumerate(self.rows) if row.parts and row.parts[0].kind is Kind.FUNCTION]
        # Between two of them stands an empty row.
        ends = [at - 2 for at in begun[1:]] + [len(self.rows) - 1]
        found = []
        for first, last in zip(begun, ends, strict=bool(begun)):
            name, *said = (part.text for part in self.rows[first].parts)
            found.append(FunctionRows(name, "".join(said).strip(), first, last))
        return found

    @cached_property
    def _by_pc(self) -> Mapping[int, int]:
        return {row.instruction.pc: at for at, row in enumerate(self.rows) if row.instruction is not None}

    @cached_property
    def _by_line(self) -> Mapping[tuple[str, int], list[int]]:
        found: dict[tuple[str, int], list[int]] = {}
        for at, row in enumerate(self.rows):
            if row.instruction is not None and row.location is not None:
                found.setdefault(row.location[:2], []).append(at)
        return found


def note(text: str) -> Row:
    """A row about the listing as a whole."""
    return Row((Part(Kind.NOTE, f"; {text}"),))
