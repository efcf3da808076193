"""Where in a TOML text a value stands: tomllib gives values without places.

Only for texts that tomllib has accepted, and only to point people at a line: a key that is spelt with escapes
is not found, and its table's place is given instead.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

# A way down to a value: keys, and indices of array elements.
KeyPath = tuple[str | int, ...]

# Settings lie four deep; a text may go deeper, at a cost that grows with the square.
_DEEPEST = 4

_TOKEN = re.compile(
    r'''(?P<string>"""(?:\\.|[^\\])*?"{3,5}|\'{3}.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')'''
    r"""|(?P<skip>[ \t]+|#[^\n]*)|(?P<newline>\r?\n)|(?P<mark>[\[\]{}=,.])|(?P<word>[^\s\[\]{}=,.#"']+)""",
    re.DOTALL,
)


class _Token(NamedTuple):
    text: str
    offset: int
    is_key: bool  # could be one: a word or a string


def find_place(text: str, path: KeyPath) -> tuple[int, int]:
    """Line and column, from 1 and in bytes, of the value's key or array element, else of what holds it."""
    offsets = _offsets(text)
    while path and path not in offsets:
        path = path[:-1]
    return place_of(text, offsets.get(path, 0))


def place_of(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1 and in bytes of UTF-8, of a character."""
    start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, len(text[start:offset].encode()) + 1


@lru_cache(maxsize=1)  # one bad text is asked about once for each of its problems
def _offsets(text: str) -> dict[KeyPath, int]:
    """The offset of every key and array element, the first where one is written twice."""
    found: dict[KeyPath, int] = {}
    table: KeyPath = ()
    elements: Counter[KeyPath] = Counter()  # of arrays of tables, so far
    for statement in _statements(text):
        if statement[0].text == "[":
            names = [token for token in statement if token.is_key]
            table = tuple(_name(token) for token in names)
            found.setdefault(table, statement[0].offset)
            if len(statement) > 1 and statement[1].text == "[":
                elements[table] += 1
                table = (*table, elements[table] - 1)
                found.setdefault(table, statement[0].offset)
        else:
            _read_pair(statement, table, found)
    return found


def _statements(text: str) -> Iterator[list[_Token]]:
    """The tokens of each table header and of each `key = value`, which may go over several lines."""
    tokens: list[_Token] = []
    depth = 0
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "newline" and depth == 0 and tokens:
            yield tokens
            tokens = []
        if match.lastgroup in ("string", "word", "mark"):
            tokens.append(_Token(match[0], match.start(), match.lastgroup != "mark"))
            depth += (match[0] in "[{") - (match[0] in "]}") if match.lastgroup == "mark" else 0
    if tokens:
        yield tokens


def _read_pair(tokens: list[_Token], prefix: KeyPath, found: dict[KeyPath, int]) -> None:
    """Note the places in `a.b = value`."""
    equals = next((index for index, token in enumerate(tokens) if token.text == "="), None)
    if equals is None:
        return
    names = [token for token in tokens[:equals] if token.is_key]
    path = (*prefix, *(_name(token) for token in names))
    for depth in range(len(prefix) + 1, min(len(path), _DEEPEST) + 1):
        found.setdefault(path[:depth], tokens[0].offset)
    value = tokens[equals + 1 :]
    if len(path) < _DEEPEST and value and value[0].text in ("[", "{"):
        for index, part in enumerate(_parts(value[1:-1])):
            if value[0].text == "{":
                _read_pair(part, path, found)
            else:
                found.setdefault((*path, index), part[0].offset)
                if part[0].text == "{":
                    for pair in _parts(part[1:-1]):
                        _read_pair(pair, (*path, index), found)


def _parts(tokens: list[_Token]) -> Iterator[list[_Token]]:
    """What stands between the outermost commas."""
    part: list[_Token] = []
    depth = 0
    for token in tokens:
        depth += (token.text in ("[", "{")) - (token.text in ("]", "}"))
        if token.text == "," and depth == 0:
            yield part
            part = []
        else:
            part.append(token)
    if part:
        yield part


def _name(token: _Token) -> str:
    return token.text.strip("\"'")
