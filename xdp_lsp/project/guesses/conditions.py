"""The preprocessor conditions that a line of a text stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_DIRECTIVE = re.compile(
    rb"^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else|endif|define)\b[ \t]*([^\r\n]*)", re.MULTILINE
)
_DEFINED = re.compile(rb"^defined[ \t]*\(?[ \t]*(\w+)[ \t]*\)?[ \t]*(?:/[/*].*)?$")
_NOT_DEFINED = re.compile(rb"^![ \t]*defined[ \t]*\(?[ \t]*(\w+)[ \t]*\)?[ \t]*(?:/[/*].*)?$")
_NAME = re.compile(rb"\w+")


class Condition(NamedTuple):
    """The lines from `first` to `last` (from 1) stand where the macro `name` is defined, or, `is_negated`, is not."""

    name: str
    is_negated: bool
    first: int
    last: int


def conditions_of(text: bytes) -> Iterator[Condition]:
    """The branches on whether one macro is defined, the inner ones first; not those that keep a header from being
    read twice."""
    open_branches: list[tuple[bytes, bool, int] | None] = []
    defined: set[bytes] = set()
    line, at = 1, 0
    for match in _DIRECTIVE.finditer(text):
        line += text.count(b"\n", at, match.start())
        at = match.start()
        word, rest = match[1], match[2].strip()
        if word == b"define":
            name = _NAME.match(rest)
            if name is not None:
                defined.add(name[0])
            continue
        begun = open_branches.pop() if word in (b"elif", b"else", b"endif") and open_branches else None
        if begun is not None and not (begun[1] and begun[0] in defined):
            yield Condition(begun[0].decode("ascii", "replace"), begun[1], begun[2] + 1, line - 1)
        if word == b"else" and begun is not None:
            open_branches.append((begun[0], not begun[1], line))
        elif word in (b"else", b"elif"):
            open_branches.append(None)
        elif word != b"endif":
            open_branches.append(_branch(word, rest, line))


def _branch(word: bytes, rest: bytes, line: int) -> tuple[bytes, bool, int] | None:
    """The macro that the branch asks for, whether negated, and where it begins; None for another condition."""
    if word in (b"ifdef", b"ifndef"):
        name = _NAME.match(rest)
        return None if name is None else (name[0], word == b"ifndef", line)
    for pattern, is_negated in ((_DEFINED, False), (_NOT_DEFINED, True)):
        match = pattern.match(rest)
        if match is not None:
            return match[1], is_negated, line
    return None
