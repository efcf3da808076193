"""Many files, several at a time: each in a process of its own, so that one that dies takes no other along."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import NamedTuple

from xdp_lsp.analysis import FileAnalysis, Link, Status
from xdp_lsp.cli.status import INTERRUPTED, TERMINATED
from xdp_lsp.pipeline import FileReport, analyse_path, with_insight, with_surroundings
from xdp_lsp.pipeline.processes import spawn_context
from xdp_lsp.project import DEFAULT
from xdp_lsp.report.excerpt import AROUND, MOST_LINES
from xdp_lsp.settings import Settings
from xdp_lsp.verifier.result import UNTOUCHED, Standing

# To start a process costs about as much as this many files.
FILES_PER_PROCESS = 8


class Job(NamedTuple):
    """`in_full`: with what is known of each instruction, and with the lines around those that are named."""

    path: str  # absolute
    settings: Settings
    configuration: str = DEFAULT  # the first that the file has
    in_full: bool = False


def default_processes(files: int) -> int:
    """How many processes are worth starting for so many files."""
    processors = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(processors, files // FILES_PER_PROCESS))


def analyse_all(jobs: Sequence[Job], processes: int) -> Iterator[FileReport]:
    """The compact report for each of `jobs`, in their order."""
    if processes <= 1 or len(jobs) <= 1:
        yield from map(_analyse, jobs)
        return
    with _pool(min(processes, len(jobs))) as pool:
        futures = [pool.submit(_analyse, job) for job in jobs]
        try:
            for job, future in zip(jobs, futures, strict=True):
                yield _result(job, future)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def analyse_chain(jobs: Sequence[Job]) -> Iterator[FileReport]:
    """The report for each of `jobs`, whose programs run one after another on the same packet."""
    before: Standing | None = UNTOUCHED
    for at, job in enumerate(jobs, 1):
        report = _analyse(job, Link(before, goes_on=at < len(jobs)))
        before = report.analysis.left
        yield report


def _analyse(job: Job, link: Link | None = None) -> FileReport:
    report = analyse_path(job.path, job.settings, link=link, configuration=job.configuration)
    if job.in_full:
        report = with_surroundings(with_insight(report), AROUND, MOST_LINES)
    return report.compact()


def _result(job: Job, future: Future[FileReport]) -> FileReport:
    try:
        return future.result()
    except BrokenProcessPool:
        # Some process died, and the pool with it: whose file it was shows when each is tried alone.
        try:
            with _pool(1) as pool:
                return pool.submit(_analyse, job).result()
        except BrokenProcessPool:
            sentence = f"The process that analysed {job.path} died; it may have run out of memory."
            return FileReport(FileAnalysis(job.path, job.configuration, Status.UNREADABLE, reason=sentence))


def _pool(processes: int) -> ProcessPoolExecutor:
    # Spawned: a fork of a process with threads (the pool has one) may deadlock.
    return ProcessPoolExecutor(processes, mp_context=spawn_context(), initializer=_leave_quietly)


def _leave_quietly() -> None:
    """In a worker: end on a signal without a traceback, through the exception that takes clang along."""
    signal.signal(signal.SIGINT, lambda *_: sys.exit(INTERRUPTED))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
