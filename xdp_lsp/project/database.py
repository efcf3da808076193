"""A project's flags for one of its files as it tells them to tools: `compile_commands.json`, `compile_flags.txt`."""

from __future__ import annotations

import functools
import json
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.project.build_files import (
    Pieces,
    commands_in,
    compiles_for_bpf,
    filter_words,
    is_compiler,
    targets_bpf,
)
from xdp_lsp.project.model import Layer, Way
from xdp_lsp.project.names import told_apart
from xdp_lsp.source import can_be_name, is_file, read_regular
from xdp_lsp.toolchain import FilteredFlags, filter_flags

DATABASE = "compile_commands.json"
_FLAG_FILE = "compile_flags.txt"
# The kernel's own database has 3,000 entries in 4 MB. Parsed, one of many small values takes thirty times its size.
_LARGEST = 64 << 20  # bytes
_LARGEST_FLAG_FILE = 1 << 20
_MOST_COMMANDS = 64  # for one file

_JOINS_COMMANDS = re.compile(r"[|;&]")
_SHELL = re.compile(r"(?:^|/)(?:ba|da|k|z)?sh$")
# What a command for the host says that has no meaning for BPF; the rest of what is left out of it is told.
_OF_THE_HOST = re.compile(r"is for|names a file|is not among|would")


class Command(NamedTuple):
    """What a database says of one file. `arguments` are without the compiler, and may hold marks of `pieces`."""

    database: str
    directory: str
    arguments: tuple[str, ...]
    pieces: Pieces

    @property
    def targets_bpf(self) -> bool:
        return targets_bpf(self.arguments)

    @property
    def output(self) -> str:
        """The file that it writes, empty where it does not say."""
        words = iter(self.arguments)
        return next(
            (next(words, "") if word == "-o" else word[2:] for word in words if word.startswith("-o")), ""
        )


class _Entry(NamedTuple):
    directory: str
    command: str | tuple[str, ...]  # a shell's line, or its words


def from_database(path: str) -> tuple[tuple[Way, ...], tuple[str, ...]]:
    """What files say that are made to tell tools how the file at `path` (absolute) is compiled; and, in sentences,
    which of them cannot be read.

    The nearest folder upwards whose `compile_commands.json` (its own, or that in its `build`) has the file, or that
    has a `compile_flags.txt`, decides.
    """
    problems: list[str] = []
    for folder in Path(path).parents:
        for database in (folder / DATABASE, folder / "build" / DATABASE):
            commands = _commands(database, path)
            if isinstance(commands, str):
                problems.append(commands)
            elif commands:
                if len(commands) > _MOST_COMMANDS:
                    problems.append(f"{database} has more than {_MOST_COMMANDS} commands for {path}.")
                return _ways(commands[:_MOST_COMMANDS], path), tuple(problems)
        listed = folder / _FLAG_FILE
        if is_file(listed):
            try:
                lines = os.fsdecode(read_regular(listed, _LARGEST_FLAG_FILE)).splitlines()
            except OSError as error:
                return (), (*problems, f"{listed} cannot be read ({error.strerror}).")
            flags = filter_flags([line.strip() for line in lines if line.strip()], str(folder))
            return (Way(layers=(Layer(flags, str(listed), "it is for every file below it"),)),), tuple(
                problems
            )
    return (), tuple(problems)


def _ways(commands: Sequence[Command], path: str) -> tuple[Way, ...]:
    """The ways for BPF; where there is none, those for the host."""
    alike = [one for one in commands if one.targets_bpf == commands[0].targets_bpf]
    return told_apart([(way_of(one, path), one.output) for one in alike])


def way_of(command: Command, path: str) -> Way:
    """The file at `path` as `command` compiles it, for BPF in any case.

    Of a command for the host that is no BPF build the optimisation is the host's, and is left out.
    """
    words = [word for word in command.arguments if not _is_source(word, command.directory, path)]
    flags = filter_words(words, command.directory, command.pieces)
    if "--target=bpf" not in flags.replaced:
        flags = _without_the_host(flags, keeps_level=command.targets_bpf)
    layer = Layer(flags, command.database, "it has a command for the file")
    return Way(layers=(layer,), targets_bpf=command.targets_bpf)


