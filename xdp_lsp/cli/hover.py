"""`xdp-lsp hover`: what an editor shows for the thing under the cursor."""

from __future__ import annotations

import argparse

from xdp_lsp.cli.one_file import add_options, cursor_at, look, place
from xdp_lsp.cli.output import note, write
from xdp_lsp.cli.status import CLEAN, FOUND
from xdp_lsp.ide import hover
from xdp_lsp.ide.render import markdown, plain_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("place", metavar="FILE:LINE:COLUMN", type=place, help="where; both count from 1")
    parser.add_argument("--format", choices=("text", "markdown"), default="text", help="default: text")
    add_options(parser)


def run(arguments: argparse.Namespace) -> int:
    found = hover(look(arguments.place.path, arguments), cursor_at(arguments.place))
    if found is None:
        note("nothing to say here")
        return FOUND
    write(markdown(found.page) if arguments.format == "markdown" else plain_text(found.page))
    return CLEAN
