"""What is still to be looked at in a data-flow analysis."""

from __future__ import annotations

import heapq
from collections.abc import Iterable


class Worklist:
    """Numbers to look at, the least first; one that is added again before its turn comes once."""

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._waiting = set(numbers)
        self._order = list(self._waiting)
        heapq.heapify(self._order)

    def __bool__(self) -> bool:
        return bool(self._order)

    def add(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            if number not in self._waiting:
                self._waiting.add(number)
                heapq.heappush(self._order, number)

    def pop(self) -> int:
        number = heapq.heappop(self._order)
        self._waiting.discard(number)
        return number
