"""The files that a source may include, found without a preprocessor: it sees the includes of all branches.

What clang says decides, this only helps to choose.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from xdp_lsp.source import includes_of, is_file
from xdp_lsp.toolchain import files_named

# It is often called after a version or a machine: `vmlinux_505.h`, `vmlinux-x86.h`.
_VMLINUX = re.compile(r"(?:.*/)?vmlinux(?:[._-]?\w*\d[\w.-]*)?\.h")

# A repository's own headers for one source are a few dozen.
_MOST_FILES = 400
_LARGEST = 1 << 20  # bytes; a vmlinux.h includes nothing
# Real sources take some 0.02 s; each of a million includes is looked for in each folder.
_MOST_SECONDS = 0.5  # of the processor's


class Closure(NamedTuple):
    """The files below some folder that a source may include, itself first, with their texts; and the names that are
    found nowhere."""

    texts: dict[str, bytes]
    unresolved: tuple[str, ...]


# The bytes of a file, None where it cannot be read.
Read = Callable[[str], bytes | None]


def is_vmlinux(name: str) -> bool:
    """Whether a header of that name holds a kernel's types."""
    return _VMLINUX.fullmatch(name) is not None


def closure_of(path: str, flags: Iterable[str], system: Iterable[str], root: str, read: Read) -> Closure:
    """What `path` includes with `flags` (filtered) where `system` are the folders that are searched after them.

    Files outside of `root` are not opened: they do not depend on the repository. What was written to have no end is
    followed for a while.
    """
    named = files_named(flags)
    folders = [one for one in named if not is_file(one)]
    texts: dict[str, bytes] = {}
    unresolved: dict[str, None] = {}
    waiting = [path, *(one for one in named if is_file(one))]
    inside = root.rstrip(os.sep) + os.sep
    until = time.process_time() + _MOST_SECONDS
    while waiting and len(texts) < _MOST_FILES:
        current = waiting.pop(0)
        text = None if current in texts else read(current)
        if text is None or (len(text) > _LARGEST and current != path):
            continue
        texts[current] = text
        for include in includes_of(text):
            if time.process_time() > until:
                return Closure(texts, tuple(unresolved))
            beside = (os.path.dirname(current),) if include.is_quoted else ()  # noqa: PTH120
            found = find((*beside, *folders), include.name)
            if found is None:
                if find(system, include.name) is None:
                    unresolved[include.name] = None
            elif found.startswith(inside):
                waiting.append(found)
    return Closure(texts, tuple(unresolved))


def find(folders: Iterable[str], name: str) -> str | None:
    """The first file of that name in one of `folders`, freed of `..`; None where there is none."""
    joined = (os.path.join(folder, name) for folder in folders)  # noqa: PTH118
    return next((os.path.normpath(path) for path in joined if is_file(path)), None)
