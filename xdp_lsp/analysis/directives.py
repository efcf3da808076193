"""Comments that speak to us: `/* xdp-lsp: ... */`, in either comment style of C.

The mark stands at the beginning of a comment, or of a line of one, so that it can end what a comment says to people.
A comment after code is for its own line; one on a line of its own for the next line of code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import NamedTuple

from xdp_lsp.source import EditorPosition, Encoding, LineIndex, SourceRange

MARK = "xdp-lsp:"
# Literals are matched so that what looks like a comment inside of one is passed over. A backslash at the end
# of a line continues a line comment (C11 5.1.1.2: phase 2 comes before phase 3).
_TOKEN = re.compile(
    r"""
      (?P<line>//(?:\\\r?\n|[^\r\n])*)
    | (?P<block>/\*.*?(?:\*/|\Z))
    | "[^"\\\r\n]*(?:\\.[^"\\\r\n]*)*(?:"|(?=[\r\n])|\\?\Z)
    | '[^'\\\r\n]*(?:\\.[^'\\\r\n]*)*(?:'|(?=[\r\n])|\\?\Z)
    """,
    re.VERBOSE | re.DOTALL,
)
_MARKED = re.compile(rf"(?:\A|(?<=[\r\n]))[ \t*/!<]*({MARK})")
_FRAME = re.compile(r"(?m)^[ \t]*\*|\\\r?$")  # what only makes a comment look like one
_ELF = "\x7fELF"


class Directive(NamedTuple):
    """What one comment, or a part of it, says: `text` is what follows the mark, blanks made one.

    `place` begins at the mark; `covers` is the line (from 1) that it is for. `standing` is the place in the text at
    which that code begins: the start of its line.
    """

    place: SourceRange
    covers: int
    text: str
    standing: int


class AnnotatedSource:
    """One source text. An object file, in whose strings source lines stand, is none: it has no code."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = "" if text.startswith(_ELF) else text

    @cached_property
    def directives(self) -> tuple[Directive, ...]:
        """Every directive, in order."""
        if MARK not in self.text:
            return ()
        code = LineIndex(self.code)
        found = (
            _directives(self.path, token, self._index, code) for token in self._tokens if token.lastgroup
        )
        return tuple(one for some in found for one in some)

    @cached_property
    def code(self) -> str:
        """The text with comments, and what is in literals, turned to blanks; every character in its place."""
        return _blanked(self.text, self._tokens)

    def range(self, start: int, end: int) -> SourceRange:
        """The range of the characters `start` to `end` (exclusive)."""
        return _range(self.path, self._index, start, end)

    @cached_property
    def _tokens(self) -> list[re.Match[str]]:
        return list(_TOKEN.finditer(self.text))

    @cached_property
    def _index(self) -> LineIndex:
        return LineIndex(self.text)


def annotated_sources(
    paths: Iterable[str], read_source: Callable[[str], str | None]
) -> tuple[AnnotatedSource, ...]:
    """Each of `paths` that can be read, once."""
    texts = ((path, read_source(path)) for path in dict.fromkeys(paths))
    return tuple(AnnotatedSource(path, text) for path, text in texts if text is not None)


def _directives(path: str, comment: re.Match[str], index: LineIndex, code: LineIndex) -> Iterable[Directive]:
    start = comment.start() + 2
    body = comment[0][2:]
    body = body.removesuffix("*/") if comment.lastgroup == "block" else body
    marks = [match.start(1) for match in _MARKED.finditer(body)]
    if not marks:
        return
    line, _ = index.position(comment.start(), Encoding.UTF8)
    last, _ = index.position(comment.end(), Encoding.UTF8)
    covers = line if code.line(line).strip() else _next_code(code, last)
    for mark, end in zip(marks, [*marks[1:], len(body)], strict=True):
        said = body[mark:end].rstrip(" \t\r\n*/\\")
        yield Directive(
            _range(path, index, start + mark, start + mark + len(said)),
            covers + 1,
            " ".join(_FRAME.sub(" ", said.removeprefix(MARK)).split()),
            index.offset(EditorPosition(covers, 0), Encoding.UTF8),
        )


def _range(path: str, index: LineIndex, start: int, end: int) -> SourceRange:
    line, column = index.position(start, Encoding.UTF8)
    end_line, end_column = index.position(end, Encoding.UTF8)
    return SourceRange(path, line + 1, column + 1, end_line + 1, end_column + 1)


def _blanked(text: str, tokens: Iterable[re.Match[str]]) -> str:
    """`text` without comments and without what is in literals, whose quotes stay; line ends kept."""
    parts, position = [], 0
    for token in tokens:
        inner = re.sub(r"[^\r\n]", " ", token[0])
        if not token.lastgroup:
            quote = token[0][0]
            inner = quote + inner[1:]
            if token[0].endswith(quote):  # one without its end may stop at that of a line
                inner = inner[:-1] + quote
        parts += [text[position : token.start()], inner]
        position = token.end()
    return "".join([*parts, text[position:]])


def _next_code(code: LineIndex, after: int) -> int:
    """The first line with code from line `after` on (both from 0); `after` itself where there is none."""
    return next((n for n in range(after, code.line_count) if code.line(n).strip()), after)
