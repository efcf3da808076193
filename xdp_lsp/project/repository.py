"""Which files a repository has: a list of names, made by looking at folders only."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.source import exists

_ROOT_MARKERS = (".git", ".hg", ".svn", ".jj")

# The kernel's tree has 90,000 files, and is listed in half a second.
MOST_FILES = 200_000
MOST_SECONDS = 2.0
# How long a list is taken for that of now.
_FRESH = 5.0  # seconds


class Tree(NamedTuple):
    """The files below `root`, absolute, folder by folder in the order of their names.

    Hidden folders are left out, links to folders are not followed. `is_whole` is False where a limit ended it.
    """

    root: str
    files: tuple[str, ...]
    is_whole: bool = True


def repository_of(path: str) -> Path | None:
    """The root of the repository that the file at `path` (absolute) is in; None where it is in none."""
    for folder in Path(path).parents:
        if any(exists(folder / marker) for marker in _ROOT_MARKERS):
            return folder
    return None


def tree_of(root: str) -> Tree:
    """The files below the folder `root`, as of a few seconds ago at most."""
    return _tree(root, int(time.monotonic() / _FRESH))


@lru_cache(maxsize=4)
def _tree(root: str, _age: int) -> Tree:
    files: list[str] = []
    until = time.monotonic() + MOST_SECONDS
    for found in _walk(root):
        if len(files) >= MOST_FILES or time.monotonic() > until:
            return Tree(root, tuple(files), is_whole=False)
        files += found
    return Tree(root, tuple(files))


def _walk(root: str) -> Iterator[list[str]]:
    for place, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield [os.path.join(place, name) for name in sorted(names)]  # noqa: PTH118