def _without_the_host(flags: FilteredFlags, keeps_level: bool) -> FilteredFlags:
    levels = () if keeps_level else tuple(flag for flag in flags.kept if flag.startswith("-O"))
    hosts = tuple(flag for flag, why in flags.dropped if _OF_THE_HOST.match(why))
    return FilteredFlags(
        tuple(flag for flag in flags.kept if flag not in levels),
        tuple((flag, why) for flag, why in flags.dropped if not _OF_THE_HOST.match(why)),
        (*flags.replaced, *levels, *hosts),
    )


def _commands(database: Path, path: str) -> tuple[Command, ...] | str:
    """The commands that `database` has for `path`; none where there is no database, a sentence where it cannot be
    read."""
    entries = _database(database)
    if isinstance(entries, str):
        return entries
    found = [_command(entry, str(database)) for entry in _entries(entries, path)]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: not one.targets_bpf))


def _database(path: Path) -> Mapping[str, Sequence[_Entry]] | str:
    """The entries by absolute file name; empty where there is no database, a sentence where it cannot be read."""
    try:
        status = path.stat()
    except OSError:
        return {}
    return _parsed(str(path), status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=8)
def _parsed(path: str, _mtime_ns: int, size: int) -> Mapping[str, Sequence[_Entry]] | str:
    if size > _LARGEST:
        return f"{path} is too large ({size} bytes) to be read."
    try:
        content = json.loads(read_regular(path, _LARGEST))
    except OSError as error:
        return f"{path} cannot be read ({error.strerror})."
    except (ValueError, RecursionError) as error:
        return f"{path} is not valid JSON ({str(error)[:200]})."
    if not isinstance(content, list):
        return f"{path} is not a list of commands."
    entries: dict[str, list[_Entry]] = {}
    for item in content:
        entry = _entry_of(item, str(Path(path).parent))
        if entry is not None:
            name, parsed = entry
            entries.setdefault(name, []).append(parsed)
    return entries


def _entry_of(item: object, folder: str) -> tuple[str, _Entry] | None:
    """One command with its absolute file name, None where it is malformed: others may still serve."""
    if not isinstance(item, dict) or not isinstance(item.get("file"), str):
        return None
    directory = os.path.join(folder, str(item.get("directory", "")))  # noqa: PTH118
    arguments, command = item.get("arguments"), item.get("command")
    name = os.path.normpath(os.path.join(directory, item["file"]))  # noqa: PTH118
    if not can_be_name(name):
        return None
    if isinstance(arguments, list):
        words = tuple(word for word in arguments if isinstance(word, str) and can_be_name(word))
        return name, _Entry(directory, words)
    return (name, _Entry(directory, command)) if isinstance(command, str) and can_be_name(command) else None


def _entries(entries: Mapping[str, Sequence[_Entry]], path: str) -> Sequence[_Entry]:
    found = entries.get(os.path.normpath(path))
    if found is not None or not entries:
        return found or ()
    # The database may know the file by another way through symbolic links.
    name, real = os.path.basename(path), os.path.realpath(path)  # noqa: PTH119
    same = (
        commands
        for known, commands in entries.items()
        if os.path.basename(known) == name and os.path.realpath(known) == real  # noqa: PTH119
    )
    return next(same, ())


def _command(entry: _Entry, database: str) -> Command | None:
    """The part of an entry that compiles; None where it is malformed."""
    pieces = Pieces()
    words: Sequence[str]
    if isinstance(entry.command, str):
        try:
            words = shlex.split(entry.command, posix=os.name != "nt")
        except ValueError:
            return None
        shells = entry.command if any(map(_JOINS_COMMANDS.search, words)) else None
    else:
        words = entry.command
        is_shells = len(words) > 2 and _SHELL.search(words[0]) is not None and words[1] == "-c"
        shells = words[2] if is_shells else None
    if shells is not None:
        commands = commands_in(shells, pieces)
        compiles = (*compiles_for_bpf(commands), *compiles_for_bpf(commands, says_bpf=True))
        for compile_ in compiles:
            directory = os.path.join(entry.directory, compile_.folder)  # noqa: PTH118
            return Command(database, directory, (*compile_.flags, *compile_.sources), pieces)
    wrapped = len(words) > 1 and is_compiler(words[1])  # by ccache and such
    return Command(database, entry.directory, tuple(words[2 if wrapped else 1 :]), pieces)


def _is_source(word: str, directory: str, path: str) -> bool:
    """Whether `word` is the file itself, which every command names."""
    if word.startswith("-") or not word.endswith(os.path.basename(path)):  # noqa: PTH119
        return False
    return os.path.realpath(os.path.join(directory, word)) == os.path.realpath(path)  # noqa: PTH118
