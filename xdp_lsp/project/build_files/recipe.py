"""What a build file says of one source: words of a command, before they are filtered."""

from __future__ import annotations

import os
from typing import NamedTuple

from xdp_lsp.project.build_files.literal import is_known

# How sure it is that a command is that of the source, the surest last.
NAMED = 0  # variables that are called as flags for BPF are, used by no rule for it
OTHER = 1  # it compiles other sources for BPF
LIKELY = 2  # which sources it compiles is not known
FITS = 3  # a pattern that the source fits
EXACT = 4  # it names the source


class Place(NamedTuple):
    """A line of a build file, from 1."""

    origin: str
    line: int


class Recipe(NamedTuple):
    """`words` may hold marks of what is not known. `folders` are those that its relative paths may be meant from,
    absolute, the likeliest first. `reason` says why it is taken, as that of a `Layer`."""

    words: tuple[str, ...]
    folders: tuple[str, ...]
    origin: str
    line: int
    reason: str
    fit: int


def is_named(word: str, path: str, folder: str) -> bool:
    """Whether `word`, read from `folder`, names the source at `path`; by its last part where its folder is unknown."""
    if not is_known(word):
        return word.rpartition("\0")[2] == f"/{os.path.basename(path)}"  # noqa: PTH119
    return os.path.normpath(os.path.join(folder, word)) == os.path.normpath(path)  # noqa: PTH118
