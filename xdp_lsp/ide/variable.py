"""What a local variable can hold where the cursor is: looked up, for it was worked out when the file was analysed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from xdp_lsp.analysis.words import some
from xdp_lsp.ide.cursor import Cursor
from xdp_lsp.ide.page import Block, Code, Heading, Page, Paragraph
from xdp_lsp.insight import Mention, NamedVariable
from xdp_lsp.insight.variables import AtLines, Chain, CopyAtLine, Known, Told
from xdp_lsp.pipeline import FileReport
from xdp_lsp.source import SourceRange
from xdp_lsp.verifier.spelling import kernel_text, plain_text
from xdp_lsp.verifier.value import Kind, Value

_MOST_COPIES = 8
_MOST_SITES = 4  # of one value


class ShownVariable(NamedTuple):
    """The variable's name in the text, and what it can hold there; `is_number`: there is a number to tell."""

    range: SourceRange
    page: Page
    is_number: bool


def variable(report: FileReport, cursor: Cursor) -> ShownVariable | None:
    """The variable that the cursor names; None where it names none."""
    path, line, column = cursor.location
    table = report.insight.variables if report.insight is not None else None
    mention = table.mention(path, line, column) if table is not None else None
    if table is None or mention is None:
        return None
    place = SourceRange(path, line, mention.column, line, mention.end_column)
    named, known = table.variables[mention.variable], table.known[mention.known]
    is_number = named.is_signed is not None and Known.VALUE in (
        known.at.known,
        known.after and known.after.known,
    )
    page = _page(named, known, mention, line)
    if named.is_signed is not None and Known.VALUE not in (known.at.known, known.after and known.after.known):
        page += _on_the_way(report, path, line)
    return ShownVariable(place, page, is_number)


def assigned(report: FileReport, path: str, line: int, text: bytes) -> Iterator[tuple[str, SourceRange, str]]:
    """The variables that `text`, that of a line, assigns to, and what they can be after it: where that is a number,
    and not one that stands there."""
    if report.insight is None:
        return
    table = report.insight.variables
    for mention in table.mentions.get(path, {}).get(line, ()):
        assignment = _ASSIGNMENT.match(text, mention.end_column - 1)
        named, known = table.variables[mention.variable], table.known[mention.known]
        told = known.after or known.at
        if (
            assignment is None
            or mention.lines is not None
            or told.known is not Known.VALUE
            or told.value is None
        ):
            continue
        if assignment["number"] is None and not _says_nothing(named, told.value):
            place = SourceRange(path, line, mention.column, line, mention.end_column)
            yield named.name, place, _value(named, told.value)


# What follows the name of a variable that is assigned to; a plain number needs no explanation.
_ASSIGNMENT = re.compile(rb"\s*(?:[-+*/%&|^]|<<|>>)?=(?!=)(?:\s*(?P<number>-?\w*\d\w*)\s*[;,)])?")


def _page(named: NamedVariable, known: AtLines, mention: Mention, line: int) -> Page:
    first, last = mention.lines or (line, line)
    where = f"at line {first}" if first == last else f"at lines {first} to {last}"
    blocks: list[Block] = [
        Heading(f"{named.name}: {_headline(named, known)}"),
        Paragraph(f"`{named.type}`, {where} of `{named.function}`{_why(known, first)}"),
    ]
    spelled = _spelled(known)
    if spelled:
        blocks.append(Code(spelled))
    if len(known.copies) > 1:
        blocks.append(Paragraph(_copies(named, known.copies)))
    elif known.copies and known.copies[0].rounds:
        blocks.append(Paragraph(f"in the copies of this code: {_rounds(named, known.copies[0])}"))
    return tuple(blocks)


def _on_the_way(report: FileReport, path: str, line: int) -> Page:
    """What is known of `line` for the calls that move the packet: where the compiler gives a variable no place, what it
    held has still been followed from instruction to instruction."""
    said = dict.fromkeys(
        f"For the call at line {call.location.line}: {place.message}."
        for program in report.analysis.programs
        for call in program.calls
        if call.location is not None
        for place in call.because
        if (place.range.path, place.range.line) == (path, line)
    )
    return tuple(map(Paragraph, said))


def _headline(named: NamedVariable, known: AtLines | CopyAtLine) -> str:
    at, after = known.at, known.after
    if after is None:
        return _words(named, at)
    if at.known is Known.OPTIMISED_OUT:
        return f"{_words(named, after)} after this line"
    return f"{_words(named, at)}; {_words(named, after)} after this line"


def _words(named: NamedVariable, told: Told) -> str:
    if told.known is Known.VALUE:
        return _value(named, told.value)
    if told.known is Known.IN_PLACES:
        return f"{_value(named, told.value)} where it is kept"
    return {
        Known.OPTIMISED_OUT: "optimised out here",
        Known.UNCLEAR: "not known here",
        Known.UNREACHED: "never reached",
        Known.NO_CODE: "no code here",
    }[told.known]


def _value(named: NamedVariable, value: Value | None) -> str:
    if value is None:
        return "not known here"
    if _says_nothing(named, value):
        return f"any {named.type}"
    if named.is_signed is None and value.kind is Kind.SCALAR and value.number.constant == 0:
        return "NULL"
    return plain_text(value, named.bits, signed=named.is_signed)


def _says_nothing(named: NamedVariable, value: Value) -> bool:
    return named.is_signed is not None and named.bits == 32 and value.number.range.size == (1 << 32) - 1


def _why(known: AtLines, line: int) -> str:
    """What a reader would ask where there is no value."""
    if known.at.known is Known.OPTIMISED_OUT and known.after is not None:
        return ""
    return {
        Known.VALUE: "",
        Known.IN_PLACES: "; in other copies of this line it is optimised out",
        Known.OPTIMISED_OUT: "; the compiler keeps it in no register and no stack slot there",
        Known.UNCLEAR: "; the debugging information leaves it open",
        Known.UNREACHED: f"; no run comes to line {line}",
        Known.NO_CODE: "; no instruction is left of that line",
    }[known.at.known]


def _spelled(known: AtLines) -> str:
    """The kernel's spelling."""
    lines = [
        f"{prefix}{'scalar()' if told.value is None else kernel_text(told.value)}"
        for prefix, told in (("", known.at), ("after: ", known.after))
        if told is not None and told.known in (Known.VALUE, Known.IN_PLACES)
    ]
    return "\n".join(lines)


def _rounds(named: NamedVariable, copy: CopyAtLine) -> str:
    return " · ".join(_words(named, told) for told in copy.rounds)


def _copies(named: NamedVariable, copies: tuple[CopyAtLine, ...]) -> str:
    """What is told in each copy of the function, by the calls that it was inlined through."""
    said = []
    for copy in copies[:_MOST_COPIES]:
        sites = some([_site(chain, copies) for chain in copy.chains], _MOST_SITES)
        words = _rounds(named, copy) if copy.rounds else _headline(named, copy)
        said.append(f"{sites}: {words}")
    if len(copies) > _MOST_COPIES:
        said.append(f"{len(copies) - _MOST_COPIES} more")
    return " · ".join(said)


def _site(chain: Chain, copies: tuple[CopyAtLine, ...]) -> str:
    """As much of a chain of calls as tells it from the others."""
    if not chain:
        return "not inlined"
    others = [other for copy in copies for other in copy.chains if other != chain]
    needed = next(
        (n for n in range(1, len(chain)) if all(other[:n] != chain[:n] for other in others)), len(chain)
    )
    return "called from " + " < ".join(f"{os.path.basename(one.path)}:{one.line}" for one in chain[:needed])  # noqa: PTH119
