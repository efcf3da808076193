"""`xdp-lsp prove`: have the running kernel's verifier prove what `check` says."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from xdp_lsp.cli.configurations import add_option, jobs_for
from xdp_lsp.cli.output import note, write
from xdp_lsp.cli.settings import settings_loader
from xdp_lsp.cli.status import CLEAN, FAILED, FOUND, UNKNOWN, UsageError
from xdp_lsp.cli.walk import expand
from xdp_lsp.kernel import why_unavailable
from xdp_lsp.pipeline.prove import FileProof, prove_path
from xdp_lsp.proof import Answer
from xdp_lsp.report import proof as report
from xdp_lsp.report.model import FAILED as FAILED_STATUSES

_EPILOG = """\
Each program is loaded into the running kernel with our bounds as assertions, so that it loads only where the kernel's
verifier agrees. Nothing is attached, pinned or run. Needs root. A bound that the verifier cannot follow comes with the
bound that it can prove: ours is tighter then, and nothing is wrong.

exit status:
  0  every bound is proved, or the kernel's own is told
  1  the kernel proves a tighter bound than ours
  2  something cannot be asked: usage, no root, a file that does not compile or cannot be read
  3  a program cannot be loaded, so that nothing is proved of it

Flags for clang come last, after `--`: xdp-lsp prove prog.c -- -DDEBUG -Iinclude
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("paths", metavar="PATH", nargs="+", help="a C file, a built object, or a folder")
    parser.add_argument("--clang", metavar="TEXT", help="the compiler to use")
    parser.add_argument("--mcpu", metavar="TEXT", help="the instruction set to compile for")
    add_option(parser, "all, one after another")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(arguments: argparse.Namespace) -> int:
    why = why_unavailable()
    if why is not None:
        raise UsageError(f"the kernel cannot be asked: {why}")
    given = {"clang": arguments.clang, "mcpu": arguments.mcpu, "flags": arguments.flags}
    settings_of = settings_loader({name: value for name, value in given.items() if value})
    files = []
    for found in expand(arguments.paths, settings_of):
        if found.part_of is not None:
            continue
        if found.problem:
            raise UsageError(found.problem)
        files.append((found.path, settings_of(str(Path(found.path).parent))))
    by_file = jobs_for(files, arguments.only_configuration, chain=False)
    proofs = [prove_path(job.path, job.settings, job.configuration) for jobs in by_file for job in jobs]
    if not proofs:
        note(f"nothing that looks like XDP in {', '.join(arguments.paths)}")
    render = report.render_json if arguments.format == "json" else report.render_text
    write(render(proofs, os.getcwd()))  # noqa: PTH109
    return _status(proofs)


def _status(proofs: Sequence[FileProof]) -> int:
    if any(proof.report.analysis.status in FAILED_STATUSES for proof in proofs):
        return FAILED
    programs = [program for proof in proofs for program in proof.programs]
    if any(one.answer is Answer.TIGHTER for program in programs for one in program.proofs):
        return FOUND
    return UNKNOWN if any(program.problem for program in programs) else CLEAN
