"""What a source includes before anything else, read without a preprocessor."""

from __future__ import annotations

import re
from typing import NamedTuple

# What may stand in front, a piece at a time. A comment in a #define ends on its line, or the rest would not be code.
_SKIPPED = re.compile(
    rb"""
      [ \t\r\n\f\v]+
    | /\*(?s:.*?)\*/
    | //[^\r\n]*
    | \#[ \t]*define[ \t]+(?P<macro>[A-Za-z_]\w*)[^\r\n/]*(?:/\*[^\r\n*]*\*/[ \t]*|//[^\r\n]*)?(?=[\r\n])
    """,
    re.VERBOSE,
)
_INCLUDE = re.compile(rb'#[ \t]*include[ \t]*(?:"(?P<quoted>[^"\r\n]+)"|<(?P<angled>[^>\r\n]+)>)')
# A backslash at the end of a line joins the next to it, `??/` may be another way to write one.
_JOINS_LINES = re.compile(rb"\\[ \t\f\v]*[\r\n]|\?\?/")


class FirstInclude(NamedTuple):
    """`macros` are those that are defined before it."""

    name: str
    is_quoted: bool
    macros: tuple[str, ...]


def first_include(text: bytes) -> FirstInclude | None:
    """The file that a source with `text` includes first, where nothing but comments and simple macros come before it.

    None where that is not certain.
    """
    macros: list[str] = []
    position = 0
    while skipped := _SKIPPED.match(text, position):
        position = skipped.end()
        if skipped["macro"] is not None:
            macros.append(skipped["macro"].decode())
    include = _INCLUDE.match(text, position)
    if include is None or _JOINS_LINES.search(text, 0, include.end() + 1):
        return None
    name = include["quoted"] or include["angled"]
    return FirstInclude(name.decode("utf-8", "surrogateescape"), include["quoted"] is not None, tuple(macros))
