"""What a build file says of one source: words of a command, before they are filtered."""

from __future__ import annotations

from typing import NamedTuple

# How sure it is that a command is that of the source, the surest last.
NAMED = 0  # variables that are called as flags for BPF are, used by no rule for it
OTHER = 1  # it compiles other sources for BPF
LIKELY = 2  # which sources it compiles is not known
FITS = 3  # a pattern that the source fits
EXACT = 4  # it names the source


class Recipe(NamedTuple):
    """`words` may hold marks of what is not known. `folders` are those that its relative paths may be meant from,
    absolute, the likeliest first. `reason` says why it is taken, as that of a `Layer`."""

    words: tuple[str, ...]
    folders: tuple[str, ...]
    origin: str
    line: int
    reason: str
    fit: int
