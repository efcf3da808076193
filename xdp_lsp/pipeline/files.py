"""Reading files that a user or a compiler names, whatever they turn out to be."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import blake2b
from pathlib import Path

from xdp_lsp.source import (
    SourceRange,
    UnsuitableFileError,
    decode,
    is_named_within,
    read_regular,
    split_lines,
)

LARGEST_SOURCE = 32 << 20  # bytes; a vmlinux.h has 3 MiB
LARGEST_OBJECT = 256 << 20
LONGEST_LINE = 4096  # bytes kept of a line that is to be shown


class UnreadableError(Exception):
    """A file that cannot be read; the text is a sentence."""


class Reads:
    """Which files were read, with a digest of what was in them; without one where they cannot be read.

    `by_compiler` are those that a compiler read, whether or not that compile is the one that counts.
    """

    def __init__(self) -> None:
        self.by_compiler: dict[str, None] = {}
        self.digests: dict[str, bytes | None] = {}
        self.are_settled = True  # False where a file had other contents when it was read again

    def note(self, path: str, contents: bytes | None) -> None:
        digest = None if contents is None else digest_of(contents)
        self.are_settled &= self.digests.setdefault(path, digest) == digest


_reads: ContextVar[Reads | None] = ContextVar("reads", default=None)


@contextmanager
def noting_reads() -> Iterator[Reads]:
    """What `read_file` reads meanwhile."""
    reads = Reads()
    before = _reads.set(reads)
    try:
        yield reads
    finally:
        _reads.reset(before)


def note_compile(dependencies: Iterable[str]) -> None:
    """Tell whoever notes what is read which files a compile has read."""
    reads = _reads.get()
    if reads is not None:
        reads.by_compiler.update(dict.fromkeys(dependencies))


def digest_of(contents: bytes) -> bytes:
    """What stands for the contents of a file where they are compared with those of another day."""
    return blake2b(contents, digest_size=16).digest()


def read_file(path: str, largest: int) -> bytes:
    """The bytes of the regular file `path`. Raises UnreadableError for anything else, or more than `largest`."""
    reads = _reads.get()
    contents = None
    try:
        contents = _read(path, largest)
    finally:
        if reads is not None:
            reads.note(path, contents)
    return contents


def _read(path: str, largest: int) -> bytes:
    try:
        return read_regular(path, largest)
    except FileNotFoundError:
        raise UnreadableError(f"{path} does not exist.") from None
    except UnsuitableFileError as error:
        raise UnreadableError(f"{path} {str(error.strerror).removeprefix('it ')}.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UnreadableError(f"{path} cannot be opened: {reason}.") from None


class Sources:
    """The texts of the files of one compile: the root's and `others` as given, the rest from the disk, read once.

    `visible` are the folders and files that may be read there, as in `CompileRequest`: a `#line` can name any.
    """

    def __init__(
        self,
        path: str,
        contents: bytes | None,
        others: Iterable[tuple[str, bytes]] = (),
        visible: Collection[str] | None = None,
    ) -> None:
        self._visible = visible
        self._contents: dict[str, bytes | None] = dict(others)
        if contents is not None:
            self._contents[path] = contents

    def read(self, path: str) -> bytes | None:
        """None where the file cannot be read."""
        if path not in self._contents:
            try:
                self._contents[path] = read_file(path, LARGEST_SOURCE) if self._is_visible(path) else None
            except UnreadableError:
                self._contents[path] = None
        return self._contents[path]

    def _is_visible(self, path: str) -> bool:
        return self._visible is None or is_named_within(path, self._visible)

    def text(self, path: str) -> str | None:
        contents = self.read(path)
        return None if contents is None else decode(contents)

    def numbered(self, path: str) -> list[bytes]:
        """The lines of a file; none where it cannot be read."""
        contents = self.read(path)
        return [] if contents is None else split_lines(contents)

    def lines(self, places: Iterable[SourceRange]) -> dict[tuple[str, int], bytes]:
        """The text of the first and the last line of each of `places`."""
        wanted: dict[str, set[int]] = {}
        for place in places:
            wanted.setdefault(place.path, set()).update((place.line, place.end_line))
        found = {}
        for path, numbers in wanted.items():
            lines = self.numbered(path)
            for number in numbers:
                if 0 < number <= len(lines):
                    found[path, number] = lines[number - 1][:LONGEST_LINE]
        return found


def is_object(path: str) -> bool:
    """Whether the name is that of a built object rather than of a source."""
    return Path(path).suffix in (".o", ".bpf", ".elf")
