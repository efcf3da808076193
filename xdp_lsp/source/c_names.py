"""The names in a C text and the blocks they stand in, as far as brackets tell: no preprocessor, no types.

Good enough to say which of a function's variables of one name is meant. Text that a macro makes is not seen.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

_TOKEN = re.compile(
    rb"""(?P<skip>/\*.*?(?:\*/|\Z)|//[^\n]*|"[^"\\\n]*(?:\\.[^"\\\n]*)*(?:"|(?=\n)|\\?\Z)
    |'[^'\\\n]*(?:\\.[^'\\\n]*)*(?:'|(?=\n)|\\?\Z))
    |(?P<directive>^[ \t]*\#(?:\\\r?\n|[^\n])*)
    |(?P<name>[A-Za-z_]\w*)
    |(?P<mark>->|\.?\d[\w.]*|[^\s\w])""",
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
_DIRECTIVE = re.compile(rb"[ \t]*#[ \t]*(\w+)")
_TAGS = (b"struct", b"union", b"enum")
_TESTS = (b"if", b"while", b"for", b"switch", b"?")
_CHANGED_BEFORE = re.compile(rb"(?:\+\+|--|&)\s*\Z")
_CHANGED_BEHIND = re.compile(rb"\s*(?:\+\+|--|(?:[-+*/%&|^]|<<|>>)?=(?!=))")
_MOST_SPACE = 16  # between an operator and its operand


class CName(NamedTuple):
    """An identifier that is no member, tag or label; `offset` and `column` count bytes, the line and it from 1.

    `is_changed` says that it may be: that it is assigned to, or its address taken.
    """

    text: str
    offset: int
    line: int
    column: int
    scope: int  # index in `CText._scopes`
    is_changed: bool

    @property
    def end_column(self) -> int:
        """Exclusive."""
        return self.column + len(self.text)


@dataclass(slots=True)
class _Scope:
    """A block, a `for` statement, or (the first) the file: offsets, the end excluded. `parent` is an index."""

    start: int
    end: int
    parent: int
    is_record: bool = False
    for_depth: int | None = None  # of a `for`: the brackets around it
    in_header: bool = False  # between the brackets of a `for`


class CText:
    """A C file taken apart; `names` are in the order of the text."""

    def __init__(self, contents: bytes) -> None:
        self.names: list[CName] = []
        self.tests: set[int] = set()  # the lines where something is tested
        self._contents = contents
        self._scopes = [_Scope(0, len(contents), 0)]
        self._open = [0]
        self._depth = 0
        self._lines = [0, *(match.end() for match in re.finditer(rb"\r\n|\n|\r", contents))]
        self._ends: list[int] = []  # offsets behind what ends a statement
        self._tokens: list[int] = []
        self._read()

    def line_at(self, offset: int) -> int:
        return bisect_right(self._lines, offset)

    def statement(self, name: CName) -> range:
        """The lines of the statement (or what is before a block) that `name` is in."""
        at = bisect_right(self._ends, name.offset)
        begin = self._ends[at - 1] if at else 0
        end = self._ends[at] - 1 if at < len(self._ends) else self._scopes[0].end
        first = self._tokens[bisect_right(self._tokens, begin - 1)]
        return range(self.line_at(first), self.line_at(end) + 1)

    def is_one_statement(self, name: CName, other: CName) -> bool:
        """Whether both are in one statement, or in one `for` outside of its block."""
        is_for = name.scope == other.scope and self._scopes[name.scope].for_depth is not None
        return is_for or bisect_right(self._ends, name.offset) == bisect_right(self._ends, other.offset)

    def extent(self, name: str, line: int) -> tuple[int, int]:
        """Where a variable that is declared at `line` can be meant: offsets, the end excluded.

        A parameter: from there to the end of the function's body.
        """
        declared = next((one for one in self._on_line(line) if one.text == name), None)
        if declared is not None:
            start, scope = declared.offset, declared.scope
        else:  # a macro made it
            start = self._lines[min(line, len(self._lines)) - 1]
            scope = self._scope_at(start)
        if scope == 0:
            bodies = (one for one in self._scopes[1:] if one.parent == 0 and one.start >= start)
            return start, next((body.end for body in bodies if not body.is_record), start)
        return start, self._scopes[scope].end

    def counts(self, use: CName, name: CName) -> bool:
        """Whether `use` is between the brackets of a `for` that `name` is in."""
        scope = self._scopes[use.scope]
        return scope.for_depth is not None and scope.start <= name.offset < scope.end

    def end_of(self, declaration: CName) -> int:
        """The offset where what is declared there can no longer be meant."""
        return self.extent(declaration.text, declaration.line)[1]

    def _on_line(self, line: int) -> list[CName]:
        first = bisect_right(self.names, line - 1, key=lambda one: one.line)
        last = bisect_right(self.names, line, key=lambda one: one.line)
        return self.names[first:last]

    def _scope_at(self, offset: int) -> int:
        inside = (at for at, one in enumerate(self._scopes) if one.start <= offset < one.end)
        return max(inside, key=lambda at: self._scopes[at].start, default=0)

    # -- reading --------------------------------------------------------------------------------

    def _read(self) -> None:
        before = tag = b""  # the token before; the keyword that a block of members may follow
        saved: list[tuple[list[int], int]] = []  # what was open at each #if
        is_for = False
        for match in _TOKEN.finditer(self._contents):
            if match["skip"] is not None:
                continue
            if match["directive"] is not None:
                self._directive(match["directive"], saved)
                continue
            token, offset = match.group(), match.start()
            self._tokens.append(offset)
            if token in _TESTS or (token in (b"&", b"|") and self._contents[offset - 1 : offset] == token):
                self.tests.add(self.line_at(offset))
            if self._scopes[self._open[-1]].for_depth is not None:
                self._after_header(token, before)
            if match["name"] is not None:
                if (
                    before not in (b".", b"->", b"goto", *_TAGS)
                    and not self._scopes[self._open[-1]].is_record
                ):
                    line = self.line_at(offset)
                    column = offset - self._lines[line - 1] + 1
                    changed = self._is_changed(offset, match.end())
                    self.names.append(CName(token.decode(), offset, line, column, self._open[-1], changed))
                if token == b"for":
                    is_for = True
                if token in _TAGS:
                    tag = token
                elif before not in _TAGS:
                    tag = b""
            else:
                if token == b"(" and is_for:
                    self._push(_Scope(offset, 0, self._open[-1], for_depth=self._depth, in_header=True))
                self._mark(token, offset, is_record=bool(tag))
                tag = b""
                is_for = False
            before = token
        while len(self._open) > 1:
            self._pop(len(self._contents))

    def _is_changed(self, start: int, end: int) -> bool:
        before = self._contents[max(0, start - _MOST_SPACE) : start]
        return (
            _CHANGED_BEFORE.search(before) is not None
            or _CHANGED_BEHIND.match(self._contents, end) is not None
        )

    def _mark(self, token: bytes, offset: int, *, is_record: bool) -> None:
        if token == b"(":
            self._depth += 1
        elif token == b")":
            self._depth -= 1
        elif token == b"{":
            self._ends.append(offset + 1)
            self._push(_Scope(offset, 0, self._open[-1], is_record))
        elif token == b"}":
            self._ends.append(offset + 1)
            while len(self._open) > 1 and self._scopes[self._open[-1]].for_depth is not None:
                self._pop(offset)
            if len(self._open) > 1:
                self._pop(offset + 1)
            self._end_loops(offset + 1)
        elif token == b";":
            self._ends.append(offset + 1)
            self._end_loops(offset + 1)

    def _after_header(self, token: bytes, before: bytes) -> None:
        """Notes that the brackets of the innermost `for` are closed."""
        scope = self._scopes[self._open[-1]]
        if scope.in_header and before == b")" and self._depth == scope.for_depth:
            scope.in_header = False

    def _end_loops(self, end: int) -> None:
        """A statement ends, and with it each `for` that it was the body of."""
        while (scope := self._scopes[self._open[-1]]).for_depth is not None and not scope.in_header:
            self._pop(end)

    def _push(self, scope: _Scope) -> None:
        self._open.append(len(self._scopes))
        self._scopes.append(scope)

    def _pop(self, end: int) -> None:
        self._scopes[self._open.pop()].end = end

    def _directive(self, line: bytes, saved: list[tuple[list[int], int]]) -> None:
        """Of an `#if` with several branches each begins with the brackets that were open before it."""
        match = _DIRECTIVE.match(line)
        word = match[1] if match is not None else b""
        if word.startswith(b"if"):
            saved.append((self._open.copy(), self._depth))
        elif word in (b"else", b"elif", b"elifdef", b"elifndef") and saved:
            self._open, self._depth = saved[-1][0].copy(), saved[-1][1]
        elif word == b"endif" and saved:
            saved.pop()
