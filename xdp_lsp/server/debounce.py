"""How long to wait after a keystroke before the text is analysed: about as long as that takes.

clangd's policy (TUScheduler.h, DebouncePolicy): the median of recent times, by a ratio, between a least and a most.
So a small file is answered while one types, and a large one when typing pauses; either way no more than about half of
the time goes into results that the next keystroke makes old.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from statistics import median
from typing import Generic, NamedTuple, Protocol, TypeVar

Key = TypeVar("Key", bound=Hashable)

RECENT = 8  # times that are looked at


class Policy(NamedTuple):
    """Seconds, but for `ratio`."""

    least: float = 0.05
    most: float = 0.5
    ratio: float = 1.0

    def delay(self, recent: deque[float]) -> float:
        """After the last keystroke, where the last times were `recent`."""
        if not recent:
            return self.most
        return min(max(self.ratio * median(recent), self.least), self.most)


class Timer(Protocol):
    """What `call_later` of an event loop returns."""

    def cancel(self) -> None: ...


class Debounce(Generic[Key]):
    """Calls `act` for a key once that has been left alone for its delay."""

    def __init__(
        self,
        act: Callable[[Key], None],
        call_later: Callable[[float, Callable[[], None]], Timer],
        policy: Policy = Policy(),  # noqa: B008 - immutable
    ) -> None:
        self._act = act
        self._call_later = call_later
        self._policy = policy
        self._timers: dict[Key, Timer] = {}
        self._recent: dict[Key, deque[float]] = {}

    def touch(self, key: Key) -> None:
        """`key` has changed; what was waited for before is not any more."""
        self.drop(key)
        delay = self._policy.delay(self._recent.get(key, deque()))
        self._timers[key] = self._call_later(delay, lambda: self._fire(key))

    def drop(self, key: Key) -> None:
        """Wait for nothing: it is being done already."""
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()

    def took(self, key: Key, seconds: float) -> None:
        """Learn how long it takes."""
        self._recent.setdefault(key, deque(maxlen=RECENT)).append(seconds)

    def forget(self, key: Key) -> None:
        """`key` is gone."""
        self.drop(key)
        self._recent.pop(key, None)

    def is_waiting(self, key: Key) -> bool:
        return key in self._timers

    def _fire(self, key: Key) -> None:
        del self._timers[key]
        self._act(key)
