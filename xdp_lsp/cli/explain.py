"""`xdp-lsp explain`: the manual page of a finding's code."""

from __future__ import annotations

import argparse

from xdp_lsp.checks.registry import CODES, manual, nearest_code
from xdp_lsp.cli.output import write
from xdp_lsp.cli.status import CLEAN, UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("code", metavar="CODE", nargs="?", help="such as headroom-exceeded; none: list them")


def run(arguments: argparse.Namespace) -> int:
    code: str | None = arguments.code
    if code is None:
        width = max(map(len, CODES))
        write("".join(f"{code:<{width}}  {manual(code).title}\n" for code in CODES))
        return CLEAN
    if code not in CODES:
        nearest = nearest_code(code)
        hint = f"did you mean {nearest}?" if nearest else "`xdp-lsp explain` lists them"
        raise UsageError(f"no finding has the code {code!r}; {hint}")
    write(manual(code).text())
    return CLEAN
