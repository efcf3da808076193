"""`xdp-lsp disasm`: the code of a file, with its source and what is known of its registers."""

from __future__ import annotations

import argparse
import os

from xdp_lsp.checks import Severity
from xdp_lsp.cli.one_file import add_options, look
from xdp_lsp.cli.output import wants_colour, write
from xdp_lsp.cli.status import CLEAN, UsageError
from xdp_lsp.ide.bytecode import Kind, Listing, Part, listing
from xdp_lsp.report import bytecode
from xdp_lsp.report.style import Style

_EPILOG = """\
`*` marks what the delta of a bpf_xdp_adjust_head() or bpf_xdp_adjust_meta() is computed by, `>` these calls. Slots are
numbered as llvm-objdump does. Behind an instruction stand registers: those that it reads, as they are before it, and
those that it writes, as they are after it; `else` is what is known where a branch is not taken.

Flags for clang come last, after `--`: xdp-lsp disasm prog.c -- -DDEBUG -Iinclude
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("path", metavar="PATH", help="a C file or a built object")
    parser.add_argument("--function", metavar="NAME", help="of this function only")
    parser.add_argument("--no-source", action="store_true", help="leave out the lines of the source")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="default: auto")
    add_options(parser)


def run(arguments: argparse.Namespace) -> int:
    report = look(os.path.abspath(arguments.path), arguments)  # noqa: PTH100 - links stay as they are written
    if report.insight is None:
        raise UsageError(report.analysis.reason)
    names = tuple(function.name for function in report.insight.functions)
    if arguments.function is not None:
        if arguments.function not in names:
            raise UsageError(f"there is no function {arguments.function}; there are {', '.join(names)}")
        names = (arguments.function,)
    if arguments.format == "json":
        write(bytecode.render(report, report.insight, names))
    else:
        shown = listing(report, functions=names, with_source=not arguments.no_source)
        write(_coloured(shown, Style(wants_colour(arguments.color))))
    return CLEAN


def _coloured(shown: Listing, style: Style) -> str:
    if not style.colour:
        return shown.text
    return "".join(f"{''.join(_part(part, style) for part in row.parts)}\n" for row in shown.rows)


def _part(part: Part, style: Style) -> str:
    if part.kind is Kind.FUNCTION:
        return style.bold(part.text)
    if part.kind is Kind.SOURCE:
        return style.good(part.text)
    if part.kind is Kind.MARK and not part.text.isspace():
        return style.severity(Severity.WARNING, part.text)
    if part.kind in (Kind.INLINED, Kind.JUMPS, Kind.SLOT):
        return style.dim(part.text)
    return part.text
