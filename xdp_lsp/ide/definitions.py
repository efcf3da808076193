"""Where the source defines the programs: nothing in the object says so.

Line info of a program's first instruction may lead into a function that was inlined there, so the text is searched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import count, takewhile
from typing import NamedTuple

from xdp_lsp.analysis import ProgramAnalysis
from xdp_lsp.source import SourceRange

_SECTION = re.compile(rb"\b(?:SEC|__section)\s*\(\s*[^()]*\)")
# Comments and directives, which are blanked; strings are matched for what looks like a comment in them.
_NO_CODE = re.compile(
    rb"""//[^\n]*|/\*.*?\*/|^[ \t]*\#(?:[^\n]*\\\n)*[^\n]*|(?P<text>"(?:\\.|[^"\\\n])*")""",
    re.DOTALL | re.MULTILINE,
)


# What may hold braces that are none, and those that are.
_BRACES = re.compile(rb"""'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|[{}]""")


class Definition(NamedTuple):
    """A program's definition: its name, and what names its section (None where that is a macro of some other name).

    `last` is the line that its body ends at.
    """

    program: ProgramAnalysis
    name: SourceRange
    section: SourceRange | None
    last: int

    @property
    def start(self) -> SourceRange:
        """Its beginning, for what stands above it."""
        return self.section or self.name

    def holds(self, line: int) -> bool:
        return self.start.line <= line <= self.last


def definitions(
    programs: Iterable[ProgramAnalysis], path: str, line: Callable[[int], bytes | None]
) -> tuple[Definition, ...]:
    """The definitions in `path`, whose lines `line` gives, numbered from 1; those that are not found (made by macros)
    are where line info has them."""
    lines = list(takewhile(lambda text: text is not None, map(line, count(1))))
    text = _NO_CODE.sub(_blanked, b"\n".join(one for one in lines if one is not None))
    found = (_definition(program, path, text) for program in programs)
    return tuple(definition for definition in found if definition is not None)


def _definition(program: ProgramAnalysis, path: str, text: bytes) -> Definition | None:
    # NAME(...) {, where what comes before it since the last statement or block is no call's beginning.
    pattern = re.compile(rb"\b(" + re.escape(program.name.encode()) + rb")\s*\([^;{}]*\)[^;{}()]*\{")
    for match in pattern.finditer(text):
        begin = max(text.rfind(sign, 0, match.start()) for sign in (b";", b"}", b"{")) + 1
        before = text[begin : match.start()]
        if before.count(b"(") == before.count(b")"):
            sections = list(_SECTION.finditer(text, begin, match.start()))
            section = _range(path, text, *sections[-1].span()) if sections else None
            last = _place(text, _end(text, match.end()))[0]
            return Definition(program, _range(path, text, *match.span(1)), section, last)
    if program.location is not None and program.location.path == path:
        last = _last_of_made(program.name, program.location.line, text)
        return Definition(program, SourceRange.at(program.location), None, last)
    return None


def _last_of_made(name: str, line: int, text: bytes) -> int:
    """The last line of what a macro makes a definition of, `PROGRAM(name) {`, if `line` is in it; else `line`."""
    for match in re.finditer(rb"\w\s*\(\s*" + re.escape(name.encode()) + rb"\s*[,)][^;{}]*\{", text):
        last = _place(text, _end(text, match.end()))[0]
        if _place(text, match.start())[0] <= line <= last:
            return last
    return line


def _end(text: bytes, start: int) -> int:
    """Where the block ends that is open at `start`; the end of the text where nothing closes it."""
    depth = 1
    for brace in _BRACES.finditer(text, start):
        depth += {b"{": 1, b"}": -1}.get(brace[0], 0)
        if not depth:
            return brace.start()
    return len(text)


def _blanked(match: re.Match[bytes]) -> bytes:
    return match["text"] or re.sub(rb"[^\n]", b" ", match[0])


def _range(path: str, text: bytes, start: int, end: int) -> SourceRange:
    return SourceRange(path, *_place(text, start), *_place(text, end))


def _place(text: bytes, offset: int) -> tuple[int, int]:
    return text.count(b"\n", 0, offset) + 1, offset - text.rfind(b"\n", 0, offset)
