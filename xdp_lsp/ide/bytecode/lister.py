"""Makes the rows of a listing: labels, source lines, the calls that code was inlined through, instructions."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence

from xdp_lsp.analysis import ProgramAnalysis
from xdp_lsp.analysis.words import count, verdict_line
from xdp_lsp.ide.bytecode.comments import RegisterComments
from xdp_lsp.ide.bytecode.rows import Kind, Listing, Part, Row, note
from xdp_lsp.insight import FileInsight, ListedFunction, ListedInstruction
from xdp_lsp.pipeline import FileReport
from xdp_lsp.source import SourceLocation, printable

# Columns: where comments begin, if the instruction leaves room; what rows with a line of source are cut to.
_COMMENT = 48
_WIDEST = 110
# Of more jumps that lead to one place, the rest is counted only.
_MOST_JUMPS = 6


def listing(
    report: FileReport,
    notes: Sequence[str] = (),
    *,
    functions: Collection[str] | None = None,
    with_source: bool = True,
) -> Listing:
    """The code of the report's file, or of some `functions` of it, under `notes`; without insight, these alone."""
    return Listing(tuple(rows(report, notes, functions=functions, with_source=with_source)))


def rows(
    report: FileReport,
    notes: Sequence[str] = (),
    *,
    functions: Collection[str] | None = None,
    with_source: bool = True,
) -> Iterator[Row]:
    """The rows of a listing one after another: 2,500 instructions take some 50 ms."""
    yield from map(note, notes)
    insight = report.insight
    if insight is not None:
        lister = _Lister(insight, report, with_source=with_source)
        is_first = not notes
        for one in insight.functions:
            if functions is None or one.name in functions:
                if not is_first:
                    yield Row(())
                is_first = False
                yield from lister.function(one)


def inlined_from(one: ListedInstruction, function: str) -> list[tuple[str, SourceLocation]]:
    """The functions that an instruction of `function` was inlined from, innermost first, each with where it calls."""
    callers = [*(call.function for call in one.inlined), function][1:]
    return [(caller, call.location) for caller, call in zip(callers, one.inlined, strict=True)]


