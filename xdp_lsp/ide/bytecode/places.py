"""What stands under a cursor in a listing, and where it leads."""

from __future__ import annotations

import re
from typing import NamedTuple

from xdp_lsp.ide.bytecode.lister import inlined_from
from xdp_lsp.ide.bytecode.rows import Kind, Listing, Part, Row
from xdp_lsp.ide.call_hover import call_page
from xdp_lsp.ide.calls import calls_of
from xdp_lsp.ide.helper_hover import manual_page
from xdp_lsp.ide.page import Block, Code, Heading, Page, Paragraph, Table
from xdp_lsp.insight import REGISTERS, ListedFunction, ListedInstruction, RegisterValue
from xdp_lsp.pipeline import FileReport

_REGISTER = re.compile(r"\b[rw](\d+)\b")
_HELPER = re.compile(r"\bcall (\w+)#\d+")
_Registers = list[RegisterValue | None]


class Stretch(NamedTuple):
    """Characters of a row, from 0, `end` excluded."""

    start: int
    end: int


class RowHover(NamedTuple):
    """What is shown for a stretch of a row."""

    stretch: Stretch
    page: Page


def leads_to(listing: Listing, row: int, character: int) -> int | None:
    """The row of the instruction that is named there: a jump's target, a function that is called."""
    found = _part_at(listing.rows[row], character)
    if found is None or found[0].leads_to is None:
        return None
    return listing.row_of(found[0].leads_to)


def same_line(listing: Listing, row: int) -> list[int]:
    """The rows of all instructions that come from the same line of the source."""
    place = listing.rows[row].location
    return [] if place is None else listing.rows_from(place.path, place.line)


def hover_at(listing: Listing, report: FileReport, row: int, character: int) -> RowHover | None:
    """A register's values, what a helper does, or all that is known before an instruction."""
    shown = listing.rows[row]
    one, insight = shown.instruction, report.insight
    if one is None or insight is None:
        return None
    function = next(found for found in insight.functions if one in found.instructions)
    before, after = _around(function, one)
    found = _part_at(shown, character)
    if found is not None and found[0].kind in (Kind.INSTRUCTION, Kind.TARGET):
        part, start = found
        for match in _REGISTER.finditer(part.text):
            if match.start() <= character - start <= match.end() and int(match[1]) < REGISTERS:
                stretch = Stretch(start + match.start(), start + match.end())
                return RowHover(stretch, tuple(_register(one, int(match[1]), before, after)))
        for match in _HELPER.finditer(part.text):
            page = _helper(report, one, match[1])
            if page and match.start(1) <= character - start <= match.end(1):
                return RowHover(Stretch(start + match.start(1), start + match.end(1)), page)
    return RowHover(Stretch(0, len(shown.text)), tuple(_instruction(function, one, before)))


def _helper(report: FileReport, one: ListedInstruction, name: str) -> Page:
    """What is known of this call of a helper, or else of the helper."""
    for call in calls_of(report):
        if any(copy.call.site.pc == one.pc for copy in call.copies):
            return call_page(report, call)
    return manual_page(report, name)


def _part_at(row: Row, character: int) -> tuple[Part, int] | None:
    """The part that the cursor is in, or right behind at the row's end, and where it begins."""
    start = 0
    for part in row.parts:
        end = start + len(part.text)
        if character < end or (part is row.parts[-1] and character == end):
            return part, start
        start = end
    return None


def _around(function: ListedFunction, one: ListedInstruction) -> tuple[_Registers, _Registers | None]:
    """What holds before `one`, and after it where it goes on with the next and nothing else leads there."""
    registers: _Registers = [None] * REGISTERS
    before: _Registers | None = None
    for at in function.instructions:
        for number, value in at.changes:
            registers[number] = value
        if before is not None:
            targets = {pc for other in function.instructions for pc in other.targets}
            goes_on = not one.targets and at.is_reached and at.pc not in targets
            return before, list(registers) if goes_on else None
        if at is one:
            before = list(registers)
    return before or registers, None


def _register(
    one: ListedInstruction, number: int, before: _Registers, after: _Registers | None
) -> list[Block]:
    lines = []
    if not one.is_reached:
        return [Paragraph("No run comes here.")]
    if number in one.read or number not in one.written:
        lines.append(f"{'before: ' if number in one.written else ''}r{number} = {_text(before[number])}")
    if number in one.written and after is not None:
        lines.append(f"{'after: ' if lines else ''}r{number} = {_text(after[number])}")
    return [Code("\n".join(lines))] if lines else [Code(f"r{number}")]


def _instruction(function: ListedFunction, one: ListedInstruction, before: _Registers) -> list[Block]:
    blocks: list[Block] = [Heading(f"{function.section}+{one.slot}: {one.text}")]
    if one.location is not None:
        column = f":{one.location.column}" if one.location.column else ""
        blocks.append(Paragraph(f"{one.location.path}:{one.location.line}{column}"))
    if one.inlined:
        chain = (
            f"inlined from `{name}` at {at.path}:{at.line}" for name, at in inlined_from(one, function.name)
        )
        blocks.append(Paragraph(f"in `{one.inlined[0].function}`, {', '.join(chain)}"))
    if not one.is_reached:
        return [*blocks, Paragraph("No run comes here.")]
    known = [(f"r{number}", value.text) for number, value in enumerate(before) if value is not None]
    if known:
        blocks.append(Table(("before", "every value"), tuple((name, f"`{text}`") for name, text in known)))
    if one.moves_packet:
        blocks.append(Paragraph("It moves the packet's start or its metadata's."))
    elif one.is_of_delta:
        blocks.append(Paragraph("A delta is computed by it."))
    return blocks


def _text(value: RegisterValue | None) -> str:
    return "anything" if value is None else value.text
