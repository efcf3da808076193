"""`xdp-lsp hints`: what an editor shows in the text of a file, behind the calls and above the programs."""

from __future__ import annotations

import argparse
import json
import os

from xdp_lsp.cli.one_file import add_options, line_reader, look, path
from xdp_lsp.cli.output import write
from xdp_lsp.cli.status import CLEAN
from xdp_lsp.ide import hints, lenses
from xdp_lsp.source import SourceRange


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=path, help="a C file")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument(
        "--lengths", action="store_true", help="also what variables can be that bear on a length"
    )
    add_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Everything in the order of the source, a line each."""
    report = look(arguments.file, arguments)
    line = line_reader(arguments.file)
    found: list[tuple[SourceRange, str, str]] = [
        (one.range, "lens", one.text) for one in lenses(report, arguments.file, line)
    ]
    found += [
        (one.place, "hint", one.variable + one.text)
        for one in hints(report, arguments.file, line if arguments.lengths else None)
    ]
    shown = os.path.relpath(arguments.file)
    if arguments.format == "json":
        records = [
            {"path": shown, "line": place.line, "column": place.column or None, "kind": kind, "text": text}
            for place, kind, text in sorted(found)
        ]
        write(json.dumps({"hints": records}, indent=2, ensure_ascii=False) + "\n")
    else:
        write("".join(f"{shown}:{place.line}:{place.column}: {text}\n" for place, _, text in sorted(found)))
    return CLEAN