class _Lister:
    def __init__(self, insight: FileInsight, report: FileReport, *, with_source: bool) -> None:
        self._shown: dict[str, str] = {}  # paths
        self._folder = os.path.dirname(report.analysis.path)  # noqa: PTH120 - a name, not a file
        self._programs = {program.name: program for program in report.analysis.programs}
        self._lines = insight.lines
        self._with_source = with_source
        self._slots = {one.pc: one.slot for listed in insight.functions for one in listed.instructions}

    def function(self, listed: ListedFunction) -> Iterator[Row]:
        first = listed.instructions[0] if listed.instructions else None
        pc, place = (first.pc, first.location) if first is not None else (None, None)
        said = _header(listed, self._programs.get(listed.name))
        yield Row((Part(Kind.FUNCTION, listed.name), Part(Kind.NOTE, said)), pc, place)
        come_from = _jumps(listed)
        values = RegisterComments(come_from)
        shown: tuple[object, object] = (None, ())
        for at, one in enumerate(listed.instructions):
            jumps = come_from.get(one.pc)
            if jumps:
                yield Row(self._label(one, jumps), one.pc, one.location)
            if self._with_source and one.location is not None:
                line, chain = one.location[:2], one.inlined
                if line != shown[0] or chain != shown[1]:
                    yield Row((Part(Kind.SOURCE, self._source(one.location)),), one.pc, one.location)
                if chain and chain != shown[1]:
                    text = self._inlined(one, listed.name)
                    yield Row((Part(Kind.INLINED, text),), one.pc, one.inlined[0].location)
                shown = line, chain
            following = listed.instructions[at + 1] if at + 1 < len(listed.instructions) else None
            comment = values.comment(one, following)
            yield Row(self._instruction(one, comment), one.pc, one.location, one)

    def _label(self, one: ListedInstruction, jumps: list[int]) -> tuple[Part, ...]:
        again = [pc for pc in jumps if pc >= one.pc]
        others = [pc for pc in jumps if pc < one.pc]
        parts = [Part(Kind.JUMPS, "; ")]
        for word, pcs in (("from", others), ("again from", again)):
            if pcs:
                parts.append(Part(Kind.JUMPS, f"{', ' if len(parts) > 1 else ''}{word} "))
            for at, pc in enumerate(pcs[:_MOST_JUMPS]):
                parts += [Part(Kind.JUMPS, ", ")] if at else []
                parts.append(Part(Kind.TARGET, str(self._slots[pc]), pc))
            if len(pcs) > _MOST_JUMPS:
                parts.append(Part(Kind.JUMPS, f" and {len(pcs) - _MOST_JUMPS} more"))
        return tuple(parts)

    def _source(self, place: SourceLocation) -> str:
        text = printable(self._lines.get((place.path, place.line), "").strip()).expandtabs(4)
        at = f" @ {self._at(place)}"
        room = _WIDEST - len("; ") - len(at)
        return f"; {text if len(text) <= room else f'{text[: room - 3]}...'}{at}"

    def _inlined(self, one: ListedInstruction, function: str) -> str:
        # In the words of compilers: "in inner, inlined from outer at a.c:10".
        text = f";   in {one.inlined[0].function or '?'}"
        for caller, place in inlined_from(one, function):
            more = f", inlined from {caller or '?'} at {self._at(place)}"
            if len(text) + len(more) > _WIDEST and place is not one.inlined[0].location:
                return f"{text}, ..."
            text += more
        return text

    def _at(self, place: SourceLocation) -> str:
        path = self._shown.get(place.path)
        if path is None:
            path = self._shown[place.path] = _shown(place.path, self._folder)
        return f"{path}:{place.line}"

    def _instruction(self, one: ListedInstruction, comment: str) -> tuple[Part, ...]:
        mark = ">" if one.moves_packet else "*" if one.is_of_delta else " "
        parts = [Part(Kind.MARK, f"{mark} "), Part(Kind.SLOT, f"{one.slot:>5}: ")]
        if one.callee is not None:
            verb = one.text.rindex(" ") + 1
            parts.append(Part(Kind.INSTRUCTION, one.text[:verb]))
            parts.append(Part(Kind.CALLEE, one.text[verb:], one.callee))
        elif len(one.targets) == 1:
            verb = one.text.rindex(" ") + 1
            (target,) = one.targets
            parts.append(Part(Kind.INSTRUCTION, one.text[:verb]))
            parts.append(Part(Kind.TARGET, f"{one.text[verb:]} <{self._slots.get(target, '?')}>", target))
        else:
            parts.append(Part(Kind.INSTRUCTION, one.text))
            for at, target in enumerate(one.targets):
                parts.append(Part(Kind.INSTRUCTION, ", " if at else " <"))
                parts.append(Part(Kind.TARGET, str(self._slots.get(target, "?")), target))
            parts += [Part(Kind.INSTRUCTION, ">")] if one.targets else []
        if comment:
            width = sum(len(part.text) for part in parts)
            parts.append(Part(Kind.VALUES, f"{' ' * max(_COMMENT - width, 2)}; {comment}"))
        return tuple(parts)


def _header(listed: ListedFunction, program: ProgramAnalysis | None) -> str:
    size = count(len(listed.instructions), "instruction")
    if program is not None:
        return f"{verdict_line(program).removeprefix(program.name)}; {size}"
    if listed.programs:
        return f" ({listed.section}): {size}; run by {', '.join(listed.programs)}"
    return f" ({listed.section}): {size}; no XDP program runs it"


def _jumps(listed: ListedFunction) -> dict[int, list[int]]:
    """The instructions that may jump to each, in their order."""
    found: dict[int, list[int]] = {}
    for one in listed.instructions:
        for target in one.targets:
            found.setdefault(target, []).append(one.pc)
    return found


def _shown(path: str, folder: str) -> str:
    """`path` seen from `folder`, where that is shorter."""
    try:
        relative = os.path.relpath(path, folder)
    except ValueError:  # another drive
        return path
    return min(path, relative, key=len)
