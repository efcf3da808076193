"""Which C files of a folder are programs, which are parts of others, and what each includes: told from texts alone.

The command line finds its work here, the server the files that a header or a part is to be seen through. Includes are
read as written, whatever `#if` says, and looked for beside the file, in the folders of its flags, and at last by the
tail of the name anywhere in the repository: an over-approximation, which a compile then corrects. Nothing is run.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import takewhile
from pathlib import Path, PurePath
from typing import NamedTuple

from xdp_lsp.pipeline.bpf_source import LARGEST_INCLUDE, Traits, looks_like_xdp, traits_of
from xdp_lsp.pipeline.files import LARGEST_SOURCE, UnreadableError, read_file
from xdp_lsp.pipeline.flags import flags_of
from xdp_lsp.project import DATABASE, renew_trees, tree_of
from xdp_lsp.settings import Settings, load_settings
from xdp_lsp.source import is_file, path_key
from xdp_lsp.toolchain import files_named

# Of one folder. The kernel's tree has 33,000 C files in 700 MB; samples/bpf has 60.
MOST_BYTES = 1 << 30
MOST_SECONDS = 60.0
# Of one program: a header bomb includes more.
MOST_INCLUDED = 4096
# Files of one name that an include may mean; the nearest are taken.
MOST_ALIKE = 4
# What is sent to the server at once: its event loop takes it over within a few milliseconds.
FILES_PER_BATCH = 100

_NO_MARK = b""


class Entry(NamedTuple):
    """One C file. `includes` are `path_key`s of files of the folder, without its own: all that it includes, or that
    those include; of a file that `is_xdp` is not true of those that tell so. `names` are the last parts of all names
    that were looked for: should such a file come, go or change, the entry may be another.

    `is_alone` says that it is made to be compiled by itself, though others may include it: it has a license, or a
    command in a compilation database. What is said of many files, such as a rule of a makefile, says nothing.
    """

    path: str
    is_xdp: bool
    is_alone: bool
    includes: frozenset[str]
    names: frozenset[str] = frozenset()


class Batch(NamedTuple):
    """Some entries, None where a file is no longer there, and marks of files: what stands for all that the index has
    from a text. With them `done` of `among` files are looked at."""

    entries: tuple[tuple[str, Entry | None], ...] = ()
    marks: tuple[tuple[str, bytes], ...] = ()
    done: int = 0
    among: int = 0
    is_whole: bool = True  # False where a limit ended it


class Index:
    """The C files of a folder, by `path_key`. Invariant: what a look-up costs has nothing to do with their number."""

    def __init__(self) -> None:
        self.is_whole = True  # False where a limit ended it
        self._entries: dict[str, Entry] = {}
        self._includers: dict[str, set[str]] = {}  # by what they include
        self._marks: dict[str, bytes] = {}  # by path

    @property
    def entries(self) -> Mapping[str, Entry]:
        return self._entries

    def take(self, batch: Batch) -> None:
        """Its entries in place of what was known of their files."""
        self.is_whole = self.is_whole and batch.is_whole
        self._marks.update(batch.marks)
        for path, entry in batch.entries:
            self._put(path_key(path), entry)

    def _put(self, key: str, entry: Entry | None) -> None:
        before = self._entries.pop(key, None)
        for included in before.includes if before is not None else ():
            self._includers.get(included, set()).discard(key)
        if entry is not None:
            self._entries[key] = entry
            for included in entry.includes:
                self._includers.setdefault(included, set()).add(key)

    def is_part(self, key: str) -> bool:
        """Whether `key` is a C file that programs include and that is not made to be compiled by itself."""
        entry = self._entries.get(key)
        if entry is None or entry.is_alone:
            return False
        return any(other not in entry.includes for other in self._programs_with(key))

    def roots_of(self, key: str) -> tuple[str, ...]:
        """The `path_key`s of the programs that may include the file `key`, the nearest first; no parts."""
        roots = (root for root in self._programs_with(key) if not self.is_part(root))
        return tuple(sorted(roots, key=lambda root: (_distance(key, root), root)))

    def path_of(self, key: str) -> str:
        """By which a file of `entries` was found."""
        return self._entries[key].path

    @property
    def programs(self) -> tuple[str, ...]:
        """The paths of the files that may hold XDP programs and are compiled by themselves, in order."""
        found = (entry.path for key, entry in self._entries.items() if entry.is_xdp and not self.is_part(key))
        return tuple(sorted(found))

    @property
    def parts(self) -> Mapping[str, tuple[str, ...]]:
        """The paths of the parts, with those of their roots."""
        return {entry.path: self.roots_of(key) for key, entry in self._entries.items() if self.is_part(key)}

    def affected_by(self, path: str) -> tuple[str, ...]:
        """The paths of the files whose entries may be others when the file at `path` has come, gone or changed."""
        name, includers = _name(path), self._includers.get(path_key(path), ())
        return tuple(
            entry.path for key, entry in self._entries.items() if key in includers or name in entry.names
        )

    def mark(self, path: str) -> bytes:
        """Of the text that is known of the file at `path`."""
        return self._marks.get(path, _NO_MARK)

    def _programs_with(self, key: str) -> Iterator[str]:
        for other in self._includers.get(key, ()):
            if other != key and self._entries[other].is_xdp:
                yield other


def _distance(one: str, other: str) -> int:
    """How many steps it is from folder to folder."""
    ours, theirs = PurePath(one).parts[:-1], PurePath(other).parts[:-1]
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(ours, theirs, strict=False)))
    return len(ours) + len(theirs) - 2 * common


def index_of(root: str, settings_of: Callable[[str], Settings], files: Iterable[str] | None = None) -> Index:
    """The index of the C files below the folder `root` (absolute), or of those among `files` (absolute).

    `settings_of` gives the settings of a file, for its flags. For the command line: `index_of(...).programs` is what
    there is to check, `.parts` is what is seen through others. Files that cannot be read are in neither.
    """
    index = Index()
    for batch in batches(root, settings_of, files):
        index.take(batch)
    return index


def batches(
    root: str, settings_of: Callable[[str], Settings], files: Iterable[str] | None = None
) -> Generator[Batch, None, None]:
    """What `index_of` is made of, as it is found."""
    tree = tree_of(root)
    sources = [name for name in (tree.files if files is None else files) if name.endswith(".c")]
    reader = _Reader(root, tree.files, settings_of)
    for start in range(0, len(sources), FILES_PER_BATCH):
        if reader.is_spent:
            yield Batch(done=start, among=len(sources), is_whole=False)
            return
        yield reader.batch(sources[start : start + FILES_PER_BATCH], start, len(sources))
    yield Batch(done=len(sources), among=len(sources), is_whole=files is not None or tree.is_whole)


def renewed(
    root: str,
    changed: Mapping[str, bytes],
    affected: Iterable[str],
    settings_of: Callable[[str], Settings],
) -> Generator[Batch, None, None]:
    """The entries of the `affected` files of an index; none where the `changed` ones, files with the marks that the
    index has of them, say what they said."""
    reader = _Reader(root, tree_of(root).files, settings_of)
    if any(reader.mark(path) != mark for path, mark in changed.items()):
        paths = sorted({*affected, *(path for path in changed if path.endswith(".c"))})
        yield reader.batch(paths, 0, len(paths))


class IndexRequest(NamedTuple):
    """Index the folder `root`, with the `editor`'s settings over those of files; or, where `changed` and `affected` are
    given, what they mean to `renewed`. `generation` is as for `project.renew_trees`."""

    root: str
    editor: Mapping[str, object]
    generation: int = 0
    changed: Mapping[str, bytes] | None = None
    affected: tuple[str, ...] = ()


def answer(request: IndexRequest) -> Generator[Batch, None, None]:
    """The batches that the index takes."""
    renew_trees(request.generation)
    known: dict[Path, Settings] = {}

    def settings_of(path: str) -> Settings:
        folder = Path(path).parent
        if folder not in known:
            known[folder] = load_settings(folder, request.editor)[0]
        return known[folder]

    if request.changed is None:
        return batches(request.root, settings_of)
    return renewed(request.root, request.changed, request.affected, settings_of)


class _Reader:
    """Reads each file of a folder once, within limits."""

    def __init__(self, root: str, names: Iterable[str], settings_of: Callable[[str], Settings]) -> None:
        self._root = path_key(root).rstrip(os.sep) + os.sep
        self._settings_of = settings_of
        self._traits: dict[str, Traits | None] = {}
        self._sizes: dict[str, int] = {}
        self._unmarked: list[str] = []  # read since the last batch
        self._keys: dict[str, str] = {}
        self._there: dict[str, bool] = {}
        self._alike: dict[str, list[str]] = {}
        for name in names:
            self._alike.setdefault(name.rpartition(os.sep)[2], []).append(name)
        self._bytes = 0
        self._until = time.monotonic() + MOST_SECONDS

    @property
    def is_spent(self) -> bool:
        return self._bytes > MOST_BYTES or time.monotonic() > self._until

    def batch(self, paths: Sequence[str], start: int, among: int) -> Batch:
        """Of the files that are looked at from number `start` on."""
        entries = tuple((path, self._entry(path)) for path in paths)
        marks = tuple((path, self.mark(path)) for path in self._unmarked)
        self._unmarked.clear()
        return Batch(entries, marks, start + len(paths), among)

    def mark(self, path: str) -> bytes:
        """What stands for the traits of the file at `path`."""
        traits = self._look(path)
        if traits is None:
            return _NO_MARK
        return blake2b(repr(traits).encode("utf-8", "surrogateescape"), digest_size=8).digest()

    def _entry(self, path: str) -> Entry | None:
        own = self._look(path)
        if own is None:
            return None
        is_xdp, seen = looks_like_xdp(path, own, self._look_near)
        if not is_xdp:
            headers = seen - {path}
            there = frozenset(self._key(one) for one in headers if self._is_there(one))
            return Entry(path, False, own.has_license, there, frozenset(map(_name, headers)))
        usual = flags_of(path, self._settings_of(path))
        others = (flags_of(path, self._settings_of(path), name) for name in usual.configurations[1:])
        ways = (usual, *others)
        named = dict.fromkeys(one for way in ways for one in files_named(way.kept))
        forced = [one for one in named if is_file(one)]
        folders = tuple(one for one in named if one not in forced)
        has_command = any(PurePath(layer.origin).name == DATABASE for way in ways for layer in way.layers)
        includes, names = self._closure(path, own, folders, forced)
        return Entry(path, True, own.has_license or has_command, includes, names)

    def _closure(
        self, path: str, own: Traits, folders: Sequence[str], forced: Sequence[str]
    ) -> tuple[frozenset[str], frozenset[str]]:
        found: set[str] = set()
        names = set(map(_name, forced))
        waiting = [(path, own)]
        seen = {self._key(path)}

        def meet(header: str) -> None:
            key = self._key(header)
            if key not in seen and key.startswith(self._root) and len(found) < MOST_INCLUDED:
                seen.add(key)
                found.add(key)
                traits = self._look(header)
                if traits is not None:
                    waiting.append((header, traits))

        for header in forced:
            meet(header)
        while waiting:
            includer, traits = waiting.pop()
            beside = os.path.dirname(includer)  # noqa: PTH120
            for name, places in (
                *((one, (beside, *folders)) for one in traits.quoted),
                *((one, folders) for one in traits.angled),
            ):
                if self.is_spent:
                    return frozenset(found), frozenset(names)
                names.add(_name(name))
                for header in self._resolve(name, places, includer):
                    meet(header)
        return frozenset(found), frozenset(names)

    def _resolve(self, name: str, places: Iterable[str], includer: str) -> list[str]:
        """The files that an include of `name` may mean."""
        for place in places:
            candidate = os.path.join(place, name)  # noqa: PTH118
            if self._is_there(candidate):
                return [candidate]
        tail = os.sep + os.path.normpath(name).lstrip(f".{os.sep}")
        alike = [one for one in self._alike.get(_name(name), ()) if one.endswith(tail)]
        return sorted(alike, key=lambda one: (_distance(includer, one), one))[:MOST_ALIKE]

    def _look_near(self, path: str) -> Traits | None:
        """As `may_hold_xdp` looks at headers."""
        return self._look(path, LARGEST_INCLUDE)

    def _look(self, path: str, largest: int = LARGEST_SOURCE) -> Traits | None:
        """None where the file cannot be read, or is larger."""
        if path not in self._traits:
            try:
                contents = read_file(path, LARGEST_SOURCE)
            except UnreadableError:
                self._traits[path] = None
            else:
                self._bytes += len(contents)
                self._traits[path] = traits_of(contents)
                self._sizes[path] = len(contents)
            self._unmarked.append(path)
        return self._traits[path] if self._sizes.get(path, 0) <= largest else None

    def _is_there(self, path: str) -> bool:
        if path not in self._there:
            self._there[path] = is_file(path)
        return self._there[path]

    def _key(self, path: str) -> str:
        if path not in self._keys:
            self._keys[path] = path_key(path)
        return self._keys[path]


def _name(path: str) -> str:
    return path.rpartition("/")[2]
