"""Text of build files in which some pieces are not known, and how much of it is read."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from pathlib import Path

from xdp_lsp.source import is_file, is_within

LARGEST_FILE = 1 << 20  # bytes
MOST_FILES = 200
# Of all expansions for one source; real build files ask for 20,000 at most.
MOST_CHARACTERS = 4 << 20
MOST_REFERENCES = 50_000
# What people write takes some 0.05 s; a text that was written to take long is read up to here.
MOST_SECONDS = 1.0  # of the processor's

UNSET = "is set in no file that is read"
SPENT = "leads too far"

_MARK = re.compile(r"(?:\0|\\0)(\d+)(?:\0|\\0)")
_LONGEST_SHOWN = 60
_LONGEST_KEPT = 200

Signature = tuple[int, ...] | None


class Pieces:
    """What stands in a text for a piece of it that is not evaluated, such as `$(shell uname -m)`.

    A mark holds two NULs, which no file that is read has any more: `filter_flags` lets no flag with one pass, so a
    flag that is known in part is left out together with the word that it takes as its value.
    """

    def __init__(self) -> None:
        self._written: list[tuple[str, str]] = []

    def mark(self, text: str, why: str) -> str:
        """A piece that is written `text` and is not known; `why` ends the sentence "it needs `text`, which"."""
        self._written.append((text[:_LONGEST_KEPT], why))
        return f"\0{len(self._written) - 1}\0"

    def is_empty(self, word: str) -> bool:
        """Whether `word` is nothing but variables that are set nowhere: likely no word at all."""
        marks = _MARK.findall(word)
        return (
            bool(marks)
            and not _MARK.sub("", word)
            and all(self._written[int(one)][1] == UNSET for one in marks)
        )

    def show(self, text: str) -> str:
        """`text` as it was written, cut where that is long."""
        return _MARK.sub(lambda match: _short(self._written[int(match[1])][0]), text)

    def why(self, text: str) -> str | None:
        """Why `text` is not known, as the end of a sentence that begins with "it"; None where all of it is."""
        match = _MARK.search(text)
        if match is None:
            return None
        written, why = self._written[int(match[1])]
        return why if match[0] == text else f"needs {_short(written)}, which {why}"


def signature_of(path: str) -> Signature:
    """What changes when the file or the folder at `path` does; None where there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino, status.st_mode


def is_known(text: str) -> bool:
    """Whether no piece of `text` is a mark."""
    return "\0" not in text


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SHOWN else f"{line[: _LONGEST_SHOWN - 4]} ..."


class Reading:
    """The build files of one source while they are read: what is left of the limits, and what was looked at.

    What was found is right for as long as nothing that was looked at has changed.
    """

    def __init__(self) -> None:
        self._seen: dict[str, Signature] = {}
        self._files = MOST_FILES
        self._characters = MOST_CHARACTERS
        self._references = MOST_REFERENCES
        self._until = time.process_time() + MOST_SECONDS

    def spend(self, characters: int) -> bool:
        """Whether one more reference may be followed that gave so much text."""
        self._characters -= characters
        self._references -= 1
        return not self.is_spent

    @property
    def is_spent(self) -> bool:
        return self._characters < 0 or self._references < 0 or time.process_time() > self._until

    @property
    def seen(self) -> Mapping[str, Signature]:
        return self._seen

    def exists(self, path: str) -> bool:
        self._seen[path] = signature_of(path)
        return self._seen[path] is not None

    def names_in(self, folder: Path) -> list[str]:
        """The names in `folder`, sorted; none where it cannot be read."""
        self.exists(str(folder))
        try:
            return sorted(one.name for one in folder.iterdir())
        except OSError:
            return []

    def read(self, path: Path, root: Path) -> str | None:
        """The text of the build file at `path`; None where it is none, is too large, is out of `root`, links followed,
        or where there were too many before it."""
        if (
            self._files <= 0
            or not self.exists(str(path))
            or not is_file(path)
            or not is_within(path, (str(root),))
        ):
            return None
        self._files -= 1
        try:
            with open(path, "rb", opener=_without_waiting) as file:
                content = file.read(LARGEST_FILE + 1)
        except OSError:
            return None
        if len(content) > LARGEST_FILE:
            return None
        return content.decode("utf-8", "surrogateescape").replace("\0", "\N{REPLACEMENT CHARACTER}")


def _without_waiting(path: str, flags: int) -> int:
    """As `os.open`; a pipe that took the file's place is no reason to wait."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
