"""How a file or a program stands, in a word."""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """The best first."""

    NONE = "none"  # there is no XDP program
    FITS = "fits"
    UNKNOWN = "unknown"
    EXCEEDS = "exceeds"  # or may exceed, or breaks its contract
    FAILED = "failed"  # it cannot be analysed
    ANALYSING = "analysing"

    @property
    def rank(self) -> int:
        return list(State).index(self)
