"""Names of files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def is_file(path: str | os.PathLike[str]) -> bool:
    """Whether `path` is a file that can be seen. Unlike Path.is_file, a folder without permission is no error."""
    return os.path.isfile(path)  # noqa: PTH113 - as said


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether `path` is a folder that can be seen."""
    return os.path.isdir(path)  # noqa: PTH112


def exists(path: str | os.PathLike[str]) -> bool:
    """Whether `path` is there and can be seen."""
    return os.path.exists(path)  # noqa: PTH110


def can_be_name(text: str) -> bool:
    """Whether a file could be called `text`, or a program be handed it: JSON and YAML can hold what neither can, a NUL
    and halves of surrogate pairs."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def path_key(path: str) -> str:
    """What all names of one file have in common: links followed, case folded where the system does."""
    return os.path.normcase(os.path.realpath(path))


def tidied(path: str) -> str:
    """`path` freed of `.` and `..` where that leads to the same file: it does not past a link to a folder."""
    if "/." not in path and "//" not in path and os.sep == "/":
        return path
    plain = os.path.normpath(path)
    try:
        return plain if plain == path or os.path.samefile(plain, path) else path  # noqa: PTH121
    except OSError:
        return path


def is_within(path: str | os.PathLike[str], folders: Iterable[str]) -> bool:
    """Whether `path` is one of `folders` or in one of them, links followed."""
    parts = Path(path_key(os.fspath(path))).parts
    return any(parts[: len(above)] == above for above in (Path(path_key(one)).parts for one in folders))


def is_named_within(path: str, folders: Iterable[str]) -> bool:
    """As `is_within`, by the names alone: `..` is taken back as text, and no link is looked at."""
    parts = Path(os.path.normpath(path)).parts
    return any(parts[: len(above)] == above for above in (Path(one).parts for one in folders))
