"""Files of a folder that may be anybody's: read without waiting, up to a limit; listed without recursion."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator


class UnsuitableFileError(OSError):
    """What is there is no file that is to be read; `strerror` says what it is: "it is a folder"."""


def read_regular(path: str | os.PathLike[str], largest: int) -> bytes:
    """The bytes of the regular file `path`, of which there are at most `largest`. Raises OSError; where it is a pipe, a
    device, or larger, an UnsuitableFileError."""
    contents = read_head(path, largest + 1)
    if len(contents) > largest:
        size = f"{largest >> 20} MiB" if largest >> 20 else f"{largest >> 10} KiB"
        raise UnsuitableFileError(errno.EFBIG, f"it is larger than {size}")
    return contents


def read_head(path: str | os.PathLike[str], most: int) -> bytes:
    """The first bytes of the regular file `path`, `most` of them; else as `read_regular`."""
    # Not blocking: to open a pipe would wait for a writer. What is opened is what is looked at.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise UnsuitableFileError(errno.EISDIR, "it is a folder")
        if not stat.S_ISREG(mode):
            raise UnsuitableFileError(errno.EINVAL, "it is not a regular file")
        with open(handle, "rb", closefd=False) as stream:
            return stream.read(most)
    finally:
        os.close(handle)


def walk(root: str, problems: list[OSError] | None = None) -> Iterator[tuple[str, list[str]]]:
    """The folders below `root`, itself first, each with the names in it that are no folders; by name.

    Hidden folders are left out, links to folders are not followed. What cannot be listed goes to `problems`. os.walk
    calls itself for each level before Python 3.12, and comes to an end in a folder that is a thousand deep.
    """
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        folders: list[str] = []
        names: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if not _is_folder(entry):
                        names.append(entry.name)
                    elif not entry.name.startswith(".") and not entry.is_symlink():
                        folders.append(entry.path)
        except OSError as error:
            if problems is not None:
                problems.append(error)
            continue
        yield folder, sorted(names)
        waiting += sorted(folders, reverse=True)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
