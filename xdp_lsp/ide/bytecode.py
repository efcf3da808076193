"""The code of a file as text: each instruction under the line that it comes from, with what is known there.

What `llvm-objdump -S`, `bpftool prog dump xlated linum` and the verifier's log show, in one:

      prog (xdp): needs 96 bytes; fits all 22 targets (portable 152, i40e); 26 instructions
      ; __u32 n = *(volatile __u32 *)&c->len & 7; @ countdown.c:8
    *    13: (54) w1 &= 7                            ; r1=scalar(umax=7)
      ; while (n--) { @ countdown.c:10
    *    14: (16) if w1 == 0x0 goto pc+3 <18>        ; else r1=scalar(umin=1,umax=7)

Slots are numbered as llvm-objdump does, from the start of the section; `<18>` is the one that is jumped to. `*` marks
what a delta is computed by (`verifier.delta_slice`), `>` calls that move the packet's start or its metadata's. Behind
an instruction stand registers that it reads, as they are before it where that was not told since the last label, then
what it writes, as it is after; behind a branch, what is learnt where it is not taken (`else`).
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from xdp_lsp.analysis import ProgramAnalysis
from xdp_lsp.analysis.words import count, verdict_line
from xdp_lsp.insight import (
    REGISTERS,
    FileInsight,
    ListedFunction,
    ListedInstruction,
    RegisterValue,
)
from xdp_lsp.pipeline import FileReport
from xdp_lsp.source import SourceLocation, printable

# Columns: where comments begin, if the instruction leaves room; what rows with a line of source are cut to.
_COMMENT = 48
_WIDEST = 110
_WIDEST_VALUES = 70  # of comments: beyond it, what an instruction reads is left out
# Of more jumps that lead to one place, the rest is counted only.
_MOST_JUMPS = 6
_FRAME_POINTER = REGISTERS - 1
# What a number that is read from memory, or computed in the low half of a register, can be.
_WIDTHS = {"(u8 *)": "255", "(u16 *)": "65535", "(u32 *)": "0xffffffff", " w": "0xffffffff"}


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

    @cached_property
    def headers(self) -> Mapping[str, int]:
        """The row that begins each function, by its name."""
        return {
            row.parts[0].text: at
            for at, row in enumerate(self.rows)
            if row.parts and row.parts[0].kind is Kind.FUNCTION
        }

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


def listing(
    report: FileReport,
    notes: Sequence[str] = (),
    *,
    functions: Collection[str] | None = None,
    with_source: bool = True,
) -> Listing:
    """The code of the report's file, or of some `functions` of it, under `notes`; without insight, these alone."""
    return Listing(tuple(rows(report, notes, functions=functions, with_source=with_source)))


def note(text: str) -> Row:
    """A row about the listing as a whole."""
    return Row((Part(Kind.NOTE, f"; {text}"),))


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
        values = _Values(come_from)
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


class _Values:
    """What is told of registers, going down the instructions of one function."""

    def __init__(self, come_from: Mapping[int, list[int]]) -> None:
        self._come_from = come_from
        self._before: list[RegisterValue | None] = [None] * REGISTERS
        self._told: dict[int, str] = {}

    def comment(self, one: ListedInstruction, following: ListedInstruction | None) -> str:
        """Behind `one`, which stands above `following`."""
        for number, value in one.changes:
            self._before[number] = value
        if one.pc in self._come_from:
            self._told = {}
        if not one.is_reached:
            return "not reached"
        before = self._news({number: self._before[number] for number in _worth_telling(one)})
        if one.moves_packet and (delta := self._before[2]) is not None:
            before = {2: delta.brief}
        for number in one.written:
            self._told.pop(number, None)
        after = self._news(self._after(one, following))
        self._told |= after
        said = _registers(after) if not _says(one, after) else ""
        if one.targets and said:
            said = f"else {said}"
        first = _registers(before)
        if said and len(first) + len(said) > _WIDEST_VALUES:
            return first if one.moves_packet else said
        self._told = before | self._told
        return ("; " if one.targets else " ").join(filter(None, (first, said)))

    def _after(
        self, one: ListedInstruction, following: ListedInstruction | None
    ) -> dict[int, RegisterValue | None]:
        """What `one` writes, or a branch compares, where it goes on with `following` and nothing else leads there."""
        if following is None or following.pc in self._come_from or not following.is_reached:
            return {}
        changes = dict(following.changes)
        if one.targets:
            return {number: changes[number] for number in one.read if number in changes}
        return {number: changes.get(number, self._before[number]) for number in one.written}

    def _news(self, values: Mapping[int, RegisterValue | None]) -> dict[int, str]:
        """Of `values` those that say something which was not told, in few words."""
        return {
            number: value.brief
            for number, value in values.items()
            if value is not None and number != _FRAME_POINTER and self._told.get(number) != value.brief
        }


def _registers(values: Mapping[int, str]) -> str:
    return " ".join(f"r{number}={text}" for number, text in values.items())


def _worth_telling(one: ListedInstruction) -> tuple[int, ...]:
    """The registers whose values before an instruction say more: not what a call is given, nor what is changed."""
    is_call = 0 in one.written and 1 in one.read
    is_copy = one.text.startswith(("(bf)", "(bc)")) and one.text[-2:-1] == "r"
    return () if is_call or is_copy else tuple(number for number in one.read if number not in one.written)


def _says(one: ListedInstruction, written: Mapping[int, str]) -> bool:
    """Whether the text of an instruction already says what it writes: a constant, an address, what fits the width."""
    text = " ".join(written.values())
    if one.text.startswith("(18)") or one.text.endswith(f" = {text}"):
        return True
    limit = text.removeprefix("scalar(umax=").removesuffix(")")
    return any(limit == of_width and width in one.text for width, of_width in _WIDTHS.items())


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
