"""A text is analysed when its user pauses, for about as long as that takes. The clock is the test's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from xdp_lsp.server.debounce import RECENT, Debounce, Policy


class Clock:
    """An event loop's timers."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def call_later(self, delay: float, callback: Callable[[], None]) -> Clock.Timer:
        timer = (self.now + delay, callback)
        self.timers.append(timer)
        return Clock.Timer(self, timer)

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [timer for timer in self.timers if timer[0] <= end + 1e-9]:
            timer = min(due, key=lambda one: one[0])
            self.timers.remove(timer)
            self.now = timer[0]
            timer[1]()
        self.now = end

    class Timer:
        def __init__(self, clock: Clock, timer: tuple[float, Callable[[], None]]) -> None:
            self.clock, self.timer = clock, timer

        def cancel(self) -> None:
            self.clock.timers.remove(self.timer)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def acted() -> list[str]:
    return []


@pytest.fixture
def debounce(clock: Clock, acted: list[str]) -> Debounce[str]:
    return Debounce(acted.append, clock.call_later, Policy(least=0.05, most=0.5, ratio=1.0))


def test_typing_is_waited_for(clock: Clock, acted: list[str], debounce: Debounce[str]) -> None:
    for _ in range(100):
        debounce.touch("a.c")
        clock.advance(0.49)
    assert acted == []
    assert debounce.is_waiting("a.c")
    clock.advance(0.01)
    assert acted == ["a.c"]
    clock.advance(10)
    assert acted == ["a.c"]
    assert not debounce.is_waiting("a.c")


def test_the_wait_follows_the_median_of_recent_times(
    clock: Clock, acted: list[str], debounce: Debounce[str]
) -> None:
    def wait() -> float:
        del acted[:]
        debounce.touch("a.c")
        begin = clock.now
        while not acted:
            clock.advance(0.01)
        return pytest.approx(clock.now - begin, abs=0.011)

    assert wait() == 0.5  # nothing is known: at most
    debounce.took("a.c", 0.2)
    assert wait() == 0.2
    for seconds in (0.2, 9.0):  # one that was slow is not what it takes
        debounce.took("a.c", seconds)
    assert wait() == 0.2
    for _ in range(RECENT):
        debounce.took("a.c", 0.001)
    assert wait() == 0.05
    for _ in range(RECENT):
        debounce.took("a.c", 3.0)
    assert wait() == 0.5
    debounce.took("b.c", 0.1)
    assert wait() == 0.5  # each file has its own


def test_files_are_waited_for_apart(clock: Clock, acted: list[str], debounce: Debounce[str]) -> None:
    debounce.touch("a.c")
    clock.advance(0.3)
    debounce.touch("b.c")
    clock.advance(0.3)
    assert acted == ["a.c"]
    clock.advance(0.3)
    assert acted == ["a.c", "b.c"]


def test_what_is_dropped_is_not_done(clock: Clock, acted: list[str], debounce: Debounce[str]) -> None:
    debounce.touch("a.c")
    debounce.drop("a.c")
    debounce.drop("a.c")
    clock.advance(10)
    assert acted == []
    debounce.took("a.c", 0.1)
    debounce.forget("a.c")
    debounce.touch("a.c")
    clock.advance(0.4)
    assert acted == []
    clock.advance(0.1)
    assert acted == ["a.c"]
