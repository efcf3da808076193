"""`xdp-lsp check`: compile, analyse, report."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from xdp_lsp.analysis import FileAnalysis, Status
from xdp_lsp.cli.jobs import Job, analyse_all, analyse_chain, default_processes
from xdp_lsp.cli.outcome import exit_status
from xdp_lsp.cli.output import note, wants_colour, write
from xdp_lsp.cli.settings import settings_loader
from xdp_lsp.cli.status import CLEAN, UsageError
from xdp_lsp.cli.walk import Found, expand
from xdp_lsp.pipeline import FileReport
from xdp_lsp.report import github, json_report, sarif, text
from xdp_lsp.report.baseline import BaselineError, hide_known, read_baseline
from xdp_lsp.report.model import Report
from xdp_lsp.report.style import Style
from xdp_lsp.settings import KEYS, Kind

_EPILOG = """\
exit status:
  0  nothing as grave as --fail-on
  1  a finding as grave as --fail-on
  2  something cannot be analysed: usage, a file that does not compile or cannot be read
  3  with --strict: whether a program fits is not known

Flags for clang come last, after `--`: xdp-lsp check prog.c -- -DDEBUG -Iinclude
Settings can stand in .xdp-lsp.toml as well, by the same names; the command line wins.
"""

# Settings that have options of a shape of their own below, or none.
_OWN_SHAPE = ("targets", "redirect-to", "flags", "kernel-check", "strict", "severity")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("paths", metavar="PATH", nargs="+", help="a C file, a built object, or a folder")
    parser.add_argument(
        "-t",
        "--target",
        dest="targets",
        action="append",
        metavar="TARGET",
        help="what programs must fit: DRIVER[@KERNEL][:MODE][[CONDITION]], a group or a number of usable bytes; "
        "may be given several times (default: mainstream)",
    )
    parser.add_argument(
        "--redirect-to",
        action="append",
        metavar="TARGET",
        help="where redirected frames are sent: DRIVER[@KERNEL][[CONDITION]], a group or the bytes wanted there; "
        "may be given several times (default: none)",
    )
    parser.add_argument(
        "--format", choices=("text", "json", "sarif", "github"), default="text", help="default: text"
    )
    parser.add_argument(
        "--strict", action="store_true", default=None, help="exit with 3 where a verdict is unknown"
    )
    parser.add_argument(
        "--kernel-check",
        action="store_true",
        default=None,
        help="also have the running kernel load each program, for checking only (root)",
    )
    parser.add_argument(
        "--chain",
        action="store_true",
        help="the files' programs run one after another on the same packet, in the order given: "
        "what they prepend adds up",
    )
    parser.add_argument("--baseline", metavar="FILE", help="a SARIF report whose findings are not told again")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="default: auto")
    parser.add_argument("-q", "--quiet", action="store_true", help="only what asks for action")
    parser.add_argument("-j", "--jobs", type=_positive, metavar="N", help="how many files at a time")
    for key in KEYS.values():
        if key.name not in _OWN_SHAPE and not key.for_editors_only:
            parser.add_argument(
                f"--{key.name}",
                choices=key.choices or None,
                type=_NUMBERS.get(key.kind, str),
                metavar=None if key.choices else _METAVARS.get(key.kind) or key.unit.upper(),
                help=f"{key.description.rstrip('.')} (default: {key.default})".replace("%", "%%"),
            )


def run(arguments: argparse.Namespace) -> int:
    known = _baseline(arguments.baseline)
    settings_of = settings_loader(_command_line(arguments))
    # One file can have several places in a chain.
    groups = [[path] for path in arguments.paths] if arguments.chain else [arguments.paths]
    found = [one for group in groups for one in expand(group)]
    if not found:
        note(f"nothing that looks like XDP in {', '.join(arguments.paths)}")
    jobs = [Job(one.path, settings_of(str(Path(one.path).parent))) for one in found if not one.problem]
    processes = arguments.jobs or default_processes(len(jobs))
    reports = iter(analyse_chain(jobs) if arguments.chain else analyse_all(jobs, processes))
    files = tuple(_unlisted(one) if one.problem else next(reports) for one in found)
    report = Report(files, os.getcwd())  # noqa: PTH109
    if known is not None:
        report, hidden = hide_known(report, known)
        note(f"{hidden} known from {arguments.baseline}")
    write(_render(report, arguments))
    if not files:
        return CLEAN
    judged = [settings_of(str(Path(file.analysis.path).parent)) for file in report.files]
    return exit_status(zip((file.analysis for file in report.files), judged, strict=True))


def _render(report: Report, arguments: argparse.Namespace) -> str:
    if arguments.format == "text":
        return text.render(report, Style(wants_colour(arguments.color)), quiet=arguments.quiet)
    formats: Mapping[str, Callable[[Report], str]] = {
        "json": json_report.render,
        "sarif": sarif.render,
        "github": github.render,
    }
    return formats[arguments.format](report)


def _unlisted(found: Found) -> FileReport:
    return FileReport(FileAnalysis(found.path, "default", Status.UNREADABLE, reason=found.problem))


def _baseline(path: str | None) -> Mapping[str, int] | None:
    if path is None:
        return None
    try:
        return read_baseline(Path(path).read_text("utf-8"))
    except BaselineError as problem:
        raise UsageError(f"the baseline {path} cannot be used: {problem}") from problem
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is not UTF-8 text"
        raise UsageError(f"the baseline {path} cannot be read: {reason}") from problem


def _command_line(arguments: argparse.Namespace) -> dict[str, object]:
    """The settings that were given, by their names."""
    given = {
        key.name: value
        for key in KEYS.values()
        if (value := getattr(arguments, key.field, None)) not in (None, [])
    }
    for name in ("targets", "redirect-to"):
        if name in given:
            given[name] = [spec for text in getattr(arguments, KEYS[name].field) for spec in text.split(",")]
    return given


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


_METAVARS = {Kind.TEXT: "PATH", Kind.FOLDER: "FOLDER"}
_NUMBERS: Mapping[Kind, Callable[[str], object]] = {Kind.NUMBER: float, Kind.INTEGER: int}
