"""`//go:generate` lines: those that have `bpf2go` compile a source, and those that call clang.

The words of `bpf2go` are those of https://pkg.go.dev/github.com/cilium/ebpf/cmd/bpf2go: options, a name, the sources,
and behind `--` flags for clang.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from xdp_lsp.project.build_files.bpf_command import compiles_for_bpf
from xdp_lsp.project.build_files.literal import Pieces, Reading
from xdp_lsp.project.build_files.recipe import EXACT, OTHER, Place, Recipe, is_named
from xdp_lsp.project.build_files.shell import commands_in
from xdp_lsp.project.repository import tree_of

_LINE = re.compile(r"//go:generate[ \t]+(.*)")
_BPF2GO = re.compile(r"(?:^|/)bpf2go(?:@\S+)?$")
# Options of bpf2go that take no value; all others do.
_SWITCHES = frozenset(
    {"-strip", "-no-strip", "-no-global-types", "--strip", "--no-strip", "--no-global-types"}
)
# What it has clang do unless it is told otherwise.
_DEFAULTS = ("-O2", "-mcpu=v1")
_MOST_FILES = 64


def recipes_of_go(path: str, folder: Path, root: Path, pieces: Pieces, reading: Reading) -> Iterator[Recipe]:
    """What the Go files in `folder` say of the source at `path`; where a Go module begins, all of the module."""
    names = reading.names_in(folder)
    files = [str(folder / name) for name in names if name.endswith(".go")]
    if "go.mod" in names:
        files += [name for name in tree_of(str(folder)).files if name.endswith(".go") and name not in files]
    for name in files[:_MOST_FILES]:
        reading.exists(os.path.dirname(name))  # noqa: PTH120 - for a file that comes to it
        text = reading.read(Path(name), root)
        for number, line in enumerate((text or "").split("\n"), 1):
            match = _LINE.match(line)
            if match is not None and reading.spend(len(line)):
                yield from _of_line(match[1], path, Place(name, number), pieces)


def _of_line(text: str, path: str, place: Place, pieces: Pieces) -> Iterator[Recipe]:
    commands = commands_in(text, pieces)
    for words in commands:
        at = next((index for index, word in enumerate(words) if _BPF2GO.search(word)), None)
        if at is not None:
            flags, sources = _bpf2go(words[at + 1 :], pieces)
            yield _recipe(flags, sources, path, place)
    for compile_ in compiles_for_bpf(commands):
        yield _recipe(compile_.flags, compile_.sources, path, place)


def _recipe(flags: Sequence[str], sources: Sequence[str], path: str, place: Place) -> Recipe:
    folder = os.path.dirname(place.origin)  # noqa: PTH120 - text
    fit = EXACT if any(is_named(word, path, folder) for word in sources) else OTHER
    reason = "its go:generate line" if fit == EXACT else "a go:generate line for other sources"
    return Recipe(tuple(flags), (folder,), *place, reason, fit)


def _bpf2go(words: Sequence[str], pieces: Pieces) -> tuple[list[str], list[str]]:
    """The flags for clang and the sources."""
    flags = list(_DEFAULTS)
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] != "--":
        option, equals, value = words[at].partition("=")
        if not equals and option not in _SWITCHES:
            at += 1
            value = words[at] if at < len(words) else ""
        if option in ("-cflags", "--cflags"):
            flags += [word for command in commands_in(value, pieces) for word in command]
        at += 1
    rest = list(words[at:])
    end = rest.index("--") if "--" in rest else len(rest)
    return flags + rest[end + 1 :], rest[1:end]
