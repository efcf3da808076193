"""The options of `xdp-lsp check`, and the settings that they stand for."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

from xdp_lsp.cli.configurations import add_option
from xdp_lsp.cli.formats import FORMATS
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
_OWN_SHAPE = (
    "targets",
    "redirect-to",
    "programs",
    "flags",
    "configuration",
    "kernel-check",
    "strict",
    "severity",
)


def add_options(parser: argparse.ArgumentParser) -> None:
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
        "--program",
        dest="programs",
        action="append",
        metavar="NAME",
        help="a function to take for an XDP program where neither its section nor its type nor its code tells; "
        "may be given several times (default: none)",
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
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
    add_option(parser, "all, one after another")
    parser.add_argument("--baseline", metavar="FILE", help="a SARIF report whose findings are not told again")
    parser.add_argument(
        "--diff",
        metavar="REV",
        help="tell only what changed since a git revision: what programs need, and findings that are new",
    )
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="default: auto")
    parser.add_argument("-q", "--quiet", action="store_true", help="only what asks for action")
    parser.add_argument("-j", "--jobs", type=_positive, metavar="N", help="how many files at a time")
    parser.add_argument(
        "--no-cache",
        action="store_true",
        help="look at every file, also where an earlier run did and nothing has changed since",
    )
    for key in KEYS.values():
        if key.name not in _OWN_SHAPE and not key.for_editors_only:
            parser.add_argument(
                f"--{key.name}",
                choices=key.choices or None,
                type=_NUMBERS.get(key.kind, str),
                metavar=None if key.choices else _METAVARS.get(key.kind) or key.unit.upper(),
                help=f"{key.description.rstrip('.')} (default: {key.default})".replace("%", "%%"),
            )


def settings_given(arguments: argparse.Namespace) -> dict[str, object]:
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
