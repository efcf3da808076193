"""What the page is made from: the report, and what `ide` knows of it, as plain text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from xdp_lsp.analysis import ProgramAnalysis
from xdp_lsp.headroom import Target
from xdp_lsp.pipeline import FileReport
from xdp_lsp.report.model import Report
from xdp_lsp.report.since import Since


class Cell(NamedTuple):
    """What becomes of a program on a target: `state` is `fits`, `exceeds` or `unknown`, `more` qualifies `text`."""

    state: str
    text: str
    more: str = ""


class ProgramRow(NamedTuple):
    """A program on the chosen targets and on those outside the choice that have less, by their names."""

    program: ProgramAnalysis
    cells: Mapping[str, Cell]


class CodeRow(NamedTuple):
    """A line of a listing in parts: what each is (`ide.bytecode.Kind`), and its text. Without parts: lines left out."""

    parts: tuple[tuple[str, str], ...]


class CodeExcerpt(NamedTuple):
    """The instructions of a function that compute deltas and move the packet, with what is around them.

    `shown` and `instructions` count those that are here and those that there are.
    """

    function: str
    rows: tuple[CodeRow, ...]
    shown: int
    instructions: int


class CallPicture(NamedTuple):
    """A call with the headroom after it, drawn with characters; `drawing` is empty where it cannot be drawn."""

    place: str
    headline: str
    drawing: str


class FilePage(NamedTuple):
    """All about one file."""

    file: FileReport
    rows: tuple[ProgramRow, ...]
    calls: tuple[CallPicture, ...] = ()
    code: tuple[CodeExcerpt, ...] = ()


class Page(NamedTuple):
    """`files` are those of the report, in its order. `chosen` and `outside` are the targets of all rows.

    With `since`, the report is of what is new since a revision.
    """

    report: Report
    files: tuple[FilePage, ...]
    chosen: tuple[Target, ...]
    outside: tuple[Target, ...]
    settings_files: tuple[str, ...] = ()
    since: Since | None = None
