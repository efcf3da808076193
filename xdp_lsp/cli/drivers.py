"""`xdp-lsp drivers`: the table of targets."""

from __future__ import annotations

import argparse

from xdp_lsp.cli.output import write
from xdp_lsp.cli.status import CLEAN, UsageError
from xdp_lsp.headroom import TargetError, driver_rows
from xdp_lsp.report import drivers


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "select", metavar="TARGET", nargs="*", help="a driver, a group (mainstream, intel, ...) or a target"
    )
    parser.add_argument(
        "--kernel", default="", metavar="RELEASE", help="what holds on this release, as in 6.1"
    )
    parser.add_argument("--mode", default="", help="native, generic or zerocopy")
    parser.add_argument(
        "--all", action="store_true", help="also conditions, zero copy, and releases before 5.15"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(arguments: argparse.Namespace) -> int:
    try:
        rows = driver_rows(
            arguments.select, kernel=arguments.kernel, mode=arguments.mode, everything=arguments.all
        )
    except TargetError as problem:
        raise UsageError(str(problem)) from problem
    render = drivers.render_json if arguments.format == "json" else drivers.render_text
    write(render(rows))
    return CLEAN
