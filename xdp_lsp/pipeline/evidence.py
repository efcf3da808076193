"""What an answer rests on, outside the process that found it: contents of files, and which of the names exist that a
compiler would look for. As long as all of that is the same, so is the answer.

Contents are compared by their digests, not by times and sizes: the files of a repository and the headers that they
include are read in a few milliseconds, and no clock, no link and no tool that keeps times can then mislead.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from xdp_lsp.pipeline.files import LARGEST_OBJECT, Reads, UnreadableError, digest_of, read_file
from xdp_lsp.project import tree_of
from xdp_lsp.source import is_file, is_folder

_INCLUDE = re.compile(
    rb"""
    ^[ \t]* (?:\#|%:|\?\?=) [ \t]* (?:include|include_next|import|embed) [ \t]* (?:"([^"\r\n]+)"|<([^>\r\n]+)>)
    | __has_(?:include|include_next|embed) \s* \( \s* (?:"([^"\r\n]+)"|<([^>\r\n]+)>)
    """,
    re.MULTILINE | re.VERBOSE,
)
# What comes out otherwise another time with the same files, or reads files that no one can name beforehand.
_UNSETTLED = re.compile(
    rb"""
    __(?:DATE|TIME|TIMESTAMP)__ | \.incbin\b | \.include\s*\\?"
    | (?<!define[ ])\b__has_(?:include|include_next|embed) \s* \( \s* [A-Za-z_]
    """,
    re.VERBOSE,
)
# How far the time of a change may lie before the change: the kernel takes it from its last tick.
_TICK = 20_000_000  # ns
# On these one name stands for many.
_FOLDS_CASE = sys.platform in ("darwin", "win32")


class Evidence(NamedTuple):
    """`files` are digests of contents, None where a file cannot be read. `places` are the folders in which a compiler
    may look for `names`; `found` are those of all combinations that are files. `tree` stands for the names of all
    files below a folder, where the answer depends on those."""

    files: tuple[tuple[str, bytes | None], ...] = ()
    places: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    found: frozenset[str] = frozenset()
    tree: tuple[str, bytes] | None = None


class Disk:
    """What is there, each thing looked at once."""

    def __init__(self) -> None:
        self._digests: dict[str, bytes | None] = {}
        self._listings: dict[str, frozenset[str]] = {}
        self._there: dict[str, bool] = {}
        self._trees: dict[str, bytes] = {}

    def bears_out(self, evidence: Evidence) -> bool:
        """Whether all is as `evidence` says."""
        return (
            all(self.digest(path) == digest for path, digest in evidence.files)
            and self.found(evidence.places, evidence.names) == evidence.found
            and (evidence.tree is None or self.tree(evidence.tree[0]) == evidence.tree)
        )

    def digest(self, path: str) -> bytes | None:
        if path not in self._digests:
            try:
                self._digests[path] = digest_of(read_file(path, LARGEST_OBJECT))
            except UnreadableError:
                self._digests[path] = None
        return self._digests[path]

    def state(self, path: str) -> bytes | None:
        """As `digest`, of a folder that of the names in it."""
        if not is_folder(path):
            return self.digest(path)
        return digest_of("\0".join(sorted(self._listing(path))).encode("utf-8", "surrogateescape"))

    def found(self, places: Iterable[str], names: Iterable[str]) -> frozenset[str]:
        """Every combination of `places` and `names` that is a file."""
        by_first: dict[str, list[str]] = {}
        for name in names:
            by_first.setdefault(_first(name), []).append(name)
        firsts = frozenset(by_first)
        return frozenset(
            path
            for place in places
            for first in (self._listing(place) & firsts) | (firsts & _ANYWHERE)
            for path in (os.path.join(place, name) for name in by_first[first])  # noqa: PTH118
            if self._is_file(path)
        )

    def tree(self, root: str) -> tuple[str, bytes]:
        if root not in self._trees:
            listed = tree_of(root)
            # A list that a limit ended may end elsewhere the next time.
            words = [*listed.files, "" if listed.is_whole else str(time.time_ns())]
            self._trees[root] = digest_of("\0".join(words).encode("utf-8", "surrogateescape"))
        return root, self._trees[root]

    def folders(self) -> Collection[str]:
        """Those that were listed."""
        return self._listings.keys()

    def _listing(self, folder: str) -> frozenset[str]:
        if folder not in self._listings:
            try:
                self._listings[folder] = frozenset(os.listdir(folder))  # noqa: PTH208 - names alone
            except (OSError, ValueError):
                self._listings[folder] = frozenset()
        return self._listings[folder]

    def _is_file(self, path: str) -> bool:
        if path not in self._there:
            self._there[path] = is_file(path)
        return self._there[path]


class Search(NamedTuple):
    """How a compiler looked for files: those that it read, those that its flags name, the folders for headers. `root`
    is a folder in which all names count, empty where there is none. What is below `derived` is ours, and the same
    whenever it was written: its names stand for what is in it."""

    dependencies: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    root: str = ""
    derived: str = ""


def gather(since: int, reads: Reads, search: Search) -> Evidence | None:
    """The evidence for an answer that was begun at `since` (`time.time_ns`): what was read, by us and by a compiler.

    None where the disk does not tell, for a file is different from what was read, or was changed meanwhile, or has
    what does not come out the same every time.
    """
    disk = Disk()
    digests: dict[str, bytes | None] = {}
    names: dict[str, None] = {}
    dependencies = tuple(dict.fromkeys((*search.dependencies, *reads.by_compiler)))
    for path in dependencies:
        try:
            contents = read_file(path, LARGEST_OBJECT)
        except UnreadableError:
            return None
        if _UNSETTLED.search(contents):
            return None
        digests[path] = digest_of(contents)
        names.update(dict.fromkeys(_names_in(contents)))
    for path, digest in reads.digests.items():
        if digests.setdefault(path, disk.digest(path)) != digest:
            return None
        # Texts that guesses are made from.
        if search.root and path not in dependencies and digest is not None:
            names.update(dict.fromkeys(_names_at(path)))
    for path in search.named:
        digests.setdefault(path, disk.digest(path))
    places = tuple(dict.fromkeys((*search.folders, *map(os.path.dirname, dependencies))))
    # Names that a macro gave are found by where they led to.
    names.update(dict.fromkeys(_tails(dependencies, places)))
    found = disk.found(places, names)
    tree = disk.tree(search.root) if search.root else None
    changed = (*digests, *disk.folders(), *found)
    theirs = (path for path in changed if not _is_below(path, search.derived))
    if not reads.are_settled or any(changed_since(since, path) for path in theirs):
        return None
    return Evidence(tuple(digests.items()), places, tuple(names), found, tree)


def _names_at(path: str) -> Iterator[str]:
    try:
        yield from _names_in(read_file(path, LARGEST_OBJECT))
    except UnreadableError:
        return


def _names_in(contents: bytes) -> Iterator[str]:
    for match in _INCLUDE.finditer(contents):
        yield os.fsdecode(next(filter(None, match.groups())))


def _is_below(path: str, folder: str) -> bool:
    return folder != "" and path.startswith(folder.rstrip(os.sep) + os.sep)


def _tails(paths: Iterable[str], places: Iterable[str]) -> Iterator[str]:
    fronts = [place.rstrip(os.sep) + os.sep for place in places]
    for path in paths:
        for front in fronts:
            if path.startswith(front):
                yield path[len(front) :]


def changed_since(since: int, path: str) -> bool:
    """Whether what is at `path` may have been written to since then (`time.time_ns`)."""
    try:
        status = os.stat(path)  # noqa: PTH116 - hundreds of them
    except (OSError, ValueError):
        return False
    return max(status.st_mtime_ns, status.st_ctime_ns) > since - _TICK


# What is no name of an entry of a folder.
_ANYWHERE = frozenset({"", os.curdir, os.pardir})


def _first(name: str) -> str:
    """The part of `name` that a folder has to list for the rest to be there."""
    first = re.split(r"[\\/]" if os.name == "nt" else "/", name, maxsplit=1)[0]
    return "" if _FOLDS_CASE else first
