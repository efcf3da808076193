"""What `.clangd` files say of flags: https://clangd.llvm.org/config, `CompileFlags` and `If`, at a simple level.

They change what others say: a compilation database, or build files. `Add` comes behind their flags, `Remove` takes of
theirs away. A condition that is more than names with `.*` in them is not tried, for a regular expression of somebody
else's can take for ever; what it guards is left out, and told.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.project.model import Layer, Way
from xdp_lsp.source import is_file
from xdp_lsp.toolchain import filter_flags

_NAME = ".clangd"
LARGEST_FILE = 16 << 10  # bytes
_MOST_BRACKETS = 200  # what is nested takes the reader of YAML the square of its length
_MOST_PATTERNS = 100
_MOST_ALTERNATIVES = 32
# Removed with whatever they name.
_WITH_VALUE = ("-I", "-isystem", "-iquote", "-idirafter", "-include", "-imacros", "-D", "-U")

_GROUP = re.compile(r"\(([^()]*)\)(?![*+?{])")
_PLAIN = re.compile(r"\.\*|\.|\\[^A-Za-z0-9]|\[[\w.-]+\]|[\w/ @:,~%=-]")


class _Fragment(NamedTuple):
    """One document of a file; `matches` and `excludes` are the patterns of its condition."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()


def with_clangd(way: Way, path: str) -> tuple[Way, tuple[str, ...]]:
    """`way` with what the `.clangd` files above the file at `path` change, the farthest first; and, in sentences, what
    of them could not be read."""
    problems: list[str] = []
    for folder in reversed(Path(path).parents):
        fragments = _fragments(folder / _NAME)
        if isinstance(fragments, str):
            problems.append(fragments)
            continue
        for fragment in fragments:
            applies = _applies(fragment, Path(path).relative_to(folder).as_posix())
            if applies is None:
                problems.append(
                    f"{folder / _NAME} has a condition that is not tried; its flags are left out."
                )
            elif applies:
                way = _changed(way, fragment, folder)
    return way, tuple(problems)


def _changed(way: Way, fragment: _Fragment, folder: Path) -> Way:
    layers = tuple(_without(layer, fragment.remove) for layer in way.layers)
    if fragment.add:
        flags = filter_flags(fragment.add, str(folder))
        added = Layer(flags, str(folder / _NAME), "its CompileFlags", is_read=True)
        guesses = tuple(layer for layer in layers if layer.is_guess)
        layers = (*(layer for layer in layers if not layer.is_guess), added, *guesses)
    return way._replace(layers=layers)


def _without(layer: Layer, patterns: tuple[str, ...]) -> Layer:
    if layer.is_guess or not patterns:
        return layer
    kept = tuple(flag for flag in layer.flags.kept if not any(_removes(one, flag) for one in patterns))
    return layer._replace(flags=layer.flags._replace(kept=kept))


def _removes(pattern: str, flag: str) -> bool:
    return flag.startswith(pattern) if pattern in _WITH_VALUE else fnmatch.fnmatchcase(flag, pattern)


def _applies(fragment: _Fragment, name: str) -> bool | None:
    """Whether the condition holds for the file of that name, relative to the folder; None where that is not known."""
    answers = [_matches(fragment.matches, name) if fragment.matches else True]
    if fragment.excludes:
        excluded = _matches(fragment.excludes, name)
        answers.append(None if excluded is None else not excluded)
    return None if None in answers else all(answers)


def _matches(patterns: tuple[str, ...], name: str) -> bool | None:
    answers = [_match(pattern, name) for pattern in patterns]
    return True if True in answers else None if None in answers else False


def _match(pattern: str, name: str) -> bool | None:
    globs = [_glob(one) for one in _alternatives(pattern)]
    if not globs or None in globs:
        return None
    return any(one is not None and fnmatch.fnmatchcase(name, one) for one in globs)


def _alternatives(pattern: str) -> list[str]:
    """`a(b|c)|d` as `ab`, `ac`, `d`; nothing where there are too many."""
    found = [pattern.removeprefix("^").removesuffix("$")]
    while group := next((match for one in found if (match := _GROUP.search(one))), None):
        choices = group[1].removeprefix("?:").split("|")
        found = [
            one.replace(group[0], choice, 1) if group[0] in one else one
            for one in found
            for choice in choices
        ]
        if len(found) > _MOST_ALTERNATIVES:
            return []
    return [choice for one in found for choice in one.split("|")]


def _glob(pattern: str) -> str | None:
    """A regular expression of names and `.*` as a glob; None where it is more than that."""
    glob: list[str] = []
    at = 0
    while at < len(pattern):
        match = _PLAIN.match(pattern, at)
        if match is None or pattern[match.end() : match.end() + 1] in ("*", "+", "?", "{"):
            return None
        text = match[0]
        glob.append(
            "*" if text == ".*" else "?" if text == "." else f"[{text[1]}]" if text[0] == "\\" else text
        )
        at = match.end()
    return "".join(glob)


def _fragments(path: Path) -> tuple[_Fragment, ...] | str:
    """The documents of a file; none where there is none, a sentence where it cannot be read."""
    if not is_file(path):
        return ()
    try:
        status = path.stat()
    except OSError:
        return ()
    return _parsed(str(path), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _parsed(path: str, _mtime_ns: int, size: int) -> tuple[_Fragment, ...] | str:
    try:
        import yaml  # noqa: PLC0415 - few projects have such a file, and it takes 20 ms
    except ImportError:
        return f"{path} is not read: that takes PyYAML (pip install pyyaml)."
    if size > LARGEST_FILE:
        return f"{path} is too large ({size} bytes) to be read."
    try:
        text = Path(path).read_text("utf-8")
        if sum(map(text.count, "[{")) > _MOST_BRACKETS:
            return f"{path} has too many brackets to be read."
        # This loader makes strings, lists and dictionaries, and nothing else.
        documents = list(yaml.load_all(text, Loader=yaml.BaseLoader))
    except OSError as error:
        return f"{path} cannot be read ({error.strerror})."
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return f"{path} is not valid YAML ({' '.join(str(error).split())[:200]})."
    return tuple(_fragment(one) for one in documents if isinstance(one, dict))


def _fragment(document: dict[object, object]) -> _Fragment:
    flags, condition = document.get("CompileFlags"), document.get("If")
    flags = flags if isinstance(flags, dict) else {}
    condition = condition if isinstance(condition, dict) else {}
    return _Fragment(
        tuple(_strings(flags.get("Add"))),
        tuple(_strings(flags.get("Remove")))[:_MOST_PATTERNS],
        tuple(_strings(condition.get("PathMatch")))[:_MOST_PATTERNS],
        tuple(_strings(condition.get("PathExclude")))[:_MOST_PATTERNS],
    )


def _strings(value: object) -> Iterator[str]:
    """A string, or a list of them."""
    for one in value if isinstance(value, list) else (value,):
        if isinstance(one, str):
            yield one
