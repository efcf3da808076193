"""Where a repository begins and which files it has or lacks: by their names, and for submodules `.gitmodules`."""

from __future__ import annotations

import os
import re
import time
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.source import exists, read_head, walk

_ROOT_MARKERS = (".git", ".hg", ".svn", ".jj")
# What lies at the top of a project that came as an archive or was copied.
_EVIDENCE = re.compile(
    r"""
      (?i:(?:README|LICEN[CS]E|COPYING|CHANGELOG|MAINTAINERS|AUTHORS|CONTRIBUTING)(?:[._-].*)?)
    | (?:GNU)?[Mm]akefile | CMakeLists\.txt | meson\.build | configure(?:\.ac)? | go\.mod | Cargo\.toml
    | Kconfig | Kbuild | WORKSPACE | MODULE\.bazel | package\.json | pyproject\.toml
    | \.git(?:hub|ignore|modules) | \.xdp-lsp\.toml
    """,
    re.VERBOSE,
)
# Folders in which what is not of one project lies side by side.
_OF_THE_SYSTEM = frozenset(
    Path("/", name)
    for name in ("home", "media", "mnt", "opt", "srv", "usr", "usr/src", "usr/local/src", "var/tmp")
)
_SUBMODULE = re.compile(rb"^[ \t]*path[ \t]*=[ \t]*([^\r\n]+?)[ \t]*$", re.MULTILINE)
_LARGEST = 1 << 20  # bytes of `.gitmodules` that are looked at
# How far up it is looked for.
_HIGHEST = 12  # folders

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
    """The root of the repository that the file at `path` (absolute) is in; None where it is in none.

    Without a mark of version control (an archive, a copied folder) it is the outermost folder that has what lies at
    the top of projects. Never one that holds the user's home or temporary files: what is beside the project is not its.
    """
    above = _own_folders(path)
    for folder in above:
        if any(exists(folder / marker) for marker in _ROOT_MARKERS):
            return folder
    own = [folder for folder in above[:_HIGHEST] if folder not in _OF_THE_SYSTEM]
    return next((folder for folder in reversed(own) if _looks_like_root(folder)), None)


def folder_of(path: str) -> Path | None:
    """The folder in which may be looked for what the file at `path` (absolute) needs: its repository, else the folder
    that it lies in; None where that is the user's home or the like."""
    own = (folder for folder in _own_folders(path) if folder not in _OF_THE_SYSTEM)
    return repository_of(path) or next(own, None)


def folders_up_to(root: Path, path: Path) -> list[Path]:
    """The folders above `path` that are `root` or in it, the nearest first."""
    return [folder for folder in path.parents if folder == root or root in folder.parents]


def _own_folders(path: str) -> list[Path]:
    """The folders above `path`, the nearest first, less the user's home, the one for temporary files and what is above
    those."""
    return [folder for folder in Path(path).parents if folder not in _shared_folders()]


@lru_cache(maxsize=1)
def _shared_folders() -> frozenset[Path]:
    try:
        home = Path.home()
    except RuntimeError:  # nobody's home is known
        home = Path("/")
    return frozenset(folder for end in (home, Path("/tmp")) for folder in (end, *end.parents))  # noqa: S108


def _looks_like_root(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(
                _EVIDENCE.fullmatch(one.name) is not None and (one.is_file() or one.name == ".github")
                for one in entries
            )
    except OSError:
        return False


class _Known:
    generation = 0  # counts how often files are known to have come or gone


def tree_of(root: str) -> Tree:
    """The files below the folder `root`, as of a few seconds ago at most, and no older than `renew_trees` allows."""
    return _tree(root, int(time.monotonic() / _FRESH), _Known.generation)


def renew_trees(generation: int) -> None:
    """Have `tree_of` look anew at what it knows from another generation: files have come or gone since."""
    _Known.generation = generation


@lru_cache(maxsize=4)
def _tree(root: str, _age: int, _generation: int) -> Tree:
    files: list[str] = []
    until = time.monotonic() + MOST_SECONDS
    for folder, names in walk(root):
        if len(files) >= MOST_FILES or time.monotonic() > until:
            return Tree(root, tuple(files), is_whole=False)
        files += (os.path.join(folder, name) for name in names)  # noqa: PTH118
    return Tree(root, tuple(files))


def absent_submodules(root: str) -> list[str]:
    """The folders of submodules that have not been fetched, relative to `root`, as `.gitmodules` names them."""
    try:
        text = read_head(Path(root, ".gitmodules"), _LARGEST)
    except OSError:
        return []
    paths = [os.path.normpath(os.fsdecode(match)) for match in _SUBMODULE.findall(text)]
    inside = (path for path in paths if not path.startswith("..") and not os.path.isabs(path))  # noqa: PTH117
    return [path for path in inside if _is_empty(Path(root, path))]


def _is_empty(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError:
        return True
