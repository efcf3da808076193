"""Where in a repository a header lies that an include does not find."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from typing import NamedTuple

from xdp_lsp.project.repository import Tree
from xdp_lsp.source import is_file

# A header that stands in for the real one, or is for another machine than the one whose kernel runs the program.
_STAND_IN = re.compile(
    r"(?i)/(?:tests?|testing|unit_?tests?|mocks?|stubs?|fakes?|fuzz\w*|windows|win32|darwin|macos|userspace|dpdk"
    r"|node_modules|arch)/"
)
_MOST = 4
# Files that only the kernel's own include folder has.
_KERNEL_INTERNAL = ("linux/compiler_types.h", "linux/kconfig.h", "linux/sched.h", "linux/skbuff.h")


class Folder(NamedTuple):
    """A folder from which a header is found. `explains` counts the missing headers that are found from there;
    `is_kernels` says that it holds the kernel's internal headers, which must not go before those for programs."""

    path: str
    explains: int
    is_kernels: bool


def folders_with(header: str, path: str, missing: Collection[str], tree: Tree) -> tuple[Folder, ...]:
    """The folders from which `#include <header>` in the file at `path` finds something, the likeliest first: the one
    that explains most of the `missing` headers, no stand-in, the nearest to `path`."""
    found = []
    for folder in _holding(header, tree):
        explains = sum(is_file(os.path.join(folder, name)) for name in {header, *missing})  # noqa: PTH118
        is_kernels = all(is_file(os.path.join(folder, name)) for name in _KERNEL_INTERNAL[:2])  # noqa: PTH118
        found.append(Folder(folder, explains, is_kernels))
    return tuple(sorted(found, key=lambda one: _unlikeliness(one, path, tree.root)))[:_MOST]


def _holding(header: str, tree: Tree) -> list[str]:
    tail = re.sub(r"^(?:\.\.?/)+", "", os.path.normpath(header))
    ups = os.path.normpath(header).count("../")
    ending = f"/{tail}"
    bases = [file[: -len(ending)] for file in tree.files if file.endswith(ending)]
    if not ups:
        return bases
    # `../headers/x.h` is found from any folder beside `headers`: from itself, too.
    deeper = "/".join(tail.split("/")[:ups])
    return [f"{base}/{deeper}" for base in bases if deeper != tail]


def _unlikeliness(folder: Folder, path: str, root: str) -> tuple[int, bool, int, int, str]:
    relative = f"/{os.path.relpath(folder.path, root)}/"
    own = f"/{os.path.relpath(os.path.dirname(path), root)}/"  # noqa: PTH120 - text
    is_stand_in = _STAND_IN.search(relative) is not None and not own.startswith(relative)
    shared = os.path.commonpath((folder.path, path)).count("/")
    return -folder.explains, is_stand_in, -shared, relative.count("/"), relative
