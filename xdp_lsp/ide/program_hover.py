"""The hover on a program's name, or on what names its section."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from xdp_lsp.analysis import ProgramAnalysis, Verdict
from xdp_lsp.analysis.words import count, fits_words, need_words, some
from xdp_lsp.ide.cursor import Cursor
from xdp_lsp.ide.definitions import definitions
from xdp_lsp.ide.fate import fate_on
from xdp_lsp.ide.page import Block, Heading, Page, Paragraph
from xdp_lsp.ide.targets import target_table
from xdp_lsp.insight import FileInsight, ListedFunction
from xdp_lsp.pipeline import FileReport
from xdp_lsp.source import SourceRange
from xdp_lsp.verifier.result import NeedKind

# kernel/bpf/verifier.c, check_max_stack_depth(): MAX_BPF_STACK for all frames of a call chain, each rounded up. To 32
# bytes where the interpreter may run it, to 16 by kernels (6.6 on) that only compile; the former is the stricter.
_STACK, _GRAIN = 512, 32
_MOST_NAMES = 6


def program_at(report: FileReport, cursor: Cursor) -> tuple[SourceRange, ProgramAnalysis] | None:
    """The program whose name, or whose SEC, the cursor is in."""
    for definition in definitions(report.analysis.programs, cursor.location.path, cursor.line):
        for place in (definition.name, definition.section):
            if place is not None and cursor.is_in(place):
                return place, definition.program
    word = cursor.word()
    for program in report.analysis.programs:
        if word is not None and word.text == program.name:
            return word.range, program
    return None


def program_around(report: FileReport, cursor: Cursor | None) -> ProgramAnalysis | None:
    """The program whose definition holds the line that the cursor is in, else the only one that there is."""
    if cursor is not None:
        place = cursor.location
        for definition in definitions(report.analysis.programs, place.path, cursor.line):
            if definition.holds(place.line):
                return definition.program
    programs = report.analysis.programs
    return programs[0] if len(programs) == 1 else None


def program_page(report: FileReport, program: ProgramAnalysis) -> Page:
    """All that is to be said of `program`."""
    return tuple(_blocks(report, program))


def _blocks(report: FileReport, program: ProgramAnalysis) -> Iterator[Block]:
    yield Heading(f"{program.name} ({program.section}): {need_words(program)}")
    yield Paragraph(
        f"It {fits_words(program)}."
        if program.verdict is not Verdict.UNKNOWN
        else "Whether it fits is not known."
    )
    yield Paragraph(_outline(report, program))
    for contract in dict.fromkeys(map(str, program.contracts)):
        yield Paragraph(f"Contract: {contract}.")
    for gap in program.exploration.gaps:
        yield Paragraph(f"Not followed: {gap.what}; assumed: {gap.assumed}.")
    for constant in program.exploration.assumed:
        yield Paragraph(f"Taken to stay as it is: `{constant.name}` = {constant.value}.")
    found = program.exploration
    if (
        program.targets
        and program.counts_all
        and found.need_kind is NeedKind.BOUNDED
        and found.demand is not None
    ):
        fates = {verdict.target: fate_on(program, verdict).sentence for verdict in program.targets}
        yield target_table(fates, fates.__getitem__, "fits")


def _outline(report: FileReport, program: ProgramAnalysis) -> str:
    """`143 instructions, 2 subprograms (parse, push); 1 tail call; stack: 96 of 512 bytes`."""
    parts = [count(program.instructions, "instruction")]
    own = _functions(report.insight, program) if report.insight is not None else []
    names = [one.name for one in own if one.name != program.name]
    if names:
        parts[0] += f", {count(len(names), 'subprogram')} ({some(names, _MOST_NAMES)})"
    tail_calls = program.exploration.tail_calls
    if tail_calls:
        parts.append(f"{count(len(tail_calls), 'tail call')}{_lines(own, tail_calls)}")
    if own:
        parts.append(_stack(own, program))
    return "; ".join(parts) + "."


def _functions(insight: FileInsight | None, program: ProgramAnalysis) -> list[ListedFunction]:
    return [one for one in insight.functions if program.name in one.programs] if insight is not None else []


def _lines(functions: list[ListedFunction], pcs: tuple[int, ...]) -> str:
    """` (line 77)`."""
    places = {
        one.location: None
        for function in functions
        for one in function.instructions
        if one.pc in pcs and one.location is not None
    }
    named = [f"{PurePath(place.path).name}:{place.line}" for place in places]
    return f" ({some(named, _MOST_NAMES)})" if named else ""


def _stack(functions: list[ListedFunction], program: ProgramAnalysis) -> str:
    """What the deepest chain of calls takes."""
    by_entry = {function.instructions[0].pc: function for function in functions if function.instructions}
    depths: dict[int, int] = {}

    def depth(entry: int) -> int:
        """Of a function and what it calls; no function calls itself, even by others, in what a kernel loads."""
        if entry not in depths:
            depths[entry] = 0
            function = by_entry[entry]
            below = (
                depth(one.callee)
                for one in function.instructions
                if one.callee in by_entry and one.callee is not None
            )
            own = -(-max(function.stack.depth, 1) // _GRAIN) * _GRAIN
            depths[entry] = own + max(below, default=0)
        return depths[entry]

    first = next((entry for entry, one in by_entry.items() if one.name == program.name), None)
    if first is None:
        return ""
    least = "" if all(one.stack.is_exact for one in functions) else "at least "
    return f"stack: {least}{depth(first)} of {_STACK} bytes"
