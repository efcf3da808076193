"""Many files, several at a time: each in a process of its own, so that one that dies takes no other along.

What earlier runs found out is not found out again. A run in which that is all starts no process and does not import the
verifier.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from typing import TYPE_CHECKING, NamedTuple

from xdp_lsp.analysis import FileAnalysis, Status
from xdp_lsp.cli.job import Job
from xdp_lsp.cli.status import INTERRUPTED, TERMINATED
from xdp_lsp.pipeline import FileReport
from xdp_lsp.pipeline.memory import Memory
from xdp_lsp.toolchain import Store

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

# To start a process, which imports the verifier, costs about as much as this many files.
FILES_PER_PROCESS = 4


class Done(NamedTuple):
    """The reports, in the order of their jobs, and how many of them earlier runs had found."""

    reports: tuple[FileReport, ...]
    remembered: int = 0


def processes_for(files: int) -> int:
    """How many processes are worth starting for so many files."""
    processors = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(processors, files // FILES_PER_PROCESS))


def analyse_all(
    jobs: Sequence[Job],
    processes: int | None = None,
    store: Store | None = None,
    progress: Callable[[int, int, str], None] = lambda done, all, path: None,
) -> Done:
    """The compact report for each of `jobs`: what `store` has of them, the rest in `processes` at a time.

    `progress` is told how many of how many are done, and the last one.
    """
    memory = Memory(store) if store is not None else None
    reports: dict[int, FileReport] = {}
    for at, job in enumerate(jobs):
        known = memory.recall(job.question) if memory is not None and job.can_be_kept else None
        if known is not None:
            reports[at] = known
    remembered = len(reports)
    left = [at for at in range(len(jobs)) if at not in reports]
    for at, report in _found_out([(at, jobs[at]) for at in left], processes, store):
        reports[at] = report
        progress(len(reports), len(jobs), jobs[at].path)
    if left and store is not None:
        store.prune()
    return Done(tuple(reports[at] for at in range(len(jobs))), remembered)


def _found_out(
    jobs: Sequence[tuple[int, Job]], processes: int | None, store: Store | None
) -> Iterator[tuple[int, FileReport]]:
    """The reports with the numbers of their jobs, as they come."""
    if not jobs:
        return
    count = min(processes or processes_for(len(jobs)), len(jobs))
    if count <= 1:
        from xdp_lsp.cli.work import analyse  # noqa: PLC0415 - as said

        yield from ((at, analyse(job, store)) for at, job in jobs)
        return
    with _pool(count) as pool:
        futures = {pool.submit(_analyse, job, store): (at, job) for at, job in jobs}
        try:
            for future in as_completed(futures):
                at, job = futures[future]
                yield at, _result(future, job, store)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _analyse(job: Job, store: Store | None) -> FileReport:
    from xdp_lsp.cli.work import analyse  # noqa: PLC0415 - as said

    return analyse(job, store)


def _result(future: Future[FileReport], job: Job, store: Store | None) -> FileReport:
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415

    try:
        return future.result()
    except BrokenProcessPool:
        # Some process died, and the pool with it: whose file it was shows when each is tried alone.
        try:
            with _pool(1) as pool:
                return pool.submit(_analyse, job, store).result()
        except BrokenProcessPool:
            sentence = f"The process that analysed {job.path} died; it may have run out of memory."
            return FileReport(FileAnalysis(job.path, job.configuration, Status.UNREADABLE, reason=sentence))


def _pool(processes: int) -> ProcessPoolExecutor:
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415

    from xdp_lsp.pipeline.processes import spawn_context  # noqa: PLC0415

    # Spawned: a fork of a process with threads (the pool has one) may deadlock.
    return ProcessPoolExecutor(processes, mp_context=spawn_context(), initializer=_leave_quietly)


def _leave_quietly() -> None:
    """In a worker: end on a signal without a traceback, through the exception that takes clang along."""
    signal.signal(signal.SIGINT, lambda *_: sys.exit(INTERRUPTED))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
