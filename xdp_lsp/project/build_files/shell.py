"""Shell commands as words: quotes, operators and plain variables; nothing is run or looked up anywhere else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from xdp_lsp.project.build_files.literal import UNSET, Pieces

# Longer than any recipe that people read.
MOST_CHARACTERS = 64 << 10

_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\r]+)
    | \\\n
    | \\(?P<escaped>.)
    | '(?P<single>[^']*)'
    | (?P<double>"(?:\\.|[^"\\])*")
    | (?P<operator>\|\||&&|;;|\d?>>|\d?[<>]&?\d?|[|&;()\n])
    | (?P<variable>\$\w+|\$\{\w+\})
    | (?P<opaque>\$[({]|`)
    | (?P<plain>[^\s\\'"|&;()<>$`\d]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_IN_QUOTES = re.compile(r'\\([\\"$`])|\\\n|(?P<variable>\$\w+|\$\{\w+\})|(?P<opaque>\$[({]|`)')
_CLOSED_BY = {"$(": ("(", ")"), "${": ("{", "}"), "`": ("", "`")}
_OPAQUE = "is for a shell to work out"

_SHELL = re.compile(r"(?:^|/)(?:ba|da|k|z)?sh$")
_OPERATORS = frozenset({"|", "||", "&&", ";"})

# The text of a variable, None where it is not known.
Lookup = Callable[[str], "str | None"]


def commands_in(text: str, pieces: Pieces, lookup: Lookup = lambda _name: None) -> list[list[str]]:
    """The commands of `text`, each with its words; what joins them (`|`, `&&`, `;`, brackets) and where they read from
    and write to is left out. A word with something in it that is not known holds a mark of `pieces`.
    """
    return [words for words in _Splitter(text[:MOST_CHARACTERS], pieces, lookup).commands if words]


def commands_of(words: Sequence[str], pieces: Pieces) -> list[list[str]]:
    """The commands of a build tool's own list of words, which may be joined by `|` and `&&`, or be `sh -c TEXT`."""
    if len(words) > 2 and _SHELL.search(words[0]) and words[1] == "-c":
        return commands_in(words[2], pieces)
    commands: list[list[str]] = [[]]
    for word in words:
        if word in _OPERATORS:
            commands.append([])
        else:
            commands[-1].append(word)
    return [command for command in commands if command]


class _Splitter:
    def __init__(self, text: str, pieces: Pieces, lookup: Lookup) -> None:
        self.commands: list[list[str]] = [[]]
        self._text = text
        self._pieces = pieces
        self._lookup = lookup
        self._word: list[str] | None = None
        self._skips = False  # the next word is the file of a redirection
        self._split()
        self._end_word()

    def _split(self) -> None:
        at = 0
        while at < len(self._text):
            match = _TOKEN.match(self._text, at)
            assert match is not None
            at = match.end()
            kind = match.lastgroup
            if kind == "space":
                self._end_word()
            elif kind == "operator":
                self._operate(match[0])
            elif kind == "plain" and match[0].startswith("#") and self._word is None:
                end = self._text.find("\n", at)
                at = len(self._text) if end < 0 else end
            elif kind == "double":
                self._put(self._unquoted(match[0][1:-1]))
            elif kind == "variable":
                self._put_value(self._value(match[0]))
            elif kind == "opaque":
                end = _end_of(self._text, at, match[0])
                self._put(self._pieces.mark(self._text[match.start() : end], _OPAQUE))
                at = end
            elif kind is not None:
                self._put(match[kind])

    def _operate(self, operator: str) -> None:
        self._end_word()
        if "<" in operator or ">" in operator:
            self._skips = "&" not in operator
        else:
            self._skips = False
            self.commands.append([])

    def _put(self, text: str) -> None:
        if self._word is None:
            self._word = []
        self._word.append(text)

    def _put_value(self, text: str) -> None:
        """The value of a variable outside of quotes: its spaces end words."""
        if not text.strip():
            return
        if text[0].isspace():
            self._end_word()
        *first, last = text.split()
        for word in first:
            self._put(word)
            self._end_word()
        self._put(last)
        if text[-1].isspace():
            self._end_word()

    def _end_word(self) -> None:
        if self._word is None:
            return
        if not self._skips:
            self.commands[-1].append("".join(self._word))
        self._word, self._skips = None, False

    def _unquoted(self, text: str) -> str:
        return "".join(self._quoted_parts(text))

    def _quoted_parts(self, text: str) -> Iterator[str]:
        at = 0
        while match := _IN_QUOTES.search(text, at):
            yield text[at : match.start()]
            at = match.end()
            if match["variable"]:
                yield self._value(match[0])
            elif match["opaque"]:
                at = _end_of(text, at, match[0])
                yield self._pieces.mark(text[match.start() : at], _OPAQUE)
            else:
                yield match[1] or ""
        yield text[at:]

    def _value(self, reference: str) -> str:
        value = self._lookup(reference.strip("${}"))
        return self._pieces.mark(reference, UNSET) if value is None else value


def _end_of(text: str, at: int, opened: str) -> int:
    """Where what `opened` began ends, `at` being behind that; the end of `text` where nothing closes it."""
    opens, closes = _CLOSED_BY[opened]
    depth = 1
    for index in range(at, len(text)):
        if text[index] == closes:
            depth -= 1
            if depth == 0:
                return index + 1
        elif text[index] == opens:
            depth += 1
    return len(text)
