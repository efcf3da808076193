"""`xdp-lsp check`: compile, analyse, report."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from xdp_lsp.analysis import FileAnalysis, Status
from xdp_lsp.analysis.words import some
from xdp_lsp.cli.check_options import add_options, settings_given
from xdp_lsp.cli.configurations import jobs_for
from xdp_lsp.cli.formats import Baseline, render
from xdp_lsp.cli.job import Job
from xdp_lsp.cli.jobs import Done, analyse_all
from xdp_lsp.cli.outcome import exit_status
from xdp_lsp.cli.output import note, write
from xdp_lsp.cli.progress import progress
from xdp_lsp.cli.settings import settings_loader
from xdp_lsp.cli.status import CLEAN, UsageError
from xdp_lsp.cli.walk import Found, expand
from xdp_lsp.pipeline import FileReport
from xdp_lsp.pipeline.build_memory import build_files_kept
from xdp_lsp.pipeline.memory import usual_store
from xdp_lsp.report.configurations import settled
from xdp_lsp.report.model import Report
from xdp_lsp.settings import Settings
from xdp_lsp.source import is_folder, printable
from xdp_lsp.toolchain import Store

if TYPE_CHECKING:
    from xdp_lsp.cli.diff import Earlier


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_options(parser)


def run(arguments: argparse.Namespace) -> int:
    known = None if arguments.baseline is None else Baseline(arguments.baseline)
    earlier = _earlier(arguments) if arguments.diff is not None else None
    settings_of = settings_loader(settings_given(arguments))
    files, parts = _check(arguments, settings_of)
    if not files:
        note(f"nothing that looks like XDP in {', '.join(arguments.paths)}")
    report = Report(files, os.getcwd())  # noqa: PTH109
    since = earlier.since(report) if earlier is not None else None
    report = since.report if since is not None else report
    if known is not None:
        report = known.hides(report)
        since = replace(since, report=report) if since is not None else None
    if not arguments.quiet:
        _tell_of_guesses(files)
    is_whole = any(map(is_folder, arguments.paths)) and not arguments.chain
    write(render(report, arguments, since, parts if is_whole else None))
    if not files:
        return CLEAN
    judged = [settings_of(str(Path(file.analysis.path).parent)) for file in files]
    answers = since.news() if since is not None else (file.analysis for file in report.files)
    return exit_status(zip(answers, judged, strict=True))


class _Checked(NamedTuple):
    """The reports, and of C files that are seen through others those."""

    files: tuple[FileReport, ...]
    parts: Mapping[str, tuple[str, ...]]


def _check(arguments: argparse.Namespace, settings_of: Callable[[str], Settings]) -> _Checked:
    """What comes of the files that `arguments` name."""
    store = None if arguments.no_cache else usual_store()
    with build_files_kept(store, arguments.paths):
        # One file can have several places in a chain.
        groups = [[path] for path in arguments.paths] if arguments.chain else [arguments.paths]
        listed = [one for group in groups for one in expand(group, settings_of)]
        found = [one for one in listed if one.part_of is None]
        sources = [(one.path, settings_of(str(Path(one.path).parent))) for one in found if not one.problem]
        by_file = list(jobs_for(sources, arguments.only_configuration, chain=arguments.chain))
    jobs = [job._replace(in_full=arguments.format == "html") for some in by_file for job in some]
    done = _analysed(jobs, arguments, store)
    if done.remembered and not arguments.quiet and any(map(is_folder, arguments.paths)):
        note(f"{len(jobs) - done.remembered} of {len(jobs)} looked at, {done.remembered} remembered")
    reports = iter(done.reports)
    numbers = iter([len(some) for some in by_file])
    files = settled([report for one in found for report in _reports_of(one, reports, numbers)])
    return _Checked(files, {one.path: one.part_of for one in listed if one.part_of is not None})


def _analysed(jobs: Sequence[Job], arguments: argparse.Namespace, store: Store | None) -> Done:
    if arguments.chain:
        from xdp_lsp.cli.work import analyse_chain  # noqa: PLC0415 - with the verifier

        return Done(tuple(analyse_chain(jobs)))
    with progress(is_wanted=len(jobs) > 1 and not arguments.quiet) as show:
        return analyse_all(jobs, arguments.jobs, store, show)


def _tell_of_guesses(files: Sequence[FileReport]) -> None:
    """What rests on a guess is said to: a macro's value may be another in the real build."""
    guessed = dict.fromkeys(file.analysis.path for file in files if any(file.guesses()))
    if guessed:
        shown = [printable(os.path.relpath(path)) for path in guessed]
        note(
            f"flags were guessed for {some(shown)}: `xdp-lsp doctor FILE` says which and why, "
            "`xdp-lsp init` writes them down"
        )


def _earlier(arguments: argparse.Namespace) -> Earlier:
    """What the revision of `--diff` comes to."""
    from xdp_lsp.cli.diff import check_earlier  # noqa: PLC0415

    if arguments.chain:
        raise UsageError(
            "--diff and --chain do not go together: a chain may have other places in that revision"
        )

    def check(then: argparse.Namespace) -> tuple[FileReport, ...]:
        return _check(then, settings_loader(settings_given(then), quietly=True)).files

    return check_earlier(arguments, check)


def _reports_of(found: Found, reports: Iterator[FileReport], numbers: Iterator[int]) -> list[FileReport]:
    return [_unlisted(found)] if found.problem else list(islice(reports, next(numbers)))


def _unlisted(found: Found) -> FileReport:
    return FileReport(FileAnalysis(found.path, "default", Status.UNREADABLE, reason=found.problem))
