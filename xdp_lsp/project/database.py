"""A project's flags for one of its files as it tells them to tools: `compile_commands.json`, `compile_flags.txt`."""

from __future__ import annotations

import functools
import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.project.model import Layer, Way
from xdp_lsp.source import is_file
from xdp_lsp.toolchain import filter_flags

_DATABASE = "compile_commands.json"
_FLAG_FILE = "compile_flags.txt"
# The kernel's own database has 3,000 entries in 4 MB.
_LARGEST = 256 << 20  # bytes


class _Entry(NamedTuple):
    directory: str
    arguments: tuple[str, ...]  # without the compiler


def from_database(path: str) -> tuple[tuple[Way, ...], tuple[str, ...]]:
    """What files say that are made to tell tools how the file at `path` (absolute) is compiled; and, in sentences,
    which of them cannot be read.

    The nearest folder upwards whose `compile_commands.json` (its own, or that in its `build`) has the file, or that
    has a `compile_flags.txt`, decides.
    """
    problems: list[str] = []
    for folder in Path(path).parents:
        for database in (folder / _DATABASE, folder / "build" / _DATABASE):
            entries = _database(database)
            if isinstance(entries, str):
                problems.append(entries)
                continue
            found = _entry(entries, path)
            if found is not None:
                flags = filter_flags(_without_source(found, path), found.directory)
                layer = Layer(flags, str(database), "it has a command for the file")
                return (Way(layers=(layer,), targets_bpf=_targets_bpf(found.arguments)),), tuple(problems)
        listed = folder / _FLAG_FILE
        if is_file(listed):
            try:
                lines = listed.read_text("utf-8", "surrogateescape").splitlines()
            except OSError as error:
                return (), (*problems, f"{listed} cannot be read ({error.strerror}).")
            flags = filter_flags([line.strip() for line in lines if line.strip()], str(folder))
            return (Way(layers=(Layer(flags, str(listed), "it is for every file below it"),)),), tuple(
                problems
            )
    return (), tuple(problems)


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
        content = json.loads(Path(path).read_bytes())
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
    arguments = item.get("arguments")
    if not isinstance(arguments, list):
        command = item.get("command")
        if not isinstance(command, str):
            return None
        try:
            arguments = shlex.split(command, posix=os.name != "nt")
        except ValueError:
            return None
    words = tuple(word for word in arguments if isinstance(word, str))
    return os.path.normpath(os.path.join(directory, item["file"])), _Entry(directory, words[1:])  # noqa: PTH118


def _entry(entries: Mapping[str, Sequence[_Entry]], path: str) -> _Entry | None:
    """The command for `path`, one that compiles for BPF before one that does not."""
    found = entries.get(os.path.normpath(path))
    if found is None and entries:
        # The database may know the file by another way through symbolic links.
        name, real = os.path.basename(path), os.path.realpath(path)  # noqa: PTH119
        found = next(
            (
                commands
                for known, commands in entries.items()
                if os.path.basename(known) == name and os.path.realpath(known) == real  # noqa: PTH119
            ),
            None,
        )
    if found is None:
        return None
    return next((entry for entry in found if _targets_bpf(entry.arguments)), found[0])


def _targets_bpf(arguments: Sequence[str]) -> bool:
    text = "\0".join(arguments)
    return re.search(r"--?target[=\0]bpf|-triple\0bpf|-emit-llvm|__BPF", text) is not None


def _without_source(entry: _Entry, path: str) -> Iterator[str]:
    """The arguments less the file itself, which every command names."""
    for word in entry.arguments:
        if word.endswith(os.path.basename(path)) and not word.startswith("-"):  # noqa: PTH119
            named = os.path.join(entry.directory, word)  # noqa: PTH118
            if os.path.realpath(named) == os.path.realpath(path):
                continue
        yield word
