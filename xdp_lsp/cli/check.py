"""`xdp-lsp check`: compile, analyse, report."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from xdp_lsp.analysis import FileAnalysis, Status
from xdp_lsp.cli.check_options import add_options, settings_given
from xdp_lsp.cli.formats import Baseline, render
from xdp_lsp.cli.jobs import Job, analyse_all, analyse_chain, default_processes
from xdp_lsp.cli.outcome import exit_status
from xdp_lsp.cli.output import note, write
from xdp_lsp.cli.settings import settings_loader
from xdp_lsp.cli.status import CLEAN
from xdp_lsp.cli.walk import Found, expand
from xdp_lsp.pipeline import FileReport
from xdp_lsp.report.model import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_options(parser)


def run(arguments: argparse.Namespace) -> int:
    known = None if arguments.baseline is None else Baseline(arguments.baseline)
    settings_of = settings_loader(settings_given(arguments))
    # One file can have several places in a chain.
    groups = [[path] for path in arguments.paths] if arguments.chain else [arguments.paths]
    found = [one for group in groups for one in expand(group)]
    if not found:
        note(f"nothing that looks like XDP in {', '.join(arguments.paths)}")
    in_full = arguments.format == "html"
    jobs = [
        Job(one.path, settings_of(str(Path(one.path).parent)), in_full=in_full)
        for one in found
        if not one.problem
    ]
    processes = arguments.jobs or default_processes(len(jobs))
    reports = iter(analyse_chain(jobs) if arguments.chain else analyse_all(jobs, processes))
    files = tuple(_unlisted(one) if one.problem else next(reports) for one in found)
    report = Report(files, os.getcwd())  # noqa: PTH109
    if known is not None:
        report = known.hides(report)
    write(render(report, arguments))
    if not files:
        return CLEAN
    judged = [settings_of(str(Path(file.analysis.path).parent)) for file in report.files]
    return exit_status(zip((file.analysis for file in report.files), judged, strict=True))


def _unlisted(found: Found) -> FileReport:
    return FileReport(FileAnalysis(found.path, "default", Status.UNREADABLE, reason=found.problem))
