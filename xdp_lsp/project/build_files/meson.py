"""meson.build files as far as they are plain: variables that hold strings and lists, `custom_target`, `generator`.

Known are literals, `+`, `/`, `+=`, `files()`, `join_paths()` and meson's words for its folders; all else, and what is
set under an `if`, is a mark (`Pieces`). Nothing of meson is run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.project.build_files.bpf_command import compiles_for_bpf
from xdp_lsp.project.build_files.literal import SPENT, Pieces, Reading, is_known
from xdp_lsp.project.build_files.recipe import EXACT, LIKELY, NAMED, OTHER, Recipe, is_named
from xdp_lsp.project.repository import folders_up_to

_DEEPEST = 60
_MOST_TOKENS = 100_000
_LONGEST = 200  # of what is told
_NAME = "meson.build"

_TOKEN = re.compile(
    r"""
      [ \t\r]+ | \\\n | \#[^\n]*
    | (?P<string>f?'''(?:.*?)''' | f?'(?:\\.|[^'\\\n])*')
    | (?P<name>[A-Za-z_]\w*)
    | (?P<number>\d\w*)
    | (?P<mark>\+=|[=!<>]=|[^\s\w])
    | (?P<end>\n)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(['\\n])")
_FOR_BPF = re.compile(
    r"(?:\w+_)?(?:e?bpf|xdp)_(?:\w+_)?(?:c_?)?(?:flags|args|cflags|includes|incs)", re.IGNORECASE
)
_UNDER_CONDITION = "is set under a condition"
_NOT_EVALUATED = "is for meson to work out"

# A string, or what is in a list, flat: meson flattens the lists of a command.
Strings = tuple[str, ...]
Value = str | Strings


class _Token(NamedTuple):
    kind: str
    text: str
    offset: int
    line: int


class _Call(NamedTuple):
    """A call of `custom_target` or `generator`: its arguments, those with a name by it."""

    arguments: Mapping[str, Strings]
    command: Strings
    folder: str
    line: int
    origin: str


def recipes_of_meson(
    path: str, folder: Path, root: Path, pieces: Pieces, reading: Reading
) -> Iterator[Recipe]:
    """What the meson project says of the source at `path`, asked once, at its root: the outermost `folder` that has a
    `meson.build`."""
    if not reading.exists(str(folder / _NAME)) or any(
        reading.exists(str(above / _NAME)) for above in folders_up_to(root, folder)
    ):
        return
    project = _Project(folder, root, pieces, reading)
    project.read(folder)
    for call in project.calls:
        yield from _of_call(call, path, project)
    for name, (value, origin, line) in project.variables.items():
        words = _flat(value)
        if _FOR_BPF.fullmatch(name) and any(word.startswith("-") for word in words):
            reason = f"{name}, which is named as flags for BPF are"
            yield Recipe(words, (os.path.dirname(origin),), origin, line, reason, NAMED)  # noqa: PTH120


def _of_call(call: _Call, path: str, project: _Project) -> Iterator[Recipe]:
    inputs = [word for key in ("input", "0") for word in call.arguments.get(key, ())]
    words = [word for one in call.command for word in (inputs if one in ("@INPUT@", "@INPUT0@") else (one,))]
    for compile_ in compiles_for_bpf([words] if words else []):
        sources = [*inputs, *compile_.sources]
        if any(is_named(word, path, call.folder) for word in sources):
            fit = EXACT
        elif all(map(is_known, sources)) and any(word.endswith(".c") for word in sources):
            fit = OTHER
        else:
            fit = LIKELY
        flags = tuple(word for word in compile_.flags if word not in inputs)
        which = "a custom target for other sources" if fit == OTHER else "its custom target"
        # Commands run where meson builds, so that a relative path means nothing in the sources; people write them.
        yield Recipe(flags, (call.folder, str(project.folder)), call.origin, call.line, which, fit)


class _Project:
    def __init__(self, folder: Path, root: Path, pieces: Pieces, reading: Reading) -> None:
        self.folder = folder
        self.variables: dict[str, tuple[Value, str, int]] = {}
        self.calls: list[_Call] = []
        self.pieces = pieces
        self.reading = reading
        self._root = root
        self._read: set[str] = set()

    def read(self, folder: Path) -> None:
        if str(folder) in self._read or self.reading.is_spent:
            return
        self._read.add(str(folder))
        text = self.reading.read(folder / _NAME, self._root)
        if text is not None and self.reading.spend(len(text)):
            _File(self, folder, text).run()


class _File:
    """One meson.build, from its first statement to its last."""

    def __init__(self, project: _Project, folder: Path, text: str) -> None:
        self._project = project
        self._folder = str(folder)
        self._text = text
        self._tokens = _tokens(text)
        self._at = 0
        self._conditions: list[str] = []

    def run(self) -> None:
        while self._at < len(self._tokens):
            before = self._at
            self._statement()
            self._at = max(self._at, before + 1)

    @property
    def _token(self) -> _Token:
        return (
            self._tokens[self._at] if self._at < len(self._tokens) else _Token("end", "", len(self._text), 0)
        )

    def _takes(self, text: str) -> bool:
        if self._token.text == text and self._token.kind in ("mark", "name"):
            self._at += 1
            return True
        return False

    def _statement(self) -> None:
        token = self._token
        following = self._tokens[self._at + 1].text if self._at + 1 < len(self._tokens) else ""
        if token.kind != "name":
            return
        if token.text in ("if", "foreach"):
            self._conditions.append(token.text)
            if token.text == "foreach":
                self._foreach()
        elif token.text in ("endif", "endforeach"):
            del self._conditions[-1:]
        elif following in ("=", "+="):
            self._at += 2
            self._assign(token.text, following == "+=", token.line)
        elif token.text not in ("elif", "else", "break", "continue"):
            self._expression(0)

    def _foreach(self) -> None:
        """`foreach source : sources`: the variable stands for any of them; for none, where they are not known."""
        self._at += 1
        name, line = self._token.text, self._token.line
        self._at += 1
        if self._takes(":"):
            value = self._expression(0)
            self._project.variables[name] = value, self._origin, line

    def _assign(self, name: str, adds: bool, line: int) -> None:
        start = self._token.offset
        value = self._expression(0)
        if "if" in self._conditions:
            value = (self._mark(start, _UNDER_CONDITION),)
        variables = self._project.variables
        if adds and name in variables:
            value = self._added(variables[name][0], value)
        variables[name] = value, self._origin, line

    def _added(self, left: Value, right: Value) -> Value:
        """Strings are joined, lists are put behind each other."""
        joined = (
            left + right
            if isinstance(left, str) and isinstance(right, str)
            else (*_flat(left), *_flat(right))
        )
        if self._project.reading.spend(sum(map(len, joined)) + len(joined)):
            return joined
        return self._project.pieces.mark("+", SPENT)

    @property
    def _origin(self) -> str:
        return os.path.join(self._folder, _NAME)  # noqa: PTH118

    def _mark(self, start: int, why: str = _NOT_EVALUATED) -> str:
        last = self._tokens[min(self._at, len(self._tokens)) - 1]
        end = last.offset + len(last.text)
        return self._project.pieces.mark(self._text[start : min(end, start + _LONGEST)], why)

    def _expression(self, depth: int) -> Value:
        """Terms joined by `+` and `/`; what else stands in it makes all of it unknown."""
        start = self._token.offset
        value = self._term(depth)
        while True:
            if self._takes("+"):
                value = self._added(value, self._term(depth))
            elif self._takes("/"):
                value = self._added(_joined(value), f"/{_joined(self._term(depth))}")
            elif self._token.text in (
                "==",
                "!=",
                "<",
                ">",
                "<=",
                ">=",
                "?",
                "and",
                "or",
                "in",
                "%",
                "*",
                "-",
            ):
                self._at += 1
                if self._tokens[self._at - 1].text == "?":
                    self._expression(depth + 1) if depth < _DEEPEST else None
                    self._takes(":")
                self._expression(depth + 1) if depth < _DEEPEST else None
                return self._mark(start)
            else:
                return value

    def _term(self, depth: int) -> Value:
        start, token = self._token.offset, self._token
        self._at += 1
        if depth > _DEEPEST or not self._project.reading.spend(1):
            self._at = len(self._tokens)
            return self._project.pieces.mark(token.text, SPENT)
        if token.kind == "string":
            value: Value = self._string(token.text)
        elif token.text == "[":
            value = self._listed("]", depth)[0]
        elif token.text == "(":
            value = self._expression(depth + 1)
            self._takes(")")
        elif token.kind == "name":
            value = self._named(token, depth)
        elif token.text in ("not", "-"):
            self._term(depth + 1)
            value = self._mark(start)
        elif token.text == "{":
            self._listed("}", depth)
            value = self._mark(start)
        else:
            value = token.text if token.kind == "number" else ()
        return self._methods(value, start, depth)

    def _named(self, token: _Token, depth: int) -> Value:
        """A variable, a function, or one of meson's own words."""
        if self._token.text == "(":
            self._at += 1
            values, named = self._listed(")", depth)
            return self._call(token, values, named)
        known = self._project.variables.get(token.text)
        if known is not None:
            return known[0]
        return token.text if token.text == "meson" else self._mark(token.offset)

    def _methods(self, value: Value, start: int, depth: int) -> Value:
        """`meson.current_source_dir()`; what other methods and indices give is not known."""
        while self._token.text in (".", "["):
            is_method = self._token.text == "."
            self._at += 1
            if not is_method:
                self._listed("]", depth)
                value = self._mark(start)
                continue
            name = self._token.text
            self._at += 1
            if self._takes("("):
                self._listed(")", depth)
            value = self._of_meson(name, start) if value == "meson" else self._mark(start)
        return value

    def _of_meson(self, name: str, start: int) -> Value:
        if name == "current_source_dir":
            return self._folder
        if name in ("project_source_root", "source_root", "global_source_root"):
            return str(self._project.folder)
        return self._mark(start)

    def _listed(self, closing: str, depth: int) -> tuple[Strings, dict[str, Strings]]:
        """What stands up to the bracket that closes, the values flat, those with a name apart."""
        values: list[str] = []
        named: dict[str, Strings] = {}
        while self._token.text != closing and self._at < len(self._tokens):
            before = self._at
            name = self._token.text if self._token.kind == "name" else ""
            if name and self._at + 1 < len(self._tokens) and self._tokens[self._at + 1].text == ":":
                self._at += 2
                named[name] = _flat(self._expression(depth + 1))
            elif self._token.kind != "end" and not self._takes(","):
                found = _flat(self._expression(depth + 1))
                values += found if self._project.reading.spend(len(found)) else ()
            self._at = max(self._at, before + 1)
        self._takes(closing)
        return tuple(values), named

    def _call(self, token: _Token, values: Strings, named: dict[str, Strings]) -> Value:
        if token.text in ("custom_target", "run_target", "generator"):
            command = named.get("command") or (*values[:1], *named.get("arguments", ()))
            self._project.calls.append(_Call(named, command, self._folder, token.line, self._origin))
        elif token.text == "files":
            return tuple(os.path.join(self._folder, word) if is_known(word) else word for word in values)  # noqa: PTH118
        elif token.text == "join_paths" and values:
            return os.path.join(*values)  # noqa: PTH118
        elif token.text == "subdir" and len(values) == 1 and is_known(values[0]):
            self._project.read(Path(os.path.normpath(os.path.join(self._folder, values[0]))))  # noqa: PTH118
        return self._mark(token.offset)

    def _string(self, written: str) -> str:
        quote = "'''" if written.removeprefix("f").startswith("'''") else "'"
        text = written.removeprefix("f")[len(quote) : -len(quote)]
        if quote == "'":
            text = _ESCAPE.sub(lambda match: {"n": "\n"}.get(match[1], match[1]), text)
        if written.startswith("f"):
            text = re.sub(r"@(\w+)@", self._replaced, text)
        return text

    def _replaced(self, match: re.Match[str]) -> str:
        value = self._project.variables.get(match[1])
        known = value[0] if value is not None else ()
        if isinstance(known, str) and self._project.reading.spend(len(known)):
            return known
        return self._project.pieces.mark(match[0], _NOT_EVALUATED)


def _flat(value: Value) -> Strings:
    return (value,) if isinstance(value, str) else value


def _joined(value: Value) -> str:
    return value if isinstance(value, str) else "/".join(value)


def _tokens(text: str) -> list[_Token]:
    """The tokens of `text`; line ends between brackets are none."""
    tokens: list[_Token] = []
    at, line, depth = 0, 1, 0
    while at < len(text) and len(tokens) < _MOST_TOKENS:
        match = _TOKEN.match(text, at)
        if match is None:
            at += 1
            continue
        kind, at = match.lastgroup, match.end()
        depth += match[0] in ("(", "[", "{")
        depth -= match[0] in (")", "]", "}") and depth > 0
        if kind is not None and not (kind == "end" and depth):
            tokens.append(_Token(kind, match[0], match.start(), line))
        line += match[0].count("\n")
    return tokens
