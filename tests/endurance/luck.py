"""Bad luck. Each step tells what it did."""

from __future__ import annotations

from tests.endurance import processes
from tests.endurance.desk import Desk


def kill_compiler(desk: Desk) -> str:
    found = processes.compilers(desk.client.process.pid)
    killed = [one for one in found if processes.kill(one, group=True)]
    return f"{len(killed)}"


def kill_worker(desk: Desk) -> str:
    found = processes.workers(desk.client.process.pid)
    if found:
        processes.kill(desk.random.choice(found))
    return f"1 of {len(found)}"


def slow(desk: Desk) -> str:
    """The client does not read for a while."""
    desk.slow_until = desk.number + desk.random.randint(5, 25)
    desk.client.pause()
    return f"until {desk.slow_until}"


def fill(desk: Desk) -> str:
    names = desk.random.random() < 0.5
    desk.full_until = desk.number + desk.random.randint(5, 20)
    desk.disk.fill(names=names)
    return f"until {desk.full_until}, {'names' if names else 'bytes'}"


def sweep(desk: Desk) -> None:
    desk.disk.sweep()


def lose_cache(desk: Desk) -> str:
    is_file = desk.random.random() < 0.5
    desk.full_until = max(desk.full_until, desk.number + 5)
    desk.disk.lose_cache(is_file=is_file)
    return "a file is there" if is_file else "deleted"


def recover(desk: Desk) -> None:
    """What has lasted long enough ends."""
    if desk.number >= desk.slow_until:
        desk.client.resume()
    if desk.number >= desk.full_until:
        desk.disk.restore()
