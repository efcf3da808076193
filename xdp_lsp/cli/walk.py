"""From what the user named to the files that are worth analysing."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from xdp_lsp.pipeline.bpf_source import may_hold_xdp
from xdp_lsp.pipeline.files import LARGEST_SOURCE, Sources, UnreadableError, is_object, read_file

# e_ident's magic, and e_machine at byte 18 (System V ABI, chapter 4); 247 is BPF.
_ELF_MAGIC = b"\x7fELF"
_EM_BPF = 247


class Found(NamedTuple):
    """A file to analyse (absolute), or, where `problem` says so, a folder that could not be read."""

    path: str
    problem: str = ""


def expand(paths: Iterable[str]) -> Iterator[Found]:
    """Each file once: those that are named, and in folders what looks like XDP. In the order given, folders sorted.

    Hidden folders are left out, links to folders are not followed.
    """
    seen: set[str] = set()
    for path in paths:
        if not path:  # an unset variable in a script, not the current folder
            yield Found("", "An empty path names no file.")
            continue
        absolute = os.path.abspath(path)  # noqa: PTH100 - Path.resolve would follow links
        for found in _walk(absolute) if os.path.isdir(absolute) else (Found(absolute),):  # noqa: PTH112
            if found.path not in seen:
                seen.add(found.path)
                yield found


def _walk(folder: str) -> Iterator[Found]:
    problems: list[OSError] = []
    for place, folders, names in os.walk(folder, onerror=problems.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = os.path.join(place, name)  # noqa: PTH118
            if _is_worthwhile(path):
                yield Found(path)
    for problem in problems:
        yield Found(str(problem.filename), f"{problem.filename} cannot be listed: {problem.strerror}.")


def _is_worthwhile(path: str) -> bool:
    """Whether a file that nobody named is for us. One that cannot be read is, so that it is told."""
    if is_object(path):
        try:
            with open(path, "rb") as stream:  # noqa: PTH123
                head = stream.read(20)
        except OSError:
            return False
        machine = struct.unpack(">H" if head[5:6] == b"\x02" else "<H", head[18:20].ljust(2, b"\0"))[0]
        return head.startswith(_ELF_MAGIC) and machine == _EM_BPF
    if not path.endswith(".c"):
        return False
    try:
        contents = read_file(path, LARGEST_SOURCE)
    except UnreadableError:
        return os.path.isfile(path)  # noqa: PTH113
    return may_hold_xdp(path, contents, Sources(path, contents).read)
