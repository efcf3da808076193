"""What the commands share that show of one file what an editor shows: `hover` and its kin."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from pathlib import Path

from xdp_lsp.cli.configurations import add_option, configuration_for
from xdp_lsp.cli.settings import settings_loader
from xdp_lsp.cli.status import UsageError
from xdp_lsp.ide import Cursor
from xdp_lsp.pipeline import FileReport, analyse_path, with_insight
from xdp_lsp.pipeline.files import Sources
from xdp_lsp.report.model import FAILED
from xdp_lsp.settings import Settings
from xdp_lsp.source import SourceLocation

_PLACE = re.compile(r"(?P<path>.+?):(?P<line>[1-9]\d*)(?::(?P<column>[1-9]\d*))?", re.DOTALL)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of every such command."""
    parser.add_argument(
        "-t",
        "--target",
        dest="targets",
        action="append",
        metavar="TARGET",
        help="as for check; may be given several times (default: mainstream)",
    )
    parser.add_argument("--clang", metavar="TEXT", help="the compiler to use")
    parser.add_argument("--mcpu", metavar="TEXT", help="the instruction set to compile for")
    add_option(parser, "the first")


def place(text: str) -> SourceLocation:
    """FILE:LINE:COLUMN or FILE:LINE, as compilers write it, for argparse."""
    match = _PLACE.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not FILE:LINE:COLUMN")
    return SourceLocation(path(match["path"]), int(match["line"]), int(match["column"] or 0))


def path(text: str) -> str:
    """A file's path, absolute, for argparse."""
    return os.path.abspath(text)  # noqa: PTH100 - links stay as they are written


def settings_for(path: str, arguments: argparse.Namespace) -> Settings:
    """The settings that hold for the file at `path` (absolute). Raises UsageError for those that are wrong."""
    given = {
        "targets": [spec for text in arguments.targets or () for spec in text.split(",")],
        "clang": arguments.clang,
        "mcpu": arguments.mcpu,
        "flags": arguments.flags,
    }
    return settings_loader({name: value for name, value in given.items() if value})(str(Path(path).parent))


def look(path: str, arguments: argparse.Namespace) -> FileReport:
    """The report for the file at `path` (absolute), with its insight. Raises UsageError where it cannot be analysed."""
    settings = settings_for(path, arguments)
    configuration = configuration_for(path, settings, arguments.only_configuration)
    report = with_insight(analyse_path(path, settings, configuration=configuration))
    if report.analysis.status in FAILED:
        raise UsageError(report.analysis.reason)
    return report


def cursor_at(where: SourceLocation) -> Cursor:
    """A cursor in a file on the disk."""
    return Cursor(where, line_reader(where.path))


def line_reader(path: str) -> Callable[[int], bytes | None]:
    """Gives the lines of a file on the disk, numbered from 1; None where there is none."""
    lines = Sources(path, None).numbered(path)
    return lambda number: lines[number - 1] if 0 < number <= len(lines) else None
