"""Makefiles as far as they are plain: variables, rules, literal includes.

Functions are not evaluated, `$(shell ...)` least of all, nor are conditionals: what is set below one is not known. Such
a piece of a value is a mark (`Pieces`). Known are `$(X)`, `$(X:.c=.o)` and the usual words for a folder.
The rules of the language are those of the GNU make manual, 4.4.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.project.build_files.literal import SPENT, UNSET, Pieces, Reading, is_known
from xdp_lsp.project.build_files.recipe import Place

_DEEPEST = 40  # variables in variables, includes in includes
_MOST_RULES = 2_000
_MOST_LINES = 500  # of a recipe
_LONGEST_LINE = 64 << 10

_CONDITIONAL = re.compile(r"(ifeq|ifneq|ifdef|ifndef|else|endif)\b\s*(.*)")
_INCLUDE = re.compile(r"(?:-include|sinclude|include)\s+(.*)")
_ASSIGNMENT = re.compile(
    r"(?:(?:export|override|private)\s+)*([\w.%@/-]+)\s*(\+=|\?=|!=|:::=|::=|:=|=)\s*(.*)", re.DOTALL
)
_NAME = re.compile(r"[\w.%@/<^+*?-]+")
_SUBSTITUTION = re.compile(r"([\w.%@/<^+*?-]+):([^=]*)=(.*)", re.DOTALL)
# `make` has no word for the folder of a makefile, so people write these.
_HERE = re.compile(r"shell pwd(?: -P)?|(?:real|abs)path \.|CURDIR|PWD")
_MY_FOLDER = re.compile(
    r"(?:(?:abspath|realpath|patsubst %/,%,) *\$\( *)*(?:dir|shell dirname)[$({ ]"
    r"(?:abspath|realpath|(?:first|last)word|[$({ ])*MAKEFILE_LIST[) }]*"
)
_TOP = re.compile(r"shell git rev-parse --show-toplevel")

_NOT_EVALUATED = "is for make to work out"
_CONDITIONED = "is set under a condition"


@dataclass(slots=True)
class Rule:
    """A rule as it is written; `pattern` is the middle of a static pattern rule. `line` is where it begins."""

    targets: str
    pattern: str
    prerequisites: str
    recipe: list[str]
    origin: str
    line: int


class _Value(NamedTuple):
    text: str
    is_recursive: bool
    place: Place


class Makefile:
    """What make would know, started in `folder` with the makefile at `path`."""

    def __init__(self, path: Path, root: Path, pieces: Pieces, reading: Reading) -> None:
        self.folder = str(path.parent)
        self.rules: list[Rule] = []
        self.read: list[str] = []  # the files, absolute
        self._for_targets: list[tuple[list[str], str, Place]] = []  # targets, an assignment for them alone
        self._current = str(path)
        self._root = root
        self._pieces = pieces
        self._reading = reading
        self._values: dict[str, _Value] = {}
        self._read(path, 0)

    def variables(self) -> Iterator[tuple[str, Place]]:
        """The names that are set, in the order in which they were first."""
        for name, value in self._values.items():
            yield name, value.place

    @property
    def is_spent(self) -> bool:
        """Whether a limit has ended the reading."""
        return self._reading.is_spent

    def expand(self, text: str, automatic: Mapping[str, str] | None = None) -> str:
        """`text` with its variables replaced; `automatic` are `@`, `<` and such."""
        expanded = self._expand(text, automatic or {}, ())
        return expanded if self._reading.spend(len(expanded)) else self._pieces.mark(text, SPENT)

    def recipe(self, rule: Rule, automatic: Mapping[str, str]) -> list[str]:
        """The lines of a rule for the target `automatic["@"]`, with what is set for that target alone."""
        kept = self._values
        for targets, assignment, place in self._for_targets:
            if any(stem_of(word, automatic["@"]) is not None for word in targets):
                self._values = dict(self._values) if self._values is kept else self._values
                self._assign(assignment, place, is_conditional=False)
        lines = [self.expand(line, automatic) for line in rule.recipe]
        self._values = kept
        return lines

    def _read(self, path: Path, depth: int) -> None:
        text = None if depth > _DEEPEST or self._reading.is_spent else self._reading.read(path, self._root)
        if text is None:
            return
        self.read.append(str(path))
        includer, self._current = self._current, str(path)
        if path.suffix in (".in", ".am"):  # what configure fills in
            text = re.sub(
                r"@\w+@", lambda match: self._pieces.mark(match[0], "is for configure to fill in"), text
            )
        reader = _Lines(text)
        for line, number in reader:
            if self._reading.is_spent:
                break
            place = Place(str(path), number)
            if line.startswith("\t"):
                if reader.rule is not None:
                    if len(reader.rule.recipe) < _MOST_LINES:
                        reader.rule.recipe.append(line[1:])
                    continue
                line = line.strip()  # noqa: PLW2901
            self._statement(line, place, reader, depth)
        self._current = includer

    def _statement(self, line: str, place: Place, reader: _Lines, depth: int) -> None:
        include = _INCLUDE.match(line)
        if include:
            for word in self.expand(include[1]).split():
                if is_known(word):
                    self._read(Path(os.path.join(self.folder, word)), depth + 1)  # noqa: PTH118
            return
        if _ASSIGNMENT.fullmatch(line):
            reader.rule = None
            self._assign(line, place, reader.is_conditional(line))
            return
        colon = _top_level(line, ":")
        if colon > 0:
            reader.rule = self._begin_rule(line[:colon], line[colon:].lstrip(":"), place)

    def _begin_rule(self, targets: str, rest: str, place: Place) -> Rule | None:
        targets = targets.rstrip("&").strip()
        if len(self.rules) + len(self._for_targets) >= _MOST_RULES:
            return None
        if _ASSIGNMENT.fullmatch(rest.strip()):
            self._for_targets.append((self.expand(targets).split(), rest.strip(), place))
            return None
        semicolon = _top_level(rest, ";")
        recipe = [rest[semicolon + 1 :]] if semicolon >= 0 else []
        rest = rest[:semicolon] if semicolon >= 0 else rest
        colon = _top_level(rest, ":")
        pattern = rest[:colon].strip() if colon >= 0 else ""
        self.rules.append(Rule(targets, pattern, rest[colon + 1 :].strip(), recipe, place.origin, place.line))
        return self.rules[-1]

    def _assign(self, line: str, place: Place, is_conditional: bool) -> None:
        match = _ASSIGNMENT.fullmatch(line)
        assert match is not None
        name, operator, text = match.groups()
        before = self._values.get(name)
        if operator == "?=" and before is not None:
            return
        if operator == "!=":
            text = self._pieces.mark(f"$(shell {text})", _NOT_EVALUATED)
        elif is_conditional:
            text = self._pieces.mark(text or f"$({name})", _CONDITIONED)
        is_recursive = operator in ("=", "?=")
        if operator == "+=":
            is_recursive = before is None or before.is_recursive
            text = text if is_recursive else self.expand(text)
            joined = f"{before.text} {text}" if before is not None else text
            text = joined if self._reading.spend(len(joined)) else self._pieces.mark(f"$({name})", SPENT)
        elif not is_recursive:
            text = self.expand(text)
        self._values[name] = _Value(text, is_recursive, place)

    def _expand(self, text: str, automatic: Mapping[str, str], inside: tuple[str, ...]) -> str:
        parts: list[str] = []
        at = 0
        while (dollar := text.find("$", at)) >= 0:
            parts.append(text[at:dollar])
            reference, at = _reference(text, dollar)
            if reference == "$":
                parts.append("$")
            else:
                parts.append(self._follow(reference, text[dollar:at], automatic, inside))
        parts.append(text[at:])
        return "".join(parts)

    def _follow(
        self, reference: str, written: str, automatic: Mapping[str, str], inside: tuple[str, ...]
    ) -> str:
        """The value of what stands behind a `$`."""
        if _HERE.fullmatch(reference):
            return self.folder
        if _MY_FOLDER.fullmatch(reference):
            return os.path.dirname(self._current)  # noqa: PTH120 - text
        if _TOP.fullmatch(reference):
            return str(self._root)
        if len(inside) > _DEEPEST:
            return self._pieces.mark(written, SPENT)
        if reference in automatic:
            return automatic[reference]
        if _NAME.fullmatch(reference):
            return self._value(reference, written, automatic, inside)
        substitution = _SUBSTITUTION.fullmatch(reference)
        if substitution and " " not in substitution[1]:
            value = self._follow(substitution[1], f"$({substitution[1]})", automatic, inside)
            old = self._expand(substitution[2], automatic, (*inside, reference))
            new = self._expand(substitution[3], automatic, (*inside, reference))
            return " ".join(_substituted(word, old.strip(), new.strip()) for word in value.split())
        return self._pieces.mark(written, _NOT_EVALUATED)

    def _value(self, name: str, written: str, automatic: Mapping[str, str], inside: tuple[str, ...]) -> str:
        value = self._values.get(name)
        if value is None:
            return self._pieces.mark(written, UNSET)
        if name in inside:
            return self._pieces.mark(written, "refers to itself")
        if not self._reading.spend(0):
            return self._pieces.mark(written, SPENT)
        text = value.text
        if value.is_recursive:
            text = self._expand(text, automatic, (*inside, name))
        return text if self._reading.spend(len(text)) else self._pieces.mark(written, SPENT)


class _Lines:
    """The logical lines of a makefile, without comments and the bodies of `define`; each with its number, from 1."""

    def __init__(self, text: str) -> None:
        self.rule: Rule | None = None  # whose recipe goes on
        self._lines = text.split("\n")
        self._conditions: list[str] = []

    def is_conditional(self, line: str) -> bool:
        """Whether `line` holds only under a condition: not where the one condition is that its variable is unset."""
        name = _ASSIGNMENT.fullmatch(line)
        return bool(self._conditions) and not (
            len(self._conditions) == 1 and name is not None and self._conditions[0] == f"ifndef {name[1]}"
        )

    def __iter__(self) -> Iterator[tuple[str, int]]:
        in_define = 0
        for line, number in self._joined():
            plain = line if line.startswith("\t") and self.rule is not None else _uncommented(line)
            stripped = plain.strip()
            if in_define or re.match(r"(?:override\s+|export\s+)*define\b", stripped):
                in_define += stripped.startswith("define") or not in_define
                in_define -= stripped == "endef"
                continue
            condition = _CONDITIONAL.match(stripped)
            if condition and not (line.startswith("\t") and self.rule is not None):
                self._condition(condition[1], condition[2])
                continue
            if stripped:
                yield (plain if line.startswith("\t") else stripped), number

    def _condition(self, word: str, rest: str) -> None:
        if word == "endif":
            del self._conditions[-1:]
        elif word == "else":
            self._conditions[-1:] = ["else"]
        else:
            self._conditions.append(f"{word} {rest.strip()}")

    def _joined(self) -> Iterator[tuple[str, int]]:
        """Lines that end with a backslash joined to those that follow, with a space."""
        parts: list[str] = []
        first = 1
        for number, raw in enumerate(self._lines, 1):
            line = raw.rstrip("\r")
            if not parts:
                first = number
            continues = line.endswith("\\") and not line.endswith("\\\\")
            text = line[:-1].rstrip() if continues else line
            parts.append(text.lstrip() if parts else text)
            if not continues:
                if sum(map(len, parts)) <= _LONGEST_LINE:
                    yield " ".join(parts), first
                parts = []


def stem_of(pattern: str, name: str) -> str | None:
    """What `%` in `pattern` stands for in `name`, "" where they are equal without one; None where they do not fit."""
    before, percent, after = pattern.partition("%")
    if not percent:
        return "" if os.path.normpath(pattern) == os.path.normpath(name) else None
    fits = name.startswith(before) and name.endswith(after) and len(name) > len(before) + len(after)
    return name[len(before) : len(name) - len(after)] if fits else None


def _substituted(word: str, old: str, new: str) -> str:
    """`$(X:old=new)` for one word: suffixes, or patterns with `%`."""
    if "%" not in old:
        old, new = f"%{old}", f"%{new}"
    if old == "%":
        return new.replace("%", word, 1)
    stem = stem_of(old, word)
    return word if stem is None else new.replace("%", stem, 1)


def _uncommented(line: str) -> str:
    comment = re.search(r"(?<!\\)#", line)
    return line[: comment.start()] if comment else line.replace("\\#", "#")


def _top_level(text: str, wanted: str) -> int:
    """Where the character `wanted` stands outside of all brackets; -1 where it does nowhere."""
    depth = 0
    for index, character in enumerate(text):
        if character in "({":
            depth += 1
        elif character in ")}":
            depth -= 1
        elif character == wanted and depth <= 0:
            return index
    return -1


def _reference(text: str, dollar: int) -> tuple[str, int]:
    """What the `$` at `dollar` refers to, without its brackets, and where the text goes on behind it."""
    opening = text[dollar + 1 : dollar + 2]
    if opening not in ("(", "{"):
        return opening or "$", dollar + 2
    closing = ")" if opening == "(" else "}"
    depth = 0
    for index in range(dollar + 1, len(text)):
        if text[index] == opening:
            depth += 1
        elif text[index] == closing:
            depth -= 1
            if depth == 0:
                return text[dollar + 2 : index], index + 1
    return text[dollar + 2 :], len(text)
