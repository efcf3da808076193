"""`xdp-lsp serve`: the language server, on stdio unless told otherwise."""

from __future__ import annotations

import argparse
import re

from xdp_lsp.server import serve

_LOOPBACK = "127.0.0.1"
# HOST:PORT, [HOST]:PORT for IPv6, or PORT alone.
_ADDRESS = re.compile(r"(?:(?:\[(?P<six>[^\[\]]+)\]|(?P<host>[^:\[\]]*)):)?(?P<port>\d{1,5})")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tcp",
        type=_address,
        metavar="[HOST:]PORT",
        help=f"listen there instead of talking on stdio, for debugging (default host: {_LOOPBACK}); "
        "whoever can connect can have files read and clang run",
    )
    # Editors' clients pass it to servers that know several transports.
    parser.add_argument("--stdio", action="store_true", help="talk on stdin and stdout, which is the default")


def run(arguments: argparse.Namespace) -> int:
    return serve(arguments.tcp)


def _address(text: str) -> tuple[str, int]:
    match = _ADDRESS.fullmatch(text)
    if match is None or int(match["port"]) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return match["six"] or match["host"] or _LOOPBACK, int(match["port"])
