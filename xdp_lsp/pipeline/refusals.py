"""A refusal of the kernel's verifier, laid over the object that it is of: its line, and what we know there."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from xdp_lsp.checks import Finding, RelatedPlace
from xdp_lsp.checks.kernel_refused import RegisterView, refusal
from xdp_lsp.kernel import LoadError, kernel_numbering
from xdp_lsp.program import Image, Program
from xdp_lsp.source import SourceLocation, SourceRange
from xdp_lsp.verifier import kernel_text, values_of
from xdp_lsp.vlog import Explanation, ProgramLog, SourceLine, explain, last_point, last_visit, last_write

_log = logging.getLogger(__name__)

# The line of an instruction that is known by its number, or by what the log quotes; None where it is not known.
Locate = Callable[[int | None, SourceLine | None], SourceLocation | None]


class Meeting(NamedTuple):
    """A program of an object that a log is of; `pcs` is its pc of each instruction as the kernel counts them."""

    image: Image
    program: Program
    pcs: Sequence[int]

    def location(self, pc: int | None, _quoted: SourceLine | None = None) -> SourceLocation | None:
        """The line of instruction `pc` of the log; of the program, where none is meant."""
        at = self.program.entry if pc is None or pc >= len(self.pcs) else self.pcs[pc]
        return self.image.source_map.location(at)


class Refusal(NamedTuple):
    """`instruction` is the one that was refused, in the kernel's words; `place` its line in the source."""

    finding: Finding
    instruction: str = ""
    explanation: Explanation | None = None
    registers: tuple[RegisterView, ...] = ()
    place: SourceLocation | None = None


def meet(image: Image, program: Program, log: ProgramLog) -> Meeting | str:
    """`program` with the numbers of `log`; else in what they differ, in words."""
    try:
        pcs = kernel_numbering(image, program)
    except LoadError as error:
        return str(error).removesuffix(".")
    last = max((visit.pc for visit in log.visits), default=0)
    if max(last, log.pc or 0) >= len(pcs):
        return f"the log has instruction {max(last, log.pc or 0)}, and {program.name} only {len(pcs)}"
    for visit in log.visits:
        pc = pcs[visit.pc]
        # CO-RE is applied before a program is loaded: the size of a load may be another.
        if image.slots[pc].opcode != visit.opcode and pc not in image.patched:
            return (
                f"instruction {visit.pc} is ({visit.opcode:02x}) in the log and "
                f"({image.slots[pc].opcode:02x}) in {program.name}"
            )
    return Meeting(image, program, pcs)


def describe(
    log: ProgramLog, locate: Locate, meeting: Meeting | None, *, kernel: str = "the kernel's verifier"
) -> Refusal:
    """What `log` says of a program that was refused; the finding has no range where the source is not known."""
    pc = log.pc
    visit = last_visit(log, pc) if pc is not None else None
    instruction = visit.text if visit is not None else ""
    explanation = explain(log.message, instruction)
    place = locate(pc, log.source)
    name = meeting.program.name if meeting is not None else log.name
    named = explanation.registers if explanation is not None else ()
    registers: tuple[RegisterView, ...] = ()
    related: tuple[RelatedPlace, ...] = ()
    if pc is not None and named:
        registers = _registers(log, pc, named, meeting)
        related = _last_write(log, pc, _to_blame(log, pc, named), locate, place)
    finding = refusal(
        log,
        explanation,
        registers,
        SourceRange.at(place) if place is not None else None,
        program=name,
        where=f"{name or 'program'}+{pc}" if pc is not None else name or "program",
        related=related,
        kernel=kernel,
    )
    return Refusal(finding, instruction, explanation, registers, place)


def _to_blame(log: ProgramLog, pc: int, names: Sequence[str]) -> str:
    """Of the registers that a message is about the number, where it is about one."""
    point = last_point(log, pc)
    known = point.registers if point is not None else {}
    return next((name for name in names if name in known and known[name].is_scalar), names[0])


def _registers(
    log: ProgramLog, pc: int, names: Sequence[str], meeting: Meeting | None
) -> tuple[RegisterView, ...]:
    point = last_point(log, pc)
    known = point.registers if point is not None else {}
    ours = _ours(meeting, pc)
    return tuple(
        RegisterView(
            name,
            known[name].text if name in known else "",
            ours(int(name[1:])),
            is_current=point is not None and name not in point.older,
        )
        for name in names
    )


def _ours(meeting: Meeting | None, pc: int) -> Callable[[int], str]:
    """What we say of a register before instruction `pc` of the log, in the kernel's spelling; empty if nothing."""
    if meeting is None:
        return lambda number: ""
    try:
        point = values_of(meeting.image, meeting.program).get(meeting.pcs[pc])
    except Exception:  # the kernel's words stand without ours
        _log.exception("the values of %s could not be found", meeting.program.name)
        return lambda number: ""
    if point is None:
        return lambda number: "none: this is never reached"

    def ours(number: int) -> str:
        value = point.registers[number]
        return "unknown" if value is None else kernel_text(value)

    return ours


def _last_write(
    log: ProgramLog, pc: int, name: str, locate: Locate, place: SourceLocation | None
) -> tuple[RelatedPlace, ...]:
    written = last_write(log, pc, name)
    at = locate(written.pc, written.source) if written is not None else None
    if written is None or at is None or at == place:
        return ()
    return (RelatedPlace(SourceRange.at(at), f"{name} was set here: {written.text}"),)
