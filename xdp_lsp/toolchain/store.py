"""Answers that can be had again, kept in files below the user's cache: bounded, private, safe to lose at any moment."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.toolchain.cache import write_whole

MOST_BYTES = 256 << 20
MOST_ENTRIES = 10_000
# Of one entry: what is larger is quicker to find out again than to keep.
LARGEST = 16 << 20
# What is left when the bounds are overstepped, so that not every run has to look for what to drop.
_KEPT = 0.75
# How exactly it is known when an entry was used last: a write for each use would cost more than it tells.
_DAY = 86_400.0
# Files that a killed process has left half written are dropped after this.
_ABANDONED = 3600.0
_CHECK = 16  # bytes of a digest in front of each entry


class Extent(NamedTuple):
    entries: int
    bytes: int


class Store:
    """Byte strings by name, in `folder`.

    Several processes may use one folder at once; the last to write a name wins. What is cut short, damaged or foreign
    is taken for nothing. No method raises for what is wrong with the disk: an answer that cannot be kept is found out
    again.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES, most_entries: int = MOST_ENTRIES) -> None:
        self.folder = folder
        self._most_bytes = most_bytes
        self._most_entries = most_entries

    def get(self, name: str) -> bytes | None:
        path = self.folder / name
        try:
            with path.open("rb") as stream:
                used = os.fstat(stream.fileno()).st_mtime
                contents = stream.read(LARGEST + _CHECK + 1)
        except (OSError, ValueError):
            return None
        entry = contents[_CHECK:]
        if len(entry) > LARGEST or contents[:_CHECK] != _check(entry):
            return None
        if abs(time.time() - used) > _DAY:
            with suppress(OSError):
                os.utime(path)
        return entry

    def put(self, name: str, entry: bytes) -> None:
        if len(entry) <= LARGEST:
            with suppress(OSError, ValueError):
                write_whole(self.folder / name, _check(entry) + entry)

    def extent(self) -> Extent:
        files = self._files()
        return Extent(len(files), sum(size for _, size, _ in files))

    def prune(self) -> None:
        """Drop what was used least recently until the bounds are kept."""
        files = sorted(self._files())
        entries, total = len(files), sum(size for _, size, _ in files)
        if entries <= self._most_entries and total <= self._most_bytes:
            return
        for _, size, path in files:
            if entries <= self._most_entries * _KEPT and total <= self._most_bytes * _KEPT:
                return
            with suppress(OSError):
                os.unlink(path)  # noqa: PTH108 - thousands of them
            entries, total = entries - 1, total - size

    def _files(self) -> list[tuple[float, int, str]]:
        """Every entry: when it was used last, its size, its path."""
        found = []
        with suppress(OSError), os.scandir(self.folder) as listed:
            for one in listed:
                with suppress(OSError):
                    status = one.stat(follow_symlinks=False)
                    if not one.name.startswith("."):
                        found.append((status.st_mtime, status.st_size, one.path))
                    elif status.st_mtime < time.time() - _ABANDONED:
                        os.unlink(one.path)  # noqa: PTH108 - as above
        return found


def _check(entry: bytes) -> bytes:
    return blake2b(entry, digest_size=_CHECK).digest()
