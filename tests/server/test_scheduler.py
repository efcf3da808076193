"""The newest request of a file wins, and nothing is heard of what it supersedes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from xdp_lsp.server.scheduler import Scheduler
from xdp_lsp.server.workers import JobFailedError


class Runner:
    """Runs jobs in this process: each waits for what the test puts into its mailbox."""

    def __init__(self) -> None:
        self.mailboxes: dict[str, asyncio.Queue[Any]] = {}
        self.stopped: list[str] = []

    def tell(self, request: str, *results: Any) -> None:
        for result in results:
            self.mailboxes.setdefault(request, asyncio.Queue()).put_nowait(result)

    async def run(self, request: str, on_result: Callable[[Any], None], limit: float) -> None:
        mailbox = self.mailboxes.setdefault(request, asyncio.Queue())
        try:
            while (result := await mailbox.get()) is not None:
                if isinstance(result, Exception):
                    raise result
                on_result(result)
        except asyncio.CancelledError:
            self.stopped.append(request)
            raise


class Listener:
    def __init__(self) -> None:
        self.heard: list[tuple[str, ...]] = []
        self.ended = asyncio.Event()

    def on_begin(self, key: str, request: str) -> None:
        self.heard.append(("begin", key, request))

    def on_result(self, key: str, request: str, result: Any) -> None:
        self.heard.append(("result", key, request, result))

    def on_failure(self, key: str, request: str, sentence: str) -> None:
        self.heard.append(("failure", key, request, sentence))

    def on_end(self, key: str) -> None:
        self.heard.append(("end", key))
        self.ended.set()


async def test_a_job_from_begin_to_end() -> None:
    runner, listener = Runner(), Listener()
    Scheduler(runner, listener).submit("a.c", "a1", 1.0)
    runner.tell("a1", "verdict", "enriched", None)
    await listener.ended.wait()
    assert listener.heard == [
        ("begin", "a.c", "a1"),
        ("result", "a.c", "a1", "verdict"),
        ("result", "a.c", "a1", "enriched"),
        ("end", "a.c"),
    ]


async def test_a_newer_request_stops_the_older() -> None:
    runner, listener = Runner(), Listener()
    scheduler: Scheduler[str, str] = Scheduler(runner, listener)
    scheduler.submit("a.c", "a1", 1.0)
    await asyncio.sleep(0)
    # The result is there already, but the next save comes before it is looked at.
    runner.tell("a1", "stale")
    scheduler.submit("a.c", "a2", 1.0)
    runner.tell("a2", "fresh", None)
    await listener.ended.wait()
    assert listener.heard == [("begin", "a.c", "a1"), ("result", "a.c", "a2", "fresh"), ("end", "a.c")]
    assert runner.stopped == ["a1"]


async def test_a_result_that_comes_between_order_and_stop_is_not_heard() -> None:
    listener = Listener()
    deliveries: list[Callable[[Any], None]] = []

    class Eager(Runner):
        async def run(self, request: str, on_result: Callable[[Any], None], limit: float) -> None:
            deliveries.append(on_result)
            await super().run(request, on_result, limit)

    runner = Eager()
    scheduler: Scheduler[str, str] = Scheduler(runner, listener)
    scheduler.submit("a.c", "a1", 1.0)
    await asyncio.sleep(0)
    scheduler.submit("a.c", "a2", 1.0)
    deliveries[0]("stale")
    runner.tell("a2", None)
    await listener.ended.wait()
    assert listener.heard == [("begin", "a.c", "a1"), ("end", "a.c")]


async def test_a_burst_runs_only_its_last() -> None:
    runner, listener = Runner(), Listener()
    scheduler: Scheduler[str, str] = Scheduler(runner, listener)
    for version in range(100):
        runner.tell(f"a{version}", version, None)
        scheduler.submit("a.c", f"a{version}", 1.0)
    await listener.ended.wait()
    assert listener.heard == [("begin", "a.c", "a0"), ("result", "a.c", "a99", 99), ("end", "a.c")]


async def test_files_do_not_stop_each_other() -> None:
    runner, listener = Runner(), Listener()
    scheduler: Scheduler[str, str] = Scheduler(runner, listener)
    scheduler.submit("a.c", "a1", 1.0)
    scheduler.submit("b.c", "b1", 1.0)
    runner.tell("b1", "b", None)
    await listener.ended.wait()
    listener.ended.clear()
    runner.tell("a1", "a", None)
    await listener.ended.wait()
    assert [event for event in listener.heard if event[0] == "result"] == [
        ("result", "b.c", "b1", "b"),
        ("result", "a.c", "a1", "a"),
    ]
    assert runner.stopped == []


async def test_a_failure_is_told_once_and_the_next_request_is_run() -> None:
    runner, listener = Runner(), Listener()
    scheduler: Scheduler[str, str] = Scheduler(runner, listener)
    scheduler.submit("a.c", "a1", 1.0)
    runner.tell("a1", JobFailedError("It broke."))
    await listener.ended.wait()
    listener.ended.clear()
    scheduler.submit("a.c", "a2", 1.0)
    runner.tell("a2", "fine", None)
    await listener.ended.wait()
    assert listener.heard == [
        ("begin", "a.c", "a1"),
        ("failure", "a.c", "a1", "It broke."),
        ("end", "a.c"),
        ("begin", "a.c", "a2"),
        ("result", "a.c", "a2", "fine"),
        ("end", "a.c"),
    ]


async def test_what_is_cancelled_is_not_heard_of_again() -> None:
    runner, listener = Runner(), Listener()
    scheduler: Scheduler[str, str] = Scheduler(runner, listener)
    scheduler.submit("a.c", "a1", 1.0)
    await asyncio.sleep(0)
    scheduler.cancel("a.c")
    scheduler.cancel("never submitted")
    runner.tell("a1", "late", None)
    await asyncio.sleep(0)
    assert listener.heard == [("begin", "a.c", "a1"), ("end", "a.c")]
    assert runner.stopped == ["a1"]
