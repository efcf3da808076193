"""The part of a file that is asked about."""

from __future__ import annotations

from typing import NamedTuple


class Lines(NamedTuple):
    """From line `first` to line `last` of a file, both counted from 1 and included."""

    first: int
    last: int

    def meet(self, first: int, last: int) -> bool:
        """Whether any of the lines `first` to `last` is one of them."""
        return self.first <= last and first <= self.last
