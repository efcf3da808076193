"""The records of a verifier log. Instructions are numbered as the kernel does; lines of the log count from 1."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Outcome(Enum):
    """What the verifier made of a program, as far as its log tells."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # the log ends before the answer


class SourceLine(NamedTuple):
    """A line of the program's source that the log quotes: its text without indentation.

    `file` is a name without folders and `line` counts from 1 (Linux 6.9 and later); before, "" and 0.
    """

    text: str
    file: str = ""
    line: int = 0


class Visit(NamedTuple):
    """One instruction that the verifier came by.

    `text` is the instruction in the kernel's spelling, `(71) r0 = *(u8 *)(r1 +0)`. `before` and `after` are the
    states that were printed at it, to be read by `parse_state`: empty where none was. `before` holds all live
    registers where `is_full`, else what changed since the last that was printed; `after` always holds only
    what changed. `came_from` is set where the verifier took up another path here.
    """

    pc: int
    text: str
    at: int  # line of the log
    source: SourceLine | None = None
    before: str = ""
    is_full: bool = False
    after: str = ""
    came_from: int | None = None

    @property
    def opcode(self) -> int:
        return int(self.text[1:3], 16)


class Figures(NamedTuple):
    """The last line of a log: `processed 53 insns (limit 1000000) max_states_per_insn 0 total_states 4 ...`."""

    processed: int
    limit: int = 0
    max_states_per_insn: int = 0
    total_states: int = 0
    peak_states: int = 0
    mark_read: int = 0


class Diagnosis(NamedTuple):
    """The report that Linux 7.3 adds to a refusal (kernel/bpf/diagnostics.c).

    `note` is what stands at the marked line. `path`, `line` and `column` are those of the line information, empty
    and 0 without.
    """

    category: str  # "Memory Safety"
    problem: str = ""  # "Access outside bounds"
    reason: str = ""
    note: str = ""
    suggestion: str = ""
    path: str = ""
    line: int = 0
    column: int = 0


class ProgramLog(NamedTuple):
    """The log of one program.

    `message` are the verifier's last words, `pc` the instruction that they are about, where they are about one.
    `message_at` is the line of the log that they begin at. `reason` is the loader's (`Permission denied`).
    `functions` are the pcs at which functions begin, where the log lists them. `remarks` are sentences about
    what is missing.
    """

    outcome: Outcome
    name: str = ""
    visits: tuple[Visit, ...] = ()
    message: tuple[str, ...] = ()
    message_at: int = 0
    pc: int | None = None
    source: SourceLine | None = None
    reason: str = ""
    diagnosis: Diagnosis | None = None
    figures: Figures | None = None
    functions: tuple[int, ...] = ()
    first: int = 0  # line of the log
    last: int = 0
    remarks: tuple[str, ...] = ()


class VerifierLog(NamedTuple):
    """All the programs that a text has logs of, in its order. `object` is the file that a loader named."""

    programs: tuple[ProgramLog, ...] = ()
    object: str = ""
    remarks: tuple[str, ...] = ()
