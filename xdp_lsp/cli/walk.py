"""From what the user named to the files that are worth analysing."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.pipeline.files import is_object
from xdp_lsp.pipeline.workspace import index_of
from xdp_lsp.settings import Settings, load_settings
from xdp_lsp.source import is_file, read_head, walk

# e_ident's magic, and e_machine at byte 18 (System V ABI, chapter 4); 247 is BPF.
_ELF_MAGIC = b"\x7fELF"
_EM_BPF = 247


class Found(NamedTuple):
    """A file to analyse (absolute), or, where `problem` says so, a folder that could not be read. `part_of` are the
    files that include it, where it is not to be analysed by itself."""

    path: str
    problem: str = ""
    part_of: tuple[str, ...] | None = None


def _settings_of(folder: str) -> Settings:
    return load_settings(Path(folder))[0]


def expand(paths: Iterable[str], settings_of: Callable[[str], Settings] = _settings_of) -> Iterator[Found]:
    """Each file once: those that are named, and in folders what looks like XDP. In the order given, folders sorted.

    Hidden folders are left out, links to folders are not followed. `settings_of` gives the settings of a folder.
    """
    seen: set[str] = set()
    for path in paths:
        if not path:  # an unset variable in a script, not the current folder
            yield Found("", "An empty path names no file.")
            continue
        absolute = os.path.abspath(path)  # noqa: PTH100 - Path.resolve would follow links
        for found in _walk(absolute, settings_of) if os.path.isdir(absolute) else (Found(absolute),):  # noqa: PTH112
            if found.path not in seen:
                seen.add(found.path)
                yield found


def _walk(folder: str, settings_of: Callable[[str], Settings]) -> Iterator[Found]:
    problems: list[OSError] = []
    paths = []
    for place, names in walk(folder, problems):
        for name in names:
            path = os.path.join(place, name)  # noqa: PTH118
            if name.endswith(".c") or (is_object(path) and _is_bpf(path)):
                paths.append(path)
    index = index_of(folder, lambda path: settings_of(os.path.dirname(path)), paths)  # noqa: PTH120
    programs, parts = frozenset(index.programs), index.parts
    known = {entry.path for entry in index.entries.values()}
    for path in paths:
        if path in parts:
            yield Found(path, part_of=parts[path])
        # One that cannot be read is for us, so that it is told.
        elif path in programs or is_object(path) or (path not in known and is_file(path)):
            yield Found(path)
    for problem in problems:
        yield Found(str(problem.filename), f"{problem.filename} cannot be listed: {problem.strerror}.")


def _is_bpf(path: str) -> bool:
    """Whether a file that nobody named is an object for BPF."""
    try:
        head = read_head(path, 20)
    except OSError:
        return False
    machine = struct.unpack(">H" if head[5:6] == b"\x02" else "<H", head[18:20].ljust(2, b"\0"))[0]
    return head.startswith(_ELF_MAGIC) and machine == _EM_BPF
