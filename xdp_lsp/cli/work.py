"""What is done for one file, in a process of its own or in ours. Takes the verifier along, unlike `jobs`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xdp_lsp.analysis import Link
from xdp_lsp.cli.job import Job
from xdp_lsp.pipeline import FileReport, analyse_path, with_insight, with_surroundings
from xdp_lsp.pipeline.memory import answered
from xdp_lsp.report.excerpt import AROUND, MOST_LINES
from xdp_lsp.toolchain import Store
from xdp_lsp.verifier.result import UNTOUCHED, Standing


def analyse(job: Job, store: Store | None = None) -> FileReport:
    """The compact report for `job`, kept in `store`."""
    if store is None or not job.can_be_kept:
        return _analyse(job).compact()
    return answered(job.question, store, lambda: _analyse(job))


def analyse_chain(jobs: Sequence[Job]) -> Iterator[FileReport]:
    """The compact report for each of `jobs`, whose programs run one after another on the same packet."""
    before: Standing | None = UNTOUCHED
    for at, job in enumerate(jobs, 1):
        report = _analyse(job, Link(before, goes_on=at < len(jobs))).compact()
        before = report.analysis.left
        yield report


def _analyse(job: Job, link: Link | None = None) -> FileReport:
    report = analyse_path(job.path, job.settings, link=link, configuration=job.configuration)
    if job.in_full:
        report = with_surroundings(with_insight(report), AROUND, MOST_LINES)
    return report
