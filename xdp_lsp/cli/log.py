"""`xdp-lsp log`: show on the source what a kernel verifier log says."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from xdp_lsp.cli.output import wants_colour, write
from xdp_lsp.cli.settings import settings_loader
from xdp_lsp.cli.status import CLEAN, FAILED, FOUND, UsageError
from xdp_lsp.pipeline.files import UnreadableError, read_file
from xdp_lsp.pipeline.log_report import LogRequest
from xdp_lsp.pipeline.logs import explain_log
from xdp_lsp.report import log as report
from xdp_lsp.report.style import Style
from xdp_lsp.source import decode
from xdp_lsp.vlog import LARGEST_LOG, Outcome

_EPILOG = """\
The log is what libbpf, bpftool, ip, xdp-loader or dmesg printed, with everything around it; Linux 4.14 to 7.3, log
levels 1 and 2. Lines of the source are found through the object that was loaded (--object: the object, or its C file),
else through the C file that the log names, beside it or in the current folder.

exit status:
  0  every program of the log was accepted
  1  a program was refused, or the log ends before the answer
  2  there is no log, or a file cannot be read

Flags for clang come last, after `--`: xdp-lsp log verifier.log --object prog.c -- -DDEBUG -Iinclude
"""

_STDIN = "<stdin>"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("file", metavar="FILE", help="the log; `-` reads it from standard input")
    parser.add_argument("--object", metavar="PATH", help="the object that was loaded, or its C file")
    parser.add_argument("--clang", metavar="TEXT", help="the compiler to use")
    parser.add_argument("--mcpu", metavar="TEXT", help="the instruction set to compile for")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="default: auto")


def run(arguments: argparse.Namespace) -> int:
    here = os.getcwd()  # noqa: PTH109
    path, text = _read(arguments.file)
    given = {"clang": arguments.clang, "mcpu": arguments.mcpu, "flags": arguments.flags}
    settings_of = settings_loader({name: value for name, value in given.items() if value})
    of = os.path.abspath(arguments.object) if arguments.object else ""  # noqa: PTH100
    settings = settings_of(str(Path(of).parent if of else here))
    found = explain_log(LogRequest(path, text, settings, of, (str(Path(path).parent), here)))
    if arguments.format == "json":
        write(report.render_json(found, here))
    else:
        write(report.render_text(found, here, Style(wants_colour(arguments.color))))
    if not found.programs:
        return FAILED
    accepted = all(one.log.outcome is Outcome.ACCEPTED for one in found.programs)
    return CLEAN if accepted else FOUND


def _read(name: str) -> tuple[str, str]:
    if name == "-":
        return os.path.abspath(_STDIN), decode(sys.stdin.buffer.read(LARGEST_LOG))  # noqa: PTH100
    path = os.path.abspath(name)  # noqa: PTH100 - links stay as they are written
    try:
        return path, decode(read_file(path, 4 * LARGEST_LOG))
    except UnreadableError as error:
        raise UsageError(str(error)) from error
