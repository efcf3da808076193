"""`xdp-lsp serve`: the language server, on stdio unless told otherwise."""

from __future__ import annotations

import argparse
import gc
import importlib
import re
import sys

from xdp_lsp.cli.status import UsageError
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
    # What is imported stays: no collection is to look through it, neither now nor, for 25 ms, between two answers.
    gc.disable()
    _look_for_packages()
    gc.freeze()
    gc.enable()
    return serve(arguments.tcp)


def _look_for_packages() -> None:
    """Raises UsageError where a package is missing that the server or its workers import: editors start it with any
    Python."""
    try:
        importlib.import_module("xdp_lsp.server.transport")
        importlib.import_module("elftools")
    except ImportError as error:
        if error.name is not None and error.name.startswith("xdp_lsp"):
            raise
        raise UsageError(
            f"a Python package that the server needs is missing or too old ({error}); "
            f"run: {sys.executable} -m pip install xdp-lsp"
        ) from None


def _address(text: str) -> tuple[str, int]:
    match = _ADDRESS.fullmatch(text)
    if match is None or int(match["port"]) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return match["six"] or match["host"] or _LOOPBACK, int(match["port"])
